"""`penstock openapi`: the same description everywhere, without a database, and the one in the repository is it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path


def _described(home: Path, *arguments: str) -> str:
    environment = {
        name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "DJANGO_SETTINGS_MODULE")
    }
    environment |= {"PENSTOCK_HOME": str(home), "LANGUAGE": "zh_CN", "PYTHONHASHSEED": "random"}
    command = [sys.executable, "-m", "penstock", "openapi", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout


def test_it_is_written_without_a_database_and_is_what_the_repository_holds(tmp_path: Path, repository: Path) -> None:
    printed = _described(tmp_path)
    assert json.loads(printed)["info"]["title"] == "Penstock"
    assert not (tmp_path / "pg").exists()
    assert printed == (repository / "docs" / "openapi.json").read_text(), "run penstock openapi > docs/openapi.json"


def test_it_is_written_to_the_file_named(tmp_path: Path) -> None:
    assert _described(tmp_path, "--output", str(tmp_path / "api.json")) == ""
    assert json.loads((tmp_path / "api.json").read_text())["openapi"].startswith("3.1")
