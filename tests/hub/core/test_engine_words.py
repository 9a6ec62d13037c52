"""What the engines say in English is recognised and said in the reader's language."""

from __future__ import annotations

import importlib
import re
from pathlib import Path
from types import ModuleType

import pytest

from penstock.engines import dispatch, geometry, knowledge, pricing
from penstock.hub.core import engine_sentences, engine_words
from penstock.hub.core.engine_words import knows, say

ROOT = Path(__file__).resolve().parents[3]
PARTS = {
    "plate": pricing.PartFacts(48_000.0, 14_800.0, (100.0, 60.0, 8.0), 48_000.0, projected_area_mm2=(480, 800, 6000)),
    "bar": pricing.PartFacts(31_416.0, 6_283.0, (20.0, 20.0, 100.0), 31_416.0, projected_area_mm2=(2000, 2000, 314.2)),
    "sheet": pricing.PartFacts(6_000.0, 6_640.0, (60.0, 50.0, 2.0), 6_000.0, projected_area_mm2=(100, 120, 3000)),
    "odd sheet": pricing.PartFacts(5_199.0, 6_560.0, (60.0, 50.0, 1.733), 5_199.0, projected_area_mm2=(87, 104, 3000)),
    "huge": pricing.PartFacts(4e9, 1e8, (4000.0, 2000.0, 1000.0), 4e9),
    "tiny": pricing.PartFacts(0.001, 0.06, (0.1, 0.1, 0.1), 0.001, thin_wall_mm=0.1),
    "lattice": pricing.PartFacts(
        9_000.0, 500_000.0, (100.0, 100.0, 100.0), 900_000.0, bodies=3, thin_wall_mm=0.2, void_volume_mm3=120.0
    ),
    "open": pricing.PartFacts(0.0, 100.0, (10.0, 10.0, 10.0), 1000.0, solid=False),
}


@pytest.fixture(scope="module")
def collected() -> ModuleType:
    return script("engine_sentences")


