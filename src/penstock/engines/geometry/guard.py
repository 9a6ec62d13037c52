"""A warm pool of guarded worker processes, safe to use from many threads.

A worker that crashes, hangs or is killed costs its one file a refusal and is replaced; nothing else notices.
Workers end by themselves when this process ends (their socket closes; mid-file they watch the parent).
"""

from __future__ import annotations

import atexit
import contextlib
import dataclasses
import logging
import os
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

from . import wire
from .detect import HEAD_BYTES, detect
from .limits import MIB, Limits, Refused
from .readers import NATIVE_FORMATS

log = logging.getLogger(__name__)

# A worker is replaced after this many files, in case a library leaks.
FILES_PER_WORKER = 200
ENVIRONMENT = {
    "LANG": "C.UTF-8",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MALLOC_ARENA_MAX": "2",
}
# The one thing taken over from our own environment: where compiled kernels are kept.
if "NUMBA_CACHE_DIR" in os.environ:
    ENVIRONMENT["NUMBA_CACHE_DIR"] = os.environ["NUMBA_CACHE_DIR"]

Reply = tuple[dict[str, Any], list[bytearray]]


class _Died(Exception):
    """The worker ended before answering; `status` is its return code (negative: the signal)."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class _Worker:
    def __init__(self) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            self.process = subprocess.Popen(  # our own interpreter with fixed arguments
                [
                    sys.executable,
                    "-I",
                    "-m",
                    "penstock.engines.geometry.worker",
                    str(theirs.fileno()),
                    str(os.getpid()),
                ],
                pass_fds=(theirs.fileno(),),
                env=ENVIRONMENT,
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        self.socket = ours
        self.files = 0

    def run(self, request: dict[str, Any], descriptor: int, limits: Limits) -> Reply:
        """Raises _Died, TimeoutError or wire.TooLong; after any of them the worker must be closed."""
        self.files += 1
        deadline = time.monotonic() + limits.wall_seconds
        try:
            self.socket.settimeout(limits.wall_seconds)
            socket.send_fds(self.socket, [b"\0"], [descriptor])
            wire.send(self.socket, request)
            return wire.receive(self.socket, limits.output_bytes, deadline)
        except (EOFError, ConnectionError):
            self.socket.close()
            try:
                raise _Died(self.process.wait(timeout=5)) from None
            except subprocess.TimeoutExpired:
                raise _Died(0) from None

    def close(self) -> None:
        self.socket.close()
        with contextlib.suppress(ProcessLookupError):
            self.process.kill()
        self.process.wait()


class Pool:
    """At most `size` workers, started when first needed and kept warm."""

    def __init__(self, size: int) -> None:
        self._slots = threading.BoundedSemaphore(size)
        self._lock = threading.Lock()
        self._idle: list[_Worker] = []
        self._all: set[_Worker] = set()
        self._closed = False

    def run(self, request: dict[str, Any], descriptor: int, limits: Limits, *, retire: bool) -> Reply:
        """Run one job; a worker killed from outside (SIGKILL) gets the job one second chance."""
        with self._slots:
            try:
                return self._run_once(request, descriptor, limits, retire)
            except _Died as death:
                if death.status != -signal.SIGKILL:
                    raise
            os.lseek(descriptor, 0, os.SEEK_SET)
            return self._run_once(request, descriptor, limits, retire)

    def _run_once(self, request: dict[str, Any], descriptor: int, limits: Limits, retire: bool) -> Reply:
        worker = self._take()
        healthy = False
        try:
            reply = worker.run(request, descriptor, limits)
            healthy = not retire and worker.files < FILES_PER_WORKER
            return reply
        finally:
            self._give_back(worker, healthy)

    def warm(self, count: int = 1) -> None:
        """Start workers ahead of need; returns at once."""
        with self._lock:
            while len(self._idle) < count:
                self._idle.append(self._start())

    def process_ids(self) -> list[int]:
        """Process ids of the present workers."""
        with self._lock:
            return [worker.process.pid for worker in self._all]

    def _start(self) -> _Worker:
        worker = _Worker()
        self._all.add(worker)
        return worker

    def _take(self) -> _Worker:
        with self._lock:
            while self._idle:
                worker = self._idle.pop()
                if worker.process.poll() is None:
                    return worker
                self._all.discard(worker)
                worker.close()
            return self._start()

    def _give_back(self, worker: _Worker, healthy: bool) -> None:
        with self._lock:
            if healthy and not self._closed:
                self._idle.append(worker)
                return
            self._all.discard(worker)
            if not self._closed and not self._idle:
                # Boots while the caller looks at the answer, so that the next file finds a warm worker.
                self._idle.append(self._start())
        worker.close()

    def close(self) -> None:
        """End all idle workers; busy ones end with their file."""
        with self._lock:
            self._closed = True
            workers, self._idle = self._idle, []
        for worker in workers:
            worker.close()

    def forget(self) -> None:
        """In a forked child: the workers belong to the parent, only our copies of their sockets go."""
        for worker in self._all:
            worker.socket.close()
            # Popen would otherwise try to reap a process that is not its child.
            worker.process.returncode = 0


_pool: Pool | None = None
_pool_lock = threading.Lock()


def pool() -> Pool:
    """This process's pool; its size is PENSTOCK_GEOMETRY_WORKERS or the number of cores."""
    global _pool
    with _pool_lock:
        if _pool is None:
            size = int(os.environ.get("PENSTOCK_GEOMETRY_WORKERS") or len(os.sched_getaffinity(0)))
            _pool = Pool(max(1, size))
            atexit.register(_pool.close)
        return _pool


