"""The whole road on given files: what `penstock road` prints and what its exit status rests on."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

from penstock.hub.core.actors import Actor
from penstock.hub.core.errors import DomainError
from penstock.hub.core.selectors import timeline
from penstock.hub.ledger import selectors as ledger
from penstock.hub.ledger.reading import held
from penstock.hub.logistics.models import Shipment, ShippingPlan
from penstock.hub.orders.models import Order
from penstock.hub.parts.models import Revision
from penstock.hub.production.models import Job
from penstock.hub.quotes.models import QuotePrice

from . import journey, network
from .firms import BUYERS, OPERATOR

Tell = Callable[..., None]

# When no rule prices a part, the operator answers by hand with this recipe.
BY_HAND = ("sls", "pa12", Decimal("480.00"))


def walk(files: list[Path], *, quantity: int, process: str | None, tell: Tell) -> int:
    """Walk the road; returns the exit status (see commands/road.py)."""
    if not network.exists():
        network.found()
        tell("network", "An empty database: the demo network was founded")
    buyer, operator = network.actor_for(BUYERS[0]), network.actor_for(OPERATOR)
    let_in = [r for f in files if (r := _upload(buyer, f, tell))]
    if not let_in:
        tell("stop", "No file was let in")
        return 2
    prices = [p for revision in let_in if (p := _price(buyer, operator, revision, quantity, process, tell))]
    if not prices:
        tell("stop", "No part can be made by anybody in the network")
        return 2
    for price in prices:
        journey.put_in_basket(buyer, price)
    order = journey.place(buyer)
    tell(
        "order",
        f"{order.number}: {order.lines.count()} lines, net {order.net}, carriage {order.carriage}, tax {order.tax}, "
        f"total {order.total} {order.currency}, promised for {order.promised_on}",
        order=order.uid,
        total=order.total,
    )
    payment = journey.pay(buyer, order)
    tell("pay", f"{payment.amount} {payment.currency} {payment.state}; held for the order: {held(order.uid)}")
    tell("decompose", f"{journey.jobs_of([order]).count()} jobs, one per line, by process and material")
    rounds = journey.work_off([order])
    _tell_work(order, tell)
    order.refresh_from_db()
    for entry in timeline(operator, order=order.uid, limit=5000):
        tell("journal", f"{entry.at:%Y-%m-%d %H:%M:%S} {entry.by}: {entry.sentence}")
    tell("state", f"Order {order.number} is {order.state} after {rounds} rounds of work", state=order.state)
    return 0 if _balanced(order, tell) and order.state == "settled" else 1


def _upload(buyer: Actor, path: Path, tell: Tell) -> Revision | None:
    if not path.is_file():
        tell("refused", f"{path}: there is no such file", file=path)
        return None
    try:
        revision = journey.upload(buyer, path)
    except DomainError as error:
        tell("refused", f"{path.name}: {error.message}", file=path, code=error.code)
        return None
    if revision.state == "refused":
        tell("refused", f"{path.name}: {revision.refusal['message']}", file=path, code=revision.refusal["code"])
        return None
    measured = revision.measurement
    size = " × ".join(f"{side:.1f}" for side in measured["size_mm"])
    volume = "no volume" if measured["volume_mm3"] is None else f"{measured['volume_mm3'] / 1000:.2f} cm³"
    findings = ", ".join(f["code"] for f in measured["findings"]) or "nothing found"
    tell("upload", f"{path.name}: {size} mm, {volume}, {measured['bodies']} bodies; {findings}", file=path)
    return revision


def _price(
    buyer: Actor, operator: Actor, revision: Revision, quantity: int, process: str | None, tell: Tell
) -> QuotePrice | None:
    price = None
    if revision.measurement["printable"]:
        price = journey.cheapest_price(buyer, revision, quantity, process=process)
    how = "by rule"
    if price is None:
        how = "by the operator's answer, as no rule prices it"
        hand_process, material, unit_price = BY_HAND
        try:
            price = journey.ask_for_price(
                buyer, operator, revision, quantity, process=hand_process, material=material, unit_price=unit_price
            )
        except DomainError as error:
            tell("refused", f"{revision.filename}: the operator declines; {error.message}", code=error.code)
            return None
    option = price.option
    recipe = " / ".join(code for code in (option.process, option.material, option.finish) if code)
    tell(
        "quote",
        f"{revision.filename}: {price.quantity} × {price.unit_price} = {price.total} {option.quote.currency} for "
        f"{recipe}, {price.lead_days} days, {how} ({price.rule_version})",
    )
    return price


def _tell_work(order: Order, tell: Tell) -> None:
    jobs = (
        Job.objects.across_tenants()
        .filter(line__order=order)
        .select_related("line", "maker__organisation", "maker__address", "build__machine", "build__wave")
        .order_by("id")
    )
    for job in jobs:
        if job.maker is None:
            tell("waiting", f"{job.quantity} × {job.line.part_name}: {job.obstacle or job.state}")
            continue
        build = job.build
        tell(
            "maker",
            f"{job.quantity} × {job.line.part_name} → {job.maker.organisation.name}, {job.maker.address.city}, "
            f"{build.machine.name if build else '-'} in build {build.uid if build else '-'}: "
            + " ".join(str(reason) for reason in job.reasons),
            job=job.uid,
        )
    for plan in ShippingPlan.objects.across_tenants().filter(order=order):
        tell("route", " ".join(plan.reasons))
    for parcel in (
        Shipment.objects.across_tenants()
        .filter(order=order)
        .select_related("from_maker__organisation", "carrier")
        .order_by("id")
    ):
        tell(
            "parcel",
            f"{parcel.tracking_number or parcel.uid} ({parcel.purpose}) from {parcel.from_maker.organisation.name} to "
            f"{parcel.to_address['city']}, {parcel.mass_g / 1000:.2f} kg, {parcel.distance_km:.0f} km: {parcel.state}",
        )


def _balanced(order: Order, tell: Tell) -> bool:
    left = held(order.uid)
    tell("ledger", f"Held for the order: {left}")
    for account in ledger.balances():
        whose = f" {account.organisation_name}" if account.organisation_name else ""
        tell("ledger", f"{account.title}{whose}: {account.amount}")
    faults = ledger.check()
    for fault in faults:
        tell("fault", f"{fault.entry}: {fault.why}")
    tell("ledger", "Every entry balances and the whole adds up to zero" if not faults else "The ledger is not in order")
    return not faults and left == 0
