"""What has to be built on which machines, how long a build takes, and whether a schedule keeps the rules."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from penstock.engines.dispatch.model import DispatchError

AREA_SLACK = 1e-9
"""Relative: boxes that fill a plate exactly fit."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One part to build: its box in mm (height as it is built) and volumes in mm³."""

    width_mm: float
    length_mm: float
    height_mm: float
    volume_mm3: float
    support_mm3: float = 0.0

    @property
    def area_mm2(self) -> float:
        return self.width_mm * self.length_mm


@dataclass(frozen=True, slots=True)
class PlateMachine:
    """A machine and its build time: set-up per build, then seconds per volume, support and height of the tallest."""

    width_mm: float
    length_mm: float
    height_mm: float
    setup_s: float
    s_per_mm3: float
    s_per_support_mm3: float
    s_per_mm: float

    @property
    def area_mm2(self) -> float:
        return self.width_mm * self.length_mm

    def takes(self, piece: Piece) -> bool:
        """Whether the piece alone may fit: by height, by area, and by the plate's diagonal (a rod may lie across)."""
        return (
            piece.height_mm <= self.height_mm
            and piece.area_mm2 <= self.area_mm2 * (1 + AREA_SLACK)
            and max(piece.width_mm, piece.length_mm) <= math.hypot(self.width_mm, self.length_mm)
        )

    def volume_s(self, piece: Piece) -> float:
        return self.s_per_mm3 * piece.volume_mm3 + self.s_per_support_mm3 * piece.support_mm3

    def build_s(self, pieces: Sequence[Piece]) -> float:
        """Seconds of one build with these pieces."""
        return (
            self.setup_s
            + sum(self.volume_s(piece) for piece in pieces)
            + self.s_per_mm * max(piece.height_mm for piece in pieces)
        )


@dataclass(frozen=True, slots=True)
class Build:
    """One build: the machine's and the pieces' places in the input."""

    machine: int
    pieces: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Schedule:
    """Builds, their makespan, and a proven lower bound of any schedule's makespan, in seconds."""

    builds: tuple[Build, ...]
    makespan_s: float
    bound_s: float

    @property
    def gap(self) -> float:
        """How far the makespan may be above the least possible, as a share of it."""
        return self.makespan_s / self.bound_s - 1 if self.bound_s > 0 else 0.0


def loads(pieces: Sequence[Piece], machines: Sequence[PlateMachine], builds: Sequence[Build]) -> list[float]:
    """Seconds each machine works."""
    total = [0.0] * len(machines)
    for build in builds:
        total[build.machine] += machines[build.machine].build_s([pieces[at] for at in build.pieces])
    return total


def violations(pieces: Sequence[Piece], machines: Sequence[PlateMachine], builds: Sequence[Build]) -> list[str]:
    """What is wrong with a schedule, by the rules alone: pieces left out or doubled, too large, or too much area."""
    wrong = []
    seen = sorted(at for build in builds for at in build.pieces)
    if seen != list(range(len(pieces))):
        wrong.append("not every piece is built exactly once")
    for build in builds:
        machine = machines[build.machine]
        inside = [pieces[at] for at in build.pieces]
        if not inside:
            wrong.append("a build is empty")
        if any(not machine.takes(piece) for piece in inside):
            wrong.append(f"a piece does not fit machine {build.machine}")
        if sum(piece.area_mm2 for piece in inside) > machine.area_mm2 * (1 + AREA_SLACK):
            wrong.append(f"a build of machine {build.machine} has more box area than its plate")
    return wrong


def checked(pieces: Sequence[Piece], machines: Sequence[PlateMachine]) -> list[tuple[int, ...]]:
    """The machines able to build each piece.

    Raises DispatchError for what has no schedule: no machine at all, values that are no sizes, or a piece no
    machine takes.
    """
    if not machines:
        raise DispatchError("There is no machine to build on.")
    able = []
    for at, piece in enumerate(pieces):
        sizes = (piece.width_mm, piece.length_mm, piece.height_mm)
        if not (min(sizes) > 0 and max(sizes) < float("inf")) or not (piece.volume_mm3 >= 0 <= piece.support_mm3):
            raise DispatchError(f"Piece {at + 1}: its sizes must be above 0 and its volumes not below 0.")
        fits = tuple(i for i, machine in enumerate(machines) if machine.takes(piece))
        if not fits:
            raise DispatchError(
                f"Piece {at + 1} of {piece.width_mm:g} × {piece.length_mm:g} × {piece.height_mm:g} mm fits no machine; "
                f"the largest is {max(m.width_mm for m in machines):g} × {max(m.length_mm for m in machines):g} × "
                f"{max(m.height_mm for m in machines):g} mm."
            )
        able.append(fits)
    return able
