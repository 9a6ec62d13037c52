"""Real processes of the hub beside a test: workers, web servers, commands, on one database and one file store."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

WAIT_SECONDS = 120  # a generous end to waiting, not a speed that is asserted

T = TypeVar("T")


def eventually(condition: Callable[[], T], what: str, *, seconds: float = WAIT_SECONDS, pause: float = 0.1) -> T:
    """The first true answer of `condition`."""
    deadline = time.monotonic() + seconds
    while not (answer := condition()):
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        time.sleep(pause)
    return answer


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class HubProcesses:
    """Starts processes of one installation; `end()` leaves none behind."""

    def __init__(self, directory: Path, settings: Mapping[str, str]) -> None:
        self.directory = directory
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PENSTOCK_", "DATABASE_"))}
        self.environment = kept | {
            "DJANGO_SETTINGS_MODULE": "penstock.hub.conf.settings",
            "PENSTOCK_HOME": str(directory),
            "PENSTOCK_SECRET_KEY": "a key for tests only",
            "PENSTOCK_INSECURE_HTTP": "on",
            "PENSTOCK_LOG_LEVEL": "INFO",
            **settings,
        }
        self.running: list[subprocess.Popen[bytes]] = []

    def start(self, name: str, *command: str, **settings: str) -> subprocess.Popen[bytes]:
        with (self.directory / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, *command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=self.environment | settings,
                start_new_session=True,
            )
        self.running.append(process)
        return process

    def worker(self, name: str, **settings: str) -> subprocess.Popen[bytes]:
        return self.start(name, "-m", "penstock", "worker", **settings)

    def web(self, name: str) -> str:
        """A web server of its own; returns its address once it answers."""
        port = free_port()
        self.start(
            name, "-m", "gunicorn", "penstock.hub.conf.wsgi:application", "--bind", f"127.0.0.1:{port}",
            "--worker-class", "gthread", "--workers", "1", "--threads", "4", "--timeout", "120", "--no-control-socket",
        )  # fmt: skip
        address = f"http://127.0.0.1:{port}"
        eventually(lambda: answers(f"{address}/healthz"), f"{name}:\n{self.log(name)}")
        return address

    def run(self, *command: str) -> str:
        """A command that ends; what it printed."""
        done = subprocess.run(
            [sys.executable, *command], env=self.environment, cwd=self.directory, capture_output=True, text=True
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
        return done.stdout

    def log(self, name: str) -> str:
        return (self.directory / f"{name}.log").read_text(errors="replace")

    def end(self) -> None:
        """Ask every process to end, then make it."""
        for process in self.running:
            if process.poll() is None:
                process.terminate()
        for process in self.running:
            try:
                process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return answer.status == 200
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False
