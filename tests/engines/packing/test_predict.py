"""The fast answers agree with real layouts as closely as they claim."""

from __future__ import annotations

import numpy as np
import pytest

from penstock.engines.packing import Chamber, Item, expected_box_density, expected_fill, fits, pack, stats_of
from penstock.engines.packing.calibration import measure, pool
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
