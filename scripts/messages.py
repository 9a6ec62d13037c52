"""Collect every string of the hub that people read, for translators: `make messages` writes `hub/locale/django.pot`
and brings each language's `django.po` up to date: what is new is empty there, what is gone is dropped.

Django's own `makemessages` needs the gettext tools of the system; this needs only Babel. Python is read by Babel,
templates are turned into something it can read by Django. What the engines say is collected first.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import engine_sentences
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.utils.translation.template import templatize

HUB = Path(__file__).resolve().parent.parent / "src" / "penstock" / "hub"
TARGET = HUB / "locale" / "django.pot"
PLURAL, CONTEXT = (1, 2), ((1, "c"), 2)
KEYWORDS = {
    **dict.fromkeys(("_", "_lazy", "gettext", "gettext_lazy", "gettext_noop")),
    **dict.fromkeys(("ngettext", "ngettext_lazy"), PLURAL),
    **dict.fromkeys(("pgettext", "pgettext_lazy"), CONTEXT),
    "npgettext": ((1, "c"), 2, 3),
}
# A date of its own in every run would be a change in every run.
WRITTEN = datetime(2026, 1, 1, tzinfo=UTC)


def catalogue() -> Catalog:
    """Every message with the files it is in."""
    found = Catalog(project="penstock", copyright_holder="Penstock", charset="utf-8", creation_date=WRITTEN)
    for path, source in _sources():
        place = path.relative_to(HUB).as_posix()
        for line, message, comments, context in extract("python", io.BytesIO(source), KEYWORDS, ["Translators:"]):
            found.add(message, None, [(place, line)], auto_comments=comments, context=context)
    return found


def _sources() -> Iterator[tuple[Path, bytes]]:
    for path in sorted(HUB.rglob("*.py")):
        if "migrations" not in path.parts:
            yield path, path.read_bytes()
    for path in sorted([*HUB.rglob("templates/**/*.html"), *HUB.rglob("templates/**/*.txt")]):
        readable = templatize(path.read_text(), origin=str(path))
        # Babel reads Python, to which the indentation of a template would be an error.
        yield path, "\n".join(line.strip() for line in readable.splitlines()).encode()


def main() -> None:
    engine_sentences.TARGET.write_text(engine_sentences.module())
    if not settings.configured:
        settings.configure(USE_I18N=False)
    TARGET.parent.mkdir(exist_ok=True)
    found = catalogue()
    _write(found, TARGET)
    print(f"{len(found)} messages in {TARGET.relative_to(HUB.parent.parent.parent)}")
    for path in sorted(TARGET.parent.glob("*/LC_MESSAGES/django.po")):
        with path.open("rb") as file:
            language = read_po(file, locale=path.parent.parent.name)
        # A near match is another sentence: a wrong translation is worse than none.
        language.update(found, no_fuzzy_matching=True, update_creation_date=False)
        language.obsolete.clear()
        _write(language, path)
        missing = sum(1 for message in language if message.id and not is_translated(message))
        print(f"{path.parent.parent.name}: {missing} to translate")


def is_translated(message: Message) -> bool:
    """Whether every form of it says something."""
    forms = message.string if isinstance(message.string, tuple | list) else [message.string]
    return bool(forms) and all(forms)


def _write(messages: Catalog, path: Path) -> None:
    with path.open("wb") as file:
        write_po(file, messages, width=120, sort_output=True, include_lineno=False)


if __name__ == "__main__":
    main()
