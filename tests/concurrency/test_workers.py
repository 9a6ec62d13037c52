"""A worker killed with `kill -9` in the middle: another one does the job again, and its effect happens once.

The workers are processes of their own on the test's database, in which everything is committed. Where a worker is
killed is not left to chance: its parser is stopped, or the test holds a row that the worker needs next.
"""

from __future__ import annotations

import asyncio
import io
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.core.files.storage import default_storage
from django.db import connection, transaction
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from buyers import box_stl, firm, purchaser
from hub_processes import HubProcesses, eventually
from penstock.demo import journey, network
from penstock.demo.firms import BUYERS
from penstock.hub.core import jobs
from penstock.hub.core.actors import SYSTEM
from penstock.hub.core.models import Delivery, Event
from penstock.hub.core.worker_connector import WorkerConnector
from penstock.hub.ledger import selectors as ledger
from penstock.hub.orders import services as order_services
from penstock.hub.orders.models import Order
from penstock.hub.parties import selectors as parties
from penstock.hub.parts import services as parts
from penstock.hub.parts.models import Blob, Revision
from penstock.hub.production import services as production
from penstock.hub.production.models import Build, Job, Maker, Offer, Wave

STALLED_SECONDS = 3
QUEUE_TABLES = "procrastinate_jobs, procrastinate_workers, procrastinate_periodic_defers, procrastinate_events"

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(600)]


def empty_the_queue() -> None:
    """The queue's tables are not Django's: the flush after a test does not know them."""
    with connection.cursor() as cursor:
        cursor.execute(f"truncate {QUEUE_TABLES}")


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[HubProcesses]:
    database = connection.get_connection_params()
    where = {name: str(database[name]) for name in ("host", "port", "user", "password") if database.get(name)}
    url = f"postgresql:///{database['dbname']}?" + "&".join(f"{name}={value}" for name, value in where.items())
    processes = HubProcesses(
        tmp_path,
        {
            "DATABASE_URL": url,
            "PENSTOCK_FILES": str(default_storage.location),
            "PENSTOCK_WORKER_STALLED_SECONDS": str(STALLED_SECONDS),
        },
    )
    empty_the_queue()
    yield processes
    processes.end()
    empty_the_queue()


def kill(process: object) -> None:
    process.kill()
    process.wait()


def state_of(task: str) -> str:
    return ProcrastinateJob.objects.filter(task_name=task).order_by("-id").values_list("status", flat=True)[0]


def parser_of(worker_pid: int) -> psutil.Process | None:
    """The guarded process in which the worker reads the stranger's file."""
    for child in psutil.Process(worker_pid).children():
        if "penstock.engines.geometry.worker" in " ".join(child.cmdline()):
            return child
    return None


