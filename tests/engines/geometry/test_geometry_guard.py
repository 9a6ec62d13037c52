"""The pool of workers: survives kills, hangs and forks, takes turns among threads, leaves no orphans."""

from __future__ import annotations

import os
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest
from geometry_shapes import ascii_stl, ball, binary_stl, block, save

from penstock.engines import geometry
from penstock.engines.geometry import guard, wire


@pytest.fixture
def pool(monkeypatch: pytest.MonkeyPatch) -> Iterator[guard.Pool]:
    own = guard.Pool(2)
    monkeypatch.setattr(guard, "_pool", own)
    yield own
    own.close()


def eventually(condition: Callable[[], bool]) -> bool:
    for _ in range(600):
        if condition():
            return True
        time.sleep(0.05)
    return False


@pytest.fixture
def cube(tmp_path: Path) -> Path:
    return save(tmp_path, "cube.stl", binary_stl(block()))


def test_a_worker_is_used_again(pool: guard.Pool, cube: Path) -> None:
    geometry.measure(cube)
    before = pool.process_ids()
    geometry.measure(cube)
    assert pool.process_ids() == before
    assert len(before) == 1


def test_a_killed_idle_worker_is_replaced(pool: guard.Pool, cube: Path) -> None:
    geometry.measure(cube)
    (victim,) = pool.process_ids()
    os.kill(victim, signal.SIGKILL)
    assert geometry.measure(cube).volume_mm3 == pytest.approx(1000)
    assert victim not in pool.process_ids()


def test_a_worker_killed_in_the_middle_gets_its_file_a_second_chance(pool: guard.Pool, tmp_path: Path) -> None:
    path = save(tmp_path, "ball.stl", binary_stl(ball(20, 300, 400)))
    geometry.measure(save(tmp_path, "cube.stl", binary_stl(block())))
    (victim,) = pool.process_ids()
    process = psutil.Process(victim)
    used = process.cpu_times().user

    def kill_when_busy() -> None:
        eventually(lambda: process.cpu_times().user > used + 0.05)
        os.kill(victim, signal.SIGKILL)

    killer = threading.Thread(target=kill_when_busy)
    killer.start()
    measured = geometry.measure(path)
    killer.join()
    assert measured.watertight
    assert victim not in pool.process_ids()


def test_a_worker_that_crashes_costs_one_refusal(pool: guard.Pool, cube: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard._Worker, "run", _crash_once(guard._Worker.run))
    with pytest.raises(geometry.Refused, match="parser_crashed"):
        geometry.measure(cube)
    assert geometry.measure(cube).printable


def _crash_once(run: Callable[..., guard.Reply]) -> Callable[..., guard.Reply]:
    """The first job meets a worker that dies of a segmentation fault, as OpenCASCADE does on deep nesting."""
    crashed = False

    def crashing(worker: guard._Worker, *arguments: object) -> guard.Reply:
        nonlocal crashed
        if not crashed:
            crashed = True
            os.kill(worker.process.pid, signal.SIGSEGV)
            worker.process.wait()
        return run(worker, *arguments)

    return crashing


def test_a_slow_file_is_stopped_by_the_clock(pool: guard.Pool, cube: Path) -> None:
    geometry.measure(cube)
    (pid,) = pool.process_ids()
    os.kill(pid, signal.SIGSTOP)
    with pytest.raises(geometry.Refused, match="timeout"):
        geometry.measure(cube, limits=geometry.Limits(wall_seconds=0.3))
    assert not psutil.pid_exists(pid)
    assert geometry.measure(cube).printable


def test_too_much_work_and_too_much_memory_are_refused(pool: guard.Pool, tmp_path: Path) -> None:
    # A limit on time counts whole seconds: text takes some to read.
    text = save(tmp_path, "text.stl", ascii_stl(ball(20, 400, 500)))
    with pytest.raises(geometry.Refused, match="too_complex"):
        geometry.measure(text, limits=geometry.Limits(cpu_seconds=0))
    path = save(tmp_path, "ball.stl", binary_stl(ball(20, 700, 900)))
    with pytest.raises(geometry.Refused, match="too_complex"):
        geometry.measure(path, limits=geometry.Limits(memory_bytes=220 << 20))
    assert geometry.measure(path).watertight


def test_too_much_output_is_refused(pool: guard.Pool, cube: Path) -> None:
    with pytest.raises(geometry.Refused, match="too_complex"):
        geometry.load_mesh(cube, limits=geometry.Limits(output_bytes=100))
    assert len(geometry.load_mesh(cube).triangles) == 12


def test_many_threads_share_two_workers(pool: guard.Pool, tmp_path: Path) -> None:
    paths = [save(tmp_path, f"{n}.stl", binary_stl(block((n, 1, 1)))) for n in range(1, 25)]
    with ThreadPoolExecutor(8) as threads:
        volumes = [measured.volume_mm3 for measured in threads.map(geometry.measure, paths)]
    assert volumes == [pytest.approx(n) for n in range(1, 25)]
    assert len(pool.process_ids()) <= 2


def test_a_cad_worker_is_not_used_again(pool: guard.Pool, tmp_path: Path) -> None:
    from geometry_step import step_block

    pool.warm()
    (first,) = pool.process_ids()
    geometry.measure(save(tmp_path, "a.step", step_block()))
    assert first not in pool.process_ids()


def test_workers_have_no_environment_and_no_files_of_ours(
    pool: guard.Pool, cube: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_KEY", "hush")
    with cube.open() as held:
        geometry.measure(cube)
        (pid,) = pool.process_ids()
        worker = psutil.Process(pid)
        assert "SECRET_KEY" not in worker.environ()
        assert held.name not in [file.path for file in worker.open_files()]


def test_network_is_cut_where_the_kernel_allows() -> None:
    program = (
        "from penstock.engines.geometry.sandbox import cut_network\n"
        "import os\n"
        "before = os.readlink('/proc/self/ns/net')\n"
        "cut = cut_network()\n"
        "assert cut == (os.readlink('/proc/self/ns/net') != before)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_workers_end_with_their_parent(cube: Path) -> None:
    program = (
        "import os, signal, sys\n"
        "from penstock.engines import geometry\n"
        "from penstock.engines.geometry import guard\n"
        f"geometry.measure({str(cube)!r})\n"
        "print(guard.pool().process_ids()[0], flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    worker = int(done.stdout)
    assert eventually(lambda: not psutil.pid_exists(worker) or psutil.Process(worker).status() == "zombie")


def test_a_forked_child_gets_workers_of_its_own(cube: Path) -> None:
    program = (
        "import os\n"
        "from penstock.engines import geometry\n"
        "from penstock.engines.geometry import guard\n"
        f"path = {str(cube)!r}\n"
        "geometry.measure(path)\n"
        "mine = set(guard.pool().process_ids())\n"
        "child = os.fork()\n"
        "assert geometry.measure(path).printable\n"
        "if child == 0:\n"
        "    assert not mine & set(guard.pool().process_ids())\n"
        "    guard.pool().close()\n"
        "    os._exit(0)\n"
        "assert os.waitpid(child, 0)[1] == 0\n"
        "assert mine == set(guard.pool().process_ids())\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("header", [b"not json", b"[]", b'{"parts": ["x"]}', b'{"parts": [-1]}', b"{}"])
def test_a_reply_out_of_form_is_no_reply(header: bytes) -> None:
    here, there = socket.socketpair()
    with here, there:
        there.sendall(struct.pack("<I", len(header)) + header)
        with pytest.raises(wire.TooLong):
            wire.receive(here, 100, time.monotonic() + 5)
