"""The written record of the filled orders: payments, balanced ledger transactions, and the journal."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

from hordak.models import Leg, Transaction

from penstock.hub.core.models import Event
from penstock.hub.core.money import money, network_currency
from penstock.hub.ledger import accounts
from penstock.hub.ledger.models import LegSubject, Payment, Posting
from penstock.hub.ledger.posting import Entry, credit, debit
from penstock.hub.logistics.models import Shipment
from penstock.hub.orders.models import Order, OrderLine
from penstock.hub.production.models import Job

from .copying import copy_in
from .templates import Network

Fact = tuple[str, str, str, list[Entry]]  # key, kind, order, sides


def payments_of(network: Network, orders: list[Order], jobs: list[Job], shipments: list[Shipment]) -> None:
    """One payment per order, its deposit, and what settling passed on."""
    Payment.objects.bulk_create(
        Payment(
            organisation_id=order.organisation_id,
            order_uid=order.uid,
            method="sandbox",
            amount=order.total,
            currency=network_currency(),
            state="succeeded" if order.confirmed_at else "declined",
            provider_reference=f"sandbox_{order.uid}",
            settled_at=order.confirmed_at,
        )
        for order in orders
    )
    by_order: dict[int, list[Job]] = {}
    for job in jobs:
        by_order.setdefault(job.line.order_id, []).append(job)
    parcels: dict[int, list[Shipment]] = {}
    for parcel in shipments:
        parcels.setdefault(parcel.order_id, []).append(parcel)
    _post([fact for o in orders for fact in _facts(network, o, by_order.get(o.pk, []), parcels.get(o.pk, []))])


def _facts(network: Network, order: Order, jobs: list[Job], parcels: list[Shipment]) -> Iterator[Fact]:
    buyer = order.organisation_id
    if order.confirmed_at:
        paid = [debit(accounts.CASH, order.total), credit(accounts.HELD, order.total, buyer)]
        yield f"payment:{order.uid}", "payment", order.uid, paid
    if order.state != "settled":
        return
    for job in jobs:
        line = job.line
        sides = [
            debit(accounts.HELD, line.net + line.tax, buyer),
            credit(accounts.PAYABLES, job.payout, job.maker.organisation_id, subject_uid=job.uid),
            credit(accounts.TAX, line.tax),
            credit(accounts.PLATFORM_MARGIN, line.net - job.payout),
        ]
        yield f"settle:line:{line.uid}", "settle", order.uid, sides
    tax = order.tax - sum((job.line.tax for job in jobs), Decimal(0))
    carried = [credit(accounts.PAYABLES, parcel.cost, network.carrier.pk, subject_uid=parcel.uid) for parcel in parcels]
    margin = order.carriage - sum((parcel.cost for parcel in parcels), Decimal(0))
    sides = [
        debit(accounts.HELD, order.carriage + tax, buyer),
        *carried,
        credit(accounts.TAX, tax),
        credit(accounts.CARRIAGE_MARGIN, margin),
    ]
    yield f"settle:carriage:{order.uid}", "settle", order.uid, sides


def _post(facts: list[Fact]) -> None:
    written = Transaction.objects.bulk_create(Transaction(description=f"{kind} {key}") for key, kind, _o, _s in facts)
    Posting.objects.bulk_create(
        Posting(key=key, kind=kind, order_uid=order, transaction=row)
        for row, (key, kind, order, _sides) in zip(written, facts, strict=True)
    )
    kept: dict[tuple[str, int | None], int] = {}

    def account(side: Entry) -> int:
        name = (side.purpose.name, side.organisation_id)
        if name not in kept:
            kept[name] = accounts.book(side.purpose, side.organisation_id).account_id
        return kept[name]

    sides = [(row, side) for row, fact in zip(written, facts, strict=True) for side in fact[3] if side.amount]
    legs = Leg.objects.bulk_create(
        [
            Leg(
                transaction=row,
                account_id=account(side),
                credit=money(side.amount) if side.amount > 0 else None,
                debit=money(-side.amount) if side.amount < 0 else None,
                description=row.description,
            )
            for row, side in sides
        ],
        batch_size=5000,
    )
    LegSubject.objects.bulk_create(
        LegSubject(leg=leg, subject_uid=side.subject_uid)
        for leg, (_row, side) in zip(legs, sides, strict=True)
        if side.subject_uid
    )


def events_of(
    network: Network, orders: list[Order], lines: list[OrderLine], jobs: list[Job], shipments: list[Shipment]
) -> None:
    """What the services would have told, in order."""
    rows: list[Event] = []

    def tell(order: Order, kind: str, days: float, subject: str = "", makers: tuple[int, ...] = (), **words: object):
        rows.append(
            Event(
                kind=kind,
                at=order.placed_at + timedelta(days=days),
                actor_name="Penstock",
                order_uid=order.uid,
                subject_uid=subject,
                organisation_ids=sorted({order.organisation_id, *makers}),
                payload={"number": order.number, **words},
            )
        )

    for order in orders:
        tell(order, "orders.placed", 0, total=str(order.total), currency=order.currency)
        if order.confirmed_at:
            tell(order, "ledger.payment_succeeded", 0.003, amount=str(order.total), currency=order.currency)
            tell(order, "orders.confirmed", 0.004, promised_on=order.promised_on.isoformat())
            tell(order, "orders.production_started", 0.005)
            tell(order, "production.jobs_created", 0.005, jobs=1)
    for job in jobs:
        line = job.line
        about = {"part_name": line.part_name, "pieces": job.quantity, "quantity": line.quantity, "done": job.quantity}
        makers = (job.maker.organisation_id,) if job.maker else ()
        if job.state not in ("pooled", "offered"):
            tell(line.order, "production.offer_accepted", 1, job.uid, makers, parts=line.part_name, city="Suzhou")
        if job.state in ("making", "made", "shipped", "delivered"):
            tell(line.order, "production.build_started", 2, job.uid, makers, parts=line.part_name)
        if job.state in ("made", "shipped", "delivered"):
            tell(line.order, "production.build_finished", 3, job.uid, makers, parts=line.part_name)
            tell(line.order, "orders.pieces_made", 3, line.uid, (), **about)
        if job.state in ("shipped", "delivered"):
            tell(line.order, "production.job_ready", 4, job.uid, makers, **about)
            tell(line.order, "orders.pieces_shipped", 5, line.uid, (), **about)
        if job.state == "delivered":
            tell(line.order, "orders.pieces_delivered", 8, line.uid, (), **about)
            tell(line.order, "orders.line_delivered", 8, line.uid, (), **about)
    for parcel in shipments:
        makers = (parcel.from_maker.organisation_id, network.carrier.pk)
        tell(parcel.order, "logistics.parcel_planned", 4, parcel.uid, makers)
        tell(parcel.order, "logistics.parcel_handed_over", 5, parcel.uid, makers, carrier=network.carrier.name)
        if parcel.state == "delivered":
            tell(parcel.order, "logistics.parcel_delivered", 8, parcel.uid, makers)
    for order in orders:
        if order.delivered_at:
            tell(order, "orders.delivered", 9)
        if order.settled_at:
            tell(order, "orders.settled", 9)
    copy_in(Event, rows)