def waits_for_a_lock() -> bool:
    """Somebody needs the row this test holds."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select count(*) from pg_locks where not granted and pg_backend_pid() = any(pg_blocking_pids(pid))"
        )
        return cursor.fetchone()[0] > 0


def test_killed_while_measuring(hub: HubProcesses) -> None:
    first = hub.worker("first")
    revision = parts.upload(actor=purchaser(firm()), file=io.BytesIO(box_stl()), filename="box.stl")
    parser = eventually(lambda: parser_of(first.pid), "the parser to start", pause=0.005)
    parser.suspend()
    assert state_of("parts.measure") == "doing"
    kill(first)
    parser.resume()
    revision.refresh_from_db()
    assert revision.state == "uploaded", "the worker died before the measurement had any effect"
    eventually(lambda: not parser.is_running() or parser.status() == psutil.STATUS_ZOMBIE, "the orphan to end")

    hub.worker("second")
    eventually(lambda: Revision.objects.across_tenants().get().state == "ready", "the measurement")
    eventually(lambda: state_of("parts.measure") == "succeeded", "the job's end")
    revision.refresh_from_db()
    assert Event.objects.filter(kind="parts.measured", subject_uid=revision.uid).count() == 1
    assert Blob.objects.count() == 4, "the model, one thumbnail, one preview, one judgement"
    assert ProcrastinateJob.objects.get(task_name="parts.measure").attempts == 2
    assert "lost its worker and runs again" in hub.log("second")


def test_killed_at_the_moment_of_concluding(hub: HubProcesses) -> None:
    """Measured, but the result is not written yet: the test holds the row."""
    first = hub.worker("first")
    with transaction.atomic():
        revision = parts.upload(actor=purchaser(firm()), file=io.BytesIO(box_stl()), filename="box.stl")
    with transaction.atomic():
        Revision.objects.across_tenants().select_for_update().get(pk=revision.pk)
        eventually(waits_for_a_lock, "the worker to need the row", pause=0.01)
        kill(first)
    hub.worker("second")
    eventually(lambda: Revision.objects.across_tenants().get().state == "ready", "the measurement")
    assert Event.objects.filter(kind="parts.measured").count() == 1
    assert Blob.objects.count() == 4


@pytest.fixture
def orders() -> list[Order]:
    """Two paid orders of the demo's network; nothing has been done for them yet."""
    network.found()
    with_credit = [one for one in BUYERS if one.credit][:2]
    placed = []
    for number, one in enumerate(with_credit):
        buyer = network.actor_for(one)
        revision = parts.upload(
            actor=buyer, file=io.BytesIO(box_stl(20 + number, 30, 40)), filename=f"box-{number}.stl"
        )
        jobs.drain()
        revision.refresh_from_db()
        price = journey.cheapest_price(buyer, revision, 4)
        assert price
        journey.put_in_basket(buyer, price)
        placed.append((buyer, price))
    return [
        order_services.place_order(
            actor=buyer,
            ship_to_uid=parties.addresses(buyer).order_by("id").first().uid,
            service="standard",
            payment_method="account",
        )
        for buyer, _price in placed
    ]


def test_killed_while_making_jobs_of_an_order(hub: HubProcesses, orders: list[Order]) -> None:
    """In the middle of a handler: the order's row is held, so decomposition waits inside its transaction."""
    held = orders[0]
    with transaction.atomic():
        Order.objects.across_tenants().select_for_update(no_key=True).get(pk=held.pk)
        first = hub.worker("first")
        eventually(waits_for_a_lock, "the worker to need the order")
        kill(first)
    hub.worker("second")
    eventually(lambda: Event.objects.filter(kind="production.jobs_created").count() == 2, "both orders' jobs")
    deliveries = ProcrastinateJob.objects.filter(task_name="core.deliver", status__in=["todo", "doing"])
    eventually(lambda: not deliveries.exists(), "every delivery")
    assert sorted(Job.objects.across_tenants().values_list("line__order", flat=True)) == sorted(o.pk for o in orders)
    assert Delivery.objects.filter(event__kind="orders.confirmed", handler__endswith="plan_work").count() == 2


def test_killed_in_the_middle_of_a_wave(hub: HubProcesses, orders: list[Order]) -> None:
    """The wave has made builds and offers and is about to count them on the makers, whose rows are held."""
    production.publish_policy(actor=SYSTEM, document={"weights": {"min_fill": 0.0}})  # no build waits for company
    jobs.drain()
    assert Job.objects.across_tenants().filter(state="pooled").count() == 2
    with transaction.atomic():
        list(Maker.objects.across_tenants().select_for_update(no_key=True))
        first = hub.worker("first")
        eventually(waits_for_a_lock, "the worker to count its offers")
        kill(first)
        assert not Wave.objects.exists(), "nothing of the wave can be seen before it is whole"
    hub.worker("second")
    eventually(lambda: not Job.objects.across_tenants().filter(state="pooled").exists(), "the wave")
    assert Wave.objects.filter(state="done").count() == Event.objects.filter(kind="production.wave_done").count() == 1
    builds = list(Build.objects.across_tenants())
    assert builds
    assert Offer.objects.across_tenants().filter(build__in=builds).count() == len(builds)
    assert (
        sum(Maker.objects.across_tenants().values_list("offers_made", flat=True))
        == Offer.objects.across_tenants().count()
    )
    assert Event.objects.filter(kind="production.offer_made").count() == Offer.objects.across_tenants().count()
    assert sum(job.quantity for job in Job.objects.across_tenants()) == 8
    assert not ledger.check()


