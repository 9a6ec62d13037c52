"""Buyers' pages in another language: no sentence of an engine and no name of the catalogue is left in English."""

from __future__ import annotations

import html
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from penstock.engines import knowledge
from penstock.hub.core import engine_words, jobs
from penstock.hub.core.engine_sentences import CATALOGUE, SENTENCES
from penstock.hub.parts.models import Revision
from penstock.hub.quotes.models import Quote
from penstock.hub.web import labels

# Marked text, the innermost first.
MARKED = re.compile(r"⟦[^⟦⟧]*⟧")
LITERALS = sorted(
    {piece.strip() for each in (*SENTENCES, *CATALOGUE) for piece in engine_words.SLOT.split(each)[::2]},
    key=len,
)
# What says enough to be known for an engine's: two words in small letters, one of them not short (“of the” is in any
# English). So numbers, codes, units and names of file formats may stand as they are. The labels of a price are the
# hub's own words.
OWN = set(map(str, labels.PRICE_ITEMS.values()))
TELLING = [
    each
    for each in LITERALS
    if len(words := re.findall(r"\b[a-z]{2,}\b", each)) >= 2 and max(map(len, words)) > 3 and each not in OWN
]


@pytest.fixture
def marked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_words, "gettext", lambda text: f"⟦{text}⟧")


def unmarked(page: str) -> str:
    """What is left of a page's text without what was translated and without its tags."""
    text = html.unescape(re.sub(r"<[^>]*>", " ", page))
    while MARKED.search(text):
        text = MARKED.sub("", text)
    return text


def english_in(page: str) -> list[str]:
    text = unmarked(page)
    return [each for each in TELLING if each in text]


def upload(browser: Client, name: str, content: bytes) -> Revision:
    browser.post("/parts/upload", {"file": SimpleUploadedFile(name, content)})
    jobs.drain()
    return Revision.objects.across_tenants().get(filename=name)


def test_the_check_sees_a_sentence_that_is_not_translated(buyer, browser):
    page = browser.get(f"/parts/{buyer.part_uid}").content.decode()
    assert "The file does not state its unit" in unmarked(page)
    assert english_in(page)


def test_the_part_page(buyer, browser, marked):
    page = browser.get(f"/parts/{buyer.part_uid}").content.decode()
    assert "⟦The file does not state its unit" in page
    assert english_in(page) == []


def test_a_refusal(browser, marked):
    revision = upload(browser, "broken.stl", b"solid nothing\nendsolid nothing\n")
    for address in ("/parts/", f"/parts/{revision.part.uid}"):
        page = browser.get(address).content.decode()
        assert "⟦The STL file contains no triangles" in page
        assert english_in(page) == []


def test_the_table_of_prices_and_what_cannot_make_it(buyer, browser, marked):
    answer = browser.post(f"/quotes/of/{buyer.revision.uid}", {})
    page, quote = answer.content.decode(), answer.context["quote"]
    assert quote.obstacles
    assert english_in(page) == []
    shown = {option.material for option in quote.options.all()}
    left = unmarked(page)
    assert [code for code in shown if len(name := knowledge.default().materials[code].name) > 5 and name in left] == []


def test_how_a_price_comes_about(buyer, browser, marked):
    browser.post(f"/quotes/of/{buyer.revision.uid}", {})
    quote = Quote.objects.across_tenants().get()
    seen = set()
    for option in quote.options.all():
        if option.process not in seen:
            seen.add(option.process)
            page = browser.get(f"/quotes/{quote.uid}/price/{option.uid}?quantity=1&lead=standard").content.decode()
            assert "of builds fail⟧" in page
            assert english_in(page) == []
    assert len(seen) > 3


def test_the_front_page(client, marked, db):
    page = client.get("/").content.decode()
    assert page.count("⟦") > 20
    assert english_in(page) == []
