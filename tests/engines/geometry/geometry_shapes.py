"""Shapes with known answers, and the bytes of model files made from them."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from penstock.engines.geometry import Mesh

CUBE_POINTS = np.array([[x, y, z] for z in (0, 1) for y in (0, 1) for x in (0, 1)], dtype=float)
CUBE_FACES = np.array(
    [
        [0, 2, 3], [0, 3, 1], [4, 5, 7], [4, 7, 6], [0, 1, 5], [0, 5, 4],
        [2, 6, 7], [2, 7, 3], [0, 4, 6], [0, 6, 2], [1, 3, 7], [1, 7, 5],
    ]
)  # fmt: skip

Corners = NDArray[np.float64]
CORE = "http://schemas.microsoft.com/3dmanufacturing/core/2015/02"
PRODUCTION = "http://schemas.microsoft.com/3dmanufacturing/production/2015/06"


def block(size: Iterable[float] = (10, 10, 10), at: Iterable[float] = (0, 0, 0)) -> Corners:
    """(12, 3, 3) corners of a block, wound outwards."""
    return (CUBE_POINTS * np.array(list(size)) + np.array(list(at)))[CUBE_FACES]


def inside_out(corners: Corners) -> Corners:
    return corners[:, ::-1]


def ball(radius: float = 10.0, rings: int = 24, segments: int = 48) -> Corners:
    """A closed sphere of flat triangles."""
    polar = np.linspace(0, np.pi, rings + 1)[1:-1]
    around = np.linspace(0, 2 * np.pi, segments, endpoint=False)
    rows = [
        np.column_stack([np.sin(p) * np.cos(around), np.sin(p) * np.sin(around), np.full(segments, np.cos(p))])
        for p in polar
    ]
    points = np.concatenate([[[0.0, 0.0, 1.0]], *rows, [[0.0, 0.0, -1.0]]]) * radius
    faces: list[tuple[int, int, int]] = []
    last = len(points) - 1
    for s in range(segments):
        t = (s + 1) % segments
        faces.append((0, 1 + s, 1 + t))
        faces.append((last, last - segments + t, last - segments + s))
        for r in range(len(polar) - 1):
            a, b = 1 + r * segments + s, 1 + r * segments + t
            faces += [(a, a + segments, b + segments), (a, b + segments, b)]
    return points[np.array(faces)]


def rotation(axis: Iterable[float], degrees: float) -> NDArray[np.float64]:
    x, y, z = np.array(list(axis)) / np.linalg.norm(list(axis))
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    angle = np.radians(degrees)
    return np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross


def binary_stl(corners: Corners, header: bytes = b"a test part") -> bytes:
    records = np.zeros(len(corners), dtype=[("n", "<f4", 3), ("c", "<f4", (3, 3)), ("a", "<u2")])
    records["c"] = corners
    return header.ljust(80)[:80] + struct.pack("<I", len(corners)) + records.tobytes()


def ascii_stl(corners: Corners, name: str = "part", newline: str = "\n", point: str = ".") -> bytes:
    lines = [f"solid {name}"]
    for triangle in corners:
        lines += ["facet normal 0 0 0", " outer loop"]
        lines += [" vertex " + " ".join(repr(float(v)).replace(".", point) for v in corner) for corner in triangle]
        lines += [" endloop", "endfacet"]
    return newline.join([*lines, f"endsolid {name}", ""]).encode()


def obj(extra: str = "") -> bytes:
    points = "".join(f"v {x * 10} {y * 10} {z * 10}\n" for x, y, z in CUBE_POINTS)
    return (extra + points + "".join(f"f {a + 1}/1/1 {b + 1}//2 {c + 1}\n" for a, b, c in CUBE_FACES)).encode()


def off() -> bytes:
    points = "".join(f"{x * 10} {y * 10} {z * 10}\n" for x, y, z in CUBE_POINTS)
    quads = "4 0 2 3 1\n4 4 5 7 6 255 0 0\n4 0 1 5 4\n4 2 6 7 3\n4 0 4 6 2\n4 1 3 7 5\n"
    return f"# a cube\nOFF 8 6 12\n{points}{quads}".encode()


def ply(kind: str, quads: bool = False) -> bytes:
    faces = [[0, 2, 3, 1], [4, 5, 7, 6], [0, 1, 5, 4], [2, 6, 7, 3], [0, 4, 6, 2], [1, 3, 7, 5]]
    polygons = faces if quads else CUBE_FACES.tolist()
    header = (
        f"ply\nformat {kind} 1.0\ncomment test\nelement vertex 8\nproperty float x\nproperty float y\n"
        f"property float z\nproperty uchar red\nelement face {len(polygons)}\n"
        "property list uchar int vertex_indices\nend_header\n"
    )
    points = CUBE_POINTS * 10
    if kind == "ascii":
        rows = [f"{x} {y} {z} 7" for x, y, z in points]
        rows += [" ".join(map(str, [len(p), *p])) for p in polygons]
        return (header + "\n".join(rows) + "\n").encode()
    order = "<" if kind.endswith("little_endian") else ">"
    body = b"".join(struct.pack(order + "3fB", *p, 7) for p in points)
    body += b"".join(struct.pack(f"{order}B{len(p)}i", len(p), *p) for p in polygons)
    return header.encode() + body


def mesh_xml(points: NDArray[np.float64] = CUBE_POINTS * 10, faces: NDArray[np.int64] = CUBE_FACES) -> str:
    vertices = "".join(f'<vertex x="{x}" y="{y}" z="{z}"/>' for x, y, z in points)
    triangles = "".join(f'<triangle v1="{a}" v2="{b}" v3="{c}"/>' for a, b, c in faces)
    return f"<mesh><vertices>{vertices}</vertices><triangles>{triangles}</triangles></mesh>"


def threemf(
    resources: str, build: str, *, attributes: str = 'unit="millimeter"', prolog: str = "",
    parts: dict[str, str] | None = None, compression: int = zipfile.ZIP_DEFLATED,
) -> bytes:  # fmt: skip
    """A 3MF package with the given <resources> and <build> content and further parts by path."""
    model = (
        f'<?xml version="1.0"?>{prolog}<model {attributes} xmlns="{CORE}" xmlns:p="{PRODUCTION}">'
        f"<resources>{resources}</resources><build>{build}</build></model>"
    )
    relationships = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        '<Relationship Target="/3D/3dmodel.model" Id="r0" '
        'Type="http://schemas.microsoft.com/3dmanufacturing/2013/01/3dmodel"/></Relationships>'
    )
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        archive.writestr("_rels/.rels", relationships)
        archive.writestr("3D/3dmodel.model", model)
        for name, text in (parts or {}).items():
            archive.writestr(name, text)
    return buffer.getvalue()


def save(folder: Path, name: str, data: bytes) -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def solid(manifold: Any) -> Corners:
    """(m, 3, 3) corners of a manifold3d solid, which booleans make one body of several shapes."""
    mesh = manifold.to_mesh64()
    return np.asarray(mesh.vert_properties[:, :3])[np.asarray(mesh.tri_verts).astype(np.int64)]


def welded(corners: Corners) -> Mesh:
    """The mesh of (m, 3, 3) corners with each point once."""
    points, number = np.unique(corners.reshape(-1, 3), axis=0, return_inverse=True)
    return Mesh(points, number.reshape(-1, 3).astype(np.int32))
