"""AMF (ISO/ASTM 52915), plain or zipped: meshes, volumes and constellations; colours are ignored.

Curved triangles are read as flat ones: their edge normals only refine the surface between the same corners.
"""

from __future__ import annotations

import io
import math
from array import array
from collections.abc import Hashable

import numpy as np

from ..limits import Limits, Refused
from ..mesh import RawModel
from ..units import canonical_unit
from .markup import Package, parse_xml
from .placement import IDENTITY, Matrix, Node, Scene, expand
from .text import checked_triangles

_AXES = ("x", "y", "z")
_CORNERS = ("v1", "v2", "v3")
_PLACEMENT = ("deltax", "deltay", "deltaz", "rx", "ry", "rz")


def read_amf(data: bytes, limits: Limits) -> RawModel:
    """Every constellation that no other one contains is placed; objects in none of them stand as they are."""
    reader = _Reader()
    if data.startswith(b"PK"):
        package = Package(data, limits)
        name = next((name for name in package.names() if name.endswith(".amf")), None)
        if name is None:
            raise Refused("bad_package", "This ZIP archive holds no AMF model; please upload the model itself.")
        with package.open(name) as stream:
            parse_xml(stream, limits, reader.start, reader.end, reader.text)
    else:
        parse_xml(io.BytesIO(data), limits, reader.start, reader.end, reader.text)
    inside = {child for node in reader.scene.values() for child, _ in node.children}
    roots = [(key, IDENTITY) for key in reader.scene if key not in inside]
    if reader.scene and not roots:
        raise Refused("component_cycle", "An object of the file contains itself; please export it again.")
    model = expand(reader.scene, roots, limits)
    model.unit = reader.unit
    return model


class _Reader:
    """Collects numbers by element name; AMF writes each of them as an element's text."""

    def __init__(self) -> None:
        self.scene: Scene = {}
        self.unit = "mm"
        self._node = Node()
        self._values: dict[str, str] = {}
        self._text: list[str] = []
        self._coordinates = array("d")
        self._indices = array("q")
        self._reference = ""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._text = []
        match name.rpartition(" ")[2]:
            case "amf":
                self.unit = canonical_unit(attributes.get("unit", "millimeter"))
            case "object" | "constellation":
                self._node = self.scene[attributes.get("id", "")] = Node()
                self._coordinates, self._indices = array("d"), array("q")
            case "instance":
                self._reference = attributes.get("objectid", "")
                self._values = {}
            case "coordinates" | "triangle":
                self._values = {}

    def text(self, piece: str) -> None:
        self._text.append(piece)

    def end(self, name: str) -> None:
        local = name.rpartition(" ")[2]
        try:
            self._close(local)
        except (KeyError, ValueError, OverflowError):
            raise Refused(
                "malformed",
                f"A “{local}” in the AMF file lacks a number or has an unreadable one; please export it again.",
            ) from None

    def _close(self, name: str) -> None:
        match name:
            case "coordinates":
                self._coordinates.extend(float(self._values[axis]) for axis in _AXES)
            case "triangle":
                self._indices.extend(int(self._values[corner]) for corner in _CORNERS)
            case "instance":
                key: Hashable = self._reference
                self._node.children.append((key, self._placement()))
            case "object":
                self._node.vertices = np.array(self._coordinates, dtype=np.float64).reshape(-1, 3)
                triangles = np.array(self._indices, dtype=np.int64).reshape(-1, 3)
                self._node.triangles = checked_triangles(triangles, len(self._node.vertices))
            case _ if name in _AXES or name in _CORNERS or name in _PLACEMENT:
                self._values[name] = "".join(self._text).strip()

    def _placement(self) -> Matrix:
        """Rotations about x, then y, then z in degrees, then the displacement."""
        dx, dy, dz, rx, ry, rz = (float(self._values.get(name, "0")) for name in _PLACEMENT)
        matrix = np.eye(4)
        for axis, degrees in enumerate((rx, ry, rz)):
            matrix[:3, :3] = _rotation(axis, math.radians(degrees)) @ matrix[:3, :3]
        matrix[:3, 3] = (dx, dy, dz)
        return matrix


def _rotation(axis: int, angle: float) -> Matrix:
    i, j = (axis + 1) % 3, (axis + 2) % 3
    matrix = np.eye(3)
    matrix[i, i] = matrix[j, j] = math.cos(angle)
    matrix[i, j], matrix[j, i] = -math.sin(angle), math.sin(angle)
    return matrix
