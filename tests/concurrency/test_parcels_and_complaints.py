"""Races about parcels and complaints. Each first runs with its guard taken away, to show that it is there to be
prevented."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from racing import at_once, code_of, meeting

from penstock.hub.core.actors import SYSTEM, Actor
from penstock.hub.core.transitions import Lifecycle
from penstock.hub.ledger import selectors as books
from penstock.hub.ledger.models import Refund
from penstock.hub.logistics import services as logistics
from penstock.hub.logistics.models import Shipment, ShipmentItem, TrackingEvent
from penstock.hub.logistics.services import carrying, packing
from penstock.hub.orders.models import Order, OrderLine
from penstock.hub.production import services as production
from penstock.hub.production.models import Job
from penstock.hub.quality import selectors as complaints
from penstock.hub.quality import services as quality
from penstock.hub.quality.models import Complaint
from penstock.hub.quotes.selectors import current_book
from workshops import Network, organisation

pytestmark = pytest.mark.django_db(transaction=True)

LOST_RACES = {"wrong_state", "pieces_out_of_order", "pieces_not_delivered"}


@pytest.fixture
def network() -> Network:
    with connection.cursor() as cursor:  # the queue is not Django's to empty after a test that commits
        cursor.execute("DELETE FROM procrastinate_jobs")
    made = Network.start()
    made.workshop("Suzhou", "eos-p396")
    organisation("Heron Express", "carrier")
    current_book()
    return made


@pytest.fixture
def job(network: Network) -> Job:
    """Four pieces that passed inspection."""
    offer = network.accepted(4)
    maker = network.actor_of(offer.maker)
    production.start_build(actor=maker, build_uid=offer.build.uid)
    production.finish_build(actor=maker, build_uid=offer.build.uid)
    job = Job.objects.across_tenants().get()
    quality.inspect(actor=maker, job_uid=job.uid, passed=4, failed=0)
    return job


@pytest.fixture
def parcel(job: Job) -> Shipment:
    """On its way to the buyer."""
    parcel = logistics.plan_for_ready_job(job_id=job.pk)
    return logistics.hand_over(actor=SYSTEM, shipment_uid=parcel.uid)


@pytest.fixture
def line(network: Network) -> OrderLine:
    """Four delivered pieces, as far as complaints can tell."""
    line = network.order(4).lines.get()
    OrderLine.objects.across_tenants().filter(pk=line.pk).update(made=4, shipped=4, delivered=4, state="delivered")
    return line


def moves_blindly(monkeypatch: pytest.MonkeyPatch, lifecycle: Lifecycle) -> None:
    """Moves of this lifecycle as they would be without compare-and-set: what was read is believed."""

    def move(row: Any, verb: str, **fields: Any) -> str:
        values = {"state": lifecycle.table[row.state][verb], **fields}
        type(row)._base_manager.filter(pk=row.pk).update(**values)
        for name, value in values.items():
            setattr(row, name, value)
        return values["state"]

    monkeypatch.setattr(lifecycle, "move", move, raising=False)


# --- ready news delivered twice ------------------------------------------------------------------------------------


def pack_twice(job: Job, monkeypatch: pytest.MonkeyPatch) -> list[Shipment]:
    """Two workers take the news of the same ready pieces, both look for a parcel before either packs one."""
    monkeypatch.setattr(packing, "_parcels_with", meeting(packing._parcels_with))
    at_once(*[lambda: logistics.plan_for_ready_job(job_id=job.pk)] * 2)
    items = ShipmentItem.objects.filter(job=job).select_related("shipment")
    return [item.shipment for item in items]


def test_without_the_orders_lock_pieces_lie_in_two_parcels(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    logistics.plan_for_ready_job(job_id=job.pk)  # the route is chosen, so that only the parcel is raced for
    ShipmentItem.objects.all().delete()
    Shipment.objects.across_tenants().update(state="cancelled")
    order = Order.objects.across_tenants().get()
    monkeypatch.setattr(packing, "_order_of", lambda job_id: order)
    assert len(pack_twice(job, monkeypatch)) == 2


def test_pieces_are_packed_once(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(pack_twice(job, monkeypatch)) == 1


# --- one carrier says delivered, the other lost --------------------------------------------------------------------


class Pieces:
    """What production would be told."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def mark_delivered(self, *, actor: Actor, job: Job) -> None:
        self.told.append("delivered")

    def mark_lost(self, *, actor: Actor, job: Job) -> None:
        self.told.append("lost")


def deliver_and_lose(parcel: Shipment) -> list[object]:
    return at_once(
        lambda: logistics.deliver(actor=SYSTEM, shipment_uid=parcel.uid),
        lambda: logistics.lose(actor=SYSTEM, shipment_uid=parcel.uid),
    )


def test_without_guards_a_parcel_is_delivered_and_lost(parcel: Shipment, monkeypatch: pytest.MonkeyPatch) -> None:
    pieces = Pieces()
    monkeypatch.setattr(carrying, "production", pieces)
    moves_blindly(monkeypatch, carrying.SHIPMENT)

    def read(actor: Actor, uid: str) -> Shipment:
        return Shipment.objects.across_tenants().get(uid=uid)

    monkeypatch.setattr(carrying, "_locked", meeting(read))
    deliver_and_lose(parcel)
    assert sorted(pieces.told) == ["delivered", "lost"]


