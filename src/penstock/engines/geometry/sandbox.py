"""Taking away from a process what parsing a stranger's file does not need. Linux; used by the worker only."""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import threading
import time

CLONE_NEWUSER = 0x10000000
CLONE_NEWNET = 0x40000000
OPEN_FILES = 24
WATCH_SECONDS = 1.0


def cut_network() -> bool:
    """Move into an empty network namespace. False where the kernel forbids it (then nothing is changed)."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNET) == 0:
        return True
    user, group = os.getuid(), os.getgid()
    if libc.unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0:
        return False
    # Without these maps the process would be nobody and could not read its own virtual environment.
    with contextlib.suppress(OSError):
        for name, line in (("setgroups", "deny"), ("uid_map", f"{user} {user} 1"), ("gid_map", f"{group} {group} 1")):
            with open(f"/proc/self/{name}", "w") as file:
                file.write(line)
    return True


def limit_process() -> None:
    """Limits that hold for the process's whole life: few open files, no core dumps."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (OPEN_FILES, OPEN_FILES))


def limit_job(cpu_seconds: int, memory_bytes: int, written_bytes: int) -> None:
    """Limits for the next file: CPU time counts from now, memory is the whole address space.

    written_bytes bounds any single file; 0 for our own readers, so that they cannot write at all.
    """
    _soft(resource.RLIMIT_FSIZE, written_bytes)
    usage = resource.getrusage(resource.RUSAGE_SELF)
    spent = int(usage.ru_utime + usage.ru_stime) + 1
    _soft(resource.RLIMIT_CPU, spent + cpu_seconds)
    _soft(resource.RLIMIT_AS, memory_bytes)


def _soft(kind: int, value: int) -> None:
    hard = resource.getrlimit(kind)[1]
    resource.setrlimit(kind, (value if hard == resource.RLIM_INFINITY else min(value, hard), hard))


def die_with(parent: int) -> None:
    """End this process soon after `parent` is gone, even in the middle of a file.

    PR_SET_PDEATHSIG would fire when the *thread* that started us ends, which in a web server is often.
    """

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(WATCH_SECONDS)
        os._exit(0)

    threading.Thread(target=watch, name="parent-watch", daemon=True).start()
