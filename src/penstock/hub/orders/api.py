"""The JSON door of the order room: basket, check-out, orders and their timeline."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Query, Router, Status

from penstock.hub.core import paper
from penstock.hub.core.http import Page, Paging, actor_of, answer_once, page
from penstock.hub.core.selectors import timeline

from . import papers, selectors, services
from .schemas import (
    BasketIn,
    BasketLineOut,
    BasketOut,
    LinkOut,
    OrderDetailOut,
    OrderOut,
    OrderPaymentOut,
    PlaceIn,
    QuantityIn,
    RetryIn,
    SharedOrderOut,
    TimelineEntryOut,
)

router = Router(tags=["orders"])


@router.get("/basket", response=BasketOut)
def get_basket(request: HttpRequest, ship_to_uid: str | None = None) -> Any:
    """Your organisation's basket, with every delivery service's total and promise for the address named."""
    return selectors.basket(actor_of(request), ship_to_uid)


@router.post("/basket", response={201: BasketLineOut})
def add_to_basket(request: HttpRequest, body: BasketIn) -> Any:
    """Put a quoted recipe aside. A quantity that is not in the quote's table is priced by the same price book."""

    def do() -> BasketLineOut:
        line = services.add_to_basket(actor=actor_of(request), **body.model_dump())
        return BasketLineOut.from_orm(line)

    return answer_once(request, "add_to_basket", body, do, status=201)


@router.put("/basket/{uid}", response=BasketLineOut)
def change_basket_line(request: HttpRequest, uid: str, body: QuantityIn) -> Any:
    return services.change_basket_line(actor=actor_of(request), line_uid=uid, quantity=body.quantity)


@router.delete("/basket/{uid}", response={204: None})
def remove_basket_line(request: HttpRequest, uid: str) -> Any:
    services.remove_basket_line(actor=actor_of(request), line_uid=uid)
    return Status(204, None)


@router.get("/orders", response=Page[OrderOut])
def list_orders(request: HttpRequest, paging: Query[Paging], state: str | None = None, search: str = "") -> Any:
    """Your orders (everybody's for the operator), newest first."""
    return page(selectors.orders(actor_of(request), state, search), paging)


@router.post("/orders", response={201: OrderDetailOut})
def place_order(request: HttpRequest, body: PlaceIn) -> Any:
    """Order everything in the basket. With an Idempotency-Key the same click twice is one order with one answer."""

    def do() -> OrderDetailOut:
        order = services.place_order(actor=actor_of(request), **body.model_dump())
        return OrderDetailOut.from_orm(selectors.order(actor_of(request), order.uid))

    return answer_once(request, "place_order", body, do, status=201)


@router.get("/orders/{uid}", response=OrderDetailOut)
def get_order(request: HttpRequest, uid: str) -> Any:
    return selectors.order(actor_of(request), uid)


@router.get("/orders/{uid}/confirmation", response={200: None})
def get_order_confirmation(request: HttpRequest, uid: str) -> Any:
    """The confirmation of an order as PDF."""
    order = selectors.order(actor_of(request), uid)
    return paper.answer(papers.confirmation_pdf(order), order.number)


@router.get("/orders/{uid}/invoice", response={200: None})
def get_order_invoice(request: HttpRequest, uid: str) -> Any:
    """The invoice of a confirmed order as PDF; its number never changes, what was given back since is credited."""
    issued = services.invoice(actor=actor_of(request), order_uid=uid)
    return paper.answer(papers.invoice_pdf(issued, selectors.credited(issued)), issued.number)


@router.get("/orders/{uid}/timeline", response=list[TimelineEntryOut])
def get_order_timeline(request: HttpRequest, uid: str) -> Any:
    """What happened to the order, oldest first."""
    return timeline(actor_of(request), order=selectors.order(actor_of(request), uid).uid)


@router.post("/orders/{uid}/payments", response={201: OrderPaymentOut})
def retry_payment(request: HttpRequest, uid: str, body: RetryIn) -> Any:
    """Pay another time, or another way, after a decline."""

    def do() -> OrderPaymentOut:
        payment = services.retry_payment(actor=actor_of(request), order_uid=uid, method=body.method)
        return OrderPaymentOut(
            payment_uid=payment.uid,
            state=payment.state,
            method=payment.method,
            amount=payment.amount,
            currency=payment.currency,
        )

    return answer_once(request, f"retry_payment:{uid}", body, do, status=201)


@router.post("/orders/{uid}/share", response=LinkOut)
def share_order(request: HttpRequest, uid: str) -> Any:
    """Open a link under which anybody can follow the order, without prices and addresses."""
    return {"token": services.share_order(actor=actor_of(request), order_uid=uid)}


@router.post("/orders/{uid}/unshare", response={204: None})
def unshare_order(request: HttpRequest, uid: str) -> Any:
    """Close the link."""
    services.unshare_order(actor=actor_of(request), order_uid=uid)
    return Status(204, None)


@router.get("/shared/orders/{token}", response=SharedOrderOut, auth=None)
def get_shared_order(request: HttpRequest, token: str) -> Any:
    """An order by its link, without logging in."""
    return selectors.shared_order(token)


@router.post("/orders/{uid}/reorder", response={201: list[BasketLineOut]})
def reorder(request: HttpRequest, uid: str) -> Any:
    """Put everything of an order into the basket again, at today's prices."""

    def do() -> list[dict[str, Any]]:
        services.reorder(actor=actor_of(request), order_uid=uid)
        return [
            BasketLineOut.from_orm(line).model_dump(mode="json")
            for line in selectors.basket_lines(actor_of(request)).filter(reorder_of__uid=uid)
        ]

    return answer_once(request, f"reorder:{uid}", None, do, status=201)
