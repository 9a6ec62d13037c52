"""A demo that runs for as long as it is asked, in a directory of its own: for pictures and measurements."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from penstock.errors import OperatorError


@dataclass(frozen=True, slots=True)
class Demo:
    """`accounts`: role → the log-in of one person, {"email", "password"}."""

    address: str
    accounts: dict[str, dict[str, str]]


@contextmanager
def demo(address: str | None = None) -> Iterator[Demo]:
    """The demo at this address, or a fresh one that ends with the block."""
    if address:
        from penstock.commands.demo import accounts

        yield Demo(address, {each["role"]: each for each in accounts()})
        return
    with tempfile.TemporaryDirectory(prefix="penstock-demo-") as home:
        up = subprocess.Popen(
            [sys.executable, "-m", "penstock", "up", "--demo", "--json", "--port", str(_free_port())],
            env=os.environ | {"PENSTOCK_HOME": home},
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            yield _ready(up)
        finally:
            up.send_signal(signal.SIGINT)
            up.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _ready(up: subprocess.Popen[str]) -> Demo:
    assert up.stdout is not None
    for line in up.stdout:
        if line.startswith('{"address"'):
            said = json.loads(line)
            return Demo(said["address"], {each["role"]: each for each in said["accounts"]})
    raise OperatorError("The demo did not start.")
