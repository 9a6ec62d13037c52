"""The installation's environment: where its data lives and what the PENSTOCK_* variables say.

Everything an operator may change is an environment variable; this module is the only place that reads
them, so that `docs/deploy/configuration.md` can list them all.  It does not import Django:
the command line uses it before Django is loaded.
"""

from __future__ import annotations

import os
import secrets
import tempfile
from contextlib import suppress
from pathlib import Path

from penstock.errors import OperatorError

CHECKOUT = Path(__file__).resolve().parents[4]
TRUE = {"1", "true", "yes", "on"}
FALSE = {"", "0", "false", "no", "off"}


class ConfigurationError(OperatorError):
    """A setting the operator gave cannot be used; the message is one sentence for a person."""


def text(name: str, default: str = "") -> str:
    """The variable's value with surrounding blanks removed; an empty variable counts as unset."""
    return os.environ.get(name, "").strip() or default


def flag(name: str, *, default: bool = False) -> bool:
    """A yes-or-no variable; anything that is neither is refused rather than guessed."""
    value = text(name, "on" if default else "off").lower()
    if value in TRUE:
        return True
    if value in FALSE:
        return False
    raise ConfigurationError(f"{name} must be on or off, not {value!r}.")


def number(name: str, default: int) -> int:
    """A whole-number variable."""
    value = text(name, str(default))
    try:
        return int(value)
    except ValueError:
        raise ConfigurationError(f"{name} must be a whole number, not {value!r}.") from None


def listing(name: str, default: str = "") -> list[str]:
    """A comma-separated variable."""
    return [item.strip() for item in text(name, default).split(",") if item.strip()]


def home() -> Path:
    """The directory that holds all of the installation's data: PENSTOCK_HOME.

    In a checkout it defaults to `var/` beside pyproject.toml; an installed package uses `./var`.
    """
    given = text("PENSTOCK_HOME")
    if given:
        return Path(given).expanduser().absolute()
    root = CHECKOUT if (CHECKOUT / "pyproject.toml").exists() else Path.cwd()
    return root / "var"


def subdirectory(name: str) -> Path:
    """A directory under `home()`, created on first use."""
    path = home() / name
    path.mkdir(parents=True, exist_ok=True)
    return path


def secret_key() -> str:
    """PENSTOCK_SECRET_KEY, or a key generated once and kept readable by its owner alone."""
    given = text("PENSTOCK_SECRET_KEY")
    if given:
        return given
    path = home() / "secret-key"
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        # Written beside its place and then linked into it: the link fails if another process was first,
        # and no process can read half a key.
        handle, draft = tempfile.mkstemp(prefix="secret-key.", dir=path.parent)
        with open(handle, "w") as file:
            file.write(secrets.token_urlsafe(64))
        with suppress(FileExistsError):
            os.link(draft, path)
        os.unlink(draft)
    return path.read_text().strip()
