"""Money out: refunds within what was paid, settlements, remedies, payouts, statements."""

from __future__ import annotations

import csv
from datetime import timedelta
from decimal import Decimal
from io import StringIO

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from penstock.hub.core import jobs
from penstock.hub.core.actors import SYSTEM, Actor
from penstock.hub.core.errors import Conflict, Forbidden, Invalid, NotFound
from penstock.hub.ledger import documents, selectors, services
from penstock.hub.ledger.accounts import CARRIAGE_MARGIN
from penstock.hub.ledger.jobs import ask_providers, issue_statements, resend_refunds
from penstock.hub.ledger.models import Payment, Payout, Refund, SandboxCharge, Statement, StatementLine
from penstock.hub.ledger.providers import ProviderSilent
from penstock.hub.ledger.reading import owed_by, owed_to
from penstock.hub.ledger.services import Payee
from penstock.hub.parties.models import Organisation, User

pytestmark = pytest.mark.django_db

ORDER = "ord_TEST"
D = Decimal


@pytest.fixture(autouse=True)
def books_in_order(db):
    """Whatever a test does, the books are in order afterwards."""
    yield
    assert selectors.check() == ()


def pay(actor: Actor, amount: str = "113.00", method: str = "sandbox") -> Payment:
    payment = services.open_payment(
        actor=actor,
        organisation_id=actor.organisation_id,
        order_uid=ORDER,
        amount=D(amount),
        currency="CNY",
        method=method,
    )
    return payment if method == "account" else services.pay_now(actor=actor, payment_uid=payment.uid)


def give_back(actor: Actor, amount: str, key: str = "r1", **more) -> Refund:
    return services.refund(actor=actor, order_uid=ORDER, amount=D(amount), key=key, reason="cancelled", **more)


def settle(maker: Organisation, gross: str = "113.00", tax: str = "13.00", share: str = "70.00", **more) -> None:
    payees = [Payee(maker.pk, D(share), "job_1", "Job 1")]
    more = {"actor": SYSTEM, "key": "line:1"} | more
    services.settle(order_uid=ORDER, gross=D(gross), tax=D(tax), payees=payees, **more)


def balance(purpose: str) -> Decimal:
    return sum((b.amount for b in selectors.balances() if b.purpose == purpose), D(0))


def test_a_refund_goes_back_to_where_the_money_came_from_once_per_key(buying: Actor) -> None:
    payment = pay(buying)
    first = give_back(buying, "40.00")
    assert give_back(buying, "40.00") == first
    assert (services.held(ORDER), balance("cash")) == (D("73.00"), D("73.00"))
    jobs.drain()
    services.send_refund(refund_uid=first.uid)  # the job ran twice
    charge = SandboxCharge.objects.get(reference=payment.provider_reference)
    assert charge.refunds == {first.uid: "40.00"}
    first.refresh_from_db()
    assert first.provider_reference


def test_never_more_is_given_back_than_was_paid(buying: Actor) -> None:
    with pytest.raises(Conflict, match="not_paid"):
        give_back(buying, "1.00")
    pay(buying)
    give_back(buying, "100.00")
    with pytest.raises(Conflict) as refused:
        give_back(buying, "13.01", "r2")
    assert (refused.value.code, refused.value.data["left"]) == ("refund_too_large", "13.00")
    give_back(buying, "13.00", "r2")
    assert services.held(ORDER) == 0
    with pytest.raises(Invalid):
        give_back(buying, "0", "r3")


def test_a_payment_that_came_twice_is_given_back_by_name(buying: Actor) -> None:
    first, second = pay(buying), pay(buying)
    assert give_back(buying, "113.00", f"double:{first.uid}", payment_uid=first.uid).payment == first
    rest = give_back(buying, "113.00", "rest")
    assert (rest.payment, services.held(ORDER)) == (second, 0)


