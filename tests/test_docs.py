"""The documentation's commands run, its links lead somewhere, and it lists every setting."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import trimesh

from penstock import cli

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
CONSOLE = re.compile(r"^```console\n(.*?)^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)#\s]+)[^)]*\)")
SETTING = re.compile(r"\b(?:PENSTOCK_[A-Z_]+|DATABASE_URL)\b")
READ = re.compile(r"""\b(?:text|flag|number|listing)\(\s*"((?:PENSTOCK|DATABASE)_[A-Z_]+)\"""")
# Read by the tests, never by the program.
NOT_SETTINGS = {"PENSTOCK_SHARED"}
# These need a database or a server; the rest runs as written.
WITH_DATABASE = {"found", "road", "up", "prepare", "worker", "demo", "check-ledger", "openapi", "manage"}


def commands() -> list[tuple[str, str]]:
    found = []
    for page in PAGES:
        for block in CONSOLE.findall(page.read_text()):
            lines = block.replace("\\\n", " ").splitlines()
            found += [(page.name, line[2:].strip()) for line in lines if line.startswith("$ penstock ")]
    return found


@pytest.fixture(scope="session")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with the files the documentation talks about."""
    directory = tmp_path_factory.mktemp("workshop")
    bracket = trimesh.util.concatenate(
        [
            trimesh.creation.box((60, 40, 5)),
            trimesh.creation.box((5, 40, 40), trimesh.transformations.translation_matrix((-27.5, 0, 22.5))),
        ]
    )
    for name in ("bracket.stl", "bracket.ply", "bracket.obj", "bracket.off"):
        bracket.export(directory / name)
    (directory / "docs").symlink_to(ROOT / "docs")
    return directory


@pytest.mark.parametrize(("page", "command"), commands())
def test_command_runs(page: str, command: str, workshop: Path) -> None:
    words = shlex.split(command.partition("|")[0], comments=True)[1:]
    if words and words[0] in WITH_DATABASE:
        assert words[0] in cli.COMMANDS
        words = [words[0], "--help"]
    done = subprocess.run(
        [sys.executable, "-m", "penstock", *words], cwd=workshop, env=dict(os.environ), capture_output=True, text=True
    )
    assert done.returncode == 0, f"{page}: $ {command}\n{done.stdout}{done.stderr}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    targets = [target for target in LINK.findall(page.read_text()) if "://" not in target and ":" not in target]
    assert [target for target in targets if not (page.parent / target).exists()] == []


def test_every_setting_is_documented_and_no_other() -> None:
    read = set()
    for module in (ROOT / "src").rglob("*.py"):
        read.update(READ.findall(module.read_text()))
    described = set(SETTING.findall((ROOT / "docs" / "deploy" / "configuration.md").read_text()))
    assert read - NOT_SETTINGS == described
