"""The demo network founded once for a whole test module, and orders that got some way along the road.

The founding happens in a transaction around the module's tests; each test runs in its own inside it, and both are
rolled back.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction

from buyers import box_stl
from penstock.demo import firms, journey, network
from penstock.hub.core import jobs
from penstock.hub.core.actors import Actor
from penstock.hub.ledger import selectors as ledger
from penstock.hub.orders.models import Order, OrderLine
from penstock.hub.parts import services as parts
from penstock.hub.parts.models import Revision
from penstock.hub.production.models import Job, Maker, Offer

# Recipes (process, material, finish) of the network's makers. ANODISED is finished by nobody who mills.
NYLON = ("sls", "pa12", "")
MILLED = ("cnc-milling", "al6061", "")
ANODISED = ("cnc-milling", "al6061", "anodising")
RESIN = ("sla", "resin-white", "")


@dataclass(frozen=True)
class People:
    """Who takes part, and the buyer's measured parts."""

    buyer: Actor
    other_buyer: Actor
    operator: Actor
    carrier: Actor
    bracket: Revision
    cube: Revision


@contextmanager
def founded(blocker) -> Iterator[People]:
    """The demo network until the block ends; `blocker` is pytest-django's."""
    with blocker.unblock(), transaction.atomic():
        network.found()
        buyer = network.actor_for(firms.BUYERS[0])
        yield People(
            buyer=buyer,
            other_buyer=network.actor_for(firms.BUYERS[1]),
            operator=network.actor_for(firms.OPERATOR),
            carrier=network.actor_for(firms.CARRIER),
            bracket=upload(buyer, box_stl(40, 25, 12), "bracket.stl"),
            cube=upload(buyer, box_stl(), "cube.stl"),
        )
        transaction.set_rollback(True)


def upload(buyer: Actor, content: bytes, filename: str) -> Revision:
    revision = parts.upload(actor=buyer, file=io.BytesIO(content), filename=filename)
    jobs.drain()
    revision.refresh_from_db()
    return revision


def put_in_basket(buyer: Actor, revision: Revision, quantity: int, recipe: tuple[str, str, str] = NYLON) -> None:
    process, material, finish = recipe
    price = journey.cheapest_price(buyer, revision, quantity, process=process, material=material, finish=finish or None)
    assert price is not None, f"nobody prices {recipe}"
    assert price.option.finish == finish
    journey.put_in_basket(buyer, price)


def order(
    buyer: Actor, *wanted: tuple[Revision, int, tuple[str, str, str]], method: str = "account", **choice: str
) -> Order:
    """A placed order of (revision, quantity, recipe); on account it is confirmed and its jobs are pooled."""
    for revision, quantity, recipe in wanted:
        put_in_basket(buyer, revision, quantity, recipe)
    placed = journey.place(buyer, method=method, **choice)
    placed.refresh_from_db()
    return placed


def distribute(order: Order) -> list[Offer]:
    journey.run_wave()
    return journey.open_offers([order])


def accept_all(order: Order) -> None:
    """Waves and acceptances until every job of the order has a workshop and every finishing one, too."""
    while offers := distribute(order):
        for offer in offers:
            journey.accept(offer)


def make(order: Order) -> None:
    """Everything accepted is built."""
    for build in journey.builds_in("accepted", [order]):
        journey.start(build)
    for build in journey.builds_in("running", [order]):
        journey.finish(build)


def inspected(order: Order) -> None:
    """Accepted, made and inspected; unfinished pieces stay where they were made."""
    accept_all(order)
    make(order)
    for job in journey.jobs_to_inspect([order]):
        journey.inspect(job)


def lines_of(order: Order) -> list[OrderLine]:
    return list(order.lines.order_by("position"))


def jobs_of(order: Order, **lookups: object) -> list[Job]:
    return list(
        journey.jobs_of([order]).filter(**lookups).select_related("holder", "maker", "build", "line").order_by("pk")
    )


def acting_for(maker: Maker) -> Actor:
    return journey.owner_of(maker.organisation_id)


def balance(purpose: str) -> Decimal:
    """What the network's accounts of one purpose add up to."""
    return sum((each.amount for each in ledger.balances() if each.purpose == purpose), Decimal(0))


def at_state(order: Order) -> str:
    order.refresh_from_db()
    return order.state


def where(order: Order) -> str:
    """Where the order and its jobs stand, to be read when a test fails."""
    jobs = [f"{job.uid} {job.quantity} {job.state} {job.obstacle}".strip() for job in jobs_of(order)]
    return "; ".join([f"{order.number} {at_state(order)}", *jobs])
