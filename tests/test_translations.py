"""Every language says everything: no string is missing, and none loses or invents a value."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parent.parent
LOCALES = ROOT / "src" / "penstock" / "hub" / "locale"
LANGUAGES = sorted(LOCALES.glob("*/LC_MESSAGES/django.po"))
VALUE = re.compile(r"%\(\w+\)[-+.\d]*[a-z]|%[-+.\d]*[a-z%]|\{\w*\}|<[^>]+>")


def read(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file)


def forms(text: object) -> list[str]:
    return [str(form) for form in text] if isinstance(text, tuple | list) else [str(text)]


def values(message: Message, text: str) -> list[str]:
    # A sentence that is never formatted may well say "100 %".
    return sorted(set(VALUE.findall(text))) if message.python_format or "{" in text or "<" in text else []


@pytest.fixture(scope="module")
def said() -> Catalog:
    """What the hub says today, read off its source."""
    sys.path.insert(0, str(ROOT / "scripts"))
    from django.conf import settings
    from messages import catalogue

    assert settings.configured
    return catalogue()


def test_there_is_chinese() -> None:
    assert [path.parent.parent.name for path in LANGUAGES] == ["zh_Hans"]


@pytest.mark.parametrize("path", LANGUAGES, ids=lambda path: path.parent.parent.name)
def test_nothing_is_left_untranslated(path: Path, said: Catalog) -> None:
    language = read(path)
    missing = [
        message.id
        for message in said
        if message.id
        and not ((found := language.get(forms(message.id)[0], message.context)) and all(forms(found.string or "")))
    ]
    assert not missing, f"run `make messages` and translate: {missing}"


@pytest.mark.parametrize("path", LANGUAGES, ids=lambda path: path.parent.parent.name)
def test_a_translation_names_the_values_of_its_sentence(path: Path) -> None:
    wrong = [
        (form, translation)
        for message in read(path)
        if message.id
        for form in forms(message.id)[-1:]
        for translation in forms(message.string or "")
        if translation and values(message, form) != values(message, translation)
    ]
    assert not wrong
