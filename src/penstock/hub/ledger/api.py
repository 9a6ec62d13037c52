"""The JSON door of money: payments, statements, payouts, credit, and the check of the books."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Status

from penstock.hub.core.actors import READ
from penstock.hub.core.http import Page, Paging, actor_of, answer_once, page
from penstock.hub.parties import selectors as parties

from . import documents, selectors, services
from .schemas import (
    AccountOut,
    BalanceOut,
    CheckOut,
    CreditLimitIn,
    CreditLimitOut,
    PaymentOut,
    PayoutIn,
    PayoutOut,
    ReceiptIn,
    ReferenceIn,
    RefundOut,
    SandboxAnswerIn,
    StatementIn,
    StatementLineOut,
    StatementOut,
)

router = Router(tags=["money"])

# --- payments -------------------------------------------------------------------------------------


@router.get("/payments", response=Page[PaymentOut])
def list_payments(request: HttpRequest, paging: Query[Paging], order_uid: str | None = None) -> Any:
    """Your organisation's payments; all of them for the operator."""
    return page(selectors.payments(actor_of(request), order_uid), paging)


@router.post("/payments/{uid}/begin", response=PaymentOut)
def begin_payment(request: HttpRequest, uid: str) -> Any:
    """Ask the provider to collect; go on at `next_url`. A repeat gives the same answer."""
    return services.begin_payment(actor=actor_of(request), payment_uid=uid)


@router.post("/payments/sandbox/{reference}", response=PaymentOut)
def answer_sandbox_payment(request: HttpRequest, reference: str, body: SandboxAnswerIn) -> Any:
    """Answer a payment of the sandbox provider as its payer would on the page."""
    services.answer_in_sandbox(actor=actor_of(request), reference=reference, how=body.answer)
    return selectors.sandbox_payment(actor_of(request), reference)


@router.post("/payments/notices/{provider}", response={204: None}, auth=None)
def take_payment_notice(request: HttpRequest, provider: str) -> Any:
    """Providers report here; the notice's signature is its permission."""
    services.take_notice(provider=provider, body=request.body, headers=request.headers)
    return Status(204, None)


@router.get("/refunds", response=Page[RefundOut])
def list_refunds(request: HttpRequest, paging: Query[Paging], order_uid: str | None = None) -> Any:
    return page(selectors.refunds(actor_of(request), order_uid), paging)


# --- accounts -------------------------------------------------------------------------------------


@router.get("/account", response=AccountOut)
def get_account(request: HttpRequest) -> Any:
    """What your organisation owes, is owed, and may still buy on account."""
    return selectors.account(_organisation_id(request))


@router.get("/ledger/balances", response=list[BalanceOut])
def list_balances(request: HttpRequest) -> Any:
    """Every account of the network. For the operator."""
    actor_of(request).require_operator(READ)
    return list(selectors.balances())  # ninja takes a tuple for status and body


@router.get("/ledger/check", response=CheckOut)
def check_ledger(request: HttpRequest) -> Any:
    """Whether the books balance, naming the entries that do not. For the operator."""
    actor_of(request).require_operator(READ)
    faults = selectors.check()
    return {"balanced": not faults, "faults": faults}


@router.get("/credit-limits", response=Page[CreditLimitOut])
def list_credit_limits(request: HttpRequest, paging: Query[Paging]) -> Any:
    return page(selectors.credit_limits(actor_of(request)), paging)


@router.put("/organisations/{uid}/credit-limit", response=CreditLimitOut)
def set_credit_limit(request: HttpRequest, uid: str, body: CreditLimitIn) -> Any:
    """How much an organisation may owe. For the operator."""
    return services.set_credit_limit(actor=actor_of(request), organisation_uid=uid, **body.dict())


@router.post("/organisations/{uid}/receipts", response={201: AccountOut})
def receive_on_account(request: HttpRequest, uid: str, body: ReceiptIn) -> Any:
    """Note a bank transfer for what an organisation owes; the same reference counts once. For the operator."""

    def do() -> AccountOut:
        actor = actor_of(request)
        organisation = parties.organisation(actor, uid)
        services.receive_on_account(actor=actor, organisation_id=organisation.pk, **body.dict())
        return AccountOut.from_orm(selectors.account(organisation.pk))

    return answer_once(request, f"receipt:{uid}", body, do, status=201)


