"""All features of a part from its faces and its mesh."""

from __future__ import annotations

from ..brep import Brep
from ..mesh import Ints, Mesh
from .access import access, corners, setups, undercut
from .body import Body, rounded
from .features import Machining
from .holes import holes
from .pockets import pockets
from .thin import thinnest


def recognise(mesh: Mesh, of_triangle: Ints, brep: Brep) -> Machining | None:
    """None where the file's faces are too many or none of them is known.

    mesh: closed and wound outwards; of_triangle: (m,) the face of each of its triangles.
    """
    if brep.faces is None or brep.edges is None:
        return None
    body = Body(mesh, of_triangle, brep.faces, brep.edges)
    found, in_holes = holes(body)
    seen = access(body, found)
    hidden = undercut(body, seen)
    wall, sides = thinnest(body)
    return Machining(
        holes=tuple(found),
        pockets=tuple(pockets(body, seen, in_holes)),
        corners=tuple(corners(body, seen, in_holes)),
        wall_mm=wall,
        setups=tuple(rounded(direction, 6) for direction in setups(seen)),
        undercut_mm2=round(float(body.area[hidden].sum()), 2),
        wall=body.ranges(sides) if sides else (),
        undercut=body.ranges(hidden) if hidden else (),
    )
