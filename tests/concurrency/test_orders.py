"""Races about orders and files. Each first runs with its guard taken away, to show that it is there to be prevented."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal

import pytest
from django.db import connection
from racing import PATIENCE_SECONDS, at_once, code_of, meeting

from buyers import address, box_stl, firm, measured, purchaser, uploaded
from penstock.hub.core import jobs, journal
from penstock.hub.core.actors import SYSTEM, Actor
from penstock.hub.core.models import Event
from penstock.hub.ledger import selectors as books
from penstock.hub.ledger import services as ledger
from penstock.hub.ledger.models import Payment
from penstock.hub.ledger.services import invoices
from penstock.hub.orders import events, services
from penstock.hub.orders.models import BasketLine, Order, OrderLine
from penstock.hub.orders.services import basket, cancelling, confirming, delivering, placing
from penstock.hub.parties.models import Address, Organisation
from penstock.hub.parts import blobs, measuring
from penstock.hub.parts import services as parts
from penstock.hub.parts.models import Blob, Revision
from penstock.hub.quotes import services as quotes

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def this_room_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    for kind in (events.ORDER_CONFIRMED, events.LINE_DELIVERED, events.ORDER_DELIVERED, events.ORDER_CANCELLED):
        monkeypatch.setitem(journal._handlers, kind.name, {})


@pytest.fixture(autouse=True)
def no_work_left_over() -> None:
    """The queue is not Django's to empty after a test that commits."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")


@pytest.fixture
def buyer() -> Organisation:
    return firm()


@pytest.fixture
def actor(buyer: Organisation) -> Actor:
    ledger.set_credit_limit(actor=SYSTEM, organisation_uid=buyer.uid, amount=Decimal(1_000_000))
    return purchaser(buyer)


@pytest.fixture
def home(buyer: Organisation) -> Address:
    return address(buyer)


@pytest.fixture
def filled(actor: Actor) -> None:
    quote = quotes.quote(
        actor=actor, revision_uid=measured(actor).uid, quantities=(10,), process="sls", material="pa12"
    )
    for option in quote.options.all():
        services.add_to_basket(actor=actor, option_uid=option.uid, quantity=10, lead_class="standard")


def place(actor: Actor, home: Address, method: str = "account") -> Order:
    return services.place_order(actor=actor, ship_to_uid=home.uid, service="standard", payment_method=method)


def unlocked(order_id: int) -> Order:
    return Order.objects.across_tenants().get(pk=order_id)


@pytest.mark.parametrize("guarded", [False, True])
def test_two_clicks_on_order(actor: Actor, home: Address, filled: None, monkeypatch, guarded: bool) -> None:
    basket = placing.locked_basket
    if not guarded:
        # The same lines without their lock.
        def basket(actor: Actor) -> list[BasketLine]:
            return list(BasketLine.objects.visible_to(actor).order_by("pk"))

    monkeypatch.setattr(placing, "locked_basket", meeting(basket))
    outcomes = [code_of(each, "placed") for each in at_once(*[lambda: place(actor, home)] * 2)]
    held = sum(ledger.held(order.uid) for order in Order.objects.across_tenants())
    if guarded:
        assert sorted(outcomes) == ["basket_empty", "placed"]
        assert held == Order.objects.across_tenants().get().total
    else:
        assert outcomes == ["placed", "placed"]
        assert held == 2 * Order.objects.across_tenants().first().total


def _placed_and_paid(actor: Actor, home: Address) -> tuple[Order, Payment]:
    order = place(actor, home, "sandbox")
    payment = Payment.objects.across_tenants().get(order_uid=order.uid)
    return order, ledger.pay_now(actor=actor, payment_uid=payment.uid)


def unheld_line(actor: Actor, uid: str) -> BasketLine:
    return BasketLine.objects.across_tenants().select_related("price__option").get(uid=uid)


