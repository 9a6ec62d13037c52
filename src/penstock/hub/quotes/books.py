"""Price books as this installation keeps them: the version in force, read once per process and version."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from penstock.engines.pricing import PriceBook, default_book
from penstock.hub.core.money import network_currency

from .models import PriceBookVersion

# Versions never change, so what was read once stays true; there are few of them.
_books: dict[tuple[int, datetime], PriceBook] = {}


def current_book() -> tuple[PriceBookVersion, PriceBook]:
    """The version in force and its rates. A new installation starts with the engine's default as version 1."""
    version = PriceBookVersion.objects.order_by("-number").first() or _first_version()
    return version, book_of(version)


def book_of(version: PriceBookVersion) -> PriceBook:
    """A version's rates, checked and ready to price with."""
    key = (version.pk, version.created_at)
    if key not in _books:
        _books[key] = PriceBook.from_dict(version.document)
    return _books[key]


def in_currency(document: Mapping[str, Any], currency: str) -> dict[str, Any]:
    """The same price book counting in another of its currencies: rates stay as quoted, the exchange turns round.

    Raises ValueError when the document has no exchange rate for it.
    """
    turned = copy.deepcopy(dict(document))
    old, table = turned["currency"], turned["exchange"]
    if currency == old:
        return turned
    if currency not in table:
        raise ValueError(f"the price book has no exchange rate for {currency}")
    base = table.pop(currency)
    note = {key: value for key, value in base.items() if key != "rate"}
    turned["exchange"] = {code: {**entry, "rate": entry["rate"] / base["rate"]} for code, entry in table.items()}
    turned["exchange"][old] = {**note, "rate": 1 / base["rate"]}
    turned["currency"] = currency
    turned["version"] = f"{document['version']}-{currency}"
    return turned


def _first_version() -> PriceBookVersion:
    document = in_currency(default_book().to_dict(), network_currency())
    # Two processes may come first at the same moment: the number is unique, one of them writes it.
    version, _created = PriceBookVersion.objects.get_or_create(
        number=1, defaults={"document": document, "note": _("Penstock's starting values")}
    )
    return version
