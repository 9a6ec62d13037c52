"""The road's steps as people take them: each a call of the real service by the one who would make it.

The demo's history, `penstock road` and the journey tests walk with these steps; none of them writes to a table.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path

from django.core.files import File

from penstock.hub.core.actors import SYSTEM, Actor
from penstock.hub.core.errors import DomainError
from penstock.hub.core.jobs import drain
from penstock.hub.ledger import sandbox
from penstock.hub.ledger import services as ledger
from penstock.hub.ledger.models import Payment
from penstock.hub.logistics import services as logistics
from penstock.hub.logistics.models import Shipment
from penstock.hub.orders import services as orders
from penstock.hub.orders.models import Order
from penstock.hub.parties import selectors as parties
from penstock.hub.parties.models import Member
from penstock.hub.parts import selectors as parts_reads
from penstock.hub.parts import services as parts
from penstock.hub.parts.models import Revision
from penstock.hub.production import services as production
from penstock.hub.production.models import Build, Job, Offer, Operation, Wave
from penstock.hub.quality import services as quality
from penstock.hub.quotes import services as quotes
from penstock.hub.quotes.models import QuotePrice


def owner_of(organisation_id: int) -> Actor:
    """The first owner of an organisation, acting."""
    member = (
        Member.objects.across_tenants()
        .select_related("user", "organisation")
        .filter(organisation_id=organisation_id, role="owner", is_active=True)
        .order_by("id")
        .first()
    )
    if member is None:
        raise LookupError(f"organisation {organisation_id} has no owner")
    return parties.actor_for_member(member)


# --- the buyer ------------------------------------------------------------------------------------


def upload(buyer: Actor, path: Path, *, unit: str = "") -> Revision:
    """Upload a file and have it measured; the revision is then ready or refused."""
    with path.open("rb") as stream:
        revision = parts.upload(actor=buyer, file=File(stream, name=path.name), filename=path.name, unit=unit)
    drain()
    revision.refresh_from_db()
    return revision


def cheapest_price(
    buyer: Actor,
    revision: Revision,
    quantity: int,
    *,
    process: str | None = None,
    material: str | None = None,
    finish: str | None = None,
    lead_class: str = "standard",
) -> QuotePrice | None:
    """A fresh quote's cheapest price for the quantity that can be ordered, or None where a person has to be asked."""
    quote = quotes.quote(
        actor=buyer,
        revision_uid=revision.uid,
        quantities=(quantity,),
        process=process,
        material=material,
        finish=finish,
    )
    return (
        QuotePrice.objects.visible_to(buyer)
        .filter(option__quote=quote, quantity=quantity, lead_class=lead_class)
        .exclude(option__process__in=parts_reads.blockers(revision))
        .select_related("option__quote")
        .order_by("unit_price", "id")
        .first()
    )


def ask_for_price(
    buyer: Actor,
    operator: Actor,
    revision: Revision,
    quantity: int,
    *,
    process: str,
    material: str,
    unit_price: Decimal,
) -> QuotePrice:
    """What no rule prices goes to a person: the buyer asks, the operator answers with a price.

    Where nobody in the network could make it the operator declines, and the reason is raised on.
    """
    request = quotes.request_quotation(
        actor=buyer,
        revision_uid=revision.uid,
        quantity=quantity,
        need="As uploaded.",
        process=process,
        material=material,
    )
    try:
        quote = quotes.answer_request(
            actor=operator,
            rfq_uid=request.uid,
            answer="We can make it as it is.",
            process=process,
            material=material,
            unit_price=unit_price,
            lead_days=10,
        )
    except DomainError as error:
        quotes.decline_request(actor=operator, rfq_uid=request.uid, answer=str(error.message))
        raise
    return QuotePrice.objects.visible_to(buyer).select_related("option__quote").get(option__quote=quote)


def put_in_basket(buyer: Actor, price: QuotePrice) -> None:
    orders.add_to_basket(actor=buyer, option_uid=price.option.uid, quantity=price.quantity, lead_class=price.lead_class)


def place(buyer: Actor, *, method: str = "sandbox", service: str = "standard", purchase_order: str = "") -> Order:
    """Check out the basket to the buyer's first address."""
    address = parties.addresses(buyer).order_by("id").first()
    if address is None:
        raise LookupError("the buyer has no address")
    order = orders.place_order(
        actor=buyer, ship_to_uid=address.uid, service=service, payment_method=method, purchase_order=purchase_order
    )
    drain()
    return order


def pay(buyer: Actor, order: Order, how: str = "approve") -> Payment:
    """Answer the order's latest payment at the provider, and take the notices it sends."""
    payment = Payment.objects.visible_to(buyer).filter(order_uid=order.uid).latest("id")
    payment = ledger.begin_payment(actor=buyer, payment_uid=payment.uid)
    for body, headers in sandbox.answer(payment.provider_reference, how):
        ledger.take_notice(provider="sandbox", body=body, headers=headers)
    drain()
    order.refresh_from_db()
    payment.refresh_from_db()
    return payment


