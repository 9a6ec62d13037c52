"""Money in: on account within the limit, by a provider that misbehaves, and notices that come twice."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from penstock.hub.core.actors import PAY, READ, SYSTEM, Actor
from penstock.hub.core.errors import Forbidden, Invalid, NotFound, PaymentFailed
from penstock.hub.core.models import Event
from penstock.hub.ledger import sandbox, services
from penstock.hub.ledger.models import Payment, Posting, SandboxCharge
from penstock.hub.ledger.reading import owed_by
from penstock.hub.parties.models import Organisation

pytestmark = pytest.mark.django_db

ORDER = "ord_TEST"


def ask(actor: Actor, *, amount: str = "113.00", method: str = "sandbox", order: str = ORDER) -> Payment:
    return services.open_payment(
        actor=actor,
        organisation_id=actor.organisation_id,
        order_uid=order,
        amount=Decimal(amount),
        currency="CNY",
        method=method,
    )


def kinds() -> list[str]:
    return list(Event.objects.values_list("kind", flat=True))


def test_an_approved_payment_is_held_for_its_order(buying: Actor) -> None:
    payment = ask(buying)
    assert (payment.state, services.held(ORDER), services.paid(ORDER)) == ("pending", 0, 0)
    payment = services.begin_payment(actor=buying, payment_uid=payment.uid)
    assert payment.next_url == f"/sandbox/pay/{payment.provider_reference}"
    services.answer_in_sandbox(actor=buying, reference=payment.provider_reference, how="approve")
    payment.refresh_from_db()
    assert payment.state == "succeeded"
    assert payment.settled_at is not None
    assert (services.held(ORDER), services.paid(ORDER)) == (Decimal("113.00"), Decimal("113.00"))
    assert kinds() == ["ledger.payment_opened", "ledger.payment_succeeded"]
    told = Event.objects.last()
    assert (told.order_uid, told.payload["payment_uid"], told.payload["amount"]) == (ORDER, payment.uid, "113.00")


def test_a_declined_payment_holds_nothing_and_another_attempt_may_succeed(buying: Actor) -> None:
    declined = services.pay_now(actor=buying, payment_uid=ask(buying).uid, how="decline")
    assert (declined.state, services.held(ORDER)) == ("declined", 0)
    again = services.pay_now(actor=buying, payment_uid=ask(buying).uid)
    assert (again.state, services.held(ORDER)) == ("succeeded", Decimal("113.00"))


def test_a_provider_that_refuses_at_once_declines_the_payment(buying: Actor, settings) -> None:
    settings.SANDBOX_PAYMENT_FAULT = "decline"
    payment = services.begin_payment(actor=buying, payment_uid=ask(buying).uid)
    assert payment.state == "declined"
    assert payment.reason
    assert kinds()[-1] == "ledger.payment_declined"


def test_a_second_click_is_the_same_payment_at_the_provider(buying: Actor) -> None:
    payment = ask(buying)
    stale = Payment.objects.across_tenants().get(pk=payment.pk)
    first = services.begin_payment(actor=buying, payment_uid=payment.uid)
    again = services.begin_payment(actor=buying, payment_uid=payment.uid)
    # As if the second click had read the row before the first one wrote it.
    assert sandbox.SandboxProvider().start(stale).reference == first.provider_reference == again.provider_reference
    assert SandboxCharge.objects.count() == 1


def test_a_silent_provider_leaves_the_payment_pending_until_it_is_asked_again(buying: Actor, settings) -> None:
    settings.SANDBOX_PAYMENT_FAULT = "timeout"
    payment = services.begin_payment(actor=buying, payment_uid=ask(buying).uid)
    assert (payment.state, payment.next_url) == ("pending", "")
    assert services.ask_provider(payment_uid=payment.uid).state == "pending"
    settings.SANDBOX_PAYMENT_FAULT = ""
    payment = services.ask_provider(payment_uid=payment.uid)
    assert payment.next_url
    # The payer answered, but the provider's report was lost.
    services.answer_in_sandbox(actor=buying, reference=payment.provider_reference, how="approve_without_report")
    assert services.held(ORDER) == 0
    assert services.ask_provider(payment_uid=payment.uid).state == "succeeded"
    assert services.held(ORDER) == Decimal("113.00")


def test_a_payment_nobody_makes_expires_and_late_money_still_counts(buying: Actor) -> None:
    payment = services.begin_payment(actor=buying, payment_uid=ask(buying).uid)
    assert services.ask_provider(payment_uid=payment.uid).state == "pending"
    Payment.objects.across_tenants().update(created_at=timezone.now() - timedelta(days=8))
    assert services.ask_provider(payment_uid=payment.uid).state == "expired"
    services.answer_in_sandbox(actor=buying, reference=payment.provider_reference, how="approve")
    payment.refresh_from_db()
    assert (payment.state, services.held(ORDER)) == ("succeeded", Decimal("113.00"))


def test_a_notice_that_comes_twice_counts_once(buying: Actor) -> None:
    services.pay_now(actor=buying, payment_uid=ask(buying).uid, how="approve_and_report_twice")
    assert services.held(ORDER) == Decimal("113.00")
    assert kinds().count("ledger.payment_succeeded") == 1
    assert Posting.objects.count() == 1


def test_a_forged_or_garbled_notice_is_refused(buying: Actor) -> None:
    payment = services.begin_payment(actor=buying, payment_uid=ask(buying).uid)
    [(body, headers)] = sandbox.answer(payment.provider_reference, "approve")

    def report(body: bytes, headers: dict[str, str]) -> None:
        services.take_notice(provider="sandbox", body=body, headers=headers)

    with pytest.raises(Forbidden):
        report(body.replace(b"113.00", b"1.00"), headers)
    with pytest.raises(Forbidden):
        report(body, {})
    with pytest.raises(Invalid):
        report(b"[]", {sandbox.SIGNATURE_HEADER: sandbox.signature(b"[]")})
    smaller = body.replace(b"113.00", b"1.00")
    with pytest.raises(Invalid, match="other_amount"):
        report(smaller, {sandbox.SIGNATURE_HEADER: sandbox.signature(smaller)})
    assert services.held(ORDER) == 0
    report(body, headers)
    assert services.held(ORDER) == Decimal("113.00")


def test_a_notice_that_outruns_us_is_reported_again(buying: Actor) -> None:
    payment = ask(buying)
    reference = sandbox.SandboxProvider().start(payment).reference  # started, our note of it not yet written
    [(body, headers)] = sandbox.answer(reference, "approve")
    with pytest.raises(NotFound):
        services.take_notice(provider="sandbox", body=body, headers=headers)
    services.begin_payment(actor=buying, payment_uid=payment.uid)
    services.take_notice(provider="sandbox", body=body, headers=headers)
    assert services.held(ORDER) == Decimal("113.00")


def test_buying_on_account_stays_within_the_limit(buyer: Organisation, buying: Actor) -> None:
    with pytest.raises(PaymentFailed, match="credit_limit"):
        ask(buying, method="account")
    services.set_credit_limit(actor=SYSTEM, organisation_uid=buyer.uid, amount=Decimal(200), days=30)
    payment = ask(buying, method="account")
    assert (payment.state, services.held(ORDER)) == ("succeeded", Decimal("113.00"))
    with pytest.raises(PaymentFailed) as refused:
        ask(buying, method="account", order="ord_SECOND")
    assert refused.value.data == {"available": "87.00", "amount": "113.00"}
    for _ in range(2):  # the same bank transfer entered twice
        services.receive_on_account(actor=SYSTEM, organisation_id=buyer.pk, amount=Decimal(50), reference="B-1")
    assert owed_by(buyer.pk) == Decimal("63.00")
    assert ask(buying, method="account", order="ord_SECOND").state == "succeeded"
    # Nobody has to be told to go on: the verb that asked knows.
    assert "ledger.payment_succeeded" not in kinds()
    assert kinds().count("ledger.charged_to_account") == 2


def test_who_may_ask_for_money(buyer: Organisation, buying: Actor, maker: Organisation) -> None:
    with pytest.raises(Forbidden):
        ask(Actor(name="worker", organisation_id=buyer.pk, rights=frozenset({READ})))
    stranger = Actor(name="stranger", organisation_id=maker.pk, rights=frozenset({READ, PAY}))
    payment = ask(buying)
    with pytest.raises(NotFound):
        services.begin_payment(actor=stranger, payment_uid=payment.uid)
    payment = services.begin_payment(actor=buying, payment_uid=payment.uid)
    with pytest.raises(NotFound):
        services.answer_in_sandbox(actor=stranger, reference=payment.provider_reference, how="approve")
    with pytest.raises(NotFound):
        services.open_payment(
            actor=stranger,
            organisation_id=buyer.pk,
            order_uid=ORDER,
            amount=Decimal(1),
            currency="CNY",
            method="sandbox",
        )
    for amount, method in (("0", "sandbox"), ("1", "cheque")):
        with pytest.raises(Invalid):
            ask(buying, amount=amount, method=method)
