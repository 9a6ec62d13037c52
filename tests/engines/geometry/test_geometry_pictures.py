"""Thumbnails and previews: right size, right outline, small enough, readable by others."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
import trimesh
from geometry_shapes import ball, binary_stl, block, save
from PIL import Image

from penstock.engines import geometry
from penstock.engines.geometry.raster import coverage


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
    corners = ball(30, 350, 400)
    mesh = geometry.Mesh(corners.reshape(-1, 3), np.arange(3 * len(corners), dtype=np.int32).reshape(-1, 3))
    glb = geometry.preview(mesh)
    assert len(glb) < 1_010_000
    shown = trimesh.load(io.BytesIO(glb), file_type="glb").to_mesh()
    assert len(shown.faces) > 5_000
    assert np.ptp(shown.vertices, axis=0) == pytest.approx([0.06] * 3, rel=0.01)


def test_rasterised_slivers_cover_no_more_than_they_should() -> None:
    corners = np.array([[[0, 0.3], [100, 100.3], [100, 99.3]], [[10, 10], [10, 10], [10, 10.0]]])
    # On the diagonal of column k the sliver spans 0.3 + 0.99 (k + 0.5) to k + 0.8: pixel centre k + 0.5 for k ≥ 30.
    covered = coverage(corners, 100, 100)
    assert np.flatnonzero(covered.diagonal()).tolist() == list(range(30, 100))
    assert covered.sum() == 70
