"""All findings of a part for all processes, from one look at its mesh. Runs inside the worker."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..facts import Finding, Measurement
from ..mesh import Mesh
from .crossing import TOO_INTRICATE as TOO_MANY
from .crossing import crossing_findings
from .faults import located
from .limits import ProcessLimits
from .process import judge
from .sharing import Overtime, at_most
from .study import Study, Turn
from .thickness import percentile

NO_SOLID = "Wall thickness needs a defined volume."
TOO_INTRICATE = "The model is too intricate for a wall thickness."


def inspect_mesh(
    mesh: Mesh,
    measurement: Measurement,
    processes: Sequence[ProcessLimits],
    cpu_seconds: float = math.inf,
    turn: Turn = None,
) -> tuple[Measurement, tuple[Finding, ...], NDArray[np.float32]]:
    """(the measurement, its own findings with their places; findings of each process in turn; thickness in mm of
    every triangle, empty where the part is no solid).

    To its own findings is added where a body's surface crosses itself. What would take longer than `cpu_seconds`
    altogether is left out, and said to be. turn: (3, 3) rows of the rotation into the pose in which the part is built;
    as it was drawn if None.
    """
    study = Study(mesh, measurement, processes, turn)
    thickness = np.empty(0, dtype=np.float32)
    wall: float | None = None
    note: str | None = NO_SOLID
    with at_most(cpu_seconds):
        findings = judge(study, processes)
        own = tuple(_located(finding, study) for finding in (*measurement.findings, *_crossing(study)))
        if measurement.printable:
            try:
                wall, note = percentile(study.walls.distance, study.samples.areas)
                thickness = study.thickness_per_triangle()
            except Overtime:
                note = TOO_INTRICATE
    measurement = dataclasses.replace(measurement, thin_wall_mm=wall, thin_wall_note=note, findings=own)
    return measurement, findings, thickness


def _crossing(study: Study) -> tuple[Finding, ...]:
    try:
        return tuple(crossing_findings(study))
    except Overtime:
        return (Finding("not_judged", "notice", TOO_MANY, {"rule": "crossing_findings"}),)


def _located(finding: Finding, study: Study) -> Finding:
    try:
        return located(finding, study)
    except Overtime:
        return finding
