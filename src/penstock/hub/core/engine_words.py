"""Says in the reader's language what an engine or the catalogue said in English.

The engines know no languages and what they said is stored as it was said: on a revision, a quote, a job. So a
sentence is recognised when it is shown, by the template it was made from, and its values are put into the
translated template. What is not recognised stays English.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache

from django.utils.translation import gettext

from penstock.engines import knowledge

from .engine_sentences import CATALOGUE, SENTENCES

SLOT = re.compile(r"\{(\w+)\}")
SENTENCE_END = re.compile(r"(?<=[.!?]) (?=[^a-z\s])")
WORD = re.compile(r"[^\W\d_]{2,}")
LONGEST = 2000  # what the engines say is shorter; more would cost time to look at


def say(text: str) -> str:
    """The text of an engine in the active language: one sentence or several, a label, or a name of the catalogue."""
    text = str(text or "")
    core = text.strip()
    if len(core) > LONGEST or not WORD.search(core):
        return text
    return text.replace(core, " ".join(map(_said, _sentences(core))))


def knows(text: str) -> bool:
    """Whether `say` has a template for every sentence of the text."""
    return all(_recognised(each) for each in _sentences(text.strip()))


def _said(sentence: str) -> str:
    found = _recognised(sentence)
    if found is None:
        return sentence
    template, values = found
    said = SLOT.sub(lambda slot: _value(slot[1], values[slot[1]]) if slot[1] in values else slot[0], gettext(template))
    # A name within a sentence is written small.
    return said.lower() if not values and sentence != template else said


def _value(slot: str, value: str) -> str:
    """What stands in a slot, in the reader's language; a code by the name it has in the catalogue."""
    known = knowledge.default()
    process = known.processes.get(value) if slot == "process" else None
    if process is not None:
        return say(process.trade_name or process.name)
    named = {"material": known.materials, "finish": known.finishes}.get(slot, {}).get(value)
    return say(named.name if named is not None else value)


@lru_cache(maxsize=4096)
def _recognised(text: str) -> tuple[str, dict[str, str]] | None:
    """The template of one sentence and the values in it."""
    if text in _names():
        return _names()[text], {}
    for template, words, pattern in _patterns():
        # Looking for the words first spares nearly all of the matching.
        if words in text and (match := pattern.fullmatch(text)):
            return template, match.groupdict()
    return None


def _sentences(text: str) -> list[str]:
    """Cut at full stops, but not at one within a value, as in a firm's name."""
    pieces = SENTENCE_END.split(text)
    found = []
    while pieces:
        length = next((n for n in range(1, len(pieces) + 1) if _recognised(" ".join(pieces[:n]))), 1)
        found.append(" ".join(pieces[:length]))
        pieces = pieces[length:]
    return found


@cache
def _names() -> dict[str, str]:
    """What has no values in it, as written and in small letters."""
    fixed = [*CATALOGUE, *(each for each in SENTENCES if not SLOT.search(each))]
    return {each.lower(): each for each in fixed} | {each: each for each in fixed}


@cache
def _patterns() -> tuple[tuple[str, str, re.Pattern[str]], ...]:
    """Templates with values, each with its longest piece without one; those that say most themselves first."""
    with_values = [each for each in SENTENCES if SLOT.search(each)]
    by_words = sorted(with_values, key=lambda each: -len(SLOT.sub("", each)))
    return tuple((each, max(SLOT.split(each)[::2], key=len), re.compile(_pattern(each))) for each in by_words)


def _pattern(template: str) -> str:
    literals_and_slots = SLOT.split(template)
    return "".join(
        rf"(?P<{each}>.+?)" if index % 2 else re.escape(each) for index, each in enumerate(literals_and_slots)
    )