def test_a_refund_larger_than_one_payment_is_made_of_several(buying: Actor) -> None:
    pay(buying, "60.00")
    pay(buying, "50.00")
    give_back(buying, "100.00")
    amounts = Refund.objects.across_tenants().order_by("key").values_list("key", "amount")
    assert list(amounts) == [("r1", D("50.00")), ("r1/2", D("50.00"))]


def test_a_refund_onto_the_account_can_be_spent_there(buyer: Organisation, buying: Actor) -> None:
    pay(buying)
    given = give_back(buying, "40.00", to="account")
    jobs.drain()
    given.refresh_from_db()
    assert (given.provider_reference, owed_by(buyer.pk)) == ("", D("-40.00"))
    assert pay(buying, "40.00", "account").state == "succeeded"
    assert owed_by(buyer.pk) == 0


def test_what_was_bought_on_account_is_given_back_there(buyer: Organisation, buying: Actor) -> None:
    services.set_credit_limit(actor=SYSTEM, organisation_uid=buyer.uid, amount=D(200))
    pay(buying, method="account")
    give_back(buying, "113.00")
    assert (owed_by(buyer.pk), balance("cash")) == (0, 0)


def test_a_silent_provider_is_asked_for_the_refund_again(buying: Actor, settings) -> None:
    pay(buying)
    given = give_back(buying, "40.00")
    settings.SANDBOX_PAYMENT_FAULT = "timeout"
    with pytest.raises(ProviderSilent):
        services.send_refund(refund_uid=given.uid)
    Refund.objects.across_tenants().update(created_at=timezone.now() - timedelta(hours=2))
    settings.SANDBOX_PAYMENT_FAULT = ""
    resend_refunds.func(0)
    jobs.drain()
    given.refresh_from_db()
    assert given.provider_reference


def test_one_payment_that_cannot_be_asked_for_does_not_keep_the_others_waiting(buying: Actor, monkeypatch) -> None:
    payments = [
        services.open_payment(
            actor=buying,
            organisation_id=buying.organisation_id,
            order_uid=f"ord_{n}",
            amount=D(10),
            currency="CNY",
            method="sandbox",
        )
        for n in range(2)
    ]
    Payment.objects.across_tenants().update(created_at=timezone.now() - timedelta(minutes=5))
    ask = services.ask_provider

    def broken_for_the_first(*, payment_uid: str) -> Payment:
        if payment_uid == payments[0].uid:
            raise RuntimeError("garbled answer")
        return ask(payment_uid=payment_uid)

    monkeypatch.setattr(services, "ask_provider", broken_for_the_first)
    ask_providers.func(0)
    payments[1].refresh_from_db()
    assert payments[1].provider_reference


def test_a_settlement_pays_maker_tax_and_margin_once(buying: Actor, maker: Organisation) -> None:
    pay(buying)
    for _ in range(2):
        settle(maker)
    assert (services.held(ORDER), owed_to(maker.pk)) == (0, D("70.00"))
    assert (balance("tax"), balance("platform_margin")) == (D("13.00"), D("30.00"))
    with pytest.raises(Conflict, match="not_paid"):
        settle(maker, key="line:2", gross="0.01", tax="0.00", share="0.00")


def test_a_loss_is_booked_as_one(buying: Actor, maker: Organisation) -> None:
    pay(buying)
    settle(maker, gross="13.00", tax="1.50", share="20.00", margin=CARRIAGE_MARGIN)
    assert balance("carriage_margin") == D("-8.50")


def test_only_the_network_settles(buying: Actor, maker: Organisation) -> None:
    pay(buying)
    with pytest.raises(Forbidden):
        settle(maker, actor=buying)
    with pytest.raises(Invalid):
        settle(maker, share="-1.00")
    stranger = Actor(name="stranger", organisation_id=maker.pk, rights=buying.rights)
    with pytest.raises(NotFound):
        give_back(stranger, "1.00")


