"""The fast answers agree with real layouts as closely as they claim."""

from __future__ import annotations

import manifold3d
import numpy as np
import pytest

from penstock.engines.packing import (
    Chamber,
    Item,
    Mesh,
    expected_box_density,
    expected_fill,
    expected_nested_fill,
    fits,
    pack,
    stats_of,
)
from penstock.engines.packing.calibration import measure, nested_pool, pool
from penstock.engines.packing.predict import CALIBRATION_SPREAD

FRESH_POOLS = range(10_000, 10_020)


def test_prediction_holds_on_pools_it_was_not_fitted_to():
    errors = []
    for seed in FRESH_POOLS:
        items, chamber = pool(seed)
        _, reached = measure(seed)
        errors.append(expected_box_density(stats_of(items), chamber) - reached)
    assert abs(float(np.mean(errors))) < 0.03
    assert float(np.std(errors)) < 2 * CALIBRATION_SPREAD


def test_fill_counts_parts_not_boxes():
    chamber = Chamber((380, 284, 380), clearance_mm=2)
    solid = [Item("a", (30, 30, 30), copies=60)]
    hollow = [Item("a", (30, 30, 30), copies=60, volume_mm3=2700)]
    assert expected_fill(stats_of(hollow), chamber) == pytest.approx(0.1 * expected_fill(stats_of(solid), chamber))
    assert expected_fill(stats_of([]), chamber) == 0.0


def test_fits_gives_the_height_of_a_layout():
    items = [Item("a", (50, 50, 50), copies=8)]
    estimate = fits(items, Chamber((102, 102, 102), clearance_mm=2))
    assert (estimate.fits, estimate.height_mm, estimate.confidence) == (True, pytest.approx(102.0), 1.0)


@pytest.mark.parametrize(
    ("items", "word"),
    [
        ([Item("long", (500, 5, 5))], "long"),
        ([Item("many", (50, 50, 50), copies=50)], "volume"),
        ([Item("lead", (5, 5, 5), mass_g=9000)], "g"),
    ],
)
def test_what_cannot_fit_is_said_with_certainty(items, word):
    estimate = fits(items, Chamber((102, 102, 102), max_mass_g=5000))
    assert not estimate.fits
    assert estimate.confidence == 1.0
    assert word in estimate.reason


def test_large_pools_are_judged_by_volume_and_close_to_a_layout():
    rng = np.random.default_rng(0)
    items = [Item(f"{n}", tuple(rng.uniform(15, 30, 3).tolist()), copies=40) for n in range(40)]
    chamber = Chamber((380, 284, 380), clearance_mm=2)
    estimate = fits(items, chamber)
    assert estimate.confidence < 1.0
    assert pack(items, chamber, deadline_s=0.0).height_mm == pytest.approx(
        estimate.height_mm, rel=2 * CALIBRATION_SPREAD
    )


def test_nested_builds_are_about_as_full_as_predicted():
    """On pools the constants were not fitted to."""
    errors = []
    for seed in range(500, 505):
        items, chamber = nested_pool(seed)
        reached = pack(items, chamber, deadline_s=0).density
        errors.append(abs(expected_nested_fill(stats_of(items), chamber) - reached))
    assert np.mean(errors) < 0.1


def test_meshes_that_fit_only_into_each_other_fit():
    """Four frames and what stands in them need more boxes than the chamber has room for."""
    hollow = manifold3d.Manifold.cube((40, 40, 20)) - manifold3d.Manifold.cube((30, 30, 40)).translate((5, 5, -10))
    full = manifold3d.Manifold.cube((24, 24, 20))
    items = []
    for name, solid in (("frame", hollow), ("core", full)):
        mesh = solid.to_mesh()
        surface = Mesh(
            np.asarray(mesh.vert_properties, dtype=float)[:, :3], np.asarray(mesh.tri_verts).astype(np.int64)
        )
        items.append(Item(name, mesh=surface, copies=4, orientation="fixed"))
    chamber = Chamber((84, 84, 21), clearance_mm=1)
    assert fits(items, chamber).fits
    boxes = [Item(item.id, (40, 40, 20) if item.id == "frame" else (24, 24, 20), copies=4) for item in items]
    assert not fits(boxes, chamber).fits
