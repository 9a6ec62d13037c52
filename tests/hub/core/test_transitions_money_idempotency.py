"""Compare-and-set moves, cents that add up, answers given once."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.hub.core import idempotency
from penstock.hub.core.actors import RIGHTS, Actor
from penstock.hub.core.errors import Conflict, Invalid
from penstock.hub.core.money import cents, split
from penstock.hub.core.transitions import Lifecycle
from penstock.hub.ledger.models import Payment
from penstock.hub.ledger.states import PAYMENT
from penstock.hub.parties.models import Organisation


def test_a_table_that_leads_nowhere_is_refused() -> None:
    with pytest.raises(ValueError, match="not in the table"):
        Lifecycle("x", {"a": {"go": "b"}})


@pytest.mark.django_db
def test_of_two_moves_from_the_same_state_one_happens() -> None:
    firm = Organisation.objects.create(name="One", country="CN")
    payment = Payment.objects.create(organisation=firm, amount=1, currency="CNY", method="sandbox")
    same = Payment.objects.across_tenants().get(pk=payment.pk)
    assert PAYMENT.move(payment, "succeed") == "succeeded"
    with pytest.raises(Conflict) as refused:
        PAYMENT.move(same, "decline")
    assert refused.value.data["state"] == "succeeded"
    payment.refresh_from_db()
    assert payment.state == "succeeded"


@given(
    st.decimals(min_value=0, max_value=10**8, places=2),
    st.lists(st.integers(min_value=0, max_value=1000), min_size=1, max_size=20).filter(any),
)
def test_a_split_adds_up_to_the_cent(amount: Decimal, weights: list[int]) -> None:
    parts = split(amount, weights)
    assert sum(parts) == amount
    exact = [amount * w / sum(weights) for w in weights]
    assert all(abs(p - e) < Decimal("0.01") for p, e in zip(parts, exact, strict=True))


def test_rounding_is_half_up() -> None:
    assert cents("2.345") == Decimal("2.35")
    assert cents("-2.345") == Decimal("-2.35")


@pytest.mark.django_db
def test_a_repeat_gets_the_first_answer_and_a_different_request_is_refused() -> None:
    firm = Organisation.objects.create(name="One", country="CN")
    actor = Actor(name="a", organisation_id=firm.pk, rights=RIGHTS)
    done: list[int] = []

    def do() -> tuple[int, dict]:
        done.append(1)
        return 201, {"n": len(done)}

    def ask(key: str, payload: object = 1) -> tuple[int, dict]:
        return idempotency.once(actor=actor, key=key, verb="v", payload=payload, do=do)

    assert ask("k") == ask("k") == (201, {"n": 1})
    assert ask("other") == (201, {"n": 2})
    with pytest.raises(Conflict):
        ask("k", payload=2)
    with pytest.raises(Invalid):
        ask("k" * 201)

    def refuse() -> tuple[int, dict]:
        raise Invalid("no", "no")

    with pytest.raises(Invalid):
        idempotency.once(actor=actor, key="again", verb="v", payload=1, do=refuse)
    assert ask("again") == (201, {"n": 3})
