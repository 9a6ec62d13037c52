"""STEP and IGES with their boundary representation, by OpenCASCADE's own classes (the extra `penstock[cad]`).

The only module that imports OCP, and it runs in the guarded worker only: the import takes more than half a second.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from typing import Any

import numpy as np
from OCP.BRep import BRep_Tool
from OCP.BRepAdaptor import BRepAdaptor_Curve, BRepAdaptor_Curve2d, BRepAdaptor_Surface
from OCP.BRepGProp import BRepGProp
from OCP.BRepMesh import BRepMesh_IncrementalMesh
from OCP.BRepTools import BRepTools
from OCP.collections import IndexedMap_TopoDS_Shape_TopTools_ShapeMapHasher as ShapeNumbers
from OCP.GeomAbs import GeomAbs_SurfaceType as SurfaceType
from OCP.gp import gp_Pnt, gp_Vec
from OCP.GProp import GProp_GProps
from OCP.IFSelect import IFSelect_ReturnStatus
from OCP.TopAbs import TopAbs_Orientation, TopAbs_ShapeEnum
from OCP.TopExp import TopExp_Explorer
from OCP.TopLoc import TopLoc_Location
from OCP.TopoDS import TopoDS

from ..brep import CONCAVE, CONE, CONVEX, CYLINDER, OTHER, PLANE, SMOOTH, SPHERE, TORUS, Brep, Edges, Faces
from ..facts import Triple
from ..limits import Limits
from ..mesh import RawModel

KINDS = {
    SurfaceType.GeomAbs_Plane: PLANE,
    SurfaceType.GeomAbs_Cylinder: CYLINDER,
    SurfaceType.GeomAbs_Cone: CONE,
    SurfaceType.GeomAbs_Sphere: SPHERE,
    SurfaceType.GeomAbs_Torus: TORUS,
}
SOLID, FACE, EDGE = TopAbs_ShapeEnum.TopAbs_SOLID, TopAbs_ShapeEnum.TopAbs_FACE, TopAbs_ShapeEnum.TopAbs_EDGE
# Features are looked for up to so many faces; the volume is exact in any case.
MOST_FACES = 4000
# An edge whose faces turn less than this is smooth, sin of 5°.
SMOOTH_BELOW = 0.087
# Relative error to which the integrals over curved faces are taken.
PRECISION = 1e-7


def read_brep(data: bytes, kind: str, linear_mm: float, angular_rad: float, limits: Limits) -> RawModel | None:
    """The file's solids and faces, placed, in millimetres; None where OpenCASCADE finds nothing in it."""
    shape = _shape(data, kind)
    if shape is None or shape.IsNull():
        return None
    BRepMesh_IncrementalMesh(shape, linear_mm, False, angular_rad, False)
    solids = list(_inside(shape, SOLID))
    groups = [list(_inside(solid, FACE)) for solid in solids]
    loose = list(_inside(shape, FACE, SOLID))
    model = _tessellation([*groups, loose], limits)
    if model is None:
        return None
    exact = _exact(solids) if solids and not loose else (None, None, None)
    faces = [face for group in groups for face in group] if solids and not loose else []
    parts = _described(faces) if 0 < len(faces) <= MOST_FACES else (None, None)
    vertices, triangles, group_of, of_triangle = model
    return RawModel(vertices, triangles, "mm", group_of, brep=Brep(*exact, of_triangle, *parts))


def _shape(data: bytes, kind: str) -> Any:
    if kind == "step":
        from OCP.STEPControl import STEPControl_Reader as Reader
    else:
        from OCP.IGESControl import IGESControl_Reader as Reader
    # A file in memory: OpenCASCADE wants a name, and the worker has no other.
    descriptor = os.memfd_create("model")
    try:
        with os.fdopen(os.dup(descriptor), "wb") as file:
            file.write(data)
        reader = Reader()
        if reader.ReadFile("/proc/self/fd/" + str(descriptor)) != IFSelect_ReturnStatus.IFSelect_RetDone:
            return None
        return reader.OneShape() if reader.TransferRoots() else None
    finally:
        os.close(descriptor)