def test_a_parcel_is_delivered_or_lost(parcel: Shipment, job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    outcomes = [code_of(each, "done") for each in deliver_and_lose(parcel)]
    assert sorted(outcomes) == ["done", "wrong_state"]
    parcel.refresh_from_db()
    job.refresh_from_db()
    assert parcel.state == job.state
    line = OrderLine.objects.across_tenants().get()
    assert (line.delivered, Job.objects.across_tenants().count()) in {(4, 1), (0, 2)}
    assert books.check() == ()


def test_the_compare_and_set_alone_decides_between_delivered_and_lost(
    parcel: Shipment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the order's lock the loser still comes too late for the parcel's state."""
    pieces = Pieces()
    monkeypatch.setattr(carrying, "production", pieces)

    def read(actor: Actor, uid: str) -> Shipment:
        return Shipment.objects.across_tenants().get(uid=uid)

    monkeypatch.setattr(carrying, "_locked", meeting(read))
    outcomes = [code_of(each, "done") for each in deliver_and_lose(parcel)]
    assert sorted(outcomes) == ["done", "wrong_state"]
    assert len(pieces.told) == 1


def test_one_report_sent_twice_at_once_counts_once(parcel: Shipment) -> None:
    def report() -> object:
        return logistics.take_tracking(
            actor=SYSTEM, shipment_uid=parcel.uid, reference="evt-1", status="delivered", place="Shanghai"
        )

    assert [code_of(each, "done") for each in at_once(report, report)] == ["done", "done"]
    assert TrackingEvent.objects.count() == 1
    assert OrderLine.objects.across_tenants().get().delivered == 4


def test_a_parcel_is_handed_over_once(job: Job) -> None:
    parcel = logistics.plan_for_ready_job(job_id=job.pk)
    outcomes = at_once(*[lambda: logistics.hand_over(actor=SYSTEM, shipment_uid=parcel.uid)] * 2)
    assert sorted(code_of(each, "done") for each in outcomes) == ["done", "wrong_state"]
    assert OrderLine.objects.across_tenants().get().shipped == 4


# --- two complaints about the same pieces --------------------------------------------------------------------------


def complain_twice(network: Network, line: OrderLine, monkeypatch: pytest.MonkeyPatch) -> int:
    """Both have counted what is left before either complaint is there; returns pieces complained about."""
    monkeypatch.setattr(complaints, "complained_pieces", meeting(complaints.complained_pieces))

    def complain() -> object:
        return quality.complain(actor=network.buyer_actor, line_uid=line.uid, quantity=3, text="Chipped.")

    refusals = {code_of(each, "done") for each in at_once(complain, complain)} - {"done"}
    assert refusals <= LOST_RACES
    monkeypatch.undo()
    return complaints.complained_pieces(line)


def test_without_the_orders_lock_more_pieces_are_complained_about_than_came(
    network: Network, line: OrderLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    across = Order.objects.across_tenants

    class Unlocked:
        @staticmethod
        def across_tenants() -> Any:
            rows = across()
            rows.select_for_update = lambda **how: rows
            return rows

    monkeypatch.setattr(quality, "Order", type("Order", (), {"objects": Unlocked}))
    assert complain_twice(network, line, monkeypatch) == 6


def test_no_more_pieces_are_complained_about_than_came(
    network: Network, line: OrderLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert complain_twice(network, line, monkeypatch) == 3


# --- two members of the operator decide ----------------------------------------------------------------------------


def decide_twice(line: OrderLine, complaint: Complaint) -> list[str]:
    """One makes the pieces again, the other gives the money back."""

    def decide(remedy: str) -> object:
        return quality.decide(
            actor=SYSTEM, complaint_uid=complaint.uid, remedy=remedy, cause="platform", answer="Sorry."
        )

    outcomes = at_once(lambda: decide("reprint"), lambda: decide("refund"))
    return sorted(code_of(each, "done") for each in outcomes)


def remedies() -> int:
    return Job.objects.across_tenants().exclude(complaint_uid="").count() + Refund.objects.across_tenants().count()


@pytest.fixture
def complaint(network: Network, line: OrderLine) -> Complaint:
    return quality.complain(actor=network.buyer_actor, line_uid=line.uid, quantity=2, text="Chipped.")


def test_without_guards_one_complaint_has_two_remedies(
    line: OrderLine, complaint: Complaint, monkeypatch: pytest.MonkeyPatch
) -> None:
    moves_blindly(monkeypatch, quality.COMPLAINT)
    monkeypatch.setattr(quality, "_lock", meeting(lambda complaint: None))
    assert decide_twice(line, complaint) == ["done", "done"]
    assert remedies() == 2


@pytest.mark.parametrize("lock", ["held", "missing"])
def test_one_complaint_has_one_remedy(
    line: OrderLine, complaint: Complaint, lock: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lock makes the second wait; the compare-and-set refuses it even without."""
    if lock == "missing":
        monkeypatch.setattr(quality, "_lock", meeting(lambda complaint: None))
    assert decide_twice(line, complaint) == ["done", "wrong_state"]
    assert remedies() == 1
    assert books.check() == ()
