"""STEP and IGES, tessellated by OpenCASCADE.

Where the extra `penstock[cad]` is installed `brep` reads them with their faces. Otherwise cascadio makes a GLB in
memory of them, which is then read here.

The tessellation follows curves within 0.1 mm and 0.08 rad. The angle decides up to radii of a hundred millimetres or
two: a cylinder loses 0.03 % of its volume, a sphere, the worst, 0.12 %, whatever their size; strangers' solids lie
between (`bench/geometry.py exact_cad`). A tighter distance makes OpenCASCADE take minutes over one large torus. It
converts the file's unit to millimetres; GLB is in metres by definition, and cascadio scales to them for STEP but, as
its IGES reader does not tell the unit, not for IGES.
"""

from __future__ import annotations

import json
import logging
import struct
import sys
from collections.abc import Hashable
from importlib.util import find_spec
from typing import Any

import numpy as np

from ..limits import Limits, Refused
from ..mesh import RawModel
from .placement import IDENTITY, Matrix, Node, Scene, expand

log = logging.getLogger(__name__)

LINEAR_MM = 0.1
ANGULAR_RAD = 0.08
GLB_UNIT_MM = {"step": 1000.0, "iges": 1.0}
_INDEX_TYPES = {5121: "<u1", 5123: "<u2", 5125: "<u4"}
_TRIANGLES = 4


def read_step(data: bytes, limits: Limits) -> RawModel:
    """ISO 10303-21 with B-rep geometry; every solid of an assembly is placed."""
    if b"END-ISO-10303-21" not in data[-4096:]:
        raise Refused("truncated", "The STEP file has no end; the upload or export was cut off, please try again.")
    return _read(data, "step", limits)


def read_iges(data: bytes, limits: Limits) -> RawModel:
    """IGES surfaces; they seldom close, so that most such files have no defined volume."""
    return _read(data, "iges", limits)


def _read(data: bytes, kind: str, limits: Limits) -> RawModel:
    return (_with_faces(data, kind, limits) if find_spec("OCP") else None) or _tessellated(data, kind, limits)


def _with_faces(data: bytes, kind: str, limits: Limits) -> RawModel | None:
    """None where the bindings cannot be loaded or do not get through the file; the plain way is tried then."""
    try:
        from .brep import read_brep

        return read_brep(data, kind, LINEAR_MM, ANGULAR_RAD, limits)
    except (Refused, MemoryError):
        raise
    except Exception as error:
        log.warning("reading a %s file with its faces failed: %s: %s", kind, type(error).__name__, error)
        return None


def _tessellated(data: bytes, kind: str, limits: Limits) -> RawModel:
    glb: bytes = _cascadio().load(
        data, file_type=kind, tol_linear=LINEAR_MM, tol_angular=ANGULAR_RAD, use_parallel=False
    )
    name = kind.upper()
    if not glb:
        raise Refused("unreadable_cad", f"The {name} file cannot be read; please export it again or send an STL.")
    model = _model_of_glb(glb, GLB_UNIT_MM[kind], limits)
    if model.triangle_count == 0:
        raise Refused(
            "no_solid",
            f"The {name} file contains no solid or surface, only data such as points or analysis meshes; "
            "please export the solid.",
        )
    return model


def _cascadio() -> Any:
    """cascadio without trimesh, which it imports only to register itself there: 2 s saved per process."""
    hidden = "trimesh" not in sys.modules
    if hidden:
        sys.modules["trimesh"] = None  # type: ignore[assignment]  # None is Python's mark for "not importable"
    try:
        import cascadio
    finally:
        if hidden:
            del sys.modules["trimesh"]
    return cascadio


def _model_of_glb(glb: bytes, unit_mm: float, limits: Limits) -> RawModel:
    (json_length,) = struct.unpack_from("<I", glb, 12)
    document: dict[str, Any] = json.loads(glb[20 : 20 + json_length])
    buffer = glb[20 + json_length + 8 :]
    scene: Scene = {}
    for n, mesh in enumerate(document.get("meshes", ())):
        scene["mesh", n] = _mesh_node(document, buffer, mesh)
    for n, entry in enumerate(document.get("nodes", ())):
        children: list[tuple[Hashable, Matrix]] = []
        if "mesh" in entry:
            children.append((("mesh", entry["mesh"]), IDENTITY))
        children.extend(_placed(document, child) for child in entry.get("children", ()))
        scene["node", n] = Node(children=children)
    top = document.get("scenes", [{}])[document.get("scene", 0)].get("nodes", ())
    roots = [_placed(document, n) for n in top]
    model = expand(scene, roots, limits)
    model.vertices *= unit_mm
    model.unit = "mm"
    return model


def _placed(document: dict[str, Any], node: int) -> tuple[Hashable, Matrix]:
    return ("node", node), _local_matrix(document["nodes"][node])


def _mesh_node(document: dict[str, Any], buffer: bytes, mesh: dict[str, Any]) -> Node:
    vertices = [np.empty((0, 3))]
    triangles = [np.empty((0, 3), dtype=np.int32)]
    offset = 0
    for primitive in mesh["primitives"]:
        if primitive.get("mode", _TRIANGLES) != _TRIANGLES or "indices" not in primitive:
            continue
        points = _accessor(document, buffer, primitive["attributes"]["POSITION"], "<f4", 3)
        kind = _INDEX_TYPES[document["accessors"][primitive["indices"]]["componentType"]]
        indices = _accessor(document, buffer, primitive["indices"], kind, 1).reshape(-1, 3)
        vertices.append(points.astype(np.float64))
        triangles.append(indices.astype(np.int32) + np.int32(offset))
        offset += len(points)
    return Node(np.concatenate(vertices), np.concatenate(triangles))


def _accessor(document: dict[str, Any], buffer: bytes, number: int, kind: str, width: int) -> Any:
    accessor = document["accessors"][number]
    view = document["bufferViews"][accessor["bufferView"]]
    start = view.get("byteOffset", 0) + accessor.get("byteOffset", 0)
    return np.frombuffer(buffer, kind, accessor["count"] * width, start).reshape(-1, width)


def _local_matrix(node: dict[str, Any]) -> Matrix:
    if "matrix" in node:
        return np.array(node["matrix"], dtype=np.float64).reshape(4, 4).T
    matrix = np.eye(4)
    x, y, z, w = node.get("rotation", (0.0, 0.0, 0.0, 1.0))
    matrix[:3, :3] = np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
        ]
    ) @ np.diag(node.get("scale", (1.0, 1.0, 1.0)))
    matrix[:3, 3] = node.get("translation", (0.0, 0.0, 0.0))
    return matrix
