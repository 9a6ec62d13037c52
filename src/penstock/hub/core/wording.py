"""How the values in an event's payload are said to people: amounts, days and moments in the reader's language.

Payloads keep what programs read (decimal strings, ISO dates); a sentence is worded when it is read.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from django.utils import formats, timezone
from django.utils.translation import get_language, to_locale
from moneyed import Money
from moneyed.l10n import format_money

from .money import money

Wording = Callable[[Any], str]


def money_in_words(amount: Money) -> str:
    """An amount with its currency as the reader's language writes it."""
    return format_money(amount, locale=to_locale(get_language() or "en"))


def day_in_words(iso: str) -> str:
    return formats.date_format(date.fromisoformat(iso), "DATE_FORMAT")


def moment_in_words(iso: str) -> str:
    moment = datetime.fromisoformat(iso)
    return formats.date_format(timezone.localtime(moment) if timezone.is_aware(moment) else moment, "DATETIME_FORMAT")


# Keys that mean the same in every room's payloads.
DATES: Mapping[str, Wording] = {
    "promised_on": day_in_words,
    "expected_on": day_in_words,
    "deadline": moment_in_words,
}
AMOUNTS = ("amount", "total")


def in_words(payload: Mapping[str, Any], wordings: Mapping[str, Wording]) -> defaultdict[str, Any]:
    """The payload as its sentence shows it; a key it lacks reads as nothing."""
    words: defaultdict[str, Any] = defaultdict(str, payload)
    for key, wording in {**DATES, **wordings}.items():
        if words.get(key):
            words[key] = wording(words[key])
    for key in AMOUNTS:
        if words.get(key) and words.get("currency"):
            words[key] = money_in_words(money(words[key], words["currency"]))
    return words
