"""The features of a part that is to be milled, as data: what `Measurement.machining` holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

Triple = tuple[float, float, float]
Ranges = tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Hole:
    """A round hole of one diameter; a counterbore and the hole below it are two.

    depth_mm   length of its cylinder, without the cone that a drill leaves at the bottom.
    direction  unit vector along the axis, out of the (of a through hole: one) mouth.
    mouth_mm   middle of that mouth. triangles: half-open ranges of triangles of the mesh, as in `Place`.
    """

    diameter_mm: float
    depth_mm: float
    through: bool
    direction: Triple
    mouth_mm: Triple
    triangles: Ranges = ()


@dataclass(frozen=True)
class Pocket:
    """A flat floor between walls that face each other, or a slot.

    depth_mm         from the floor to the lower of two walls that face each other.
    size_mm          sides of the smallest rectangle around the floor, the longer first.
    inner_radius_mm  smallest radius of its corners; 0 where two walls meet sharply, None where it has no corner.
    direction        unit vector out of the pocket. floor_mm: middle of the floor.
    """

    depth_mm: float
    size_mm: tuple[float, float]
    inner_radius_mm: float | None
    direction: Triple
    floor_mm: Triple
    triangles: Ranges = ()


@dataclass(frozen=True)
class Corner:
    """Inner corners of one radius and height that only a tool along them makes, whose radius is theirs at most."""

    radius_mm: float
    depth_mm: float
    count: int
    triangles: Ranges = ()


@dataclass(frozen=True)
class Machining:
    """All of it. Lengths in mm, areas in mm²; unit vectors in the model's own coordinates.

    wall_mm       least thickness between two parallel or two coaxial faces, None where there are none such.
    setups        the directions a tool has to come from, as few as were found; along each the part is clamped once.
    undercut_mm2  surface that a tool from none of the directions of its faces reaches; `undercut` its triangles.
    """

    holes: tuple[Hole, ...] = ()
    pockets: tuple[Pocket, ...] = ()
    corners: tuple[Corner, ...] = ()
    wall_mm: float | None = None
    setups: tuple[Triple, ...] = ()
    undercut_mm2: float = 0.0
    wall: Ranges = ()
    undercut: Ranges = ()

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Machining:
        """The inverse of `dataclasses.asdict`, also after a trip through JSON."""
        return cls(
            holes=tuple(Hole(**_tuples(each)) for each in values["holes"]),
            pockets=tuple(Pocket(**_tuples(each)) for each in values["pockets"]),
            corners=tuple(Corner(**_tuples(each)) for each in values["corners"]),
            **_tuples({name: values[name] for name in ("wall_mm", "setups", "undercut_mm2", "wall", "undercut")}),
        )


def _tuples(values: dict[str, Any]) -> dict[str, Any]:
    return {name: _tuple(value) for name, value in values.items()}


def _tuple(value: Any) -> Any:
    return tuple(_tuple(each) for each in value) if isinstance(value, (list, tuple)) else value
