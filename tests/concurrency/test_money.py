"""Races about money. Each is first run with its guard taken away, to show that it is there to be prevented."""

from __future__ import annotations

from decimal import Decimal
from itertools import count

import pytest
from racing import at_once, code_of, meeting

from penstock.hub.core.actors import RIGHTS, SYSTEM, Actor
from penstock.hub.ledger import accounts, sandbox, selectors, services
from penstock.hub.ledger.models import Payment, Payout, SandboxCharge
from penstock.hub.ledger.providers import Started
from penstock.hub.ledger.reading import owed_by, refunded
from penstock.hub.ledger.services import payments, payouts, refunds
from penstock.hub.parties.models import Organisation

pytestmark = pytest.mark.django_db(transaction=True)

D = Decimal
ORDER = "ord_TEST"


@pytest.fixture
def buyer() -> Organisation:
    return Organisation.objects.create(name="Jiading Instruments", country="CN", kinds=["buyer"])


@pytest.fixture
def buying(buyer: Organisation) -> Actor:
    return Actor(name=buyer.name, organisation_id=buyer.pk, rights=RIGHTS)


def ask(actor: Actor, method: str = "sandbox", order: str = ORDER) -> Payment:
    return services.open_payment(
        actor=actor,
        organisation_id=actor.organisation_id,
        order_uid=order,
        amount=D(100),
        currency="CNY",
        method=method,
    )


@pytest.mark.parametrize("guarded", [False, True])
def test_two_orders_on_account_at_once_stay_within_the_limit(guarded, buyer, buying, monkeypatch) -> None:
    services.set_credit_limit(actor=SYSTEM, organisation_uid=buyer.uid, amount=D(150))
    if not guarded:
        monkeypatch.setattr(accounts, "lock", accounts.book)
    monkeypatch.setattr(payments, "credit_available", meeting(payments.credit_available))
    accounts.book(accounts.RECEIVABLES, buyer.pk)
    outcomes = at_once(*(lambda n=n: ask(buying, "account", f"ord_{n}") for n in range(2)))
    codes = [code_of(outcome, "paid") for outcome in outcomes]
    if guarded:
        assert sorted(codes) == ["credit_limit", "paid"]
        assert owed_by(buyer.pk) == D(100)
    else:
        assert codes == ["paid", "paid"]
        assert owed_by(buyer.pk) == D(200)  # over the limit: the race is real
    assert selectors.check() == ()


@pytest.mark.parametrize("guarded", [False, True])
def test_two_refunds_at_once_give_back_no_more_than_was_paid(guarded, buying, monkeypatch) -> None:
    services.pay_now(actor=buying, payment_uid=ask(buying).uid)
    if not guarded:
        unlocked = Payment.objects.across_tenants().filter(order_uid=ORDER, state="succeeded")
        monkeypatch.setattr(refunds, "_lock_payments", lambda order_uid: list(unlocked.all()))
    monkeypatch.setattr(refunds, "_left", meeting(refunds._left))

    def give_back(key: str) -> object:
        return services.refund(actor=buying, order_uid=ORDER, amount=D(80), key=key, reason="late")

    outcomes = at_once(lambda: give_back("one"), lambda: give_back("two"))
    if guarded:
        assert sorted(code_of(outcome, "refunded") for outcome in outcomes) == ["refund_too_large", "refunded"]
        assert refunded(ORDER) == D(80)
        assert selectors.check() == ()
    else:
        assert refunded(ORDER) == D(160)
        faults = [fault.why for fault in selectors.check()]
        assert "60.00 more was given back than was paid with it" in faults


# What keeps two notices about one payment from counting twice. Each is enough by itself.
GUARDS = ("notice kept once", "row lock", "compare-and-set", "posted once")


