"""A buyer with a quoted part, an address and credit; a maker and a carrier to be paid."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from buyers import acting_for, address, firm, measured, purchaser
from penstock.hub.core import journal
from penstock.hub.core.actors import SYSTEM, Actor
from penstock.hub.ledger import services as ledger
from penstock.hub.orders import events, services
from penstock.hub.orders.models import BasketLine, Order
from penstock.hub.parties.models import Address, Organisation
from penstock.hub.quotes import services as quotes
from penstock.hub.quotes.models import Quote


@pytest.fixture(autouse=True)
def this_room_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """What production and logistics make of an order's news is tested there."""
    for kind in (events.ORDER_CONFIRMED, events.LINE_DELIVERED, events.ORDER_DELIVERED, events.ORDER_CANCELLED):
        monkeypatch.setitem(journal._handlers, kind.name, {})


@pytest.fixture
def buyer(db: None) -> Organisation:
    return firm()


@pytest.fixture
def actor(buyer: Organisation) -> Actor:
    return purchaser(buyer)


@pytest.fixture
def home(buyer: Organisation) -> Address:
    return address(buyer)


@pytest.fixture
def quote(actor: Actor) -> Quote:
    revision = measured(actor)
    return quotes.quote(actor=actor, revision_uid=revision.uid, quantities=(1, 10), process="sls", material="pa12")


@pytest.fixture
def put(actor: Actor, quote: Quote) -> Callable[..., BasketLine]:
    """Put the n-th recipe of the quote into the basket."""

    def put(nth: int = 0, quantity: int = 10, lead_class: str = "standard") -> BasketLine:
        option = quote.options.get(position=nth)
        return services.add_to_basket(actor=actor, option_uid=option.uid, quantity=quantity, lead_class=lead_class)

    return put


@pytest.fixture
def credit(buyer: Organisation) -> None:
    ledger.set_credit_limit(actor=SYSTEM, organisation_uid=buyer.uid, amount=Decimal(1_000_000))


@pytest.fixture
def place(actor: Actor, home: Address, put: Callable[..., BasketLine], credit: None) -> Callable[..., Order]:
    """An order of `lines` recipes, on account unless another method is named."""

    def place(lines: int = 2, method: str = "account") -> Order:
        for nth in range(lines):
            put(nth)
        return services.place_order(actor=actor, ship_to_uid=home.uid, service="standard", payment_method=method)

    return place


@pytest.fixture
def maker(db: None) -> Organisation:
    return firm("Kunshan Sinter", kinds=("maker",))


@pytest.fixture
def stranger(db: None) -> Actor:
    return acting_for(firm("Nosy"))
