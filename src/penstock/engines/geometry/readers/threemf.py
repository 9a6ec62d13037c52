"""3MF core and production extension, streamed: XML events go straight into arrays, no tree is built.

Every build item is placed with its transform; components are followed to any depth the limits allow. Objects
of type support, solidsupport and other are not part of the part and are left out, with a notice. Colours and
metadata are kept for display; other extensions that merely decorate (slices, triangle sets …) are skipped; a file
that requires one which changes the shape is refused rather than measured wrongly.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Hashable

import numpy as np

from ..limits import Limits, Refused
from ..mesh import RawModel
from ..units import canonical_unit
from . import check_triangle_count
from .colours import MATERIALS, Palettes, Words
from .markup import Package, parse_xml
from .placement import IDENTITY, Matrix, Node, Scene, expand
from .text import checked_triangles

CORE = "http://schemas.microsoft.com/3dmanufacturing/core/2015/02"
PRODUCTION = "http://schemas.microsoft.com/3dmanufacturing/production/2015/06"
RELATIONSHIP = "http://schemas.openxmlformats.org/package/2006/relationships"
MODEL_RELATIONSHIP = "http://schemas.microsoft.com/3dmanufacturing/2013/01/3dmodel"
NOT_PART_TYPES = frozenset({"support", "solidsupport", "other"})
# Extensions a file may require of us: they do not change the solid, or (production) are read here.
HONOURED_EXTENSIONS = ("/production/", "/material/", "/materials/", "/slice/", "/trianglesets/", "/core/")
# Elements that define a shape otherwise than by triangles, found even where the file forgets to require them.
SHAPE_ELEMENTS = frozenset({"beamlattice", "displacementmesh", "displacement2d", "levelset", "booleanshape"})


def read_3mf(data: bytes, limits: Limits) -> RawModel:
    """Read every build item of the package as one model; groups keep the placed objects apart."""
    package = Package(data, limits)
    root, candidates = _root_part(package, limits)
    scene: Scene = {}
    reader = _Part(package, root, scene, limits)
    pending = sorted(reader.other_parts)
    seen = {root, *pending}
    excluded = set(reader.excluded)
    while pending:
        part = _Part(package, pending.pop(), scene, limits)
        excluded |= part.excluded
        fresh = part.other_parts - seen
        seen |= fresh
        pending.extend(sorted(fresh))
    if not reader.items:
        raise Refused("no_triangles", "The 3MF file has nothing on its build plate; please export the part again.")
    roots = [(key, matrix) for key, matrix in reader.items if key not in excluded]
    placed_out = len(reader.items) - len(roots)
    for node in scene.values():
        kept = [(key, matrix) for key, matrix in node.children if key not in excluded]
        placed_out += len(node.children) - len(kept)
        node.children = kept
    model = expand(scene, roots, limits)
    model.unit = reader.unit
    model.metadata = reader.words.cleaned()
    if candidates > 1:
        message = f"The package holds {candidates} models where one is allowed; the first was measured."
        model.notes.append(("several_models", message, {"models": candidates}))
    if placed_out:
        message = "Support and auxiliary objects in the file were left out of the part."
        model.notes.append(("support_excluded", message, {"objects": placed_out}))
    return model


def _root_part(package: Package, limits: Limits) -> tuple[str, int]:
    """The 3D model part that the package's relationships name first, and how many they name.

    The specification allows one; like lib3mf, the reference, we read the first and do not refuse the rest.
    """
    targets: list[str] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        if name == f"{RELATIONSHIP} Relationship" and attributes.get("Type") == MODEL_RELATIONSHIP:
            targets.append(attributes.get("Target", ""))

    if "_rels/.rels" not in package:
        raise Refused("bad_package", "This ZIP archive is not a 3MF package; please upload the model file itself.")
    with package.open("_rels/.rels") as stream:
        parse_xml(stream, limits, start, lambda name: None)
    if not targets:
        raise Refused("bad_package", "This 3MF package does not name its 3D model; please export it again.")
    return _part_name(targets[0]), len(targets)


def _part_name(path: str) -> str:
    return "/" + path.lstrip("/")


class _Part:
    """One .model part: parsing fills `scene` and notes what else it refers to."""

    def __init__(self, package: Package, name: str, scene: Scene, limits: Limits) -> None:
        self.name = name
        self.unit = "mm"  # the specification's default for a file that does not say
        self.items: list[tuple[Hashable, Matrix]] = []
        self.excluded: set[Hashable] = set()
        self.other_parts: set[str] = set()
        self._scene = scene
        self._limits = limits
        self._namespaces: dict[str, str] = {}
        self._node: Node | None = None
        self._coordinates = array("d")
        self._indices = array("q")
        self._palettes = Palettes()
        self.words = Words()
        self._handlers: dict[str, Callable[[dict[str, str]], None]] = {
            f"{CORE} vertex": self._vertex,
            f"{CORE} triangle": self._triangle,
            f"{CORE} object": self._object,
            f"{CORE} component": self._component,
            f"{CORE} item": self._item,
            f"{CORE} model": self._model,
            f"{CORE} basematerials": self._palettes.begin,
            f"{CORE} base": lambda attributes: self._palettes.add(attributes.get("displaycolor")),
            f"{MATERIALS} colorgroup": self._palettes.begin,
            f"{MATERIALS} color": lambda attributes: self._palettes.add(attributes.get("color")),
            f"{CORE} metadata": lambda attributes: self.words.begin(attributes.get("name")),
        }
        with package.open(name) as stream:
            text_in = frozenset({f"{CORE} metadata"})
            parse_xml(stream, limits, self._start, self._end, self.words.text, self._namespace, text_in)

    def _namespace(self, prefix: str | None, uri: str) -> None:
        self._namespaces.setdefault(prefix or "", uri)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        handler = self._handlers.get(name)
        if handler is not None:
            try:
                handler(attributes)
            except (KeyError, ValueError, OverflowError):
                raise Refused(
                    "malformed",
                    f"A “{name.rpartition(' ')[2]}” in the 3MF file lacks a number or has an unreadable one; "
                    "please export it again.",
                ) from None
        elif (local := name.rpartition(" ")[2]) in SHAPE_ELEMENTS:
            raise _unsupported_extension(local)

    def _end(self, name: str) -> None:
        if name == f"{CORE} metadata":
            self.words.end()
        if name != f"{CORE} object" or self._node is None:
            return
        self._node.vertices = np.array(self._coordinates, dtype=np.float64).reshape(-1, 3)
        triangles = np.array(self._indices, dtype=np.int64).reshape(-1, 3)
        self._node.triangles = checked_triangles(triangles, len(self._node.vertices))
        if len(colours := self._palettes.of_object()) == len(self._node.triangles):
            self._node.colours = np.array(colours, dtype=np.int32)
        self._node = None

    def _model(self, attributes: dict[str, str]) -> None:
        self.unit = canonical_unit(attributes.get("unit", "millimeter"))
        for prefix in attributes.get("requiredextensions", "").split():
            uri = self._namespaces.get(prefix, prefix)
            if not any(part in uri for part in HONOURED_EXTENSIONS):
                raise _unsupported_extension(uri)

    def _object(self, attributes: dict[str, str]) -> None:
        key = (self.name.lower(), int(attributes["id"]))
        self._node = self._scene[key] = Node()
        self._coordinates, self._indices = array("d"), array("q")
        self._palettes.begin_object(attributes)
        if attributes.get("type", "model") in NOT_PART_TYPES:
            self.excluded.add(key)

    def _vertex(self, attributes: dict[str, str]) -> None:
        self._coordinates.extend((float(attributes["x"]), float(attributes["y"]), float(attributes["z"])))

    def _triangle(self, attributes: dict[str, str]) -> None:
        self._indices.extend((int(attributes["v1"]), int(attributes["v2"]), int(attributes["v3"])))
        if self._palettes.lists:
            self._palettes.triangle(attributes)
        if len(self._indices) > 3 * self._limits.triangles:
            check_triangle_count(len(self._indices) // 3, self._limits)

    def _component(self, attributes: dict[str, str]) -> None:
        if self._node is not None:
            self._node.children.append(self._reference(attributes))

    def _item(self, attributes: dict[str, str]) -> None:
        self.items.append(self._reference(attributes))

    def _reference(self, attributes: dict[str, str]) -> tuple[Hashable, Matrix]:
        part = self.name
        if (path := attributes.get(f"{PRODUCTION} path")) is not None:
            part = _part_name(path)
            if part.lower() != self.name.lower():
                self.other_parts.add(part)
        return (part.lower(), int(attributes["objectid"])), _transform(attributes.get("transform"))


def _unsupported_extension(name: str) -> Refused:
    return Refused(
        "unsupported_extension",
        f"The shape is defined with the 3MF extension “{name[:80]}”, which cannot be measured; "
        "please export it as a plain mesh.",
    )


def _transform(text: str | None) -> Matrix:
    """3MF writes a row-vector 4×3 matrix; turned into a column-vector 4×4."""
    if text is None:
        return IDENTITY
    numbers = [float(token) for token in text.split()]
    if len(numbers) != 12:
        raise ValueError(text)
    matrix = np.eye(4)
    matrix[:3, :] = np.array(numbers).reshape(4, 3).T
    return matrix