@pytest.mark.parametrize(
    "kept", [(), *((guard,) for guard in GUARDS), GUARDS], ids=lambda kept: "+".join(kept) or "none"
)
def test_two_notices_at_once_count_once(kept, buying, monkeypatch) -> None:
    payment = services.begin_payment(actor=buying, payment_uid=ask(buying).uid)
    [(body, headers)] = sandbox.answer(payment.provider_reference, "approve")
    locked = payments._locked if "row lock" in kept else lambda pk: Payment.objects.across_tenants().get(pk=pk)
    monkeypatch.setattr(payments, "_locked", meeting(locked))
    if "notice kept once" not in kept:
        monkeypatch.setattr(payments, "_first_time", lambda *notice: True)
    if "compare-and-set" not in kept:
        monkeypatch.setattr(payments, "_move", naive_move)
    if "posted once" not in kept:
        numbers, post = count(), payments.post
        monkeypatch.setattr(payments, "post", lambda *, key, **rest: post(key=f"{key}:{next(numbers)}", **rest))
    at_once(*[lambda: services.take_notice(provider="sandbox", body=body, headers=headers)] * 2)
    assert services.held(ORDER) == (D(100) if kept else D(200))
    assert Payment.objects.across_tenants().get().state == "succeeded"


def naive_move(payment: Payment, verb: str, reason: str = "") -> None:
    payment.state = payments.PAYMENT.table[payment.state][verb]
    payment.save()


@pytest.mark.parametrize("guarded", [False, True])
def test_two_payouts_at_once_set_the_money_aside_once(guarded, buyer, monkeypatch) -> None:
    words = {"order_uid": ORDER, "subject_uid": "job_1", "text": "Job"}
    services.credit_payee(actor=SYSTEM, key="k", organisation_id=buyer.pk, amount=D(70), **words)
    if not guarded:
        monkeypatch.setattr(accounts, "lock", accounts.book)
    monkeypatch.setattr(payouts, "on_its_way", meeting(payouts.on_its_way))
    at_once(*[lambda: services.prepare_payout(actor=SYSTEM, organisation_id=buyer.pk)] * 2)
    amounts = [payout.amount for payout in Payout.objects.across_tenants()]
    assert amounts == ([D(70)] if guarded else [D(70), D(70)])


@pytest.mark.parametrize("guarded", [False, True])
def test_two_clicks_on_pay_are_one_payment_at_the_provider(guarded, buying, monkeypatch) -> None:
    payment = ask(buying)
    start = sandbox.SandboxProvider.start
    if not guarded:
        numbers = count()

        def start_anew(self: sandbox.SandboxProvider, payment: Payment) -> Started:
            """A provider that is not told that the second call is about the same payment."""
            reference = f"sbx_{next(numbers)}"
            SandboxCharge.objects.create(reference=reference, amount=payment.amount, currency=payment.currency)
            return Started(reference, "/")

        start = start_anew
    monkeypatch.setattr(sandbox.SandboxProvider, "start", meeting(start))
    begun = at_once(*[lambda: services.begin_payment(actor=buying, payment_uid=payment.uid)] * 2)
    assert begun[0].provider_reference == begun[1].provider_reference
    assert SandboxCharge.objects.count() == (1 if guarded else 2)


@pytest.mark.parametrize("guarded", [False, True])
def test_two_accounts_opened_at_once_grow_one_tree(guarded, buyer, monkeypatch) -> None:
    other = Organisation.objects.create(name="Other", country="CN", kinds=["buyer"])
    if not guarded:
        monkeypatch.setattr(accounts, "exclusive", lambda name: True)
    monkeypatch.setattr(accounts, "network_currency", meeting(accounts.network_currency))
    outcomes = at_once(
        *(
            lambda organisation=organisation: accounts.book(accounts.HELD, organisation.pk)
            for organisation in (buyer, other)
        )
    )
    failed = [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    if guarded:
        assert failed == []
        assert len({row.account.tree_id for row in outcomes}) == 1
        assert len({row.account.lft for row in accounts.BookAccount.objects.select_related("account")}) == 2
    else:
        assert failed
