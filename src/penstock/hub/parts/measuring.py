"""A stranger's file becomes a measured revision, or a refused one with a reason. Runs in the background.

The parsing happens outside any transaction and may be repeated at will; its effect is one short transaction that
takes place only while the revision still waits for it. A worker killed anywhere leaves the revision as it was.
"""

from __future__ import annotations

import io
import json
import re
from dataclasses import dataclass
from datetime import timedelta
from pathlib import PurePath
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext
from procrastinate.contrib.django.models import ProcrastinateJob

from penstock.engines import geometry, knowledge
from penstock.hub.core.actors import SYSTEM
from penstock.hub.core.journal import record

from . import blobs, events
from .models import Revision
from .states import REVISION

THUMBNAIL_PIXELS = 256
GIVE_UP_AFTER = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of parsing a file: a measurement, what each process finds on it, and pictures; or a refusal."""

    measurement: dict[str, Any] | None = None
    judgement: list[dict[str, Any]] | None = None
    thumbnail_png: bytes = b""
    preview_glb: bytes = b""
    refusal: dict[str, str] | None = None


def measure_revision(revision_id: int) -> bool:
    """Measure a revision that waits for it; False when there was nothing to do (any more)."""
    revision = Revision.objects.across_tenants().select_related("blob").filter(pk=revision_id).first()
    if revision is None or revision.state != "uploaded":
        return False
    return _conclude(revision_id, revision.unit, parse(revision))


def parse(revision: Revision) -> Outcome:
    """The long part: no transaction, no lock, nothing written."""
    with blobs.as_local_file(revision.blob, suffix_of(revision.filename)) as path:
        try:
            found = geometry.inspect(path, _every_process(), unit=revision.unit or None, size=THUMBNAIL_PIXELS)
        except geometry.Refused as refused:
            return Outcome(refusal={"code": refused.code, "message": refused.message})
    judgement = [finding.to_dict() for finding in found.findings]
    return Outcome(found.measurement.to_dict(), judgement, found.thumbnail_png, found.preview_glb)


def _every_process() -> list[geometry.ProcessLimits]:
    known = knowledge.default()
    return [geometry.limits_of(known, code) for code in known.processes]


def refuse_abandoned() -> int:
    """Refuse what waits to be measured although no job measures it any more; returns how many."""
    at_work = ProcrastinateJob.objects.filter(task_name="parts.measure", status__in=("todo", "doing"))
    measured_now = {args["revision_id"] for args in at_work.values_list("args", flat=True)}
    waiting = Revision.objects.across_tenants().filter(state="uploaded", created_at__lt=timezone.now() - GIVE_UP_AFTER)
    given_up = Outcome(
        refusal={
            "code": "given_up",
            "message": gettext("Measuring this file failed again and again; please export it again, or simplify it."),
        }
    )
    abandoned = [(pk, unit) for pk, unit in waiting.values_list("pk", "unit") if pk not in measured_now]
    return sum(_conclude(pk, unit, given_up) for pk, unit in abandoned)


def suffix_of(filename: str) -> str:
    """The ending that tells formats apart, or nothing when it is none a format could have."""
    suffix = PurePath(filename).suffix.lower()
    return suffix if re.fullmatch(r"\.[a-z0-9]{1,10}", suffix) else ""


@transaction.atomic
def _conclude(revision_id: int, unit: str, outcome: Outcome) -> bool:
    revision = (
        Revision.objects.across_tenants().select_for_update(of=("self",)).select_related("part").get(pk=revision_id)
    )
    # Another worker was faster, or the unit was changed meanwhile and another job measures with that.
    if revision.state != "uploaded" or revision.unit != unit:
        return False
    about = {
        "actor": SYSTEM,
        "part": revision.part.uid,
        "subject": revision.uid,
        "organisations": [revision.part.organisation_id],
        "revision_uid": revision.uid,
        "number": revision.number,
        "part_name": revision.part.name,
        "filename": revision.filename,
    }
    if outcome.refusal is not None:
        REVISION.move(revision, "refuse", refusal=outcome.refusal, measurement=None, measured_at=timezone.now())
        record(events.REVISION_REFUSED, **about, **outcome.refusal)
        return True
    REVISION.move(
        revision,
        "measured",
        measurement=outcome.measurement,
        refusal=None,
        thumbnail=blobs.store(io.BytesIO(outcome.thumbnail_png)),
        preview=blobs.store(io.BytesIO(outcome.preview_glb)),
        judgement=blobs.store(io.BytesIO(json.dumps(outcome.judgement).encode())),
        measured_at=timezone.now(),
    )
    record(events.REVISION_MEASURED, **about)
    return True
