"""`penstock up`: one command runs everything, survives a dead worker and leaves nothing behind."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

WAIT_SECONDS = 90  # a generous end to waiting, not a speed that is asserted


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def eventually(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.1)


def children(process: subprocess.Popen[str], word: str) -> list[psutil.Process]:
    found = []
    for child in psutil.Process(process.pid).children(recursive=True):
        try:
            if word in child.cmdline():
                found.append(child)
        except psutil.NoSuchProcess:  # ended between the two calls
            continue
    return found


@pytest.fixture
def up(home: Path) -> Iterator[Callable[[int], subprocess.Popen[str]]]:
    started: list[subprocess.Popen[str]] = []

    def start(port: int) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "penstock", "up", "--json", "--workers", "1", "--port", str(port)]
        environment = os.environ | {"DJANGO_SETTINGS_MODULE": "penstock.hub.conf.settings"}
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            process.terminate()
            process.communicate(timeout=WAIT_SECONDS)


def test_taken_port_is_one_clear_sentence(up: Callable[[int], subprocess.Popen[str]], home: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        process = up(port)
        _, said = process.communicate(timeout=WAIT_SECONDS)
    assert process.returncode == 1
    assert said == f"penstock: Port {port} is taken; choose another, for example make run PORT={port % 65535 + 1}.\n"
    assert not (home / "pg").exists(), "nothing is started in vain"


@pytest.mark.parametrize("port", [0, -1, 65536, 99999])
def test_a_port_that_cannot_be_is_refused_before_anything_starts(
    up: Callable[[int], subprocess.Popen[str]], home: Path, port: int
) -> None:
    process = up(port)
    _out, said = process.communicate(timeout=WAIT_SECONDS)
    assert process.returncode == 1
    assert said == f"penstock: Port {port} is out of range: choose one from 1 to 65535.\n"


def test_a_life(up: Callable[[int], subprocess.Popen[str]], home: Path) -> None:
    port = free_port()
    process = up(port)
    assert process.stdout
    ready = json.loads(process.stdout.readline())
    assert ready["address"] == f"http://localhost:{port}"
    with urllib.request.urlopen(f"{ready['address']}/healthz") as answer:
        assert json.load(answer)["status"] == "ok"

    eventually(lambda: bool(children(process, "worker")))
    (worker,) = children(process, "worker")
    worker.kill()
    eventually(lambda: [child.pid for child in children(process, "worker")] not in ([], [worker.pid]))

    family = psutil.Process(process.pid).children(recursive=True)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=WAIT_SECONDS)
    assert process.returncode == 0, said
    assert "Traceback" not in said
    assert not any(child.is_running() and child.status() != psutil.STATUS_ZOMBIE for child in family)
    assert not (home / "pg" / "postmaster.pid").exists(), "the database stops with the rest"
