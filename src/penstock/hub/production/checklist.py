"""A build's checklist as its page shows it: what is done, by whom, what is next, what can still be taken back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from penstock.hub.core import selectors as journal
from penstock.hub.core.actors import Actor

from . import events
from .models import Build, Job
from .services.builds import START_IS_FRESH
from .states import OperationKind

AFTER_MAKING = ("made", "ready", "shipped", "delivered")
PASSED = ("ready", "shipped", "delivered")


@dataclass(frozen=True, slots=True)
class Step:
    """`state`: done · now · later. `count` of `of`: jobs that are through, for steps done job by job."""

    code: str
    title: str
    state: str
    by: str = ""
    at: datetime | None = None
    note: str = ""
    may_undo: bool = False
    count: int = 0
    of: int = 0


def steps(build: Build, jobs: Sequence[Job], reader: Actor) -> list[Step]:
    """The seven steps in their order; the first that is open is `now`."""
    told = _told(build, reader)
    checks = {check.step: check for check in build.checks.all()}
    is_begun = build.state in ("running", "finished", "failed")
    is_out = build.state in ("finished", "failed")
    ticked = {
        code: Step(
            code,
            title,
            "done" if code in checks or is_out else "later",
            by=checks[code].by_name if code in checks else "",
            at=checks[code].at if code in checks else None,
            note=checks[code].note if code in checks else "",
            may_undo=code in checks and not is_out,
        )
        for code, title in (("files", _("Load the files")), ("material", _("Fill in the material")))
    }
    started_by, _at = told.get(events.BUILD_STARTED.name, ("", None))
    ended_by, _at = told.get(
        events.BUILD_FAILED.name if build.state == "failed" else events.BUILD_FINISHED.name, ("", None)
    )
    fresh = build.started_at is not None and timezone.now() < build.started_at + START_IS_FRESH - timedelta(seconds=5)
    found = [
        ticked["files"],
        ticked["material"],
        Step(
            "start", _("Start the machine"), "done" if is_begun else "later",
            by=started_by, at=build.started_at, may_undo=build.state == "running" and fresh,
        ),
        Step("unpack", _("Unpack and count"), "done" if is_out else "later", by=ended_by, at=build.ended_at),
        *_by_jobs(jobs, is_out),
    ]  # fmt: skip
    first = next((n for n, step in enumerate(found) if step.state == "later"), None)
    if first is not None and build.state in ("accepted", "running", "finished"):
        found[first] = _now(found[first])
    return found


def _now(step: Step) -> Step:
    return Step(step.code, step.title, "now", count=step.count, of=step.of)


def _by_jobs(jobs: Sequence[Job], is_out: bool) -> list[Step]:
    """What is done with the pieces of each job; all of it waits until the build is out."""
    to_finish = [job for job in jobs if any(step.kind == OperationKind.FINISH for step in job.own_operations)]
    finished = [job for job in to_finish if not open_finish(job)]
    passed = [job for job in jobs if job.state in PASSED]
    sent = [job for job in jobs if job.state in ("shipped", "delivered")]
    rows = (
        ("finish", _("Finish the surfaces"), len(finished), len(to_finish)),
        ("inspect", _("Inspect"), len(passed), len(jobs)),
        ("pack", _("Pack and hand over"), len(sent), len(jobs)),
    )
    return [
        Step(code, title, "done" if is_out and count == of else "later", count=count, of=of)
        for code, title, count, of in rows
        if of or code != "finish"
    ]


def open_finish(job: Job):
    """The surface that is still to be done here, if any."""
    return next(
        (
            step
            for step in job.own_operations
            if step.kind == OperationKind.FINISH and step.state not in ("done", "cancelled")
        ),
        None,
    )


def finished_elsewhere(job: Job) -> bool:
    """Some surface is still to be done, here or at another workshop."""
    return job.operations.filter(kind=OperationKind.FINISH).exclude(state__in=("done", "cancelled")).exists()


def _told(build: Build, reader: Actor) -> dict[str, tuple[str, datetime]]:
    """Who reported what last, from the journal; other firms' people stay unnamed."""
    kinds = (events.BUILD_STARTED.name, events.BUILD_FINISHED.name, events.BUILD_FAILED.name)
    found = {}
    for event in journal.events(reader, build=build.uid).filter(kind__in=kinds):
        is_own = event.actor_organisation_id is not None and event.actor_organisation_id == reader.organisation_id
        found[event.kind] = (event.actor_name if is_own or reader.is_operator else "", event.at)
    return found
