"""Write a build as 3MF: every mesh once, every placement as a build item, so that slicers open it in place.

3MF Core Specification 1.3: a zip of three XML parts; a build item's transform is the 4 × 3 matrix of row
vectors, that is, the transpose of ours without the last row.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from xml.sax.saxutils import quoteattr
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import numpy as np

from penstock.engines.packing.model import FloatArray, Mesh, Packing, PackingError

CORE = "http://schemas.microsoft.com/3dmanufacturing/core/2015/02"
CONTENT_TYPES = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" '
    'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="model" '
    'ContentType="application/vnd.ms-package.3dmanufacturing-3dmodel+xml"/></Types>'
)
RELATIONS = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Target="/3D/3dmodel.model" Id="rel0" '
    'Type="http://schemas.microsoft.com/3dmanufacturing/2013/01/3dmodel"/></Relationships>'
)
ROWS_PER_CHUNK = 20_000


def build_file(
    packing: Packing, meshes: Mapping[str, Mesh], path: Path | str, names: Mapping[str, str] | None = None
) -> None:
    """Write the placed meshes (by item id) to `path`, millimetres, deterministic bytes. `names`: what a person calls
    an item, where that is not its id.

    A mesh whose lower corner differs from the one the item was placed by is moved to the same place, so
    items packed by size alone may bring meshes in their file's own coordinates. Raises PackingError when a
    mesh is missing.
    """
    used = list(dict.fromkeys(placement.item_id for placement in packing.placements))
    missing = [item_id for item_id in used if item_id not in meshes]
    if missing:
        raise PackingError(f"no mesh given for {', '.join(missing)}")
    numbers = {item_id: number for number, item_id in enumerate(used, start=1)}
    with ZipFile(path, "w", ZIP_DEFLATED) as archive:
        archive.writestr(_entry("[Content_Types].xml"), CONTENT_TYPES)
        archive.writestr(_entry("_rels/.rels"), RELATIONS)
        with archive.open(_entry("3D/3dmodel.model"), "w") as stream:
            for text in _model(packing, meshes, numbers, names or {}):
                stream.write(text.encode())


def _entry(name: str) -> ZipInfo:
    """A zip entry without the clock, so that the same build gives the same file."""
    entry = ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
    entry.compress_type = ZIP_DEFLATED
    return entry


def _model(
    packing: Packing, meshes: Mapping[str, Mesh], numbers: Mapping[str, int], names: Mapping[str, str]
) -> Iterator[str]:
    yield '<?xml version="1.0" encoding="UTF-8"?>\n'
    yield f'<model unit="millimeter" xml:lang="en-US" xmlns="{CORE}">'
    yield '<metadata name="Application">Penstock</metadata><resources>'
    for item_id, number in numbers.items():
        name = quoteattr(names.get(item_id, item_id))
        yield f'<object id="{number}" type="model" name={name} partnumber={name}><mesh><vertices>'
        yield from _rows('<vertex x="%.9g" y="%.9g" z="%.9g"/>', meshes[item_id].vertices)
        yield "</vertices><triangles>"
        yield from _rows('<triangle v1="%d" v2="%d" v3="%d"/>', meshes[item_id].triangles)
        yield "</triangles></mesh></object>"
    yield "</resources><build>"
    for placement in packing.placements:
        matrix = placement.matrix @ _shift(packing, placement.item_id, meshes[placement.item_id])
        transform = " ".join(f"{value:.12g}" for value in matrix[:3, :].T.ravel())
        label = quoteattr(f"{names.get(placement.item_id, placement.item_id)}#{placement.copy}")
        yield f'<item objectid="{numbers[placement.item_id]}" transform="{transform}" partnumber={label}/>'
    yield "</build></model>"


def _shift(packing: Packing, item_id: str, mesh: Mesh) -> FloatArray:
    """Own mesh coordinates → the coordinates the item was placed in."""
    matrix = np.eye(4)
    if item_id in packing.origins_mm:
        matrix[:3, 3] = np.asarray(packing.origins_mm[item_id]) - mesh.bounds_mm()[0]
    return matrix


def _rows(template: str, rows: np.ndarray[tuple[int, ...], np.dtype[np.float64 | np.int64]]) -> Iterator[str]:
    for start in range(0, len(rows), ROWS_PER_CHUNK):
        yield "".join([template % tuple(row) for row in rows[start : start + ROWS_PER_CHUNK].tolist()])
