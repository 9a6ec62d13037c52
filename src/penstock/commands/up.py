"""`penstock up`: run the whole hub on this machine until Ctrl-C.

Embedded PostgreSQL (unless DATABASE_URL names a server), web server and worker.  Steps already done by an
earlier start are recognised and skipped, so a second start takes seconds.
"""

from __future__ import annotations

import argparse
import errno
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from ipaddress import ip_address
from typing import Any

from penstock.errors import OperatorError
from penstock.hub.conf import database, environment
from penstock.hub.conf.processes import Child, Supervisor

READY_SECONDS = 90
LOOPBACK = {"127.0.0.1", "localhost", "::1"}
LAST_PORT = 65535
THREADS = 8  # per web process; most of a request is waiting for the database


def register(subparsers: Any) -> None:
    parser = subparsers.add_parser("up", help="run the hub on this machine", description=__doc__)
    parser.add_argument("--port", type=int, default=8000, help="where the web server listens (default: 8000)")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: 127.0.0.1)")
    parser.add_argument("--workers", type=int, default=2, metavar="N", help="web processes (default: 2)")
    parser.add_argument("--demo", action="store_true", help="load the demo network into an empty database")
    parser.add_argument("--json", action="store_true", help="say where the hub is as one JSON object")


def run(args: argparse.Namespace) -> int:
    check_port(args.host, args.port)
    address = f"http://{'localhost' if args.host in LOOPBACK else args.host}:{args.port}"
    _fill_environment(args.host, address)
    if args.demo:
        os.environ.setdefault("PENSTOCK_DEMO", "on")
    # Asked to stop before the children are up (a first start takes a while): leave by the normal way out.
    signal.signal(signal.SIGTERM, signal.default_int_handler)

    if database.uses_embedded_server():
        _say(args, "Starting PostgreSQL …")
        database.ensure_database()  # held by this process until it ends, after its children
    prepare = [sys.executable, "-m", "penstock", "prepare", *(["--demo"] if args.demo else [])]
    prepared = subprocess.run(prepare, stdout=sys.stderr, check=False)
    if prepared.returncode:
        return prepared.returncode

    supervisor = Supervisor(_children(args))
    supervisor.start()
    try:
        _wait_until_ready(supervisor, args.host, args.port)
        if not supervisor.stopping:
            _announce(args, address)
        supervisor.watch()
    finally:
        _say(args, "Stopping …")
        supervisor.stop()
        if database.uses_embedded_server():
            database.embedded_server().release(patience_seconds=2)
    return 0


def check_port(host: str, port: int) -> None:
    """Refuse before anything is started when the web server could not listen."""
    if not 0 < port <= LAST_PORT:
        raise OperatorError(f"Port {port} is out of range: choose one from 1 to {LAST_PORT}.")
    try:
        family, kind, protocol, _name, where = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(where)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            other = port % 65535 + 1
            raise OperatorError(f"Port {port} is taken; choose another, for example make run PORT={other}.") from None
        raise OperatorError(f"Cannot listen on {host} port {port}: {error}.") from None


def _fill_environment(host: str, address: str) -> None:
    """What the children need to know; whatever the operator has set stays."""
    os.environ.setdefault("PENSTOCK_PUBLIC_URL", address)
    if host in LOOPBACK:
        os.environ.setdefault("PENSTOCK_INSECURE_HTTP", "on")
    os.environ["PYTHONUNBUFFERED"] = "1"


def _children(args: argparse.Namespace) -> list[Child]:
    logs = environment.subdirectory("log")
    bind = f"[{args.host}]:{args.port}" if ":" in args.host else f"{args.host}:{args.port}"
    gunicorn = [
        sys.executable, "-m", "gunicorn", "penstock.hub.conf.wsgi:application", "--bind", bind,
        "--worker-class", "gthread", "--workers", str(args.workers), "--threads", str(THREADS),
        "--timeout", "120", "--graceful-timeout", "15", "--no-control-socket",
        "--access-logfile", str(logs / "access.log"), "--error-logfile", "-",
    ]  # fmt: skip
    worker = [sys.executable, "-m", "penstock", "worker"]
    return [
        Child("web server", gunicorn, logs / "web.log", restart=False),
        Child("worker", worker, logs / "worker.log", restart=True),
    ]


def _wait_until_ready(supervisor: Supervisor, host: str, port: int) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while not supervisor.stopping and not _healthy(host, port):
        supervisor.check()
        if time.monotonic() > deadline:
            log = supervisor.children[0].log
            raise OperatorError(f"The web server did not answer within {READY_SECONDS} s (see {log}).")
        time.sleep(0.1)


def _healthy(host: str, port: int) -> bool:
    # A server that listens on all interfaces (0.0.0.0 or ::) answers to this name too.
    target = "localhost" if _on_every_interface(host) else host
    connection = http.client.HTTPConnection(target, port, timeout=5)
    try:
        connection.request("GET", "/healthz", headers={"Host": "localhost"})
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _on_every_interface(host: str) -> bool:
    try:
        return ip_address(host).is_unspecified
    except ValueError:  # a name
        return False


def _announce(args: argparse.Namespace, address: str) -> None:
    accounts = []
    if args.demo:
        from penstock.commands import demo

        accounts = demo.accounts()
    if args.json:
        print(json.dumps({"address": address, "accounts": accounts}), flush=True)
        return
    lines = [f"Penstock is ready at {address}"]
    if accounts:
        lines += ["", "Demo log-ins:"]
        lines += [f"  {one['role']:<14} {one['email']:<34} {one['password']}" for one in accounts]
    print("\n".join([*lines, "", f"Logs are in {environment.home() / 'log'}; Ctrl-C stops everything."]), flush=True)


def _say(args: argparse.Namespace, line: str) -> None:
    print(line, file=sys.stderr if args.json else sys.stdout, flush=True)