# --- statements and payouts -----------------------------------------------------------------------


@router.get("/statements", response=Page[StatementOut])
def list_statements(request: HttpRequest, paging: Query[Paging]) -> Any:
    return page(selectors.statements(actor_of(request)), paging)


@router.post("/statements", response={201: StatementOut})
def issue_statement(request: HttpRequest, body: StatementIn) -> Any:
    """State what an organisation is owed and owes, up to the period's end. For the operator."""

    def do() -> StatementOut:
        actor = actor_of(request)
        organisation = parties.organisation(actor, body.organisation_uid)
        statement = services.issue_statement(
            actor=actor,
            organisation_id=organisation.pk,
            period_start=body.period_start,
            period_end=body.period_end,
        )
        return StatementOut.from_orm(statement)

    return answer_once(request, "issue_statement", body, do, status=201)


@router.get("/statements/{uid}", response=StatementOut)
def get_statement(request: HttpRequest, uid: str) -> Any:
    return selectors.statement(actor_of(request), uid)


@router.get("/statements/{uid}/lines", response=Page[StatementLineOut])
def list_statement_lines(request: HttpRequest, uid: str, paging: Query[Paging]) -> Any:
    """What a statement adds up, newest first; the CSV has all of it in one file."""
    return page(selectors.statement_lines(actor_of(request), uid), paging)


@router.get("/statements/{uid}/csv", response={200: None})
def get_statement_csv(request: HttpRequest, uid: str) -> Any:
    """UTF-8 with a byte order mark, as spreadsheets expect."""
    statement = selectors.statement(actor_of(request), uid)
    return _attachment(documents.statement_csv(statement).encode(), f"{statement.number}.csv", "text/csv")


@router.get("/statements/{uid}/pdf", response={200: None})
def get_statement_pdf(request: HttpRequest, uid: str) -> Any:
    statement = selectors.statement(actor_of(request), uid)
    return _attachment(documents.statement_pdf(statement), f"{statement.number}.pdf", "application/pdf")


@router.get("/payouts", response=Page[PayoutOut])
def list_payouts(request: HttpRequest, paging: Query[Paging]) -> Any:
    return page(selectors.payouts(actor_of(request)), paging)


@router.post("/payouts", response={201: PayoutOut})
def prepare_payout(request: HttpRequest, body: PayoutIn) -> Any:
    """Set aside everything an organisation is owed. For the operator."""

    def do() -> PayoutOut:
        actor = actor_of(request)
        organisation = parties.organisation(actor, body.organisation_uid)
        return PayoutOut.from_orm(services.prepare_payout(actor=actor, organisation_id=organisation.pk))

    return answer_once(request, "prepare_payout", body, do, status=201)


@router.post("/payouts/{uid}/paid", response=PayoutOut)
def pay_payout(request: HttpRequest, uid: str, body: ReferenceIn) -> Any:
    """The bank has sent it. For the operator."""

    def do() -> PayoutOut:
        payout = services.pay_payout(actor=actor_of(request), payout_uid=uid, reference=body.reference)
        return PayoutOut.from_orm(payout)

    return answer_once(request, f"pay_payout:{uid}", body, do)


@router.post("/payouts/{uid}/cancel", response=PayoutOut)
def cancel_payout(request: HttpRequest, uid: str) -> Any:
    """It will not be sent. For the operator."""

    def do() -> PayoutOut:
        return PayoutOut.from_orm(services.cancel_payout(actor=actor_of(request), payout_uid=uid))

    return answer_once(request, f"cancel_payout:{uid}", None, do)


def _organisation_id(request: HttpRequest) -> int:
    return parties.organisation(actor_of(request)).pk


def _attachment(content: bytes, filename: str, content_type: str) -> HttpResponse:
    response = HttpResponse(content, content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="{filename}"'
    return response