def test_several_workers_run_a_periodic_task_once(hub: HubProcesses) -> None:
    for name in ("one", "two", "three"):
        hub.worker(name)
    ran = ProcrastinateJob.objects.filter(task_name="core.retry_stalled", status="succeeded")
    eventually(lambda: ran.count() >= 3, "three rounds")
    times = [job.args["timestamp"] for job in ProcrastinateJob.objects.filter(task_name="core.retry_stalled")]
    assert len(times) == len(set(times))


def test_worker_declared_dead_ends_instead_of_working_on(hub: HubProcesses) -> None:
    worker = hub.worker("cut-off")
    alive = "select count(*) from procrastinate_workers"
    eventually(lambda: first_value(alive) == 1, "the worker to register")
    first_value("with gone as (delete from procrastinate_workers returning id) select count(*) from gone")
    app.tasks["core.tidy"].defer(timestamp=0)
    assert eventually(lambda: worker.poll() is not None, "the worker's end")
    assert worker.returncode != 0
    assert state_of("core.tidy") == "todo"


def first_value(statement: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchone()[0]


def test_what_a_task_defers_belongs_to_its_transaction(hub: HubProcesses) -> None:
    def roll_back() -> None:
        try:
            with transaction.atomic():
                app.tasks["core.tidy"].defer(timestamp=0)
                transaction.set_rollback(True)
        finally:
            connection.close()  # this thread's

    async def as_a_worker_would() -> None:
        async with worker_app.open_async():
            await sync_to_async(roll_back, thread_sensitive=False)()

    with app.replace_connector(WorkerConnector()) as worker_app:
        asyncio.run(as_a_worker_would())
    assert not ProcrastinateJob.objects.exists()


# --- the check itself -----------------------------------------------------------------------------


def lost_job(task: str = "core.tidy", *, attempts: int = 0, queueing_lock: str | None = None) -> int:
    """A job that is being done by nobody: its worker's row was removed."""
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into procrastinate_jobs (queue_name, task_name, args, status, attempts, queueing_lock) "
            "values ('house', %s, '{\"timestamp\": 0}', 'doing', %s, %s) returning id",
            [task, attempts, queueing_lock],
        )
        return cursor.fetchone()[0]


def test_job_of_a_worker_whose_row_is_gone(hub: HubProcesses) -> None:
    job = lost_job()
    jobs.retry_stalled(timestamp=0)
    assert ProcrastinateJob.objects.get(pk=job).status == "todo"


def test_job_that_kills_every_worker_is_given_up(hub: HubProcesses) -> None:
    job = lost_job(attempts=jobs.MAX_ATTEMPTS)
    jobs.retry_stalled(timestamp=0)
    assert ProcrastinateJob.objects.get(pk=job).status == "failed"


def test_lost_job_whose_work_waits_already_is_dropped_and_others_are_not(hub: HubProcesses) -> None:
    twin = lost_job("production.distribute", queueing_lock="production.distribute")
    other = lost_job()
    app.tasks["production.distribute"].configure(queueing_lock="production.distribute").defer(timestamp=1)
    jobs.retry_stalled(timestamp=0)
    assert ProcrastinateJob.objects.get(pk=twin).status == "aborted"
    assert ProcrastinateJob.objects.get(pk=other).status == "todo"


def test_job_of_a_living_worker_is_left_alone(hub: HubProcesses) -> None:
    worker = async_to_sync(app.job_manager.register_worker)()
    job = lost_job()
    with connection.cursor() as cursor:
        cursor.execute("update procrastinate_jobs set worker_id = %s where id = %s", [worker, job])
    jobs.retry_stalled(timestamp=0)
    assert ProcrastinateJob.objects.get(pk=job).status == "doing"
    with connection.cursor() as cursor:
        cursor.execute("update procrastinate_workers set last_heartbeat = now() - interval '1 hour'")
    jobs.retry_stalled(timestamp=0)
    assert ProcrastinateJob.objects.get(pk=job).status == "todo"