@pytest.mark.parametrize("guarded", [False, True])
def test_a_line_changed_while_it_is_ordered(actor: Actor, home: Address, filled: None, monkeypatch, guarded) -> None:
    line = BasketLine.objects.across_tenants().first()
    barrier = threading.Barrier(2)

    def met(function: Callable) -> Callable:
        def waiting(*args: object) -> object:
            result = function(*args)
            with suppress(threading.BrokenBarrierError):
                barrier.wait(PATIENCE_SECONDS)
            return result

        return waiting

    monkeypatch.setattr(placing, "locked_basket", met(placing.locked_basket))
    monkeypatch.setattr(basket, "_own_line", met(basket._own_line if guarded else unheld_line))
    ordered, changed = at_once(
        lambda: place(actor, home),
        lambda: services.change_basket_line(actor=actor, line_uid=line.uid, quantity=20),
    )
    assert isinstance(ordered, Order)
    outcome = code_of(changed, "changed")
    assert outcome in ("not_found", "changed") if guarded else outcome.startswith("DatabaseError"), outcome


@pytest.mark.parametrize("guarded", [False, True])
def test_cancelled_while_the_money_confirms(
    actor: Actor, home: Address, filled: None, monkeypatch, guarded: bool
) -> None:
    order, payment = _placed_and_paid(actor, home)
    met = meeting(confirming.locked_order if guarded else unlocked)
    monkeypatch.setattr(confirming, "locked_order", met)
    monkeypatch.setattr(cancelling, "locked_order", met)
    confirm_paid, cancelled = confirming.confirm_paid, threading.Event()

    def confirm_late(order: Order, actor: Actor) -> None:
        cancelled.wait(PATIENCE_SECONDS)
        confirm_paid(order, actor)

    def cancel() -> None:
        services.cancel(actor=actor, order_uid=order.uid)
        cancelled.set()

    monkeypatch.setattr(confirming, "confirm_paid", confirm_late)
    if not guarded:
        # Without the compare-and-set of the lifecycle as well: both write what they believe.
        monkeypatch.setattr(confirming.ORDER, "move", _blind_move)
    at_once(lambda: services.confirm(order_uid=order.uid, payment_uid=payment.uid), cancel)
    order.refresh_from_db()
    assert (ledger.held(order.uid), books.refunded(order.uid)) == (Decimal(0), order.total)
    # Unguarded, the buyer has the money back and an order that will be made.
    assert order.state == ("cancelled" if guarded else "confirmed")


def _blind_move(row: Order, verb: str, **fields: object) -> str:
    after = confirming.ORDER.table[row.state][verb]
    type(row)._base_manager.filter(pk=row.pk).update(state=after, **fields)
    row.state = after
    return after


@pytest.mark.parametrize("guarded", [False, True])
def test_two_payments_arrive_at_once(actor: Actor, home: Address, filled: None, monkeypatch, guarded: bool) -> None:
    order, first = _placed_and_paid(actor, home)
    second = ledger.open_payment(
        actor=actor,
        organisation_id=order.organisation_id,
        order_uid=order.uid,
        amount=order.total,
        currency=order.currency,
        method="sandbox",
    )
    ledger.pay_now(actor=actor, payment_uid=second.uid)
    assert ledger.held(order.uid) == 2 * order.total
    monkeypatch.setattr(confirming, "locked_order", meeting(confirming.locked_order if guarded else unlocked))
    if not guarded:
        monkeypatch.setattr(confirming.ORDER, "move", _blind_move)
    outcomes = at_once(
        *(
            lambda payment=payment: services.confirm(order_uid=order.uid, payment_uid=payment.uid)
            for payment in (first, second)
        )
    )
    confirmations = Event.objects.filter(order_uid=order.uid, kind="orders.confirmed").count()
    if guarded:
        assert sorted(outcomes) == [False, True]
        assert confirmations == 1
        assert (ledger.held(order.uid), books.refunded(order.uid)) == (order.total, order.total)
    else:
        assert outcomes == [True, True]
        assert confirmations == 2
        assert ledger.held(order.uid) == 2 * order.total


@pytest.mark.parametrize("guarded", [False, True])
def test_the_last_two_lines_arrive_at_once(
    actor: Actor, home: Address, filled: None, monkeypatch, guarded: bool
) -> None:
    order = place(actor, home)
    services.start_production(order=order)
    lines = list(order.lines.all())
    for line in lines:
        services.record_made(actor=SYSTEM, line_id=line.pk, pieces=10)
        services.record_shipped(actor=SYSTEM, line_id=line.pk, pieces=10)
    if not guarded:

        def lines_only(line_id: int) -> tuple[Order, OrderLine]:
            line = OrderLine.objects.across_tenants().select_for_update().get(pk=line_id)
            return unlocked(line.order_id), line

        monkeypatch.setattr(delivering, "locked_line", lines_only)
        monkeypatch.setattr(delivering, "locked_order", unlocked)
        # Both look whether everything has arrived before either has committed.
        monkeypatch.setattr(delivering, "deliver_order_if_done", meeting(delivering.deliver_order_if_done))
    at_once(*(lambda line=line: services.record_delivered(actor=SYSTEM, line_id=line.pk, pieces=10) for line in lines))
    order.refresh_from_db()
    assert {line.state for line in order.lines.all()} == {"delivered"}
    assert order.state == ("delivered" if guarded else "in_production")


