"""All findings of a part for all processes, from one look at its mesh. Runs inside the worker."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..facts import Finding, Measurement
from ..mesh import Mesh
from .faults import located
from .limits import ProcessLimits
from .process import judge
from .study import Study
from .thickness import percentile


def inspect_mesh(
    mesh: Mesh, measurement: Measurement, processes: Sequence[ProcessLimits]
) -> tuple[Measurement, tuple[Finding, ...], NDArray[np.float32]]:
    """(the measurement, its own findings with their places; findings of each process in turn; thickness in mm of
    every triangle, empty where the part is no solid)."""
    study = Study(mesh, measurement, processes)
    own = tuple(located(finding, study) for finding in measurement.findings)
    if measurement.printable:
        wall, note = percentile(study.walls.distance, study.samples.areas)
        study.measurement = measurement = dataclasses.replace(measurement, thin_wall_mm=wall, thin_wall_note=note)
    findings = tuple(finding for limits in processes for finding in judge(study, limits))
    thickness = study.thickness_per_triangle() if measurement.printable else np.empty(0, dtype=np.float32)
    return dataclasses.replace(measurement, findings=own), findings, thickness
