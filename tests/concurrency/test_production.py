"""Races of dispatch and of makers' answers: each is shown with its guard taken away, then shown to be prevented."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from penstock.engines import dispatch
from penstock.hub.core.actors import SYSTEM
from penstock.hub.core.errors import Conflict
from penstock.hub.core.ids import new_uid
from penstock.hub.core.models import Event
from penstock.hub.core.transitions import Lifecycle
from penstock.hub.orders import services as orders
from penstock.hub.orders.models import Order
from penstock.hub.production import services
from penstock.hub.production.models import Build, Job, Maker, Offer
from penstock.hub.production.selectors import current_policy
from penstock.hub.production.services import pieces, waves
from penstock.hub.quotes.selectors import current_book
from workshops import Network

pytestmark = pytest.mark.django_db(transaction=True)

PATIENCE = 30  # seconds until a test that hangs gives up; nothing is measured by it


@pytest.fixture
def network(transactional_db: None) -> Network:
    made = Network.start()
    made.workshop("Suzhou", "eos-p396")
    # First versions are published on first use; here that must not make the contenders wait for each other.
    current_policy()
    current_book()
    return made


class Contender(threading.Thread):
    """Runs a verb on a connection of its own and keeps what came of it."""

    def __init__(self, verb: Callable[[], Any]) -> None:
        super().__init__(daemon=True)
        self.verb = verb
        self.answer: Any = None
        self.refusal: Exception | None = None
        self.start()

    def run(self) -> None:
        try:
            self.answer = self.verb()
        except Exception as error:
            self.refusal = error
        finally:
            connection.close()


def finish(*contenders: Contender) -> None:
    """Wait for all; anything but a domain refusal is a failure of the test."""
    for contender in contenders:
        contender.join(PATIENCE)
        assert not contender.is_alive(), "a contender hangs"
        if contender.refusal and not isinstance(contender.refusal, Conflict):
            raise contender.refusal


def unguard(monkeypatch: pytest.MonkeyPatch, *, reading: bool = True) -> None:
    """Moves as they would be without compare-and-set: read the state, then write the next; or not even read it."""

    def move(self: Lifecycle, row: Any, verb: str, **fields: Any) -> str:
        after = self.table[row.state].get(verb)
        if after is None and not reading:
            after = self.sources(verb).popitem()[1]
        if after is None:
            raise self._refusal(row, verb, row.state)
        values = {"state": after, **fields}
        type(row)._base_manager.filter(pk=row.pk).update(**values)
        for name, value in values.items():
            setattr(row, name, value)
        return after

    monkeypatch.setattr(Lifecycle, "move", move)


def meet_before(monkeypatch: pytest.MonkeyPatch, owner: Any, name: str, parties: int = 2) -> None:
    """Let the first `parties` callers of a function continue only when all of them have its answer."""
    real = getattr(owner, name)
    barrier = threading.Barrier(parties)
    calls = iter(range(parties))

    def meeting(*args: Any, **kwargs: Any) -> Any:
        found = real(*args, **kwargs)
        if next(calls, None) is not None:
            barrier.wait(PATIENCE)
        return found

    monkeypatch.setattr(owner, name, meeting)


def live_offers() -> list[Offer]:
    return list(Offer.objects.across_tenants().filter(state__in=("open", "accepted")))


# --- two waves at once ------------------------------------------------------------------------------------


def run_two_waves(monkeypatch: pytest.MonkeyPatch) -> tuple[Contender, Contender]:
    """Both have planned the same pool before either hands anything out."""
    monkeypatch.setattr(waves, "exclusive", lambda name, wait: True)
    meet_before(monkeypatch, dispatch, "plan")
    both = tuple(Contender(lambda: services.run_wave(actor=SYSTEM)) for _ in range(2))
    finish(*both)
    return both


def test_two_waves_without_guards_hand_out_the_same_job_twice(
    network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    network.pooled(3)
    unguard(monkeypatch)
    run_two_waves(monkeypatch)
    assert len(live_offers()) == 2
    layouts = Build.objects.across_tenants().values_list("layout", flat=True)
    assert sum(len(layout) for layout in layouts) == 6


def test_two_waves_hand_out_a_job_once_even_without_the_lock(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    (job,) = network.pooled(3)
    both = run_two_waves(monkeypatch)
    assert len(live_offers()) == 1
    assert sorted(wave.answer.result["skipped"] for wave in both) == [[], [job.uid]]


def test_a_second_wave_is_refused_while_one_runs(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    network.pooled(3)
    planning, go_on = threading.Event(), threading.Event()
    real_plan = dispatch.plan

    def slow_plan(*args: Any, **kwargs: Any) -> Any:
        planning.set()
        assert go_on.wait(PATIENCE)
        return real_plan(*args, **kwargs)

    monkeypatch.setattr(dispatch, "plan", slow_plan)
    first = Contender(lambda: services.run_wave(actor=SYSTEM))
    assert planning.wait(PATIENCE)
    with pytest.raises(Conflict, match="wave_running"):
        services.run_wave(actor=SYSTEM)
    go_on.set()
    finish(first)
    assert first.answer.state == "done"
    assert len(live_offers()) == 1


# --- two clicks on accept -----------------------------------------------------------------------------------


def click_twice(network: Network, monkeypatch: pytest.MonkeyPatch) -> tuple[Contender, Contender]:
    offer = network.offered(3)
    actor = network.actor_of(offer.maker)
    meet_before(monkeypatch, pieces, "jobs_of_build")
    both = tuple(Contender(lambda: services.accept_offer(actor=actor, offer_uid=offer.uid)) for _ in range(2))
    finish(*both)
    return both


def acceptances() -> int:
    return Event.objects.filter(kind="production.offer_accepted").count()


def test_two_clicks_without_guard_accept_twice(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    unguard(monkeypatch)
    click_twice(network, monkeypatch)
    assert acceptances() == 2


def test_two_clicks_accept_once(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    both = click_twice(network, monkeypatch)
    assert acceptances() == 1
    assert [click.refusal is None for click in both].count(True) == 1


# --- acceptance against lapse ----------------------------------------------------------------------------------


def accept_while_it_lapses(network: Network, monkeypatch: pytest.MonkeyPatch) -> tuple[Contender, Contender]:
    """The click comes in time, the deadline passes while it is being served."""
    offer = network.offered(3)
    actor = network.actor_of(offer.maker)
    real = pieces.jobs_of_build
    accepting = threading.Event()
    barrier = threading.Barrier(2)

    def meeting(build_id: int) -> list[Job]:
        found = real(build_id)
        accepting.set()
        barrier.wait(PATIENCE)
        return found

    monkeypatch.setattr(pieces, "jobs_of_build", meeting)
    click = Contender(lambda: services.accept_offer(actor=actor, offer_uid=offer.uid))
    assert accepting.wait(PATIENCE)
    Offer.objects.across_tenants().filter(pk=offer.pk).update(deadline=timezone.now() - timedelta(seconds=1))
    lapse = Contender(services.lapse_offers)
    finish(click, lapse)
    return click, lapse


def test_without_guard_an_offer_is_accepted_and_lapses(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    unguard(monkeypatch)
    click, lapse = accept_while_it_lapses(network, monkeypatch)
    assert click.refusal is None
    assert lapse.answer == 1


def test_an_offer_is_accepted_or_lapses(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    click, lapse = accept_while_it_lapses(network, monkeypatch)
    offer = Offer.objects.across_tenants().select_related("build").get()
    job = Job.objects.across_tenants().get()
    if click.refusal is None:
        assert lapse.answer == 0
        assert (offer.state, offer.build.state, job.state) == ("accepted", "accepted", "accepted")
        assert job.holder_id == offer.maker_id
    else:
        assert lapse.answer == 1
        assert (offer.state, offer.build.state, job.state) == ("lapsed", "dissolved", "pooled")
        assert job.holder_id is None


# --- cancelling during dispatch -----------------------------------------------------------------------------------


def cancel_while_planning(network: Network, monkeypatch: pytest.MonkeyPatch) -> Order:
    """The buyer cancels, and is told so, after the wave has looked and before it hands out."""
    (job,) = network.pooled(3)
    order = job.line.order
    planned, cancelled = threading.Event(), threading.Event()
    real_plan = dispatch.plan

    def slow_plan(*args: Any, **kwargs: Any) -> Any:
        found = real_plan(*args, **kwargs)
        planned.set()
        assert cancelled.wait(PATIENCE)
        return found

    monkeypatch.setattr(dispatch, "plan", slow_plan)
    wave = Contender(lambda: services.run_wave(actor=SYSTEM))
    assert planned.wait(PATIENCE)
    services.cancel_order(actor=network.buyer_actor, order_uid=order.uid)
    cancelled.set()
    finish(wave)
    assert wave.refusal is None
    order.refresh_from_db()
    assert order.state == "cancelled"
    return order


def test_without_guard_a_cancelled_order_is_handed_out(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    unguard(monkeypatch)
    cancel_while_planning(network, monkeypatch)
    assert Job.objects.across_tenants().get().state == "offered"
    assert len(live_offers()) == 1


def test_a_cancelled_order_is_not_handed_out(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    cancel_while_planning(network, monkeypatch)
    assert Job.objects.across_tenants().get().state == "cancelled"
    assert live_offers() == []
    assert not Build.objects.across_tenants().exists()


def somebody_waits_for_a_lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return cursor.fetchone()[0] > 0


def test_cancelling_while_a_wave_hands_out_takes_the_offer_back(
    network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    (job,) = network.pooled(3)
    handed_out, go_on = threading.Event(), threading.Event()
    real_note = waves._note_obstacles

    def slow_note(*args: Any) -> None:
        handed_out.set()
        assert go_on.wait(PATIENCE)
        real_note(*args)

    monkeypatch.setattr(waves, "_note_obstacles", slow_note)
    wave = Contender(lambda: services.run_wave(actor=SYSTEM))
    assert handed_out.wait(PATIENCE)
    cancel = Contender(lambda: services.cancel_order(actor=network.buyer_actor, order_uid=job.line.order.uid))
    tries = threading.Event()
    while cancel.is_alive() and not somebody_waits_for_a_lock():
        tries.wait(0.02)
    go_on.set()
    finish(wave, cancel)
    assert (wave.refusal, cancel.refusal) == (None, None)
    job.refresh_from_db()
    offer = Offer.objects.across_tenants().select_related("build").get()
    assert (job.state, offer.state, offer.build.state) == ("cancelled", "withdrawn", "dissolved")


@pytest.mark.parametrize("guarded", [False, True])
def test_two_orders_that_share_two_builds_are_cancelled_at_once(
    network: Network, monkeypatch: pytest.MonkeyPatch, guarded: bool
) -> None:
    """Each takes its pieces out of both builds, one beginning with the first, the other with the second."""
    first, second = network.order(1, 1), network.order(1, 1)
    for order in (first, second):
        services.decompose(order.pk)
    services.run_wave(actor=SYSTEM)
    build = Build.objects.across_tenants().get()
    jobs = list(Job.objects.across_tenants().order_by("pk"))
    other = Build.objects.across_tenants().get(pk=build.pk)
    other.pk, other.uid = None, new_uid("bld")
    other.save()
    Job.objects.across_tenants().filter(pk__in=[jobs[1].pk, jobs[2].pk]).update(build=other)
    take_out, barrier = pieces._take_out, threading.Barrier(2)

    def meeting(*args: Any) -> None:
        take_out(*args)
        with suppress(threading.BrokenBarrierError):
            barrier.wait(1)

    monkeypatch.setattr(pieces, "_take_out", meeting)
    if not guarded:
        monkeypatch.setattr(pieces, "lock_builds", lambda jobs: None)
    contenders = [
        Contender(lambda order=order: services.cancel_order(actor=network.buyer_actor, order_uid=order.uid))
        for order in (first, second)
    ]
    for contender in contenders:
        contender.join(PATIENCE)
    refusals = [contender.refusal for contender in contenders if contender.refusal]
    if guarded:
        assert refusals == []
        assert {state for (state,) in Build.objects.across_tenants().values_list("state")} == {"dissolved"}
    else:
        assert "deadlock detected" in str(refusals[0])


# --- two reports of one build ---------------------------------------------------------------------------------------


def running_build(network: Network) -> Callable[[], Build]:
    """A build at work, as the report that it is finished."""
    offer = network.accepted(3)
    actor = network.actor_of(offer.maker)
    services.start_build(actor=actor, build_uid=offer.build.uid)
    return lambda: services.finish_build(actor=actor, build_uid=offer.build.uid)


def finished_builds() -> int:
    return Maker.objects.across_tenants().get().builds_finished


def test_a_build_reported_twice_without_guards_counts_twice(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    unguard(monkeypatch, reading=False)
    monkeypatch.setattr(pieces, "lock_orders", lambda **lookups: None)
    # The order line refuses the surplus by a guard of its own, which is not the one shown here.
    monkeypatch.setattr(orders, "record_made", lambda **counted: None)
    report = running_build(network)
    meet_before(monkeypatch, pieces, "jobs_of_build")
    finish(Contender(report), Contender(report))
    assert finished_builds() == 2


def test_a_build_reported_twice_at_once_counts_once(network: Network) -> None:
    report = running_build(network)
    both = (Contender(report), Contender(report))
    finish(*both)
    assert [each.refusal is None for each in both].count(True) == 1
    assert finished_builds() == 1
    assert Order.objects.across_tenants().get().lines.get().made == 3
