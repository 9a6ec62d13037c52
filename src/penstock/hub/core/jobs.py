"""Background work every room shares: event delivery, stalled jobs, house-keeping; and running what waits at once."""

from __future__ import annotations

import json
import logging
from datetime import timedelta

from asgiref.sync import async_to_sync
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob
from procrastinate.exceptions import ConnectorException, UniqueViolation
from procrastinate.jobs import Job, Status

from .locks import exclusive

logger = logging.getLogger(__name__)

# Eight tries over about four minutes ride out a database restart; then the job stays visible as failed.
MAX_ATTEMPTS = 8
RETRY = RetryStrategy(max_attempts=MAX_ATTEMPTS, exponential_wait=2)


@app.task(name="core.deliver", queue="events", retry=RETRY)
def deliver(event_id: int, handler: str) -> None:
    from .journal import deliver_once  # journal defers this task

    deliver_once(event_id, handler)


# Before all other work: behind a long queue the jobs of a dead worker would wait for ever. No `lock`: one that died
# with its worker would keep out every later one, the only cure for it.
@app.periodic(cron="* * * * * */10")
@app.task(name="core.retry_stalled", queue="house", priority=100, queueing_lock="core.retry_stalled")
def retry_stalled(timestamp: int) -> None:
    """Give the jobs of workers that died (no heartbeat, or their row is gone) to the living."""
    with transaction.atomic():
        # One at a time: who comes second would put back what a living worker has already taken.
        if exclusive("stalled jobs", wait=False):
            stalled = app.job_manager.get_stalled_jobs
            for job in async_to_sync(stalled)(seconds_since_heartbeat=settings.WORKER_STALLED_SECONDS):
                _run_again(job)


def _run_again(job: Job) -> None:
    """Back into the queue, unless it has taken its worker with it every time or the same work waits there already."""
    manager = app.job_manager
    if job.attempts >= MAX_ATTEMPTS:
        logger.error("job %s (%s) lost its worker %s times and is given up", job.id, job.task_name, job.attempts)
        async_to_sync(manager.finish_job)(job, Status.FAILED, delete_job=False)
        return
    logger.warning("job %s (%s) lost its worker and runs again", job.id, job.task_name)
    try:
        with transaction.atomic():
            async_to_sync(manager.retry_job)(job)
    except UniqueViolation:  # a job with its queueing lock waits: that one does the work
        async_to_sync(manager.finish_job)(job, Status.ABORTED, delete_job=False)
    except ConnectorException:
        logger.info("job %s (%s) was finished after all", job.id, job.task_name)


@app.periodic(cron="17 3 * * *")
@app.task(name="core.tidy", queue="house")
def tidy(timestamp: int) -> None:
    """Forget answers kept for repeats after two days, finished jobs after two weeks, house-keeping after a day."""
    from .models import IdempotencyKey

    now = timezone.now()
    IdempotencyKey.objects.filter(created_at__lt=now - timedelta(days=2)).delete()
    forget = async_to_sync(app.job_manager.delete_old_jobs)
    forget(nb_hours=24, queue="house", include_aborted=True)
    forget(nb_hours=24 * 14, include_failed=False)


def drain(limit: int = 100_000) -> int:
    """Run waiting jobs in this process, in order, until none is due; returns how many ran.

    For commands and tests that must see effects at once. It shares the queue with any worker that is running
    (a job is taken by exactly one of them). A job that fails raises here and stays in the queue as failed.
    """
    if not ProcrastinateJob.objects.filter(status="todo").exists():
        return 0
    manager = app.job_manager
    worker_id = async_to_sync(manager.register_worker)()
    ran = 0
    try:
        while ran < limit:
            async_to_sync(manager.update_heartbeat)(worker_id)
            job = async_to_sync(manager.fetch_job)(queues=None, worker_id=worker_id)
            if job is None:
                break
            status = Status.FAILED
            try:
                # Django's connection leaves JSON as text; the worker's own connector does not.
                kwargs = json.loads(job.task_kwargs) if isinstance(job.task_kwargs, str) else job.task_kwargs
                app.tasks[job.task_name].func(**kwargs)
                status = Status.SUCCEEDED
            finally:
                async_to_sync(manager.finish_job)(job, status, delete_job=False)
            ran += 1
    finally:
        async_to_sync(manager.unregister_worker)(worker_id)
    return ran


def waiting() -> int:
    """How many jobs are queued or running."""
    return ProcrastinateJob.objects.filter(status__in=["todo", "doing"]).count()
