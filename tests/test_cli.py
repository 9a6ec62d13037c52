"""The command line: finds its commands without importing the others, and says errors in one sentence."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from penstock import cli

FAKE = """
from penstock.errors import OperatorError

def register(subparsers):
    parser = subparsers.add_parser("fake")
    parser.add_argument("--status", type=int, default=0)
    parser.add_argument("--fail", action="store_true")

def run(args):
    if args.fail:
        raise OperatorError("The cat sits on the keyboard.")
    return args.status
"""


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "fake_command.py").write_text(FAKE)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setitem(cli.COMMANDS, "fake", ("fake_command", "a command for tests"))
    monkeypatch.setitem(cli.COMMANDS, "broken", ("no_such_module", "a command that cannot be imported"))


def test_help_lists_every_command_without_importing_any(fake: None, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        cli.main(["--help"])
    assert end.value.code == 0
    said = capsys.readouterr().out
    for name, (_, purpose) in cli.COMMANDS.items():
        assert name in said
        assert purpose in said


def test_no_command_shows_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        cli.main([])
    assert end.value.code == 0
    assert "check-ledger" in capsys.readouterr().out


def test_unknown_command_is_refused_with_the_known_ones(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        cli.main(["prnit"])
    assert end.value.code == 2
    assert "'measure'" in capsys.readouterr().err


def test_status_of_the_command_is_the_status_of_the_program(fake: None) -> None:
    assert cli.main(["fake"]) == 0
    assert cli.main(["fake", "--status", "2"]) == 2


def test_operator_error_is_one_sentence(fake: None, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["fake", "--fail"]) == 1
    assert capsys.readouterr().err == "penstock: The cat sits on the keyboard.\n"


@pytest.mark.parametrize("command", ["measure", "quote"])
def test_engine_commands_do_not_load_django(command: str) -> None:
    check = (
        "import sys; from penstock import cli\n"
        f"try: cli.main([{command!r}, '--help'])\n"
        "except SystemExit: pass\n"
        f"assert cli.COMMANDS[{command!r}][0] in sys.modules\n"
        "assert not [name for name in sys.modules if name.split('.')[0] == 'django']\n"
    )
    done = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_every_command_can_describe_itself(capsys: pytest.CaptureFixture[str]) -> None:
    for name in cli.COMMANDS:
        if name == "manage":
            continue  # its --help belongs to Django
        with pytest.raises(SystemExit) as end:
            cli.main([name, "--help"])
        assert end.value.code == 0
        assert f"penstock {name}" in capsys.readouterr().out


def test_manage_gives_options_to_django(capsys: pytest.CaptureFixture[str]) -> None:
    import django

    cli.main(["manage", "--version"])
    assert capsys.readouterr().out.strip() == django.get_version()


@pytest.mark.parametrize(
    "arguments", [["check-ledger", "--json"], ["prepare"], ["worker", "--until-idle"], ["manage", "migrate"]]
)
def test_a_database_that_does_not_answer_is_one_sentence(arguments: list[str], tmp_path: Path) -> None:
    nowhere = {"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none", "PENSTOCK_HOME": str(tmp_path)}
    environment = os.environ | nowhere | {"DJANGO_SETTINGS_MODULE": "penstock.hub.conf.settings"}
    command = [sys.executable, "-m", "penstock", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 1
    assert done.stderr.startswith("penstock: the database does not answer; is DATABASE_URL right?")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("name", sorted(set(cli.COMMANDS) - {"manage"}))
def test_every_command_of_ours_speaks_json(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.main([name, "--help"])
    assert "--json" in capsys.readouterr().out
