"""Builds by true shape: dispatch lays bounding boxes to see what goes together, here the models are nested. On a plate,
where how a part stands decides its supports, parts stay as they stand and are only set by what the process asks.

The models are read by the guarded reader and the search runs without a row locked; what it finds counts only if the
build still holds the same pieces.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import Any

import numpy as np
from django.conf import settings
from django.db import transaction

from penstock.engines import geometry, knowledge, packing
from penstock.engines.packing import Chamber, Item, Mesh, Packing
from penstock.engines.packing.poses import origin_mm
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
    try:
        items = [_item(job) for job in jobs]
    except (geometry.Refused, OSError) as error:
        logger.warning("build %s stays as it was planned: %s", build_uid, error)
        return False
    if chamber.single_layer:
        nested = _on_plate(items, build, chamber, seconds)
    else:
        nested = packing.nest(items, chamber, deadline_s=seconds, seed=build.pk, even=True).packing
    if nested.unplaced or (nested.height_mm >= build.height_mm and not chamber.single_layer):
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


def _on_plate(items: list[Item], build: Build, chamber: Chamber, seconds: float) -> Packing:
    """The parts standing as planned, turned about z and placed by their outlines and the rules of the process."""
    turns = {entry["job"]: np.asarray(entry["matrix"], dtype=float)[:3, :3] for entry in reversed(build.layout)}
    meshes = {item.id: item.mesh for item in items if item.mesh is not None}
    stood = [
        replace(item, mesh=Mesh(mesh.vertices @ turns[item.id].T, mesh.triangles), orientation="about_z")
        for item in items
        if (mesh := meshes.get(item.id)) is not None
    ]
    rules = packing.RULES.get(knowledge.default().process(build.machine.process).iso)
    found = packing.nest(stood, chamber, deadline_s=seconds, seed=build.pk, rules=rules).packing
    placements = []
    for placement in found.placements:
        matrix = placement.matrix.copy()
        matrix[:3, :3] = matrix[:3, :3] @ turns[placement.item_id]
        placements.append(replace(placement, matrix=matrix))
    origins = {key: origin_mm(item) for key, item in zip(meshes, items, strict=True)}
    return replace(found, placements=tuple(placements), origins_mm=origins)


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
