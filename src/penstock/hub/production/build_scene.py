"""What the page's 3D view draws of a build: the chamber, the parts with their previews, where every copy lies."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.urls import reverse

from penstock.engines import knowledge
from penstock.hub.parts.models import Revision

from .models import Build, Job

DEFAULT_CHAMBER_MM = (300.0, 300.0, 300.0)


def scene(build: Build, jobs: Sequence[Job]) -> dict[str, Any]:
    """JSON for static/js/build.js: lengths in mm; a copy's `matrix` (16 numbers, row by row) takes a part whose box
    begins at `origin` to the chamber."""
    model = knowledge.default().machines.get(build.machine.model)
    by_job: dict[str, list[dict[str, Any]]] = {}
    origins: dict[str, list[float]] = {}
    for placed in build.layout:
        matrix = [value for row in placed["matrix"] for value in row]
        by_job.setdefault(placed["job"], []).append({"copy": placed["copy"], "matrix": matrix})
        origins[placed["job"]] = placed["origin_mm"]
    facts = _facts(jobs)
    return {
        "chamber": list(model.chamber_mm if model else DEFAULT_CHAMBER_MM),
        "height": build.height_mm,
        "parts": [
            {
                "job": job.uid,
                "name": job.line.part_name,
                "size": facts.get(job.line.revision_id, (None, False))[0],
                "origin": origins[job.uid],
                "preview": _preview(job) if facts.get(job.line.revision_id, (None, False))[1] else "",
                "copies": by_job[job.uid],
            }
            for job in jobs
            if job.uid in by_job
        ],
    }


def _facts(jobs: Sequence[Job]) -> dict[int, tuple[Any, bool]]:
    """By revision: the measured size, and whether there is a preview. Lists of jobs leave the measurements out."""
    rows = Revision.objects.across_tenants().filter(pk__in={job.line.revision_id for job in jobs})
    return {
        pk: (size, preview is not None)
        for pk, size, preview in rows.values_list("pk", "measurement__size_mm", "preview_id")
    }


def volumes(jobs: Sequence[Job]) -> dict[int, float | None]:
    """mm³ by revision."""
    rows = Revision.objects.across_tenants().filter(pk__in={job.line.revision_id for job in jobs})
    return dict(rows.values_list("pk", "measurement__volume_mm3"))


def _preview(job: Job) -> str:
    return reverse("api:get_preview", args=[job.line.revision.uid])