def script(name: str) -> ModuleType:
    """A program of `scripts/`, which stands beside the package."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(ROOT / "scripts")
        return importlib.import_module(name)


@pytest.fixture
def marked(monkeypatch: pytest.MonkeyPatch) -> None:
    """A language in which every translated text stands in brackets."""
    monkeypatch.setattr(engine_words, "gettext", lambda text: f"⟦{text}⟧")


def test_the_templates_are_those_of_the_engines_and_the_data(collected):
    assert list(engine_sentences.SENTENCES) == collected.templates(), "run make messages"
    assert list(engine_sentences.CATALOGUE) == collected.catalogue(), "run make messages"


def test_every_sentence_that_carries_a_code_is_collected(collected):
    """Read from the source another way: by what stands in the calls that make findings, refusals and reasons."""
    calls = re.compile(
        r'(?:Refused|Finding|_obstacle|NotPriced)\(\s*"\w+",\s*(?:"(?:notice|warning|blocker)",\s*)?"([^"{]+)"'
    )
    found = [each for path in collected.ENGINES.rglob("*.py") for each in calls.findall(path.read_text())]
    assert len(found) > 30
    assert [each for each in found if each.endswith((".", "is")) and not knows(each)] == []


@pytest.mark.parametrize("template", engine_sentences.SENTENCES)
def test_without_a_translation_a_sentence_stays_as_it_was_said(template):
    sentence = engine_words.SLOT.sub(lambda slot: f"{len(slot[1])}.25", template)
    assert knows(sentence)
    assert say(sentence) == sentence


@pytest.mark.parametrize("part", PARTS)
def test_everything_pricing_says_is_known(part):
    known, book = knowledge.default(), pricing.default_book()
    said: set[str] = set()
    for row in pricing.price_table(PARTS[part], (1, 50), book, known):
        said |= {each.message for each in row.obstacles}
        said |= {item.basis for price in row.prices for item in price.breakdown if item.code != "lead_time"}
        said |= {item.label for price in row.prices for item in price.breakdown if item.code != "margin"}
    for process in known.processes:
        said |= {each.message for each in pricing.warnings(PARTS[part], process, known)}
    said = {each for each in said if engine_words.WORD.search(each)}
    assert said
    assert [each for each in said if not knows(each)] == []
    assert [each for each in said if say(each) != each] == []


def test_values_are_put_into_the_translation(monkeypatch):
    german = {
        "{bodies}": "",
        "The file contains {bodies} separate bodies; they are priced together as one part.": "{bodies} Körper.",
    }
    monkeypatch.setattr(engine_words, "gettext", lambda text: german.get(text, text))
    assert say("The file contains 1,204 separate bodies; they are priced together as one part.") == "1,204 Körper."


def test_sentences_in_a_row_are_each_translated(marked):
    text = (
        "The file does not state its unit. Read as millimetres the part would be only 2.5 mm long; in inches it would "
        "be 63.5 mm. Please confirm the unit."
    )
    assert knows(text)
    assert say(text).count("⟦") == 3


def test_words_within_a_sentence_are_translated_too(marked):
    assert say("The part is too large for bead blasting") == "⟦The part is too large for ⟦bead blasting⟧⟧"
    assert say("12 g of round bar with offcut") == "⟦12 g of ⟦round bar⟧ with offcut⟧"


def test_a_full_stop_in_a_firms_name_does_not_cut_the_sentence(marked):
    text = "Least cost of 4 able machines: 12.50 CNY less than Ningbo Rapid Co. Ltd on EOS P 396; 120 km to the buyer."
    assert say(f"{text} Arrives 2.0 days before it is due.").count("⟦") == 2


def test_what_no_engine_said_is_left_alone(marked):
    for text in ("Nordlicht bracket v3", "", "Please call me. It is urgent.", "{km} of %(nothing)s" + "x" * 5000):
        assert say(text) == text


def test_refusals_of_damaged_files_are_known(tmp_path):
    garbage = {
        "empty.stl": b"",
        "short.stl": b"\0" * 90 + b"\xff",
        "words.stl": b"solid a\nfacet normal 0 0 1\nouter loop\nvertex 0,5 0 0\n" * 9,
        "broken.3mf": b"PK\3\4 nothing",
        "bad.obj": b"v 1 2\nf 1 2 3\n",
        "far.obj": b"v 1e20 0 0\nv 0 1 0\nv 0 0 1\nf 1 2 3\n",
        "index.obj": b"v 0 0 0\nv 0 1 0\nv 0 0 1\nf 1 2 9\n",
        "letter.txt": b"Dear all,\n",
        "end.ply": b"ply\nformat ascii 1.0\n",
        "less.off": b"OFF\n4 4 0\n0 0 0\n",
    }
    for name, content in garbage.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(geometry.Refused) as refused:
            geometry.measure(tmp_path / name)
        assert knows(refused.value.message), refused.value.message
        assert say(refused.value.message) == refused.value.message


def test_findings_of_measured_files_are_known(shared_dir):
    for path in sorted((shared_dir / "models" / "hostile").iterdir()):
        if path.stat().st_size > 1_000_000 or path.suffix in (".tsv", ".md"):
            continue
        try:
            said = [each.message for each in geometry.measure(path).findings]
        except geometry.Refused as refused:
            said = [refused.message]
        assert [each for each in said if not knows(each)] == [], path.name


def test_reasons_of_dispatch_are_known():
    """The ones that were joined from several pieces, as the engine joins them."""
    for text in (
        "Shares a build with 3 other jobs: 41% full, 9.0 hours. "
        "It goes now because a job in it cannot wait any longer.",
        "Declined, or the offer lapsed: 2 machines at 1 maker.",
        "12.00 CNY more, most of it transport (30.00 against 18.00).",
        "Waits until 2026-03-02 08:00: its build is 12% full, 60% wanted.",
    ):
        assert knows(text)
        assert say(text) == text


def test_reasons_of_dispatch_count_and_name():
    one = dispatch.Reason("material", {"material": "resin-clear", "machines": 1, "makers": 1})
    assert str(one) == "Not for resin-clear: 1 machine at 1 maker."
    assert say(str(one)) == "Not for Clear resin: 1 machine at 1 maker."
    several = dispatch.Reason("process", {"process": "sls", "makers": 12})
    assert say(str(several)) == "No machine for SLS: 12 makers looked at."
    assert knows("1 machine")


def test_messages_are_collected_from_python_templates_and_engines():
    found = script("messages").catalogue()
    assert "As made" in found  # a filter
    assert "Not for:" in found  # a template
    assert found.get("%(n)s possibility").id == ("%(n)s possibility", "%(n)s possibilities")
    assert "The file contains {bodies} separate bodies; they are priced together as one part." in found
    assert "Rubber-like jetting photopolymer" in found
