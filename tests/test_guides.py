"""The guides say what the code does: their calls exist in the API, their state tables are the code's, all is found."""

from __future__ import annotations

import json
import re
import shlex
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import jsonschema_rs
import pytest
from django.conf import settings

from penstock import cli
from penstock.engines import knowledge
from penstock.hub.api.api import api
from penstock.hub.core.transitions import Lifecycle

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
SHELL = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)#\s]+)[^)]*\)")
PREFIX = "/api/v1"


def calls() -> list[Any]:
    """Every `curl … $API/…` in the documentation, as its words."""
    lines = (
        (page.stem, line)
        for page in sorted(DOCS.rglob("*.md"))
        for block in SHELL.findall(page.read_text())
        for line in block.replace("\\\n", " ").splitlines()
    )
    return [pytest.param(line, id=f"{page}: {line[5:90]}") for page, line in lines if re.match(r"curl .*\$API", line)]


@pytest.fixture(scope="module")
def description() -> dict[str, Any]:
    return json.loads(json.dumps(api.get_openapi_schema()))


@pytest.mark.parametrize("line", calls())
def test_call_is_in_the_api(line: str, description: dict[str, Any]) -> None:
    words = shlex.split(line.partition(" > ")[0])
    url = urlsplit(next(word for word in words if word.startswith("$API")).replace("$API", PREFIX))
    body = words[words.index("--json") + 1] if "--json" in words else None
    method = words[words.index("-X") + 1] if "-X" in words else "POST" if body or "-F" in words else "GET"
    operation = _operation(description, method, url.path)
    known = {each["name"] for each in operation.get("parameters", ()) if each["in"] == "query"}
    assert {name for name, _value in parse_qsl(url.query)} <= known
    content = operation.get("requestBody", {}).get("content", {})
    if body is None:
        assert "application/json" not in content, "this verb needs a body"
    elif not body.startswith("@"):
        schema = {**content["application/json"]["schema"], "components": description["components"]}
        jsonschema_rs.validator_for(schema).validate(json.loads(body))
        assert set(json.loads(body)) <= _fields(schema, description), "a field that the schema does not know"


def _operation(description: dict[str, Any], method: str, path: str) -> dict[str, Any]:
    fitting = [
        operations[method.lower()]
        for template, operations in description["paths"].items()
        if method.lower() in operations and re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), path)
    ]
    assert fitting, f"the API knows no {method} {path}"
    return fitting[0]


def _fields(schema: dict[str, Any], description: dict[str, Any]) -> set[str]:
    name = schema["$ref"].rpartition("/")[2]
    return set(description["components"]["schemas"][name]["properties"])


def lifecycles() -> dict[str, Lifecycle]:
    found = {}
    for room in settings.ROOMS:
        name = f"penstock.hub.{room}.states"
        if find_spec(name):
            values = vars(import_module(name)).values()
            found.update({each.name: each for each in values if isinstance(each, Lifecycle)})
    return found


def as_table(lifecycle: Lifecycle) -> str:
    rows = ["| State | Moves |", "| --- | --- |"]
    for state, moves in lifecycle.table.items():
        told = " · ".join(f"{verb} → {after}" for verb, after in moves.items()) or "final"
        rows.append(f"| {state} | {told} |")
    return "\n".join(rows)


@pytest.mark.parametrize("name", sorted(lifecycles()))
def test_state_table_is_the_codes(name: str) -> None:
    wanted = f"### {name.capitalize()}\n\n{as_table(lifecycles()[name])}\n"
    assert wanted in (DOCS / "concepts.md").read_text(), f"docs/concepts.md should say:\n\n{wanted}"


def test_every_page_is_found_from_the_index() -> None:
    waiting, seen = [DOCS / "index.md"], set()
    while waiting:
        page = waiting.pop()
        if page in seen or page.suffix != ".md" or not page.is_relative_to(DOCS):
            continue
        seen.add(page)
        waiting += [(page.parent / target).resolve() for target in LINK.findall(page.read_text()) if ":" not in target]
    assert set(DOCS.rglob("*.md")) - seen == set()


def test_readme_shows_what_the_command_prints(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    readme = (ROOT / "README.md").read_text()
    command, shown = re.search(
        r"^```console\n\$ penstock (.*)\n```\n\n```text\n(.*?)^```", readme, re.M | re.S
    ).groups()
    monkeypatch.chdir(ROOT)
    assert cli.main(shlex.split(command)) == 0
    printed = [line.split() for line in capsys.readouterr().out.splitlines()]
    lines = [line for line in shown.splitlines() if line.strip(" …")]
    assert len(lines) > 8
    assert [line for line in lines if line.split() not in printed] == []


def test_readme_counts_the_knowledge() -> None:
    known = knowledge.default()
    counts = (len(known.processes), len(known.materials), len(known.finishes), len(known.machines))
    assert (
        "{} processes, {} materials, {} finishes, {} machine models".format(*counts) in (ROOT / "README.md").read_text()
    )