# --- the operator and the makers ------------------------------------------------------------------


def run_wave(operator: Actor = SYSTEM) -> Wave:
    wave = production.run_wave(actor=operator)
    drain()
    return wave


def jobs_of(orders_: Iterable[Order]):
    return Job.objects.across_tenants().filter(line__order__in=list(orders_))


def open_offers(orders_: Iterable[Order]) -> list[Offer]:
    """Offers that wait for an answer and concern these orders."""
    mine = jobs_of(orders_)
    return list(
        Offer.objects.across_tenants()
        .filter(state="open")
        .filter(
            id__in=[
                *Offer.objects.across_tenants().filter(build__jobs__in=mine).values_list("id", flat=True),
                *Offer.objects.across_tenants().filter(operation__job__in=mine).values_list("id", flat=True),
            ]
        )
        .select_related("maker")
        .order_by("id")
    )


def accept(offer: Offer) -> None:
    production.accept_offer(actor=owner_of(offer.maker.organisation_id), offer_uid=offer.uid)
    drain()


def decline(offer: Offer, reason: str = "No capacity this week.") -> None:
    production.decline_offer(actor=owner_of(offer.maker.organisation_id), offer_uid=offer.uid, reason=reason)
    drain()


def start(build: Build) -> None:
    production.start_build(actor=owner_of(build.maker.organisation_id), build_uid=build.uid)
    drain()


def finish(build: Build, good: dict[str, int] | None = None) -> None:
    production.finish_build(actor=owner_of(build.maker.organisation_id), build_uid=build.uid, good=good)
    drain()


def builds_in(state: str, orders_: Iterable[Order]) -> list[Build]:
    return list(
        Build.objects.across_tenants()
        .filter(state=state, jobs__in=jobs_of(orders_))
        .select_related("maker")
        .distinct()
        .order_by("id")
    )


def finish_surfaces(orders_: Iterable[Order]) -> int:
    """Every finishing operation whose pieces are there is done by the one who holds them."""
    done = 0
    waiting = (
        Operation.objects.across_tenants()
        .filter(job__in=jobs_of(orders_), job__state="made", kind="finish", state__in=("todo", "doing"))
        .select_related("job__holder", "maker")
        .order_by("id")
    )
    for operation in waiting:
        if operation.maker_id and operation.maker_id == operation.job.holder_id:
            production.finish_operation(actor=owner_of(operation.maker.organisation_id), operation_uid=operation.uid)
            done += 1
    drain()
    return done


def inspect(job: Job, *, failed: int = 0, note: str = "") -> None:
    quality.inspect(
        actor=owner_of(job.holder.organisation_id),
        job_uid=job.uid,
        passed=job.quantity - failed,
        failed=failed,
        note=note,
    )
    drain()


def jobs_to_inspect(orders_: Iterable[Order]) -> list[Job]:
    """Made jobs whose operations before inspection are done."""
    made = jobs_of(orders_).filter(state="made").select_related("holder").prefetch_related("operations").order_by("id")
    return [
        job
        for job in made
        if all(o.state in ("done", "cancelled") for o in job.operations.all() if o.kind in ("make", "finish"))
    ]


# --- the road -------------------------------------------------------------------------------------


def parcels_in(state: str, orders_: Iterable[Order]) -> list[Shipment]:
    return list(
        Shipment.objects.across_tenants()
        .filter(order__in=list(orders_), state=state)
        .select_related("from_maker", "carrier")
        .order_by("id")
    )


def hand_over(parcel: Shipment) -> None:
    logistics.hand_over(actor=owner_of(parcel.from_maker.organisation_id), shipment_uid=parcel.uid)
    drain()


def report(parcel: Shipment, status: str, reference: str, place: str = "") -> None:
    logistics.take_tracking(
        actor=owner_of(parcel.carrier_id), shipment_uid=parcel.uid, reference=reference, status=status, place=place
    )
    drain()


def work_off(orders_: Iterable[Order], *, rounds: int = 40) -> int:
    """Everybody does what waits for them until nothing moves any more; returns the rounds it took."""
    orders_ = list(orders_)
    for number in range(1, rounds + 1):
        moved = 0
        if jobs_of(orders_).filter(state="pooled").exists():
            run_wave()
        for offer in open_offers(orders_):
            accept(offer)
            moved += 1
        for build in builds_in("accepted", orders_):
            start(build)
            moved += 1
        for build in builds_in("running", orders_):
            finish(build)
            moved += 1
        moved += finish_surfaces(orders_)
        for job in jobs_to_inspect(orders_):
            inspect(job)
            moved += 1
        for parcel in parcels_in("planned", orders_):
            hand_over(parcel)
            moved += 1
        for state in ("handed_over", "in_transit"):
            for parcel in parcels_in(state, orders_):
                report(parcel, "delivered", f"{parcel.uid}-arrived", parcel.to_address["city"])
                moved += 1
        if not moved:
            return number
    return rounds
