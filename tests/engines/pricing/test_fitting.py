"""Which process can make a part, judged by measurements alone, and what is left to a person."""

from __future__ import annotations

from dataclasses import replace

import pytest

from penstock.engines.knowledge import Knowledge
from penstock.engines.pricing import NotPriced, PartFacts, PriceBook, Recipe, check, price, warnings

from .conftest import box, cone, cylinder


def codes(part: PartFacts, process: str, knowledge: Knowledge) -> set[str]:
    return {each.code for each in check(part, process, knowledge)}


def test_an_ordinary_part_is_printed_everywhere(housing: PartFacts, knowledge: Knowledge) -> None:
    for process in ("fdm", "sla", "dlp", "sls", "mjf", "slm", "mjt", "bjt"):
        assert codes(housing, process, knowledge) == set(), process


@pytest.mark.parametrize(
    "changes", [{"solid": False}, {"volume_mm3": 0.0}, {"volume_mm3": -1.0}, {"size_mm": (10.0, 10.0, 0.0)}]
)
def test_what_encloses_nothing_is_made_by_nothing(
    housing: PartFacts, knowledge: Knowledge, changes: dict[str, object]
) -> None:
    part = replace(housing, **changes)
    for process in knowledge.processes:
        assert codes(part, process, knowledge) == {"not_solid"}


def test_a_part_fits_lying_or_standing(knowledge: Knowledge) -> None:
    assert codes(box(590, 100, 100), "sls", knowledge) == set()
    assert codes(box(100, 100, 590), "sls", knowledge) == set()
    found = check(box(800, 100, 100), "sls", knowledge)
    assert [each.code for each in found] == ["too_large"]
    assert found[0].data["largest_mm"] == [700.0, 380.0, 580.0]


def test_a_part_too_long_as_drawn_may_fit_turned(knowledge: Knowledge) -> None:
    slanted = replace(box(760, 760, 30), volume_mm3=50_000.0)
    assert "too_large" in codes(slanted, "sls", knowledge)
    assert "too_large" not in codes(replace(slanted, min_box_mm=(650.0, 300.0, 30.0)), "sls", knowledge)


def test_limits_of_length(knowledge: Knowledge) -> None:
    assert "too_long" in codes(box(370, 50, 50), "mjf", knowledge)
    assert "too_small" in codes(box(2, 2, 2), "sls", knowledge)


def test_round_parts_are_turned_and_others_are_not(knowledge: Knowledge) -> None:
    assert codes(cylinder(30, 80), "cnc-turning", knowledge) == set()
    assert codes(cylinder(80, 10), "cnc-turning", knowledge) == set()
    assert codes(cone(40, 60), "cnc-turning", knowledge) == set()
    assert codes(box(30, 30, 80), "cnc-turning", knowledge) == {"not_round"}
    assert codes(box(30, 50, 80), "cnc-turning", knowledge) == {"not_round"}
    assert codes(replace(cone(40, 60), projected_area_mm2=None), "cnc-turning", knowledge) == {"not_round"}


def test_plates_are_cut_from_sheet_and_others_are_not(knowledge: Knowledge) -> None:
    assert codes(box(100, 60, 3), "sheet-laser", knowledge) == set()
    assert codes(cylinder(50, 2), "sheet-laser", knowledge) == set()
    assert codes(cone(50, 3), "sheet-laser", knowledge) == {"not_flat"}
    assert "not_flat" in codes(box(100, 3, 3), "sheet-laser", knowledge)
    assert "too_thick" in codes(box(200, 200, 30), "sheet-laser", knowledge)
    assert codes(replace(box(100, 60, 3), projected_area_mm2=None), "sheet-laser", knowledge) == {"not_flat"}


def test_a_thickness_nobody_stocks_goes_to_a_person(book: PriceBook, knowledge: Knowledge) -> None:
    with pytest.raises(NotPriced) as caught:
        price(box(100, 60, 7), Recipe("sheet-laser", "steel-304"), 1, "standard", book, knowledge)
    assert caught.value.code == "thickness_not_stocked"
    assert 7 not in caught.value.data["stock_mm"]
    assert price(box(100, 60, 6), Recipe("sheet-laser", "steel-304"), 1, "standard", book, knowledge).total > 0


def test_what_a_mill_cannot_reach_goes_to_a_person(knowledge: Knowledge) -> None:
    assert codes(box(50, 40, 30), "cnc-milling", knowledge) == set()
    lattice = PartFacts(4_000, 60_000, (50, 40, 30), 60_000)
    assert {"too_intricate"} <= codes(lattice, "cnc-milling", knowledge)
    assert codes(replace(lattice, volume_mm3=2_000.0), "cnc-milling", knowledge) == {"mostly_removed", "too_intricate"}
    assert codes(replace(lattice, volume_mm3=2_000.0), "vacuum-casting", knowledge) == {"too_open"}


def test_several_bodies_are_printed_but_not_machined(knowledge: Knowledge) -> None:
    pair = replace(box(50, 40, 30), bodies=2)
    assert codes(pair, "sls", knowledge) == set()
    for process in ("cnc-milling", "vacuum-casting"):
        assert codes(pair, process, knowledge) == {"several_bodies"}


def test_thin_walls_warn(housing: PartFacts, knowledge: Knowledge) -> None:
    assert warnings(housing, "fdm", knowledge) == ()
    assert warnings(replace(housing, thin_wall_mm=2.0), "fdm", knowledge) == ()
    (found,) = warnings(replace(housing, thin_wall_mm=0.8), "fdm", knowledge)
    assert (found.code, found.data["limit_mm"]) == ("thin_wall", 1.2)


def test_a_closed_cavity_traps_powder_and_cannot_be_machined(housing: PartFacts, knowledge: Knowledge) -> None:
    hollow = replace(box(50, 40, 30), void_volume_mm3=1000.0, volume_mm3=59_000.0)
    assert codes(hollow, "cnc-milling", knowledge) == {"closed_cavity"}
    (found,) = warnings(hollow, "sls", knowledge)
    assert (found.code, found.data["opening_mm"]) == ("trapped_material", 3.5)
    assert warnings(hollow, "fdm", knowledge) == ()


def test_measurements_become_facts() -> None:
    measured = {
        "size_mm": [10, 20, 30],
        "volume_mm3": 3000.0,
        "area_mm2": 2200,
        "hull_volume_mm3": 6000,
        "bodies": 2,
        "projected_area_mm2": [1, 2, 3],
        "min_box_mm": [30, 20, 10],
        "thin_wall_mm": 1.5,
        "void_volume_mm3": 7.0,
        "printable": True,
    }
    assert PartFacts.from_measurement(measured) == PartFacts(
        3000, 2200, (10, 20, 30), 6000, 2, (1, 2, 3), (30, 20, 10), 1.5, 7.0, True
    )
    bare = PartFacts.from_measurement({"size_mm": (10, 20, 30), "volume_mm3": None, "area_mm2": 5, "watertight": False})
    assert (bare.volume_mm3, bare.hull_volume_mm3, bare.solid) == (0, 6000, False)
