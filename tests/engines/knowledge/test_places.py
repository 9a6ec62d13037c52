"""Cities are found by many names, offline; distances are the great circle's."""

from __future__ import annotations

import pytest

from penstock.engines.knowledge.places import City, distance_km, find_city, suggest


def found(name: str, country: str | None = None) -> City:
    city = find_city(name, country)
    assert city is not None, name
    return city


@pytest.mark.parametrize("name", ["Shenzhen", "shenzhen", "深圳", " Shenzhen "])
def test_one_city_has_many_names(name: str) -> None:
    assert (found(name).name, found(name).country) == ("Shenzhen", "CN")


def test_accents_do_not_matter() -> None:
    assert found("Sao Paulo") == found("São Paulo")
    assert found("München") == found("Munich")


def test_the_largest_of_a_name_unless_a_country_is_named() -> None:
    assert found("Paris").country == "FR"
    assert found("Paris", "us").country == "US"
    assert found("London", "CA").latitude == pytest.approx(42.98, abs=0.1)


def test_a_proper_name_goes_before_a_larger_city_also_known_by_it() -> None:
    for name in ("Suzhou", "Hangzhou", "Dongguan"):
        assert found(name).name == name


def test_nothing_found_gives_suggestions() -> None:
    assert find_city("Shenzen-by-the-sea") is None
    assert find_city("") is None
    assert suggest("Hangzou")[0].name == "Hangzhou"
    assert suggest("qqqqqqqq") == ()


def test_distance() -> None:
    shanghai, beijing = found("Shanghai"), found("Beijing")
    assert distance_km(shanghai, beijing) == pytest.approx(1067, rel=0.01)
    assert distance_km(beijing, shanghai) == pytest.approx(distance_km(shanghai, beijing))
    assert distance_km(shanghai, shanghai) == 0
    # a quarter and a half of the way round a sphere of the mean radius 6371.0088 km
    assert distance_km((0, 0), (0, 90)) == pytest.approx(10007.557, rel=1e-6)
    assert distance_km((0, 0), (0, 180)) == pytest.approx(20015.114, rel=1e-6)