@pytest.mark.parametrize("guarded", [False, True])
def test_two_revisions_of_one_part_at_once(actor: Actor, monkeypatch, guarded: bool) -> None:
    part = uploaded(actor).part
    if not guarded:

        def numbered_without_lock() -> Revision:
            last = parts.Revision.objects.across_tenants().filter(part=part).count()
            read()
            return Revision.objects.create(part=part, number=last + 1, blob=part.latest.blob, filename="a.stl")

        read = meeting(lambda: None)
        outcomes = at_once(numbered_without_lock, numbered_without_lock)
        assert sum(isinstance(each, Exception) for each in outcomes) == 1
        return
    outcomes = at_once(*(lambda size=size: uploaded(actor, box_stl(size), part_uid=part.uid).number for size in (3, 4)))
    assert sorted(outcomes) == [2, 3]


@pytest.mark.parametrize("guarded", [False, True])
def test_the_same_bytes_uploaded_at_once_are_one_file(actor: Actor, monkeypatch, guarded: bool) -> None:
    content = box_stl(7, 8, 9 + guarded)  # the store outlives the database of a test
    if not guarded:
        monkeypatch.setattr(blobs, "exclusive", lambda name: True)
    monkeypatch.setattr(blobs.default_storage, "exists", meeting(blobs.default_storage.exists))
    at_once(*[lambda: uploaded(actor, content).blob.sha256] * 2)
    sha256 = Blob.objects.get().sha256
    directory = blobs.path_of(sha256).rsplit("/", 1)[0]
    files = blobs.default_storage.listdir(directory)[1]
    assert (files == [sha256]) is guarded


@pytest.mark.parametrize("guarded", [False, True])
def test_a_file_measured_by_two_workers_at_once(actor: Actor, monkeypatch, guarded: bool) -> None:
    revision = uploaded(actor)
    monkeypatch.setattr(measuring, "parse", meeting(measuring.parse))
    if not guarded:
        monkeypatch.setattr(measuring.REVISION, "move", lambda row, verb, **fields: "ready")
    outcomes = at_once(*[lambda: measuring.measure_revision(revision.pk)] * 2)
    told = Event.objects.filter(kind="parts.measured").count()
    if guarded:
        assert sorted(outcomes) == [False, True]
        assert told == 1
    else:
        assert told == 2


def test_a_job_given_back_after_its_worker_died_measures_once(actor: Actor) -> None:
    """The worker was killed after the effect was written but before its job was ticked off: the job runs again."""
    revision = uploaded(actor)
    assert measuring.measure_revision(revision.pk) is True
    jobs.drain()
    revision.refresh_from_db()
    assert revision.state == "ready"
    assert Event.objects.filter(kind="parts.measured").count() == 1


@pytest.mark.parametrize("guarded", [False, True])
def test_two_invoices_asked_for_at_once_are_numbered_one_after_the_other(
    actor: Actor, home: Address, filled: None, monkeypatch, guarded: bool
) -> None:
    first = place(actor, home)
    services.reorder(actor=actor, order_uid=first.uid)
    orders = [first, place(actor, home)]
    if not guarded:
        monkeypatch.setattr(invoices, "exclusive", lambda name: True)
    monkeypatch.setattr(invoices, "_last_serial", meeting(invoices._last_serial))
    issued = at_once(*(lambda uid=order.uid: services.invoice(actor=actor, order_uid=uid) for order in orders))
    failed = [each for each in issued if isinstance(each, Exception)]
    if guarded:
        assert sorted(each.serial for each in issued) == [1, 2]
        again = at_once(*[lambda: services.invoice(actor=actor, order_uid=first.uid)] * 2)
        assert len({each.number for each in again}) == 1
    else:
        assert len(failed) == 1
