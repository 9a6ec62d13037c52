"""Geometry: a stranger's model file becomes facts, findings, pictures and a mesh to pack.

    >>> from penstock.engines import geometry
    >>> facts = geometry.measure("bracket.stl", unit="mm")        # doctest: +SKIP
    >>> facts.volume_mm3, facts.printable                         # doctest: +SKIP
    (12873.5, True)

Files are parsed in a warm pool of guarded subprocesses (limits on CPU, memory, time and output; no network
where the kernel allows). What is not accepted raises `Refused(code, message)`; what is accepted is measured,
and a number that is not defined is None with its reason. Safe to call from many threads.
"""

from __future__ import annotations

import os
from collections.abc import Iterable

import numpy as np

from .facts import Finding, Inspection, Measurement, Place, Severity
from .findings.limits import ProcessLimits, limits_of
from .findings.process import check_process
from .guard import pool, run_guarded
from .limits import Limits, Refused
from .mesh import Mesh, write_stl
from .orientation import Orientation, Pose, orient
from .preview import preview
from .render import thumbnail
from .repair import Repair

__all__ = [
    "Finding",
    "Inspection",
    "Limits",
    "Measurement",
    "Mesh",
    "Orientation",
    "Place",
    "Pose",
    "ProcessLimits",
    "Refused",
    "Repair",
    "Severity",
    "check_process",
    "inspect",
    "limits_of",
    "load_mesh",
    "measure",
    "measure_and_render",
    "orient",
    "preview",
    "repair",
    "thumbnail",
    "warm",
    "write_stl",
]

Path = str | os.PathLike[str]
DEFAULT_LIMITS = Limits()


def measure(path: Path, *, unit: str | None = None, limits: Limits = DEFAULT_LIMITS) -> Measurement:
    """Measure a model file.

    unit: what the numbers mean where the file does not say (STL, OBJ, PLY, OFF): mm, cm, m, inch, foot or
    micron; None assumes millimetres and says so in a finding. Raises Refused.
    """
    header, _ = run_guarded(path, "measure", unit, limits)
    return Measurement.from_dict(header["measurement"])


def measure_and_render(
    path: Path, *, unit: str | None = None, limits: Limits = DEFAULT_LIMITS, size: int = 256
) -> tuple[Measurement, bytes, bytes]:
    """Measure, and draw on the way: (measurement, PNG of size × size pixels, GLB preview ≤ 1 MB). Raises Refused."""
    header, (png, glb) = run_guarded(path, "measure", unit, limits, pictures=size)
    return Measurement.from_dict(header["measurement"]), bytes(png), bytes(glb)


def inspect(
    path: Path,
    processes: Iterable[ProcessLimits],
    *,
    unit: str | None = None,
    limits: Limits = DEFAULT_LIMITS,
    size: int = 0,
    turn: Iterable[Iterable[float]] | None = None,
) -> Inspection:
    """Measure and judge for every process given (see `limits_of`), each finding with its place on the part.

    size: pixels of the thumbnail that is drawn on the way together with the preview; 0 for no pictures. turn: rows of
    the rotation into the pose in which it is built, as `Pose.rotation`; None is as it was drawn. Raises Refused.
    """
    asked = [each.to_dict() for each in processes]
    rows = None if turn is None else [[float(value) for value in row] for row in turn]
    header, (thickness, *pictures) = run_guarded(
        path, "inspect", unit, limits, pictures=size, processes=asked, turn=rows
    )
    png, glb = pictures or (b"", b"")
    return Inspection(
        Measurement.from_dict(header["measurement"]),
        tuple(Finding.from_dict(each) for each in header["findings"]),
        np.frombuffer(thickness, dtype=np.float32),
        bytes(png),
        bytes(glb),
    )


def load_mesh(path: Path, unit: str | None = None, *, limits: Limits = DEFAULT_LIMITS) -> Mesh:
    """The welded mesh in millimetres, outward normals where they are defined. Raises Refused."""
    _, parts = run_guarded(path, "mesh", unit, limits)
    return _mesh(parts)


def repair(path: Path, unit: str | None = None, *, limits: Limits = DEFAULT_LIMITS) -> tuple[Mesh, Repair]:
    """A repaired mesh of the model in millimetres, and what was changed; the file stays as it is.

    Raises Refused, also "nothing_to_repair", and "cannot_repair" where it would have to guess at the shape.
    """
    header, parts = run_guarded(path, "repair", unit, limits)
    return _mesh(parts), Repair(**header["repair"])


def _mesh(parts: list[bytearray]) -> Mesh:
    vertices, triangles = parts
    return Mesh(
        np.frombuffer(vertices, dtype=np.float64).reshape(-1, 3),
        np.frombuffer(triangles, dtype=np.int32).reshape(-1, 3),
    )


def warm(workers: int = 1) -> None:
    """Start workers ahead of the first file; returns at once. Call when a server starts."""
    pool().warm(workers)
