"""The shipped knowledge loads, and every kind of fault in a data file is named with file, entry and reason."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import yaml

from penstock.engines import knowledge
from penstock.engines.knowledge import KnowledgeError, loading


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return Path(shutil.copytree(loading.DATA, tmp_path / "data"))


def edit(path: Path, code: str, **changes: object) -> None:
    """Changes fields of one entry; a dotted field reaches into its facts."""
    document = yaml.safe_load(path.read_text())
    entries = document if isinstance(document, list) else [document]
    entry = next(each for each in entries if each["code"] == code)
    for field, value in changes.items():
        if field.startswith("fact_"):
            entry["facts"][field.removeprefix("fact_")].update(value)
        else:
            entry[field] = value
    path.write_text(yaml.safe_dump(document))


def problems(root: Path) -> list[str]:
    with pytest.raises(KnowledgeError) as caught:
        knowledge.load(root)
    return list(caught.value.problems)


def test_shipped_data_covers_what_it_promises() -> None:
    found = knowledge.default()
    assert len(found.processes) >= 12
    assert len(found.materials) >= 40
    assert len(found.machines) >= 30
    assert {each.code for each in found.finishes.values()} >= {
        "bead-blasting",
        "dyeing",
        "vapour-smoothing",
        "painting",
        "plating",
        "anodising",
        "machining-to-size",
    }
    for process in found.processes.values():
        assert process.good_for
        assert process.not_for
        assert found.machines_for(process.code), process.code
        assert found.materials_for(process.code), process.code
        assert found.limits(process.code), process.code


def test_every_shipped_number_says_whether_it_is_an_estimate() -> None:
    found = knowledge.default()
    facts = [
        *(limit.fact for limit in found.all_limits),
        *(
            fact
            for material in found.materials.values()
            for fact in (*material.facts.values(), *material.flags.values())
        ),
        *(fact for machine in found.machines.values() for fact in machine.facts.values()),
        *(fact for finish in found.finishes.values() for fact in finish.facts.values()),
    ]
    assert len(facts) > 300
    for fact in facts:
        assert fact.estimate or found.sources[fact.source].is_firm


def test_lookups() -> None:
    found = knowledge.default()
    assert found.process("sls").iso == "PBF-LB/P"
    assert found.material("316l").density_g_cm3 == pytest.approx(7.95)
    assert {process.code for process, material in found.recipes() if material.code == "316l"} == {"slm", "bjt"}
    assert "dyeing" in {each.code for each in found.finishes_for("sls", "pa12")}
    assert "dyeing" not in {each.code for each in found.finishes_for("sls", "tpu-sls")}
    assert found.finishes_for("slm", "pa12") == ()
    assert found.largest_chamber("mjf") == (380, 284, 380)
    assert found.material("pa12").flag("transparent") is None
    with pytest.raises(KeyError):
        found.process("teleport")


def test_version_follows_the_content(data: Path) -> None:
    assert knowledge.load(data).version == knowledge.default().version
    edit(data / "materials" / "powders.yaml", "pa12", fact_density={"value": 0.95})
    assert knowledge.load(data).version != knowledge.default().version


POWDERS = "materials/powders.yaml"


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"fact_density": {"unit": "furlong"}}, "unknown unit 'furlong'"),
        ({"fact_density": {"unit": "mm"}}, "is in mm, expected g/cm3"),
        ({"fact_density": {"value": 930}}, "930 g/cm3, out of range 0.05 to 23"),
        ({"fact_density": {"value": "light"}}, "must be one number, found 'light'"),
        ({"fact_density": {"value": float("nan")}}, "must be one number"),
        ({"fact_density": {"value": True}}, "must be one number"),
        ({"fact_density": {"source": "hearsay"}}, "names the source 'hearsay'"),
        ({"fact_density": {"estimate": False}}, "must say `estimate: true`"),
        ({"fact_density": {"colour": "red"}}, "unknown field(s) colour"),
        ({"facts": {}}, "`density` is missing"),
        ({"facts": {"weight": {}}}, "`weight` is no known quantity"),
        ({"processes": ["sls", "teleport"]}, "names the process 'teleport', which does not exist"),
        ({"processes": ["sls", "sls"]}, "names something twice"),
        ({"name": ""}, "`name` must be text"),
        ({"price": 3}, "`price` is not a field"),
    ],
)
def test_a_fault_in_a_material_is_named(data: Path, changes: dict[str, object], why: str) -> None:
    edit(data / POWDERS, "pa12", **changes)
    found = problems(data)
    assert any(each.startswith(f"{POWDERS}, pa12, ") and why in each for each in found), found


def test_missing_source_is_named(data: Path) -> None:
    path = data / POWDERS
    document = yaml.safe_load(path.read_text())
    del document[0]["facts"]["density"]["source"]
    path.write_text(yaml.safe_dump(document))
    assert any("`density` has no source" in each for each in problems(data))


def test_duplicate_code_is_named(data: Path) -> None:
    path = data / "machines.yaml"
    document = yaml.safe_load(path.read_text())
    path.write_text(yaml.safe_dump([*document, document[0]]))
    assert problems(data) == ["machines.yaml, hp-5200, the code 'hp-5200' is used twice"]


def test_a_box_needs_three_numbers(data: Path) -> None:
    edit(data / "machines.yaml", "hp-5200", fact_build_volume={"value": [380, 284]})
    assert any("must be 3 numbers, found [380, 284]" in each for each in problems(data))


def test_dangling_finish_and_unknown_limit_are_named(data: Path) -> None:
    edit(data / "processes" / "sls.yaml", "sls", default_finishes=["glitter"], limits=[{"code": "mood", "value": 1}])
    found = problems(data)
    assert any("processes/sls.yaml, sls, names the finish 'glitter'" in each for each in found)
    assert any("a limit needs a message and a code among" in each for each in found)


def test_all_faults_are_listed_at_once(data: Path) -> None:
    edit(data / POWDERS, "pa12", fact_density={"value": -1})
    edit(data / "machines.yaml", "hp-5200", process="teleport")
    (data / "finishes.yaml").write_text("- code: [unclosed")
    files = {each.split(",")[0] for each in problems(data)}
    assert {POWDERS, "machines.yaml", "finishes.yaml"} <= files


def test_an_empty_directory_is_named(tmp_path: Path) -> None:
    assert any("no such file" in each for each in problems(tmp_path))
