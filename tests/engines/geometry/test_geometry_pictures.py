"""Thumbnails and previews: right size, right outline, small enough, readable by others."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import trimesh
from geometry_shapes import ball, binary_stl, block, save
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from penstock.engines import geometry
from penstock.engines.geometry.preview import leb128
from penstock.engines.geometry.raster import coverage
from penstock.engines.geometry.simplify import simplify


def test_thumbnail_is_a_transparent_png_with_the_part_in_the_middle(tmp_path: Path) -> None:
    mesh = geometry.load_mesh(save(tmp_path, "a.stl", binary_stl(ball())))
    image = Image.open(io.BytesIO(geometry.thumbnail(mesh, 128)))
    assert (image.format, image.mode, image.size) == ("PNG", "RGBA", (128, 128))
    pixels = np.asarray(image)
    alpha = pixels[:, :, 3]
    assert alpha[0].max() == 0
    assert alpha[64, 64] == 255
    radius = 128 * 0.44
    assert (alpha > 127).sum() == pytest.approx(np.pi * radius**2, rel=0.03)
    # Lit from above left: the upper left is brighter than the lower right.
    assert pixels[45, 45, :3].mean() > pixels[85, 85, :3].mean() + 20


def test_nearer_surfaces_hide_farther_ones(tmp_path: Path) -> None:
    lone = geometry.load_mesh(save(tmp_path, "a.stl", binary_stl(block((20, 20, 20)))))
    hidden = np.concatenate([block((20, 20, 20)), block((4, 4, 4), at=(8, 8, 8))])
    both = geometry.load_mesh(save(tmp_path, "b.stl", binary_stl(hidden)))
    assert geometry.thumbnail(lone) == geometry.thumbnail(both)


def test_measure_and_render_gives_all_three(tmp_path: Path) -> None:
    path = save(tmp_path, "a.stl", binary_stl(block()))
    measured, png, glb = geometry.measure_and_render(path, size=64)
    assert measured.volume_mm3 == pytest.approx(1000)
    assert Image.open(io.BytesIO(png)).size == (64, 64)
    assert glb.startswith(b"glTF")


def test_preview_of_a_small_mesh_keeps_its_shape(tmp_path: Path) -> None:
    mesh = geometry.load_mesh(save(tmp_path, "a.stl", binary_stl(ball())))
    scene = trimesh.load(io.BytesIO(geometry.preview(mesh)), file_type="glb")
    shown = scene.to_mesh()
    assert len(shown.faces) == len(mesh.triangles)
    assert np.ptp(shown.vertices, axis=0) == pytest.approx([0.02, 0.02, 0.02], rel=1e-3)


def test_preview_of_a_large_mesh_stays_under_a_megabyte() -> None:
    mesh = _indexed_ball(30, 350, 400)
    thickness = np.full(len(mesh.triangles), 2.0)
    thickness[: len(thickness) // 2] = np.nan
    glb = geometry.preview(mesh, thickness_mm=thickness)
    assert len(glb) < 1_010_000
    shown = trimesh.load(io.BytesIO(glb), file_type="glb").to_mesh()
    assert len(shown.faces) > 50_000
    assert shown.volume == pytest.approx(4 / 3 * np.pi * 0.03**3, rel=1e-3)

    # Every triangle shown says which one of the part it was, and how thick the part is there.
    extras, part = _extras(glb)
    origin = np.cumsum(_numbers(part(extras["origin"])))
    assert len(origin) == len(shown.faces)
    assert (np.diff(origin) > 0).all()
    levels = np.frombuffer(part(extras["thickness"]), dtype=np.uint8)
    assert (levels[origin < len(thickness) // 2] == 0).all()
    known = levels[origin >= len(thickness) // 2].astype(float)
    assert extras["base_mm"] * extras["ratio"] ** (known - 1) == pytest.approx(2.0, rel=0.02)


def test_preview_names_the_bodies_of_its_triangles() -> None:
    mesh = _indexed_ball(5, 8, 8)
    body = np.zeros(len(mesh.triangles), dtype=np.int64)
    assert "bodies" not in _extras(geometry.preview(mesh, body=body))[0]
    body[-40:] = 300
    extras, part = _extras(geometry.preview(mesh, body=body))
    assert _numbers(part(extras["bodies"])) == [0, len(body) - 40, 300, 40]


@given(st.lists(st.integers(0, 2**34), max_size=30))
@settings(max_examples=30)
def test_leb128_can_be_read_again(numbers: list[int]) -> None:
    assert _numbers(leb128(np.array(numbers, dtype=np.int64))) == numbers


def test_simplifying_keeps_corners_sharp_and_says_what_each_triangle_was() -> None:
    cube = trimesh.Trimesh(*trimesh.remesh.subdivide_to_size(*_cube(), max_edge=0.4), process=True)
    mesh = geometry.Mesh(np.asarray(cube.vertices), np.asarray(cube.faces, dtype=np.int32))
    few = simplify(mesh, 2000)
    assert 500 < len(few.triangles) <= 2000
    shown = trimesh.Trimesh(few.vertices, few.triangles, process=False)
    assert shown.bounds == pytest.approx(np.array([[0, 0, 0], [10, 10, 10.0]]), abs=0.02)
    assert shown.volume == pytest.approx(1000, rel=0.003)
    was = cube.face_normals[few.origin]
    assert (np.einsum("ij,ij->i", was, shown.face_normals) > 0.99).mean() > 0.97
    assert simplify(mesh, len(mesh.triangles)).origin.tolist() == list(range(len(mesh.triangles)))


def _cube() -> tuple[np.ndarray, np.ndarray]:
    corners = block()
    return corners.reshape(-1, 3), np.arange(36).reshape(-1, 3)


def _indexed_ball(radius: float, rings: int, segments: int) -> geometry.Mesh:
    corners = ball(radius, rings, segments).reshape(-1, 3)
    points, number = np.unique(corners.round(9), axis=0, return_inverse=True)
    return geometry.Mesh(points, number.reshape(-1, 3).astype(np.int32))


def _extras(glb: bytes) -> tuple[dict[str, Any], Callable[[int], bytes]]:
    length = int.from_bytes(glb[12:16], "little")
    document = json.loads(glb[20 : 20 + length])

    def part(number: int) -> bytes:
        view = document["bufferViews"][number]
        begin = 28 + length + view["byteOffset"]
        return glb[begin : begin + view["byteLength"]]

    return document["meshes"][0]["extras"], part


def _numbers(encoded: bytes) -> list[int]:
    found, value, shift = [], 0, 0
    for byte in encoded:
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            found.append(value)
            value, shift = 0, 0
    return found


def test_rasterised_slivers_cover_no_more_than_they_should() -> None:
    corners = np.array([[[0, 0.3], [100, 100.3], [100, 99.3]], [[10, 10], [10, 10], [10, 10.0]]])
    # On the diagonal of column k the sliver spans 0.3 + 0.99 (k + 0.5) to k + 0.8: pixel centre k + 0.5 for k ≥ 30.
    covered = coverage(corners, 100, 100)
    assert np.flatnonzero(covered.diagonal()).tolist() == list(range(30, 100))
    assert covered.sum() == 70
