"""Where a thing is shown, by its public id: what a statement's line, a message or a search result is about."""

from __future__ import annotations

from django.urls import NoReverseMatch, reverse

# Prefix of the public id → name of the page's address.
PAGES = {
    "prt": "part",
    "quo": "quote",
    "rfq": "request",
    "ord": "order",
    "off": "offer",
    "bld": "build",
    "job": "job",
    "mac": "machine",
    "shp": "parcel",
    "stm": "statement",
    "qst": "question",
}


def url_of(uid: str) -> str:
    """The page of this thing; empty when things of its kind have none."""
    try:
        return reverse(PAGES[uid.partition("_")[0]], args=[uid])
    except (KeyError, NoReverseMatch):
        return ""
