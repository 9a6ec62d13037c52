"""Requests per second of a real gunicorn, asked over the loopback for a bounded time."""

from __future__ import annotations

import http.client
import os
import socket
import statistics
import subprocess
import sys
import threading
import time
from dataclasses import dataclass

CONNECTIONS = 8
READY_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Served:
    read: str
    per_second: float
    p50_ms: float
    p95_ms: float
    errors: int


def serve(addresses: dict[str, tuple[list[str], dict[str, str]]], seconds: float) -> list[Served]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [
        sys.executable, "-m", "gunicorn", "penstock.hub.conf.wsgi:application", "--bind", f"127.0.0.1:{port}",
        "--worker-class", "gthread", "--workers", "2", "--threads", "4", "--keep-alive", "75",
        "--no-control-socket", "--log-level", "error",
    ]  # fmt: skip
    server = subprocess.Popen(command, env=os.environ | {"DJANGO_SETTINGS_MODULE": "penstock.hub.conf.settings"})
    try:
        _wait(port)
        return [_load(name, port, paths, headers, seconds) for name, (paths, headers) in addresses.items()]
    finally:
        server.terminate()
        server.wait()


def _wait(port: int) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        try:
            if _get(http.client.HTTPConnection("127.0.0.1", port, timeout=30), "/healthz", {}) == 200:
                return
        except OSError:
            time.sleep(0.2)
    raise SystemExit("gunicorn did not answer")


def _get(connection: http.client.HTTPConnection, path: str, headers: dict[str, str]) -> int:
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    answer.read()
    return answer.status


def _load(name: str, port: int, paths: list[str], headers: dict[str, str], seconds: float) -> Served:
    ms: list[float] = []
    errors: list[int] = []

    def ask(first: int, until: float) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        number = first
        while time.perf_counter() < until:
            started = time.perf_counter()
            status = _get(connection, paths[number % len(paths)], headers)
            ms.append((time.perf_counter() - started) * 1000)
            if status != 200:
                errors.append(status)
            number += 1
        connection.close()

    for duration in (1.0, seconds):  # the first is for warming up
        ms.clear()
        errors.clear()
        started = time.perf_counter()
        threads = [threading.Thread(target=ask, args=(n, started + duration)) for n in range(CONNECTIONS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        took = time.perf_counter() - started
    return Served(
        read=name,
        per_second=round(len(ms) / took, 1),
        p50_ms=round(statistics.median(ms), 1),
        p95_ms=round(statistics.quantiles(ms, n=20, method="inclusive")[-1], 1),
        errors=len(errors),
    )
