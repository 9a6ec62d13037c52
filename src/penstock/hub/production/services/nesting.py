"""Builds by true shape: dispatch lays bounding boxes to see what goes together, here the models are nested.

The models are read by the guarded reader and the search runs without a row locked; what it finds counts only if the
build still holds the same pieces.
"""

from __future__ import annotations

import logging
from typing import Any

import numpy as np
from django.conf import settings
from django.db import transaction

from penstock.engines import geometry, packing
from penstock.engines.packing import Item, Packing
from penstock.hub.core import journal
from penstock.hub.core.actors import SYSTEM
from penstock.hub.quotes.selectors import current_book

from .. import build_file, events, snapshot
from ..models import Build, Job

logger = logging.getLogger(__name__)


def nest_build(*, build_uid: str) -> bool:
    """Lay the build by the parts' shapes, if that makes it lower. Whether it did."""
    build = (
        Build.objects.across_tenants().select_related("machine", "maker__organisation").filter(uid=build_uid).first()
    )
    seconds = settings.NEST_SECONDS
    if build is None or seconds <= 0 or not _may_be_nested(build):
        return False
    jobs = _jobs(build)
    chamber = snapshot.machine_spec(build.machine, (), current_book()[1]).chamber
    if chamber.single_layer:
        return False  # how a part stands on a plate decides its supports: that stays as it was planned
    try:
        items = [_item(job) for job in jobs]
    except (geometry.Refused, OSError) as error:
        logger.warning("build %s stays as it was planned: %s", build_uid, error)
        return False
    nested = packing.nest(items, chamber, deadline_s=seconds, seed=build.pk).packing
    if nested.unplaced or nested.height_mm >= build.height_mm:
        return False
    return _keep(build, jobs, nested)


def _may_be_nested(build: Build) -> bool:
    return build.state == "accepted" and bool(build.layout)


def _jobs(build: Build) -> list[Job]:
    rows = Job.objects.across_tenants().filter(build=build).select_related("line__order", "line__revision__blob")
    return list(rows.order_by("pk"))


def _item(job: Job) -> Item:
    return Item(
        job.uid,
        mesh=build_file.mesh_of(job.line.revision),
        copies=job.quantity,
        mass_g=job.line.mass_g,
        value=float(job.line.unit_price),
        group=job.line.order.uid,
    )


@transaction.atomic
def _keep(build: Build, jobs: list[Job], nested: Packing) -> bool:
    """Store the layout unless the build has changed meanwhile."""
    row = Build.objects.across_tenants().select_for_update(no_key=True).get(pk=build.pk)
    now_in_it = {(job.uid, job.quantity) for job in _jobs(row)}
    if not _may_be_nested(row) or now_in_it != {(job.uid, job.quantity) for job in jobs}:
        return False
    row.layout, row.height_mm = _layout(nested), nested.height_mm
    row.save(update_fields=["layout", "height_mm"])
    journal.record(
        events.BUILD_NESTED,
        actor=SYSTEM,
        build=build.uid,
        subject=build.uid,
        organisations=[build.maker.organisation_id],
        height_mm=round(nested.height_mm, 1),
        fill=f"{100 * nested.density:.0f} %",
    )
    return True


def _layout(nested: Packing) -> list[dict[str, Any]]:
    return [
        {
            "job": placement.item_id,
            "copy": placement.copy,
            "matrix": np.round(placement.matrix, 9).tolist(),
            "origin_mm": list(nested.origins_mm[placement.item_id]),
        }
        for placement in nested.placements
    ]
