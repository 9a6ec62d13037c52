"""The guarded process that parses strangers' files: `python -I -m penstock.engines.geometry.worker FD PARENT`.

It gets open files, never paths, over the socket FD; it has no network where the kernel allows, cannot write
files except for the CAD formats, and ends when the socket closes or the parent dies. One job at a time:

    request   {"job": "measure" | "inspect" | "mesh" | "repair", "format", "unit", "limits": {…},
              "pictures": size or 0, "processes": [{…}, …], "turn": rows or null}, one descriptor
    reply     {"measurement": {…}, "findings": [{…}, …]} | {"repair": {…}} | {"refused": [code, message]} |
              {"failed": exception name}, binary parts
"""

from __future__ import annotations

import dataclasses
import os
import socket
import sys
import time
from importlib import import_module
from typing import Any

from . import sandbox, wire
from .limits import Limits, Refused
from .readers import NATIVE_FORMATS
from .threads import beside

# The share of a file's CPU time that judging may take: facts and pictures are there in any case.
JUDGING = 0.5


def main() -> None:
    sock = socket.socket(fileno=int(sys.argv[1]))
    parent = int(sys.argv[2])
    isolated = sandbox.cut_network()
    sandbox.limit_process()
    sandbox.die_with(parent)
    # Loaded ahead of the first file, after the sandbox stands; the first time on a machine this compiles the kernels.
    import_module("penstock.engines.geometry.analyse")
    import_module("penstock.engines.geometry.findings.inspection")
    while True:
        # The descriptor travels with a single byte ahead of the request.
        byte, descriptors, _, _ = socket.recv_fds(sock, 1, 1)
        if not byte:
            return
        request, _ = wire.receive(sock, 0)
        try:
            reply, parts = _answer(request, descriptors[0])
        finally:
            for descriptor in descriptors:
                os.close(descriptor)
        wire.send(sock, reply | {"isolated": isolated}, parts)


def _answer(request: dict[str, Any], descriptor: int) -> tuple[dict[str, Any], tuple[bytes, ...]]:
    limits = Limits(**request["limits"])
    # OpenCASCADE hands its result over through a file in memory, which counts as writing one.
    writable = limits.output_bytes if request["format"] in NATIVE_FORMATS else 0
    sandbox.limit_job(limits.cpu_seconds, limits.memory_bytes, writable)
    try:
        return _work(request, descriptor, limits)
    except Refused as refused:
        return {"refused": [refused.code, refused.message]}, ()
    except MemoryError:
        return {
            "refused": [
                "too_complex",
                "The model needs more memory than is allowed for one file; please export it coarser.",
            ]
        }, ()
    except Exception as error:
        return {"failed": f"{type(error).__name__}: {error}"[:500]}, ()


def _work(request: dict[str, Any], descriptor: int, limits: Limits) -> tuple[dict[str, Any], tuple[bytes, ...]]:
    # Imported late so that the sandbox stands before anything large is loaded.
    from .analyse import analyse, outward_mesh, weld_model
    from .findings.inspection import inspect_mesh
    from .findings.limits import ProcessLimits
    from .preview import preview
    from .readers import read
    from .render import thumbnail

    started = time.perf_counter()
    with os.fdopen(os.dup(descriptor), "rb") as file:
        data = file.read(limits.file_bytes + 1)
    model = read(data, request["format"], limits)
    del data
    # The stranger's part is over; what follows is our own arithmetic on a bounded number of triangles.
    sandbox.limit_job(limits.cpu_seconds, limits.memory_bytes, 0)
    if request["job"] == "mesh":
        mesh = outward_mesh(weld_model(model, request["unit"], limits))
        return {}, (mesh.vertices.tobytes(), mesh.triangles.tobytes())
    if request["job"] == "repair":
        from .repair import repair

        mesh, report = repair(outward_mesh(weld_model(model, request["unit"], limits)))
        return {"repair": report.to_dict()}, (mesh.vertices.tobytes(), mesh.triangles.tobytes())
    inspect, size = request["job"] == "inspect", request["pictures"]
    measurement, mesh = analyse(model, request["format"], request["unit"], limits, walls=not inspect)
    parts: tuple[bytes, ...] = ()
    thickness = None
    said: dict[str, Any] = {}
    with beside() as other_core:
        drawn = other_core.submit(thumbnail, mesh, size) if size else None
        if inspect:
            processes = [ProcessLimits.from_dict(each) for each in request["processes"]]
            most = JUDGING * limits.cpu_seconds
            measurement, findings, thickness = inspect_mesh(mesh, measurement, processes, most, request["turn"])
            said["findings"] = [finding.to_dict() for finding in findings]
            parts = (thickness.tobytes(),)
        if drawn is not None:
            known = thickness if thickness is not None and len(thickness) else None
            parts += (drawn.result(), preview(mesh, thickness_mm=known))
    measurement = dataclasses.replace(measurement, seconds=time.perf_counter() - started)
    return {"measurement": measurement.to_dict()} | said, parts


if __name__ == "__main__":
    main()
