"""The map that pages draw themselves: true in direction and proportion, legible, never outside its frame."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from penstock.engines.knowledge.places import distance_km, find_city
from penstock.hub.web.maps import Place, Way, drawn

NAMES = ("Shanghai", "Suzhou", "Hangzhou", "Guangzhou")


def cities(*names: str) -> list[Place]:
    return [Place(name, (city := find_city(name)).latitude, city.longitude, "maker") for name in names]


def test_distances_are_in_proportion_and_north_is_up() -> None:
    places = cities(*NAMES)
    dots = drawn(places).dots
    scales = [
        math.hypot(dots[a].x - dots[b].x, dots[a].y - dots[b].y)
        / distance_km((places[a].latitude, places[a].longitude), (places[b].latitude, places[b].longitude))
        for a in range(4)
        for b in range(a)
    ]
    assert max(scales) / min(scales) < 1.1
    assert dots[3].y > dots[2].y > dots[0].y, "Guangzhou is south of Hangzhou, which is south of Shanghai"
    assert dots[1].x < dots[0].x, "Suzhou is west of Shanghai"


def test_names_do_not_lie_on_each_other_and_a_city_is_named_once() -> None:
    near = [Place("Wuxi", 31.57, 120.29 + n / 1000, "maker", weight=n / 10) for n in range(5)]
    found = drawn([*near, *cities("Guangzhou")])
    assert [dot.place.weight for dot in found.dots if dot.is_named and dot.place.name == "Wuxi"] == [0.4]
    assert found.dots[-1].is_named


def test_a_way_leads_from_place_to_place_and_nowhere_is_no_way() -> None:
    found = drawn(cities("Shanghai", "Suzhou"), [Way(0, 1, "in_transit"), Way(1, 1, "planned")])
    (line,) = found.lines
    assert line.path.startswith(f"M{found.dots[0].x} {found.dots[0].y} ")
    assert line.path.endswith(f" {found.dots[1].x} {found.dots[1].y}")


def test_nothing_to_show_is_no_map() -> None:
    assert drawn([]) is None


@given(st.lists(st.tuples(st.floats(-85, 85), st.floats(-180, 180), st.floats(0, 1)), min_size=1, max_size=12))
def test_every_place_is_inside(found: list[tuple[float, float, float]]) -> None:
    made = drawn([Place("somewhere", *at, "buyer", weight=weight) for *at, weight in found])
    assert all(0 <= dot.x <= made.width and 0 <= dot.y <= made.height for dot in made.dots)
