"""The file a maker's machine software opens: every model of a build where the plan placed it (3MF)."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
from django.utils.translation import gettext as _

from penstock.engines import geometry, packing
from penstock.hub.core.actors import Actor
from penstock.hub.core.errors import Conflict
from penstock.hub.parts import selectors as parts
from penstock.hub.parts.models import Revision

from .models import Build, Job


def write(build: Build, actor: Actor) -> bytes:
    """The 3MF of a build. Raises Conflict where pieces are not placed in a chamber (milling, turning), and once one of
    the models is closed to the actor (the build was declined or lapsed, its pieces delivered or made elsewhere)."""
    if not build.layout:
        raise Conflict("no_layout", _("The pieces of this build are made one by one: there is no build file."))
    uids = {placement["job"] for placement in build.layout}
    rows = Job.objects.across_tenants().filter(uid__in=uids).select_related("line__revision__blob")
    revisions = {job.uid: job.line.revision for job in rows}
    keys = {revision.pk for revision in revisions.values()}
    if Revision.objects.visible_to(actor).filter(pk__in=keys).count() < len(keys):
        raise Conflict("files_closed", _("The models of this build are closed: they are not yours to make any more."))
    meshes = {revision.pk: mesh_of(revision) for revision in {r.pk: r for r in revisions.values()}.values()}
    with tempfile.TemporaryDirectory(prefix="penstock-build-") as directory:
        path = Path(directory) / "build.3mf"
        packing.build_file(_packing(build), {uid: meshes[r.pk] for uid, r in revisions.items()}, path)
        return path.read_bytes()


def _packing(build: Build) -> packing.Packing:
    placements = tuple(
        packing.Placement(each["job"], each["copy"], np.asarray(each["matrix"], dtype=float)) for each in build.layout
    )
    return packing.Packing(
        placements=placements,
        unplaced=(),
        height_mm=build.height_mm,
        density=build.fill,
        metrics=packing.PackingMetrics(pieces=len(placements)),
        seconds=0.0,
        seed=0,
        origins_mm={each["job"]: tuple(each["origin_mm"]) for each in build.layout},
    )


def mesh_of(revision: Revision) -> packing.Mesh:
    """The model in millimetres, read by the guarded reader as when it was measured."""
    unit = (revision.measurement or {}).get("unit") or None
    with parts.as_local_file(revision.blob, parts.suffix_of(revision.filename)) as path:
        mesh = geometry.load_mesh(path, unit)
    return packing.Mesh(mesh.vertices, mesh.triangles.astype(np.int64))