def _inside(shape: Any, kind: Any, avoid: Any = TopAbs_ShapeEnum.TopAbs_SHAPE) -> Iterator[Any]:
    explorer = TopExp_Explorer(shape, kind, avoid)
    while explorer.More():
        yield explorer.Current()
        explorer.Next()


def _tessellation(groups: list[list[Any]], limits: Limits) -> Any:
    """(vertices, triangles, group of each vertex, face of each triangle), or None where there is no triangle."""
    from . import check_triangle_count

    vertices, triangles, of_vertex, of_triangle = [], [], [], []
    number, points, count = 0, 0, 0
    for n, group in enumerate(groups):
        for face in group:
            location = TopLoc_Location()
            mesh = BRep_Tool.Triangulation_s(TopoDS.Face(face), location)
            if mesh is not None and mesh.NbTriangles():
                count += mesh.NbTriangles()
                check_triangle_count(count, limits)
                corners = np.array([mesh.Triangle(k).Get() for k in range(1, mesh.NbTriangles() + 1)], np.int32) - 1
                if face.Orientation() == TopAbs_Orientation.TopAbs_REVERSED:
                    corners = corners[:, ::-1]
                where = np.array([mesh.Node(k).Coord() for k in range(1, mesh.NbNodes() + 1)], np.float64)
                vertices.append(_placed(where, location))
                triangles.append(corners + np.int32(points))
                of_vertex.append(np.full(len(where), n, np.int32))
                of_triangle.append(np.full(len(corners), number, np.int32))
                points += len(where)
            number += 1
    if not triangles:
        return None
    return np.concatenate(vertices), np.concatenate(triangles), np.concatenate(of_vertex), np.concatenate(of_triangle)


def _placed(points: Any, location: Any) -> Any:
    if location.IsIdentity():
        return points
    turn = location.Transformation()
    matrix = np.array([[turn.Value(row, column) for column in range(1, 5)] for row in range(1, 4)])
    return points @ matrix[:, :3].T + matrix[:, 3]


def _exact(solids: list[Any]) -> tuple[float | None, float | None, Triple | None]:
    """(volume, area, centre) of the solids together."""
    volume = area = 0.0
    moment = np.zeros(3)
    for solid in solids:
        inside, outside = GProp_GProps(), GProp_GProps()
        BRepGProp.VolumeProperties_s(solid, inside, PRECISION)
        BRepGProp.SurfaceProperties_s(solid, outside, PRECISION)
        volume, area = volume + abs(inside.Mass()), area + outside.Mass()
        moment += abs(inside.Mass()) * np.array(inside.CentreOfMass().Coord())
    if not (math.isfinite(volume) and math.isfinite(area) and volume > 0):
        return None, None, None
    x, y, z = (float(value) for value in moment / volume)
    return volume, area, (x, y, z)


def _described(shapes: list[Any]) -> tuple[Faces, Edges]:
    shapes = [TopoDS.Face(shape) for shape in shapes]
    surfaces = [BRepAdaptor_Surface(shape) for shape in shapes]
    count = len(shapes)
    kind, inner = np.full(count, OTHER, np.int8), np.zeros(count, bool)
    origin, axis, radius, turn = np.zeros((count, 3)), np.zeros((count, 3)), np.zeros(count), np.zeros(count)
    for n, (shape, surface) in enumerate(zip(shapes, surfaces, strict=True)):
        kind[n] = KINDS.get(surface.GetType(), OTHER)
        if kind[n] in (PLANE, OTHER):
            continue
        body = {CYLINDER: surface.Cylinder, CONE: surface.Cone, SPHERE: surface.Sphere, TORUS: surface.Torus}[kind[n]]()
        position = body.Position()
        origin[n], axis[n] = position.Location().Coord(), position.Direction().Coord()
        u0, u1, v0, v1 = BRepTools.UVBounds_s(shape)
        point, normal = _at(surface, shape, (u0 + u1) / 2, (v0 + v1) / 2)
        if normal is not None:
            inner[n] = np.dot(normal, _heart(kind[n], body, origin[n], axis[n], point) - point) > 0
        if kind[n] == CYLINDER:
            radius[n], turn[n] = body.Radius(), u1 - u0
    return Faces(kind, origin, axis, radius, turn, inner), _edges(shapes, surfaces)


