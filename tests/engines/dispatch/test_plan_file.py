"""A plan file is read with faults named, the schema says the same, and a change leaves the rest of a plan alone."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest
from dispatch_networks import MONDAY, SHENZHEN, SUZHOU, job, maker, random_jobs, random_makers, sls

from penstock.cli import main
from penstock.engines import dispatch
from penstock.engines.dispatch import (
    DispatchError,
    Policy,
    compare,
    plan,
    read_plan_file,
    replan,
    verify_plan,
    without_machine,
)

EXAMPLE = Path(__file__).parents[3] / "docs" / "examples" / "plan.json"
AT_ONCE = Policy(min_fill=0.0)


def test_the_example_follows_the_schema_and_its_plan_is_shown(capsys):
    document = json.loads(EXAMPLE.read_text())
    jsonschema.validate(document, dispatch.schema())
    assert main(["dispatch", str(EXAMPLE), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert {given["job_id"] for given in told["assignments"]} >= {"bracket", "cover"}
    [mast] = told["unassigned"]
    assert mast["job_id"] == "mast"
    assert "too_large" in {reason["code"] for reason in mast["reasons"]}
    assert all(reason["text"] for given in told["assignments"] for reason in given["reasons"])
    assert told["builds"][0]["placements"]
    assert main(["dispatch", str(EXAMPLE)]) == 0
    assert "bracket" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda d: d["jobs"][1].pop("due"), "jobs[1].due is missing"),
        (lambda d: d["jobs"][0].update(quantity="many"), "jobs[0].quantity is 'many', not a whole number"),
        (lambda d: d["jobs"][0].update(due="2026-03-11T18:00:00"), "jobs[0].due has no time zone"),
        (lambda d: d["jobs"][0].update(size_mm=[1, 2]), "jobs[0].size_mm has 2 entries, not 3"),
        (lambda d: d["makers"][0]["machines"][0].update(colour="red"), "makers[0].machines[0].colour is not known"),
        (lambda d: d["makers"][0].update(machines={}), "makers[0].machines is not a list"),
        (lambda d: d.update(policy=3), "policy is not an object"),
    ],
)
def test_a_fault_names_the_entry_and_the_field(spoil, told, tmp_path, capsys):
    document = json.loads(EXAMPLE.read_text())
    spoil(document)
    with pytest.raises(DispatchError) as refused:
        read_plan_file(document)
    assert told in str(refused.value)
    path = tmp_path / "spoilt.json"
    path.write_text(json.dumps(document))
    assert main(["dispatch", str(path)]) == 1
    assert told in capsys.readouterr().err


def test_a_decline_and_a_rush_order_leave_everything_else_as_it_was():
    network, wanted = random_makers(5, 8, 20), random_jobs(6, 60, 8)
    before = plan(wanted, network, now=MONDAY, policy=AT_ONCE, layouts=False)
    refused = before.builds[len(before.builds) // 2]
    after = replan(before, wanted, network, now=MONDAY, policy=AT_ONCE, declined=[refused.id])
    kept = {build.id: build for build in after.builds}
    assert all(kept[build.id] == build for build in before.builds if build.id != refused.id)
    assert refused.id not in kept
    touched = {line.job_id for line in refused.lines}
    new = [given for given in after.assignments if given.build_id not in {build.id for build in before.builds}]
    assert refused.maker_id not in {given.maker_id for given in new if given.job_id in touched}
    assert verify_plan(after, wanted, network, MONDAY) == ()
    rush = replace(wanted[0], id="rush")
    more = replan(after, [*wanted, rush], network, now=MONDAY, policy=AT_ONCE, added=["rush"])
    assert verify_plan(more, [*wanted, rush], network, MONDAY) == ()


def test_what_if_a_machine_is_down():
    network = [maker("near", SUZHOU, sls()), maker("far", SHENZHEN, sls())]
    before = plan([job()], network, now=MONDAY, policy=AT_ONCE)
    after = plan([job()], without_machine(network, "near", "m"), now=MONDAY, policy=AT_ONCE)
    difference = compare(before, after)
    assert difference.moved == (("j", "near", "far"),)
    assert difference.cost > 0
    with pytest.raises(DispatchError, match="no machine"):
        without_machine(network, "near", "ghost")
