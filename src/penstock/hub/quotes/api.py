"""The JSON door of the quote room: instant quotes, requests for quotation and the operator's price book."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Query, Router, Status

from penstock.hub.core.http import Page, Paging, actor_of, answer_once, page

from . import selectors, services
from .schemas import (
    AnswerIn,
    ChangeOut,
    DeclineIn,
    DocumentIn,
    MessageIn,
    PriceBookDetailOut,
    PriceBookIn,
    PriceBookOut,
    QuoteDetailOut,
    QuoteIn,
    QuoteOut,
    RequestIn,
    RequestOut,
    SharedOut,
)

router = Router(tags=["quotes"])


@router.get("/quotes", response=Page[QuoteOut])
def list_quotes(request: HttpRequest, paging: Query[Paging], search: str = "", part_uid: str | None = None) -> Any:
    """Your quotes, newest first."""
    return page(selectors.quotes(actor_of(request), search, part_uid=part_uid), paging)


@router.post("/quotes", response={201: QuoteDetailOut})
def create_quote(request: HttpRequest, body: QuoteIn) -> Any:
    """Price a measured revision at once: every recipe that can make it, at each quantity and lead-time class."""

    def do() -> QuoteDetailOut:
        made = services.quote(actor=actor_of(request), **body.model_dump())
        return QuoteDetailOut.from_orm(selectors.quote(actor_of(request), made.uid, breakdowns=True))

    return answer_once(request, "create_quote", body, do, status=201)


@router.get("/quotes/{uid}", response=QuoteDetailOut)
def get_quote(request: HttpRequest, uid: str) -> Any:
    return selectors.quote(actor_of(request), uid, breakdowns=True)


@router.post("/quotes/{uid}/share", response=SharedOut)
def share_quote(request: HttpRequest, uid: str) -> Any:
    """Open a link under which anybody can read the quote."""
    return {"token": services.share_quote(actor=actor_of(request), quote_uid=uid)}


@router.post("/quotes/{uid}/unshare", response={204: None})
def unshare_quote(request: HttpRequest, uid: str) -> Any:
    """Close the link."""
    services.unshare_quote(actor=actor_of(request), quote_uid=uid)
    return Status(204, None)


@router.get("/shared/quotes/{token}", response=QuoteDetailOut, auth=None)
def get_shared_quote(request: HttpRequest, token: str) -> Any:
    """A quote by its link, without logging in."""
    return selectors.shared_quote(token, breakdowns=True)


@router.get("/requests", response=Page[RequestOut])
def list_requests(request: HttpRequest, paging: Query[Paging], state: str | None = None) -> Any:
    """Requests for quotation: yours; everybody's for the operator."""
    return page(selectors.requests(actor_of(request), state), paging)


@router.post("/requests", response={201: RequestOut})
def request_quotation(request: HttpRequest, body: RequestIn) -> Any:
    """Ask a person for a price."""

    def do() -> RequestOut:
        asked = services.request_quotation(actor=actor_of(request), **body.model_dump())
        return _request(request, asked.uid)

    return answer_once(request, "request_quotation", body, do, status=201)


@router.get("/requests/{uid}", response=RequestOut)
def get_request(request: HttpRequest, uid: str) -> Any:
    return selectors.request(actor_of(request), uid)


@router.post("/requests/{uid}/answer", response={201: QuoteDetailOut})
def answer_request(request: HttpRequest, uid: str, body: AnswerIn) -> Any:
    """Operator: give a price. A later answer replaces an earlier one."""

    def do() -> QuoteDetailOut:
        given = services.answer_request(actor=actor_of(request), rfq_uid=uid, **body.model_dump())
        return QuoteDetailOut.from_orm(selectors.quote(actor_of(request), given.uid, breakdowns=True))

    return answer_once(request, f"answer_request:{uid}", body, do, status=201)


@router.post("/requests/{uid}/decline", response=RequestOut)
def decline_request(request: HttpRequest, uid: str, body: DeclineIn) -> Any:
    """Operator: say that it cannot be made, and why."""
    services.decline_request(actor=actor_of(request), rfq_uid=uid, answer=body.answer)
    return selectors.request(actor_of(request), uid)


@router.post("/requests/{uid}/messages", response={201: RequestOut})
def write_message(request: HttpRequest, uid: str, body: MessageIn) -> Any:
    """Ask or answer about a request: the buyer and the operator write here."""

    def do() -> RequestOut:
        services.write_message(actor=actor_of(request), rfq_uid=uid, text=body.text)
        return _request(request, uid)

    return answer_once(request, f"write_message:{uid}", body, do, status=201)


@router.post("/requests/{uid}/take-on", response=RequestOut)
def take_on_request(request: HttpRequest, uid: str) -> Any:
    """Operator: look after it from now on."""
    services.take_on_request(actor=actor_of(request), rfq_uid=uid)
    return selectors.request(actor_of(request), uid)


@router.post("/requests/{uid}/withdraw", response=RequestOut)
def withdraw_request(request: HttpRequest, uid: str) -> Any:
    services.withdraw_request(actor=actor_of(request), rfq_uid=uid)
    return selectors.request(actor_of(request), uid)


@router.get("/price-books", response=Page[PriceBookOut])
def list_price_books(request: HttpRequest, paging: Query[Paging]) -> Any:
    """Operator: every version of the price book, newest first."""
    return page(selectors.price_books(actor_of(request)), paging)


@router.post("/price-books", response={201: PriceBookOut})
def publish_price_book(request: HttpRequest, body: PriceBookIn) -> Any:
    """Operator: put a price book in force. Faults come back as `data.problems`, each naming its entry."""

    def do() -> PriceBookOut:
        return PriceBookOut.from_orm(services.publish_price_book(actor=actor_of(request), **body.model_dump()))

    return answer_once(request, "publish_price_book", body, do, status=201)


@router.post("/price-books/preview", response=list[ChangeOut])
def preview_price_book(request: HttpRequest, body: DocumentIn) -> Any:
    """Operator: what the last hundred quotes would cost by this price book. Nothing is changed."""
    return services.preview_price_book(actor=actor_of(request), document=body.document)


@router.get("/price-books/{number}", response=PriceBookDetailOut)
def get_price_book(request: HttpRequest, number: int) -> Any:
    return selectors.price_book(actor_of(request), number)


def _request(request: HttpRequest, uid: str) -> RequestOut:
    return RequestOut.from_orm(selectors.request(actor_of(request), uid))
