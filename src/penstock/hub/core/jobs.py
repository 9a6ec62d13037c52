"""Background work every room shares: event delivery, stalled jobs, house-keeping; and running what waits here and now."""

from __future__ import annotations

import json
import logging
from datetime import timedelta

from asgiref.sync import async_to_sync
from django.conf import settings
from django.utils import timezone
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob
from procrastinate.jobs import Status

logger = logging.getLogger(__name__)

# Eight tries over about four minutes ride out a database restart; then the job stays visible as failed.
RETRY = RetryStrategy(max_attempts=8, exponential_wait=2)


@app.task(name="core.deliver", queue="events", retry=RETRY)
def deliver(event_id: int, handler: str) -> None:
    from .journal import deliver_once  # journal defers this task

    deliver_once(event_id, handler)


@app.periodic(cron="* * * * * */20")
@app.task(name="core.retry_stalled", queue="house")
def retry_stalled(timestamp: int) -> None:
    """Put jobs whose worker died (no heartbeat) back into the queue."""
    manager = app.job_manager
    lost = async_to_sync(manager.get_stalled_jobs)(seconds_since_heartbeat=settings.WORKER_STALLED_SECONDS)
    for job in lost:
        logger.warning("job %s (%s) lost its worker and runs again", job.id, job.task_name)
        async_to_sync(manager.retry_job)(job)


@app.periodic(cron="17 3 * * *")
@app.task(name="core.tidy", queue="house")
def tidy(timestamp: int) -> None:
    """Forget answers kept for repeats after two days and finished jobs after two weeks."""
    from .models import IdempotencyKey

    now = timezone.now()
    IdempotencyKey.objects.filter(created_at__lt=now - timedelta(days=2)).delete()
    async_to_sync(app.job_manager.delete_old_jobs)(nb_hours=24 * 14, include_failed=False)


def drain(limit: int = 100_000) -> int:
    """Run waiting jobs in this process, in order, until none is due; returns how many ran.

    For commands and tests that must see effects at once. It shares the queue with any worker that is running
    (a job is taken by exactly one of them). A job that fails raises here and stays in the queue as failed.
    """
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
