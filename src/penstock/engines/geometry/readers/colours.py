"""The colours that a 3MF file gives its triangles for display, and the words it says of itself.

Base materials (core specification) and colour groups (materials extension) are kept; textures, composites and mixtures
are not, and a triangle with a colour for each corner takes that of the first. Both only decorate, so that what is odd
is passed over, and there is a ceiling for everything.
"""

from __future__ import annotations

from array import array

MATERIALS = "http://schemas.microsoft.com/3dmanufacturing/material/2015/02"
# The names that the core specification gives a meaning.
NAMES = frozenset(
    {
        *("Title", "Designer", "Description", "Copyright", "LicenseTerms"),
        *("Rating", "CreationDate", "ModificationDate", "Application"),
    }
)
MOST_COLOURS = 65_536
MOST_LETTERS = 500


class Palettes:
    """The colour lists of one part of the package, and the colours of the triangles of its present object."""

    def __init__(self) -> None:
        self.lists: dict[str, list[int]] = {}
        self._open: list[int] = []
        self._count = 0
        self._default: tuple[str | None, str | None] = (None, None)
        self._of_triangles = array("i")

    def begin(self, attributes: dict[str, str]) -> None:
        """A list of colours opens."""
        self._open = self.lists[attributes.get("id", "")] = []

    def add(self, code: str | None) -> None:
        """A colour of the open list, as the file writes it: #RRGGBB or #RRGGBBAA."""
        self._count += 1
        if self._count <= MOST_COLOURS:
            self._open.append(_colour(code))

    def begin_object(self, attributes: dict[str, str]) -> None:
        """What its triangles have that name nothing else."""
        self._default = attributes.get("pid"), attributes.get("pindex")
        self._of_triangles = array("i")

    def triangle(self, attributes: dict[str, str]) -> None:
        """The next triangle of the object; not to be called while there are no `lists`."""
        group, index = attributes.get("pid"), attributes.get("p1")
        if index is None:
            group, index = self._default
        elif group is None:
            group = self._default[0]
        self._of_triangles.append(self._found(group, index))

    def of_object(self) -> array[int]:
        """One number for each of its triangles; empty where it has no colours."""
        return self._of_triangles

    def _found(self, group: str | None, index: str | None) -> int:
        colours = self.lists.get(group or "")
        if not colours or index is None or not index.isdecimal() or len(index) > 6 or int(index) >= len(colours):
            return -1
        return colours[int(index)]


def _colour(code: str | None) -> int:
    digits = (code or "").strip().removeprefix("#")
    try:
        return int(digits[:6], 16) if len(digits) in (6, 8) else -1
    except ValueError:
        return -1


class Words:
    """The metadata of the root model, gathered while it is read."""

    def __init__(self) -> None:
        self.found: dict[str, str] = {}
        self._name: str | None = None

    def begin(self, name: str | None) -> None:
        """A metadata element opens; only the first of each known name is kept."""
        self._name = name if name in NAMES and name not in self.found else None
        if self._name:
            self.found[self._name] = ""

    def text(self, piece: str) -> None:
        """Some of its text."""
        if self._name and len(self.found[self._name]) < MOST_LETTERS:
            self.found[self._name] += piece[:MOST_LETTERS]

    def end(self) -> None:
        self._name = None

    def cleaned(self) -> dict[str, str]:
        """Each in one line of letters that can be shown, empty ones left out."""
        shown = {name: "".join(c if c.isprintable() else " " for c in text) for name, text in self.found.items()}
        cut = {name: " ".join(text.split())[:MOST_LETTERS] for name, text in shown.items()}
        return {name: text for name, text in cut.items() if text}
