"""The processes `penstock up` looks after: started together, watched, stopped together."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from penstock.errors import OperatorError

PR_SET_PDEATHSIG = 1  # linux/prctl.h
STOP_SECONDS = 25  # a little more than the web server and the worker give their own work
RESTARTS = 5  # this many deaths within RESTART_WINDOW_SECONDS are a fault, not bad luck
RESTART_WINDOW_SECONDS = 60


@dataclass
class Child:
    """A process of the hub, its log file, and whether its death is survivable."""

    name: str
    command: list[str]
    log: Path
    restart: bool
    process: subprocess.Popen[bytes] | None = None
    deaths: list[float] = field(default_factory=list)

    def start(self) -> None:
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C in the terminal reaches the supervisor alone
                preexec_fn=_end_with_parent if sys.platform == "linux" else None,
            )

    def ended(self) -> bool:
        return self.process is not None and self.process.poll() is not None

    def terminate(self) -> None:
        """Ask the process to end; it sees to its own children (asked too, they would be replaced)."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()

    def kill(self) -> None:
        """End the process and all it started."""
        if self.process is not None and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def last_words(self, lines: int = 5) -> str:
        if not self.log.exists():
            return ""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])


class Supervisor:
    """Starts children and keeps them running until told to stop."""

    def __init__(self, children: list[Child]) -> None:
        self.children = children
        self.stopping = False

    def start(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._stop)
        for child in self.children:
            child.start()

    def check(self) -> None:
        """Restart what may be restarted; raise if something is dead that may not."""
        for child in self.children:
            if not child.ended() or self.stopping:
                continue
            now = time.monotonic()
            child.deaths = [then for then in child.deaths if now - then < RESTART_WINDOW_SECONDS] + [now]
            if not child.restart or len(child.deaths) > RESTARTS:
                raise OperatorError(f"The {child.name} stopped; {child.log} ends with:\n{child.last_words()}")
            print(f"The {child.name} stopped and is started again (see {child.log}).", flush=True)
            child.start()

    def watch(self) -> None:
        while not self.stopping:
            self.check()
            time.sleep(0.25)

    def stop(self) -> None:
        """End all children: politely first, then not."""
        for child in self.children:
            child.terminate()
        deadline = time.monotonic() + STOP_SECONDS
        for child in self.children:
            if child.process is None:
                continue
            try:
                child.process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                child.kill()

    def _stop(self, _number: int, _frame: object) -> None:
        self.stopping = True


_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def _end_with_parent() -> None:
    """In the child: be told to stop if the supervisor is killed without a chance to say so."""
    if _libc is not None:
        _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
