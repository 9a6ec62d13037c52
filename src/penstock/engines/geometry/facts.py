"""What measuring a part yields: the measurement and the findings on it."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import Any, Literal

Severity = Literal["notice", "warning", "blocker"]
UnitSource = Literal["file", "given", "assumed"]
Triple = tuple[float, float, float]


@dataclass(frozen=True)
class Finding:
    """One thing a buyer or technologist should know about a part.

    `code` is stable snake_case; `message` is plain English; `data` holds the measured values and limits behind
    it (units in the key names) so that the sentence can be said in another language; `process` is the process
    code it applies to, or None if it is true whatever the process.
    """

    code: str
    severity: Severity
    message: str
    data: dict[str, Any] = field(default_factory=dict)
    process: str | None = None

    def to_dict(self) -> dict[str, Any]:
        return dataclasses.asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Finding:
        return cls(**values)


@dataclass(frozen=True)
class Measurement:
    """The facts of one model file. Lengths in mm, areas in mm², volumes in mm³; None means undefined.

    unit_source         'file' (the file says so), 'given' (the caller said so) or 'assumed' (millimetres).
    unit_guess          another unit that would explain an implausible size, to be confirmed by the user.
    triangles           as stored in the file, all placed copies counted.
    bodies, shells      bodies are separate outer surfaces; shells also count the surfaces of closed voids.
    size_mm             extents of the axis-aligned box, x, y, z.
    volume_mm3          material volume: closed voids taken off, overlapping bodies counted once. None where
                        undefined, with the reason in `volume_note`.
    area_mm2            total surface, inner surfaces included.
    hull_volume_mm3     volume of the convex hull.
    min_box_mm          smallest box found around the part, longest side first; `min_box_kind` says whether
                        it is 'oriented' or 'axis_aligned'.
    projected_area_mm2  silhouette area seen along x, y and z (sampled, about ±1 %).
    void_volume_mm3     sum of closed voids; None where the volume is undefined.
    overlapping         whether closed bodies overlap; None if it could not be checked.
    signed_volume_mm3   plain signed sum over all triangles, which counts overlaps twice; None if not closed.
    thin_wall_mm        5th percentile of wall thickness by sampled rays; None with reason in
                        `thin_wall_note`. It is an estimate: it can miss a thin wall on < 5 % of the surface.
    printable           a positive volume is defined and no finding is a blocker.
    """

    format: str
    unit: str
    unit_source: UnitSource
    triangles: int
    bodies: int
    shells: int
    size_mm: Triple
    volume_mm3: float | None
    area_mm2: float
    watertight: bool
    consistent_winding: bool
    printable: bool
    hull_volume_mm3: float
    min_box_mm: Triple
    min_box_kind: Literal["oriented", "axis_aligned"]
    projected_area_mm2: Triple
    volume_note: str | None = None
    centre_of_mass_mm: Triple | None = None
    void_volume_mm3: float | None = None
    overlapping: bool | None = None
    signed_volume_mm3: float | None = None
    thin_wall_mm: float | None = None
    thin_wall_note: str | None = None
    unit_guess: str | None = None
    unit_guess_reason: str | None = None
    findings: tuple[Finding, ...] = ()
    seconds: float = 0.0

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON types only; `from_dict` is its inverse, also after a trip through JSON."""
        return dataclasses.asdict(self) | {"findings": [finding.to_dict() for finding in self.findings]}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Measurement:
        """Rebuild from `to_dict` output. Unknown keys are ignored, so that newer records stay readable."""
        known = {f.name for f in dataclasses.fields(cls)}
        given: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in values.items() if k in known}
        given["findings"] = tuple(Finding.from_dict(f) for f in values.get("findings", ()))
        return cls(**given)
