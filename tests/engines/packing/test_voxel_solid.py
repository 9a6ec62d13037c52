"""A mesh is covered by cells: none too few, hardly any too many, and nothing can be put inside it."""

from __future__ import annotations

import numpy as np
import pytest
import trimesh
from hypothesis import given, settings
from hypothesis import strategies as st
from nesting_shapes import as_mesh, ball, box, cup, turned, without

from penstock.engines.packing.voxels.solid import cover, mark_surface, tight_grid


def cells_of(mesh, pitch, grow):
    low, shape = tight_grid(mesh.vertices, pitch, grow)
    return cover(mesh.vertices, mesh.triangles, pitch, grow, low, shape), low


@settings(max_examples=12, deadline=None)
@given(degrees=st.floats(0, 180), pitch=st.floats(1.0, 2.5), grow=st.floats(0.0, 1.5))
def test_every_cell_near_the_surface_is_marked_and_no_far_one(degrees, pitch, grow):
    mesh = turned(cup(12, 2), degrees)
    low, shape = tight_grid(mesh.vertices, pitch, grow)
    cells = np.zeros(shape, dtype=bool)
    mark_surface(mesh.vertices, mesh.triangles, low, pitch, grow, cells)
    centres = low + (np.argwhere(np.ones_like(cells)) + 0.5) * pitch
    distance = np.full(len(centres), np.inf)
    for triangle in mesh.vertices[mesh.triangles]:
        nearest = trimesh.triangles.closest_point(np.broadcast_to(triangle, (len(centres), 3, 3)), centres)
        distance = np.minimum(distance, np.linalg.norm(nearest - centres, axis=1))
    # What lies within half an edge of a cell's centre lies in the cell; half its diagonal away nothing does.
    assert cells.ravel()[distance < grow + pitch / 2 - 1e-6].all()
    assert not cells.ravel()[distance > (grow + pitch / 2) * np.sqrt(3) + 1e-6].any()


def test_samples_of_the_surface_lie_in_covered_cells():
    mesh = turned(ball(7), 20)
    cells, low = cells_of(mesh, 1.0, 0.5)
    points, _ = trimesh.sample.sample_surface(trimesh.Trimesh(mesh.vertices, mesh.triangles), 4000, seed=1)
    points = points + 0.5 * trimesh.unitize(np.random.default_rng(1).normal(size=points.shape)) * 0.999
    index = np.floor((points - low) / 1.0).astype(int)
    assert cells[tuple(index.T)].all()


@pytest.mark.parametrize("missing", [0, 2])
def test_a_solid_is_full_inside_even_with_a_lid_missing(missing):
    mesh = box(20, 20, 20)
    cells, _ = cells_of(without(mesh, missing) if missing else mesh, 1.0, 0.0)
    assert cells[2:-2, 2:-2, 2:-2].all()


def test_a_closed_hollow_is_full_and_an_open_one_is_not():
    outer = trimesh.creation.box((20, 20, 20))
    inner = trimesh.creation.box((14, 14, 14))
    inner.invert()
    closed, _ = cells_of(as_mesh(trimesh.util.concatenate([outer, inner])), 1.0, 0.0)
    assert closed[10, 10, 10]
    opened, _ = cells_of(cup(20, 3), 1.0, 0.0)
    assert not opened[10, 10, 10]
