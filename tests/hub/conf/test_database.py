"""DATABASE_URL, and the embedded server shared by several processes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from penstock.hub.conf import database
from penstock.hub.conf.embedded import SOCKET_NAME, SOCKET_PATH_LIMIT, EmbeddedServer
from penstock.hub.conf.environment import ConfigurationError


def test_url_with_everything_in_it() -> None:
    settings = database.django_settings("postgresql://me:p%40ss@db.example:6543/hub?sslmode=require")
    assert settings["USER"] == "me"
    assert settings["PASSWORD"] == "p@ss"
    assert settings["HOST"] == "db.example"
    assert settings["PORT"] == "6543"
    assert settings["NAME"] == "hub"
    assert settings["OPTIONS"]["sslmode"] == "require"


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("postgresql:///hub?host=/run/PostgreSQL", "/run/PostgreSQL"),
        ("postgres://%2Frun%2FPostgreSQL/hub", "/run/PostgreSQL"),
        ("postgresql://me@[2001:db8::1]:5432/hub", "2001:db8::1"),
    ],
)
def test_url_with_a_socket_or_an_address(url: str, host: str) -> None:
    settings = database.django_settings(url)
    assert settings["HOST"] == host
    assert "host" not in settings["OPTIONS"]


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("mysql://localhost/hub", "PostgreSQL only"),
        ("postgresql://localhost", "names no database"),
        ("postgresql://localhost:x/hub", "port"),
    ],
)
def test_unusable_url_says_why(url: str, says: str) -> None:
    with pytest.raises(ConfigurationError, match=says):
        database.django_settings(url)


def test_given_url_wins_over_the_embedded_server(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://elsewhere/hub")
    assert database.ensure_database() == "postgresql://elsewhere/hub"
    assert not (home / "pg").exists()


def test_long_path_gets_a_socket_that_fits(tmp_path: Path) -> None:
    server = EmbeddedServer(tmp_path / ("x" * SOCKET_PATH_LIMIT) / "pg")
    assert len(str(server.sockets / SOCKET_NAME)) <= SOCKET_PATH_LIMIT


HOLDER = """
import sys
from penstock.hub.conf import database
print(database.ensure_database(), flush=True)
sys.stdin.readline()
"""


def holder() -> subprocess.Popen[str]:
    """A process that uses the embedded server until its standard input says otherwise."""
    return subprocess.Popen(
        [sys.executable, "-c", HOLDER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=dict(os.environ)
    )


def answers(url: str) -> bool:
    try:
        psycopg.connect(url).close()
    except psycopg.OperationalError:
        return False
    return True


def test_processes_share_one_server_and_the_last_one_stops_it(home: Path) -> None:
    processes = [holder() for _ in range(3)]  # at once: one starts it, the others wait for it
    urls = {process.stdout.readline().strip() for process in processes if process.stdout}
    assert len(urls) == 1
    url = urls.pop()
    assert answers(url)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("create table kept (n int)")

    first, second, third = processes
    first.communicate("done\n")
    assert answers(url), "two others still use it"
    second.kill()
    second.communicate()
    assert answers(url), "one other still uses it"
    third.communicate("done\n")
    assert not answers(url), "nobody is left; the killed process must not count as a user"

    again = holder()
    assert again.stdout
    assert again.stdout.readline().strip() == url
    with psycopg.connect(url) as connection:
        assert connection.execute("select count(*) from kept").fetchone() == (0,)
    again.communicate("done\n")


def test_socket_and_data_are_for_their_owner_alone(home: Path) -> None:
    server = EmbeddedServer(home / "pg")
    server.ensure("hub")
    try:
        assert server.sockets.stat().st_mode & 0o077 == 0
        assert server.data.stat().st_mode & 0o077 == 0
        with psycopg.connect(server.url("hub")) as connection:
            assert connection.execute("show listen_addresses").fetchone() == ("",)
    finally:
        server.release()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the server as somebody else")
def test_it_stops_although_a_directory_above_it_was_closed_to_its_account(home: Path) -> None:
    above = home / "tightened"
    server = EmbeddedServer(above / "pg")
    server.ensure("hub")
    above.chmod(0o700)
    server.release()
    assert not (above / "pg" / "postmaster.pid").exists()