def test_a_refund_after_settlement_is_warranty_cost(buying: Actor, maker: Organisation) -> None:
    pay(buying)
    settle(maker, gross="100.00", tax="11.50")
    give_back(buying, "20.00")  # 13 are still held for another line
    assert (services.held(ORDER), balance("warranty")) == (0, D("7.00"))
    settle(maker, key="line:2", gross="13.00", tax="1.50", share="9.00")  # whose maker is paid all the same
    assert (balance("warranty"), owed_to(maker.pk)) == (D("20.00"), D("79.00"))


def test_remedies_move_between_the_network_and_a_payee_once(maker: Organisation) -> None:
    words = {"order_uid": ORDER, "subject_uid": "cmp_1", "text": "Remake"}
    for _ in range(2):
        services.credit_payee(actor=SYSTEM, key="k", organisation_id=maker.pk, amount=D(50), **words)
        services.charge_back(actor=SYSTEM, key="k", organisation_id=maker.pk, amount=D(80), **words)
    assert (owed_to(maker.pk), balance("warranty")) == (D("-30.00"), D("-30.00"))


def test_a_payout_empties_what_is_owed(buying: Actor, maker: Organisation) -> None:
    pay(buying)
    settle(maker)
    payout = services.prepare_payout(actor=SYSTEM, organisation_id=maker.pk)
    assert payout.amount == D("70.00")
    with pytest.raises(Conflict, match="nothing_owed"):
        services.prepare_payout(actor=SYSTEM, organisation_id=maker.pk)
    services.cancel_payout(actor=SYSTEM, payout_uid=payout.uid)
    payout = services.prepare_payout(actor=SYSTEM, organisation_id=maker.pk)
    services.pay_payout(actor=SYSTEM, payout_uid=payout.uid, reference="B-7")
    with pytest.raises(Conflict):
        services.pay_payout(actor=SYSTEM, payout_uid=payout.uid, reference="B-8")
    assert (owed_to(maker.pk), balance("cash")) == (0, D("43.00"))
    with pytest.raises(Forbidden):
        services.prepare_payout(actor=buying, organisation_id=maker.pk)


def test_statements_add_up_and_state_every_leg_once(
    buying: Actor, maker: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    pay(buying)
    settle(maker)
    today = timezone.localdate()
    first = services.issue_statement(
        actor=SYSTEM, organisation_id=maker.pk, period_start=today.replace(day=1), period_end=today
    )
    assert (first.opening, first.total, first.closing) == (0, D("70.00"), D("70.00"))
    [line] = first.lines.all()
    assert (line.text, line.order_uid, line.subject_uid, line.amount) == ("Job 1", ORDER, "job_1", D("70.00"))
    with pytest.raises(Conflict, match="statement_exists"):
        services.issue_statement(actor=SYSTEM, organisation_id=maker.pk, period_start=today, period_end=today)
    # Posted on a day that is stated already: it is on the next one.
    payout = services.prepare_payout(actor=SYSTEM, organisation_id=maker.pk)
    services.pay_payout(actor=SYSTEM, payout_uid=payout.uid, reference="B-7")
    tomorrow = today + timedelta(days=1)
    with pytest.raises(Invalid, match="period_not_begun"):
        services.issue_statement(actor=SYSTEM, organisation_id=maker.pk, period_start=today, period_end=tomorrow)
    monkeypatch.setattr(timezone, "localdate", lambda: tomorrow)
    [second] = services.issue_due_statements(period_start=tomorrow, period_end=tomorrow)
    assert (second.opening, second.total, second.closing) == (D("70.00"), D("-70.00"), 0)
    assert second.number != first.number
    assert StatementLine.objects.count() == 2
    assert services.issue_due_statements(period_start=tomorrow, period_end=tomorrow) == []


def test_a_statement_opens_in_a_spreadsheet_and_a_reader(maker: Organisation) -> None:
    maker.name = "昆山精密有限公司"
    maker.save()
    today = timezone.localdate()
    words = {"order_uid": ORDER, "subject_uid": "job_1", "text": '=HYPERLINK("x"), 返工'}
    services.credit_payee(actor=SYSTEM, key="k", organisation_id=maker.pk, amount=D(50), **words)
    statement = services.issue_statement(actor=SYSTEM, organisation_id=maker.pk, period_start=today, period_end=today)
    text = documents.statement_csv(statement)
    assert text.encode().startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(StringIO(text[1:])))
    assert [row[5] for row in rows] == ["Amount", "0.00", "50.00", "50.00"]
    assert rows[2][2].startswith("'=")  # text, not a formula
    pdf = documents.statement_pdf(statement)
    assert pdf.startswith(b"%PDF-")
    assert b"STSong-Light" in pdf


