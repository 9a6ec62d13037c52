"""Thousands of orders with all that hangs on them, written in bulk.

The rows are what the services would have left, without the services' checks: the same columns, as many events,
operations and postings per order, balanced ledger transactions, JSON of real size copied from a real quote.
Nine orders in ten are settled; the rest is spread over the states of a running network.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import connection, transaction
from django.utils import timezone
from hordak.models import Leg

from penstock.hub.core.models import Event
from penstock.hub.core.money import cents, network_currency
from penstock.hub.logistics.models import Shipment, ShipmentItem, TrackingEvent
from penstock.hub.orders.models import Order, OrderLine
from penstock.hub.parties.models import Address, Organisation
from penstock.hub.parts.models import Part, Revision
from penstock.hub.production.models import Build, Job, Machine, Offer, Operation
from penstock.hub.quotes.models import Quote, QuoteOption, QuotePrice

from .copying import copy_in
from .records import events_of, payments_of
from .templates import Network

BATCH = 1000
LARGE_BUYER_SHARE = 0.1
JOBS_PER_BUILD = 5
YEAR_DAYS = 365
TAX = Decimal("0.13")
CARRIAGE = Decimal("36.00")
# state of the order → (weight, states its jobs may have, state of their builds, of their parcels)
STATES = {
    "settled": (90, ("delivered",), "finished", "delivered"),
    "delivered": (2, ("delivered",), "finished", "delivered"),
    "in_production": (5, ("pooled", "offered", "accepted", "making", "made", "shipped"), "", ""),
    "confirmed": (1, (), "", ""),
    "placed": (1, (), "", ""),
    "cancelled": (1, (), "", ""),
}
BUILD_STATE = {"offered": "offered", "accepted": "accepted", "making": "running", "made": "finished",
               "shipped": "finished", "delivered": "finished"}  # fmt: skip
PARCEL_STATE = {"shipped": "in_transit", "delivered": "delivered"}


@dataclass(slots=True)
class Priced:
    """A price of the real quote, to be bought again and again."""

    option: QuoteOption
    price: QuotePrice


class Filling:
    """Writes batches of orders for one network; the same seed writes the same rows."""

    def __init__(self, network: Network, seed: int) -> None:
        self.network = network
        self.random = random.Random(seed)
        self.now = timezone.now()
        self.prices = [
            Priced(option, price)
            for option in network.quote.options.prefetch_related("prices")
            for price in option.prices.all()
            if price.quantity <= 10
        ]
        self.machines: dict[int, list[Machine]] = {}
        for machine in Machine.objects.across_tenants():
            self.machines.setdefault(machine.maker_id, []).append(machine)
        self.addresses = {
            address.organisation_id: address.as_dict() for address in Address.objects.across_tenants().order_by("-pk")
        }
        self.parts: dict[int, list[Revision]] = {}

    def write(self, count: int) -> None:
        done = 0
        while done < count:
            size = min(BATCH, count - done)
            with transaction.atomic():
                self._batch(size)
            done += size
        with connection.cursor() as cursor:
            cursor.execute("vacuum (analyze)")  # as autovacuum would have done by and by

    def count_rows(self) -> dict[str, int]:
        counted = (Order, OrderLine, Job, Operation, Build, Offer, Shipment, TrackingEvent, Part, Quote, QuotePrice)
        return {model.__name__: model._base_manager.count() for model in (*counted, Leg, Event)}

    def _batch(self, size: int) -> None:
        orders, lines = self._orders(size)
        jobs = self._jobs(lines)
        shipments = self._parcels(orders, jobs)
        payments_of(self.network, orders, jobs, shipments)
        events_of(self.network, orders, lines, jobs, shipments)

    # --- parts and quotes -------------------------------------------------------------------------

    def _buyer(self) -> Organisation:
        buyers = self.network.buyers
        return buyers[0] if self.random.random() < LARGE_BUYER_SHARE else self.random.choice(buyers[1:])

    def _new_parts(self, owners: list[Organisation]) -> None:
        """A part for each owner, measured like the real one, with a quote of eight recipes at three quantities."""
        like = self.network.revision
        parts = Part.objects.bulk_create(
            Part(organisation=owner, name=f"{self.random.choice(NAMES)} {self.random.randrange(10_000):04d}")
            for owner in owners
        )
        revisions = Revision.objects.bulk_create(
            Revision(
                part=part, number=1, blob_id=like.blob_id, filename=f"{part.name}.stl", state="ready",
                measurement=like.measurement, thumbnail_id=like.thumbnail_id, preview_id=like.preview_id,
                measured_at=self.now,
            )
            for part in parts
        )  # fmt: skip
        template = self.network.quote
        quotes = Quote.objects.bulk_create(
            Quote(
                organisation=part.organisation, revision=revision, price_book_id=template.price_book_id,
                currency=template.currency, quantities=template.quantities, obstacles=template.obstacles,
                expires_at=self.now + timedelta(days=30),
            )
            for part, revision in zip(parts, revisions, strict=True)
        )  # fmt: skip
        chosen = list({priced.option.pk: priced.option for priced in self.prices}.values())[:8]
        options = QuoteOption.objects.bulk_create(
            QuoteOption(quote=quote, process=o.process, material=o.material, finish=o.finish, position=number)
            for quote in quotes
            for number, o in enumerate(chosen)
        )
        copy_in(
            QuotePrice,
            (
                QuotePrice(option=option, **_copied(price))
                for option, like_option in zip(options, chosen * len(quotes), strict=True)
                for price in like_option.prices.all()
                if price.lead_class == "standard"
            ),
        )
        for revision, owner in zip(revisions, owners, strict=True):
            self.parts.setdefault(owner.pk, []).append(revision)

    # --- orders -----------------------------------------------------------------------------------

    def _orders(self, size: int) -> tuple[list[Order], list[OrderLine]]:
        buyers = [self._buyer() for _ in range(size)]
        # Two orders in three are of a part that was ordered before.
        newcomers = {b.pk: b for b in buyers if b.pk not in self.parts}
        self._new_parts([*newcomers.values(), *buyers[::3]])
        drafts = [self._draft(buyer) for buyer in buyers]
        with connection.cursor() as cursor:
            cursor.execute("select nextval('orders_order_number') from generate_series(1, %s)", [size])
            numbers = [row[0] for row in cursor.fetchall()]
        for (order, _lines), number in zip(drafts, numbers, strict=True):
            order.number = f"P-{self.now.year}-{number:06d}"
        orders = Order.objects.bulk_create(order for order, _lines in drafts)
        Order._plain.bulk_update(orders, ["placed_at"], batch_size=500)  # auto_now_add has set it to now
        lines = OrderLine.objects.bulk_create([line for _order, lines in drafts for line in lines])
        return orders, lines

    def _draft(self, buyer: Organisation) -> tuple[Order, list[OrderLine]]:
        state = self.random.choices(list(STATES), [weight for weight, *_ in STATES.values()])[0]
        live = state in ("in_production", "confirmed", "placed")
        placed = self.now - timedelta(days=self.random.uniform(0, 10) if live else self.random.uniform(15, YEAR_DAYS))
        address = self.addresses[buyer.pk]
        order = Order(
            organisation=buyer, state=state, currency=network_currency(), carriage=CARRIAGE, service="standard",
            tax_percent=13, ship_to=address, bill_to=address, payment_method="sandbox", placed_at=placed,
            promised_on=(placed + timedelta(days=12)).date(),
        )  # fmt: skip
        if state not in ("placed", "cancelled"):
            order.confirmed_at = placed + timedelta(minutes=5)
        if state in ("delivered", "settled"):
            order.delivered_at = placed + timedelta(days=9)
        if state == "settled":
            order.settled_at = order.carriage_settled_at = placed + timedelta(days=9, minutes=1)
        if state == "cancelled":
            order.cancelled_at = placed + timedelta(hours=3)
        lines = [self._line(order, position) for position in range(1, self.random.choice((1, 1, 2, 3)) + 1)]
        order.net = sum((line.net for line in lines), Decimal(0))
        order.tax = sum((line.tax for line in lines), Decimal(0)) + cents(CARRIAGE * TAX)
        order.total = order.net + order.carriage + order.tax
        return order, lines

    def _line(self, order: Order, position: int) -> OrderLine:
        priced = self.random.choice(self.prices)
        revision = self.random.choice(self.parts[order.organisation_id])
        net = cents(priced.price.unit_price * priced.price.quantity)
        done = priced.price.quantity if order.state in ("delivered", "settled") else 0
        state = {"settled": "settled", "delivered": "delivered", "cancelled": "cancelled"}.get(order.state, "open")
        return OrderLine(
            order=order, position=position, state=state, revision=revision, part_name=revision.part.name,
            process=priced.option.process, material=priced.option.material, finish=priced.option.finish,
            quantity=priced.price.quantity, net=net, tax=cents(net * TAX),
            due_on=(order.placed_at + timedelta(days=9)).date(), made=done, shipped=done, delivered=done,
            **{name: getattr(priced.price, name) for name in COPIED_TO_LINE},
        )  # fmt: skip

    # --- work -------------------------------------------------------------------------------------

    def _jobs(self, lines: list[OrderLine]) -> list[Job]:
        drafts = [job for line in lines if (job := self._job(line))]
        waiting: dict[tuple[int, str, str, str], list[Job]] = {}
        builds: list[Build] = []
        groups: list[list[Job]] = []
        for job in drafts:
            if job.maker_id is None:
                continue
            group = waiting.setdefault((job.maker_id, job.process, job.material, job.state), [])
            group.append(job)
            if len(group) == JOBS_PER_BUILD:
                groups.append(waiting.pop((job.maker_id, job.process, job.material, job.state)))
        groups += waiting.values()
        builds = Build.objects.bulk_create(self._build(group) for group in groups)
        for build, group in zip(builds, groups, strict=True):
            for job in group:
                job.build = build
        jobs = Job.objects.bulk_create(drafts)
        copy_in(Operation, (step for job in jobs for step in self._steps(job)))
        copy_in(Offer, (self._offer(build, group) for build, group in zip(builds, groups, strict=True)))
        return jobs

    def _job(self, line: OrderLine) -> Job | None:
        possible = STATES[line.order.state][1]
        if not possible:
            return None
        state = self.random.choice(possible)
        maker = None if state == "pooled" else self.random.choice(self.network.makers)
        return Job(
            line=line, quantity=line.quantity, process=line.process, material=line.material, finish=line.finish,
            state=state, maker=maker, holder=None if state in ("pooled", "offered") else maker,
            due_at=line.order.placed_at + timedelta(days=9), payout=line.maker_unit_payout * line.quantity,
            pooled_at=line.order.placed_at, reasons=REASONS if maker else [],
            alternatives=ALTERNATIVES if maker else [],
        )  # fmt: skip

    def _build(self, group: list[Job]) -> Build:
        first = group[0]
        starts_at: datetime = first.pooled_at + timedelta(days=1)
        return Build(
            maker=first.maker, machine=self.random.choice(self.machines[first.maker_id]), process=first.process,
            material=first.material, state=BUILD_STATE[first.state], starts_at=starts_at,
            ends_at=starts_at + timedelta(hours=14), height_mm=180.0, fill=0.31,
            layout=[
                {"job": job.uid, "copy": copy, "matrix": IDENTITY, "origin_mm": [0.0, 0.0, 0.0]}
                for job in group
                for copy in range(job.quantity)
            ],
        )  # fmt: skip

    def _steps(self, job: Job) -> list[Operation]:
        kinds = ["make", *(["finish"] if job.finish else []), "inspect", "ship"]
        done = job.state in ("shipped", "delivered")
        return [
            Operation(
                job=job, sequence=number, kind=kind, maker=job.maker, state="done" if done else "todo",
                finish=job.finish if kind == "finish" else "", payout=cents(job.payout / len(kinds)),
            )
            for number, kind in enumerate(kinds, start=1)
        ]  # fmt: skip

    def _offer(self, build: Build, group: list[Job]) -> Offer:
        return Offer(
            maker=build.maker, build=build, state="open" if build.state == "offered" else "accepted",
            payout=sum((job.payout for job in group), Decimal(0)), currency=network_currency(), reasons=REASONS,
            deadline=build.starts_at,
        )  # fmt: skip

    def _parcels(self, orders: list[Order], jobs: list[Job]) -> list[Shipment]:
        travelling: dict[tuple[int, int], list[Job]] = {}
        for job in jobs:
            if job.state in PARCEL_STATE:
                travelling.setdefault((job.line.order_id, job.maker_id), []).append(job)
        shipments = Shipment.objects.bulk_create(
            Shipment(
                order=group[0].line.order, purpose="delivery", state=PARCEL_STATE[group[0].state],
                from_maker=group[0].maker, receiver_id=group[0].line.order.organisation_id,
                to_address=group[0].line.order.ship_to, carrier=self.network.carrier, service="standard",
                tracking_number=f"SH{self.random.randrange(10**9):09d}", mass_g=420.0, distance_km=310.0,
                cost=Decimal("22.00"), expected_on=group[0].line.order.promised_on,
            )
            for group in travelling.values()
        )  # fmt: skip
        parcels = list(zip(shipments, travelling.values(), strict=True))
        items = (
            ShipmentItem(shipment=parcel, job=job, quantity=job.quantity) for parcel, group in parcels for job in group
        )
        copy_in(ShipmentItem, items)
        reports = (
            TrackingEvent(
                shipment=parcel, reference=f"{parcel.uid}-{number}", status=status, place="Suzhou",
                at=parcel.order.placed_at + timedelta(days=8, hours=number),
            )
            for parcel in shipments
            for number, status in enumerate(("picked_up", "in_transit", "delivered"))
            if status != "delivered" or parcel.state == "delivered"
        )  # fmt: skip
        copy_in(TrackingEvent, reports)
        return shipments


NAMES = ("Bracket", "Housing", "Gear", "Cover", "Lever", "Manifold", "Clip", "Impeller", "Jig", "Duct")
IDENTITY = [[1.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0], [0.0, 0.0, 0.0, 1.0]]
REASONS = [
    "Cheapest of 4 makers that can make it in time: 212.40 against 231.10",
    "Shares a build with 4 other jobs and fills the chamber to 31 %",
]
ALTERNATIVES = [
    {"maker_id": 1, "machine": "mac_000000000000", "cost": 231.1, "why_not": "18.70 dearer: farther from the buyer"},
    {"maker_id": 2, "machine": "mac_000000000001", "cost": 260.0, "why_not": "would be 6 h late"},
]
COPIED_TO_LINE = (
    "lead_class", "lead_days", "unit_price", "maker_unit_payout", "machine_hours", "mass_g", "breakdown",
    "rule_version",
)  # fmt: skip


def _copied(price: QuotePrice) -> dict[str, object]:
    return {field.attname: getattr(price, field.attname) for field in QuotePrice._meta.concrete_fields
            if field.attname not in ("id", "option_id")}  # fmt: skip
