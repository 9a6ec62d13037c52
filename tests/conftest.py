"""What every test may ask for."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root of the checkout."""
    return ROOT


@pytest.fixture(scope="session")
def shared_dir() -> Path:
    """Model files and facts shared between projects; not part of the repository."""
    path = Path(os.environ.get("PENSTOCK_SHARED", ROOT.parent / "shared"))
    if not path.is_dir():
        pytest.skip(f"the shared model files are not on this machine ({path}); set PENSTOCK_SHARED")
    return path


@pytest.fixture(scope="session")
def real_models(shared_dir: Path) -> Path:
    return shared_dir / "models" / "real"


@pytest.fixture(scope="session")
def hostile_models(shared_dir: Path) -> Path:
    return shared_dir / "models" / "hostile"


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An installation of one's own: PENSTOCK_HOME in a temporary directory, no other setting made.

    Not in pytest's own directory: every run of pytest that begins closes that to all but its owner, and a database
    server started by root, which runs as somebody else, loses its way to its files.
    """
    for name in [name for name in os.environ if name.startswith("PENSTOCK_") and name != "PENSTOCK_SHARED"]:
        monkeypatch.delenv(name)
    monkeypatch.delenv("DATABASE_URL", raising=False)
    with TemporaryDirectory(prefix="penstock-home-") as directory:
        monkeypatch.setenv("PENSTOCK_HOME", directory)
        yield Path(directory)
