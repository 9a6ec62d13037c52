"""What measuring a part yields: the measurement and the findings on it."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from .machining.features import Machining

Severity = Literal["notice", "warning", "blocker"]
UnitSource = Literal["file", "given", "assumed"]
Triple = tuple[float, float, float]

MAX_RANGES = 2000
MAX_COLOURS = 16
VIEW_ANGLE = 30.0


@dataclass(frozen=True)
class Place:
    """Where on the part a finding is, and from where to look at it.

    triangles    half-open ranges (first, after) of numbers of triangles of the mesh that `load_mesh` returns,
                 ascending and apart; at most MAX_RANGES of them, the largest in area where there were more.
    target_mm    the point to look at, in the middle of the place (in the model's own coordinates).
    direction    unit vector from the target towards the eye; from there the place is not hidden, if any view shows it.
    distance_mm  of the eye from the target: at a view angle of VIEW_ANGLE degrees the place fills about half the
                 picture. An orthographic camera shows distance · tan(VIEW_ANGLE / 2) above and below the target.
    """

    triangles: tuple[tuple[int, int], ...]
    target_mm: Triple
    direction: Triple
    distance_mm: float

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Place:
        """The inverse of `dataclasses.asdict`, also after a trip through JSON."""
        return cls(
            triangles=tuple((int(first), int(after)) for first, after in values["triangles"]),
            target_mm=_triple(values["target_mm"]),
            direction=_triple(values["direction"]),
            distance_mm=float(values["distance_mm"]),
        )


@dataclass(frozen=True)
class Finding:
    """One thing a buyer or technologist should know about a part.

    `code` is stable snake_case; `message` is plain English and says what was found with its values, `advice`
    what to do about it; `data` holds the measured values and limits behind it (units in the key names) so that
    the sentence can be said in another language; `process` is the process code it applies to, or None if it is
    true whatever the process. `measured` and `limit` are one number each in `unit`, `source` says where the
    limit was read; `place` is where on the part. Each is None where there is no such thing.
    """

    code: str
    severity: Severity
    message: str
    data: dict[str, Any] = field(default_factory=dict)
    process: str | None = None
    measured: float | None = None
    limit: float | None = None
    unit: str | None = None
    source: str | None = None
    advice: str | None = None
    place: Place | None = None

    def to_dict(self) -> dict[str, Any]:
        return dataclasses.asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Finding:
        """Rebuild from `to_dict` output, of this or an older version, also after a trip through JSON."""
        place = values.get("place")
        return cls(**values | {"place": Place.from_dict(place) if place else None})


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
    volume_source       'brep' where volume, area and centre of mass are the exact ones of the CAD file's faces,
                        'mesh' where they are those of the triangles.
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
    machining           holes, pockets, set-ups and more of a CAD file's faces; None where they were not looked for,
                        with the reason in `machining_note` where the file could have them.
    colours             the colours that the file gives its triangles for display ('#rrggbb'), the commonest first, at
                        most MAX_COLOURS of them. metadata: what it says of itself (Title, Designer, …), for display.
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
    volume_source: Literal["mesh", "brep"] = "mesh"
    machining: Machining | None = None
    machining_note: str | None = None
    colours: tuple[str, ...] = ()
    metadata: dict[str, str] = field(default_factory=dict)
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
        if values.get("machining") is not None:
            given["machining"] = Machining.from_dict(values["machining"])
        return cls(**given)


@dataclass(frozen=True, eq=False)
class Inspection:
    """A part measured and judged for several processes at once.

    measurement   its facts; its own findings have their places.
    findings      of every process asked for, in that order, blockers first; `Finding.process` says which.
    thickness_mm  (m,) float32: material under each triangle of `load_mesh`, infinite where no surface is opposite;
                  empty where the part encloses no defined solid.
    thumbnail_png, preview_glb  pictures if they were asked for, else empty.
    """

    measurement: Measurement
    findings: tuple[Finding, ...]
    thickness_mm: NDArray[np.float32]
    thumbnail_png: bytes = b""
    preview_glb: bytes = b""


def _triple(values: Any) -> Triple:
    x, y, z = (float(value) for value in values)
    return x, y, z
