"""Parts with known features, built and written as STEP by OpenCASCADE. Needs the extra `penstock[cad]`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from OCP.BRepAlgoAPI import BRepAlgoAPI_Cut
from OCP.BRepBuilderAPI import BRepBuilderAPI_Transform
from OCP.BRepFilletAPI import BRepFilletAPI_MakeFillet
from OCP.BRepPrimAPI import BRepPrimAPI_MakeBox, BRepPrimAPI_MakeCone, BRepPrimAPI_MakeCylinder, BRepPrimAPI_MakeSphere
from OCP.gp import gp_Ax1, gp_Ax2, gp_Dir, gp_Pnt, gp_Trsf
from OCP.IGESControl import IGESControl_Writer
from OCP.STEPControl import STEPControl_StepModelType, STEPControl_Writer
from OCP.TopAbs import TopAbs_ShapeEnum
from OCP.TopExp import TopExp_Explorer
from OCP.TopoDS import TopoDS

Vector = tuple[float, float, float]
UP = (0.0, 0.0, 1.0)


def box(corner: Vector, sides: Vector) -> Any:
    """A block from its low corner, mm."""
    return BRepPrimAPI_MakeBox(gp_Pnt(*map(float, corner)), *map(float, sides)).Shape()


def rod(foot: Vector, along: Vector, radius: float, length: float) -> Any:
    """A cylinder, mm."""
    return BRepPrimAPI_MakeCylinder(gp_Ax2(gp_Pnt(*map(float, foot)), gp_Dir(*along)), radius, length).Shape()


def drill(tip: Vector, radius: float, length: float) -> Any:
    """A drill pointing down with a cone of 90° below `tip`, and its shank above."""
    point = BRepPrimAPI_MakeCone(gp_Ax2(gp_Pnt(*tip), gp_Dir(0, 0, -1)), radius, 0.0, radius).Shape()
    return rod(tip, UP, radius, length), point


def ball(middle: Vector, radius: float) -> Any:
    return BRepPrimAPI_MakeSphere(gp_Pnt(*map(float, middle)), radius).Shape()


def cut(shape: Any, *tools: Any) -> Any:
    """The shape without the tools."""
    for tool in tools:
        shape = BRepAlgoAPI_Cut(shape, tool).Shape()
    return shape


def rounded(shape: Any, radius: float) -> Any:
    """A block with its upright edges rounded."""
    fillet = BRepFilletAPI_MakeFillet(shape)
    explorer, seen = TopExp_Explorer(shape, TopAbs_ShapeEnum.TopAbs_EDGE), []
    while explorer.More():
        edge = TopoDS.Edge(explorer.Current())
        box_of = _span(edge)
        if box_of[2] > 1e-6 and max(box_of[:2]) < 1e-6 and not any(edge.IsSame(each) for each in seen):
            fillet.Add(radius, edge)
            seen.append(edge)
        explorer.Next()
    return fillet.Shape()


def _span(edge: Any) -> Vector:
    from OCP.BRepAdaptor import BRepAdaptor_Curve

    curve = BRepAdaptor_Curve(edge)
    first, last = curve.Value(curve.FirstParameter()), curve.Value(curve.LastParameter())
    return abs(first.X() - last.X()), abs(first.Y() - last.Y()), abs(first.Z() - last.Z())


def turned(shape: Any, axis: Vector, angle: float) -> Any:
    """The shape turned about an axis through the origin, radians."""
    turn = gp_Trsf()
    turn.SetRotation(gp_Ax1(gp_Pnt(0, 0, 0), gp_Dir(*axis)), angle)
    return BRepBuilderAPI_Transform(shape, turn, True).Shape()


def step(folder: Path, shape: Any, name: str = "part.step") -> Path:
    """Write the shape as STEP."""
    writer = STEPControl_Writer()
    writer.Transfer(shape, STEPControl_StepModelType.STEPControl_AsIs)
    writer.Write(str(folder / name))
    return folder / name


def iges(folder: Path, shape: Any) -> Path:
    """Write the shape as IGES, in millimetres, with its solids."""
    writer = IGESControl_Writer("MM", 1)
    writer.AddShape(shape)
    writer.Write(str(folder / "part.igs"))
    return folder / "part.igs"
