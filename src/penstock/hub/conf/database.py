"""Which database the hub uses: the server named by DATABASE_URL, or the embedded one.

`DATABASE_URL` is a libpq URL: `postgresql://user:password@host:port/name?sslmode=require`.  A socket
directory may be given as the host, percent-encoded (`postgresql://%2Frun%2Fpostgresql/penstock`) or as
the `host` parameter (`postgresql:///penstock?host=/run/postgresql`).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from penstock.hub.conf import environment
from penstock.hub.conf.embedded import EmbeddedServer
from penstock.hub.conf.environment import ConfigurationError

DATABASE_NAME = "penstock"
SCHEMES = {"postgres", "postgresql"}

# One entry per data directory, so that repeated calls in a process share one hold on the server.
_servers: dict[Path, EmbeddedServer] = {}


def embedded_server(data: Path | None = None, settings: Mapping[str, str] | None = None) -> EmbeddedServer:
    """The embedded server in `data` (default: PENSTOCK_HOME/pg)."""
    where = (data or environment.home() / "pg").absolute()
    return _servers.setdefault(where, EmbeddedServer(where, settings=dict(settings or {})))


def uses_embedded_server() -> bool:
    return not environment.text("DATABASE_URL")


def ensure_database() -> str:
    """The URL of a database that answers, starting the embedded server if that is the one in use."""
    given = environment.text("DATABASE_URL")
    return given or embedded_server().ensure(DATABASE_NAME)


def django_settings(url: str) -> dict[str, Any]:
    """`DATABASES["default"]` for a libpq URL.

    Connections are kept per thread: the web server's threads are few and long-lived, so a pool would
    hold the same connections at the price of one more thing between the hub and the database.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ConfigurationError("DATABASE_URL has a port that is not a number.") from None
    if parts.scheme not in SCHEMES:
        raise ConfigurationError("DATABASE_URL must begin with postgresql://: the hub runs on PostgreSQL only.")
    options = dict(parse_qsl(parts.query))
    name = unquote(parts.path.lstrip("/"))
    if not name:
        raise ConfigurationError("DATABASE_URL names no database: it must end in /name.")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": name,
        "USER": options.pop("user", unquote(parts.username or "")),
        "PASSWORD": options.pop("password", unquote(parts.password or "")),
        "HOST": options.pop("host", _host(parts.netloc)),
        "PORT": options.pop("port", str(port or "")),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"application_name": "penstock", "connect_timeout": 10} | options,
    }


def _host(netloc: str) -> str:
    """The host part, with its case kept: it may be the percent-encoded path of a socket directory."""
    address = netloc.rpartition("@")[2]
    if address.startswith("["):
        return address[1:].partition("]")[0]
    return unquote(address.partition(":")[0])