def test_nothing_is_a_remedy_too(maker: Organisation) -> None:
    """A piece may be worth nothing to one of its makers."""
    words = {"order_uid": ORDER, "subject_uid": "job_1", "text": "x"}
    services.credit_payee(actor=SYSTEM, key="k", organisation_id=maker.pk, amount=D(0), **words)
    assert owed_to(maker.pk) == 0
    with pytest.raises(Invalid):
        services.charge_back(actor=SYSTEM, key="k", organisation_id=maker.pk, amount=D(-1), **words)


def test_the_month_before_is_stated_by_itself(buyer: Organisation, maker: Organisation, monkeypatch) -> None:
    words = {"order_uid": ORDER, "subject_uid": "job_1", "text": "Job"}
    today = timezone.localdate()
    last_month = timezone.now() - timedelta(days=today.day + 2)
    with monkeypatch.context() as then:
        then.setattr(timezone, "now", lambda: last_month)
        services.credit_payee(actor=SYSTEM, key="old", organisation_id=maker.pk, amount=D(50), **words)
    services.credit_payee(actor=SYSTEM, key="new", organisation_id=maker.pk, amount=D(7), **words)
    for _ in range(2):  # two workers, or one that started again
        issue_statements.func(0)
    [statement] = selectors.statements(SYSTEM)
    assert (statement.organisation, statement.total) == (maker, D("50.00"))
    assert statement.period_end == today.replace(day=1) - timedelta(days=1)


def test_money_moves_in_the_admin_through_the_services(maker: Organisation, buyer: Organisation, client: Client):
    client.force_login(User.objects.create_superuser("desk@example.org", "a long password"))
    payouts = reverse("admin:ledger_payout_add")
    assert b"Nothing is owed" in client.post(payouts, {"organisation": maker.pk}, follow=True).content
    services.credit_payee(
        actor=SYSTEM, key="k", organisation_id=maker.pk, amount=D("80"), order_uid=ORDER, subject_uid="", text="Work"
    )
    client.post(payouts, {"organisation": maker.pk})
    payout = Payout.objects.across_tenants().get()
    sent = {"action": "pay", "_selected_action": [payout.pk]}
    page = reverse("admin:ledger_payout_changelist")
    assert b'name="reference"' in client.post(page, sent).content
    client.post(page, sent | {"answered": "1", "reference": "bank 17"})
    payout.refresh_from_db()
    assert (payout.state, payout.reference, payout.amount) == ("paid", "bank 17", D("80"))
    today = timezone.localdate()
    period = {"organisation": maker.pk, "period_start": today, "period_end": today}
    client.post(reverse("admin:ledger_statement_add"), period)
    assert Statement.objects.across_tenants().get().organisation == maker
    limit = services.set_credit_limit(actor=SYSTEM, organisation_uid=buyer.uid, amount=D("500"))
    received = {"action": "receive", "_selected_action": [limit.pk], "answered": "1", "reference": "bank 18"}
    limits = reverse("admin:ledger_creditlimit_changelist")
    for _twice in range(2):
        client.post(limits, received | {"amount": "20.00"})
    assert owed_by(buyer.pk) == D("-20")
    other = client.post(limits, received | {"amount": "21.00"}, follow=True)
    assert b"in the books with another amount" in other.content