def _after_fork() -> None:
    global _pool, _pool_lock
    _pool_lock = threading.Lock()
    if _pool is not None:
        atexit.unregister(_pool.close)
        _pool.forget()
    _pool = None


os.register_at_fork(after_in_child=_after_fork)


def run_guarded(
    path: str | os.PathLike[str], job: str, unit: str | None, limits: Limits, pictures: int = 0, **more: Any
) -> Reply:
    """Open, recognise and hand `path` to a worker; whatever goes wrong becomes a Refused."""
    descriptor = _open(path)
    try:
        size = os.fstat(descriptor).st_size
        if size > limits.file_bytes:
            raise Refused(
                "too_large_file",
                f"The file is {size / MIB:,.0f} MB and the limit is {limits.file_bytes / MIB:,.0f} MB; "
                "please export with a coarser resolution.",
            )
        format_name = detect(os.pread(descriptor, HEAD_BYTES, 0), size, Path(path).suffix.lower())
        request = {
            "job": job,
            "format": format_name,
            "unit": unit,
            "limits": dataclasses.asdict(limits),
            "pictures": pictures,
            **more,
        }
        header, parts = _run(request, descriptor, limits, format_name)
    finally:
        os.close(descriptor)
    if "refused" in header:
        raise Refused(*header["refused"])
    if "failed" in header:
        log.warning("reading a %s file failed: %s", format_name, header["failed"])
        raise _crashed(format_name)
    return header, parts


def _open(path: str | os.PathLike[str]) -> int:
    try:
        # Non-blocking, so that a named pipe is refused below instead of waited for.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        raise Refused("not_found", "There is no such file.") from None
    except (OSError, ValueError):
        raise Refused("unreadable", "The file cannot be opened.") from None
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise Refused("not_a_file", "This is not a file.")
    return descriptor


def _run(request: dict[str, Any], descriptor: int, limits: Limits, format_name: str) -> Reply:
    try:
        return pool().run(request, descriptor, limits, retire=format_name in NATIVE_FORMATS)
    except TimeoutError:
        raise Refused(
            "timeout",
            f"Reading the model took longer than {limits.wall_seconds:.0f} seconds; "
            "please export it simpler or coarser.",
        ) from None
    except _Died as death:
        if death.status == -signal.SIGXCPU:
            raise Refused(
                "too_complex", "The model takes too long to analyse; please export it simpler or coarser."
            ) from None
        log.warning("worker reading a %s file ended with status %s", format_name, death.status)
        raise _crashed(format_name) from None
    except wire.TooLong:
        raise Refused("too_complex", "The model is too large to be handed on; please export it coarser.") from None


def _crashed(format_name: str) -> Refused:
    return Refused(
        "parser_crashed",
        f"The {format_name.upper()} file is damaged and cannot be read; please export it again or in another format.",
    )