def _heart(kind: int, body: Any, origin: Any, axis: Any, point: Any) -> Any:
    """The point of a round face's axis, middle or core circle next to `point`."""
    if kind == SPHERE:
        return origin
    foot = origin + axis * np.dot(point - origin, axis)
    if kind != TORUS:
        return foot
    way = point - foot
    return origin + way / max(float(np.linalg.norm(way)), 1e-12) * body.MajorRadius()


def _at(surface: Any, shape: Any, u: float, v: float) -> tuple[Any, Any]:
    """(point, outward unit normal) of a face at its parameters; no normal where the surface has none."""
    point, along_u, along_v = gp_Pnt(), gp_Vec(), gp_Vec()
    surface.D1(u, v, point, along_u, along_v)
    normal = np.cross(along_u.Coord(), along_v.Coord())
    length = float(np.linalg.norm(normal))
    if length < 1e-12:
        return np.array(point.Coord()), None
    if shape.Orientation() == TopAbs_Orientation.TopAbs_REVERSED:
        length = -length
    return np.array(point.Coord()), normal / length


def _edges(shapes: list[Any], surfaces: list[Any]) -> Edges:
    numbers = ShapeNumbers()
    sides: dict[int, list[tuple[int, Any]]] = {}
    for n, shape in enumerate(shapes):
        for edge in _inside(shape, EDGE):
            sides.setdefault(numbers.Add(edge), []).append((n, TopoDS.Edge(edge)))
    faces, points, normals, folds, lengths = [], [], [], [], []
    for pair in sides.values():
        if len(pair) != 2 or pair[0][0] == pair[1][0] or BRep_Tool.Degenerated_s(pair[0][1]):
            continue
        (one, edge), (other, _) = pair
        curve = BRepAdaptor_Curve(edge)
        middle = (curve.FirstParameter() + curve.LastParameter()) / 2
        at, along = gp_Pnt(), gp_Vec()
        curve.D1(middle, at, along)
        way = np.array(along.Coord()) * (-1 if edge.Orientation() == TopAbs_Orientation.TopAbs_REVERSED else 1)
        met = [_normal_at(surfaces[n], shapes[n], each, middle) for n, each in pair]
        if met[0] is None or met[1] is None or not np.linalg.norm(way):
            continue
        # To the left of an edge, seen from outside along its direction, lies its face.
        into = np.cross(met[0], way / np.linalg.norm(way))
        bend = float(np.dot(into, met[1]))
        sharp = np.linalg.norm(np.cross(*met)) > SMOOTH_BELOW or np.dot(*met) < 0
        folds.append(SMOOTH if not sharp else CONCAVE if bend > 0 else CONVEX)
        faces.append((one, other))
        points.append(at.Coord())
        normals.append(met)
        lengths.append(_length(curve))
    return Edges(
        np.array(faces, np.int64).reshape(-1, 2),
        np.array(points, np.float64).reshape(-1, 3),
        np.array(normals, np.float64).reshape(-1, 2, 3),
        np.array(folds, np.int8),
        np.array(lengths, np.float64),
    )


def _normal_at(surface: Any, shape: Any, edge: Any, parameter: float) -> Any:
    where = BRepAdaptor_Curve2d(edge, shape).Value(parameter)
    return _at(surface, shape, where.X(), where.Y())[1]


def _length(curve: Any) -> float:
    """Over 16 chords: it only weighs one edge against another."""
    first, last = curve.FirstParameter(), curve.LastParameter()
    points = np.array([curve.Value(float(at)).Coord() for at in np.linspace(first, last, 17)])
    return float(np.linalg.norm(np.diff(points, axis=0), axis=1).sum())
