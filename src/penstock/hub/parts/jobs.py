"""Background work of the part room: measuring what was uploaded."""

from __future__ import annotations

from procrastinate.contrib.django import app

from penstock.hub.core.jobs import RETRY

from .measuring import measure_revision, refuse_abandoned


@app.task(name="parts.measure", queue="measure", retry=RETRY)
def measure(revision_id: int) -> None:
    """May run twice (a worker died, two workers at once): the effect happens once."""
    measure_revision(revision_id)


@app.periodic(cron="*/10 * * * *")
@app.task(name="parts.refuse_abandoned", queue="house")
def refuse_files_given_up(timestamp: int) -> None:
    """A file that took its worker with it every time is refused, not left measuring for ever."""
    refuse_abandoned()


@app.periodic(cron="23 * * * *")
@app.task(name="parts.forget_unfinished", queue="house")
def forget_unfinished_uploads(timestamp: int) -> None:
    from .receiving import forget_unfinished  # receiving stands on services, which queue the measuring above

    forget_unfinished()
