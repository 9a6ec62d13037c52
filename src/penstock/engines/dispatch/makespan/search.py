"""Annealing of a schedule of builds: pieces change builds or places, builds open and close.

Simulated annealing (Kirkpatrick, Gelatt, Vecchi 1983) on the makespan with a small weight on all machines' hours,
so that moves on machines that are not the last to finish count too.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from penstock.engines.packing.compiled import compiled


@compiled
def _build_s(
    members: NDArray[np.int64],
    count: int,
    out: int,
    into: int,
    height: NDArray[np.float64],
    melt: NDArray[np.float64],
    setup: float,
    per_mm: float,
) -> float:
    """Seconds of a build without piece `out` and with piece `into` (−1: none)."""
    tallest = -1.0
    total = setup
    for place in range(count):
        at = members[place]
        if at != out:
            total += melt[at]
            tallest = max(tallest, height[at])
    if into >= 0:
        total += melt[into]
        tallest = max(tallest, height[into])
    return total + per_mm * tallest if tallest >= 0 else 0.0


@compiled
def _spread(load: NDArray[np.float64]) -> float:
    return float(load.max() + 0.3 * load.sum())


@compiled
def anneal(
    area: NDArray[np.float64],
    height: NDArray[np.float64],
    melt: NDArray[np.float64],
    able: NDArray[np.bool_],
    plate: NDArray[np.float64],
    setup: NDArray[np.float64],
    per_mm: NDArray[np.float64],
    slots: int,
    moves: int,
    hottest: float,
    start: NDArray[np.int64],
    seed: int,
) -> NDArray[np.int64]:
    """Build number (machine × slots + slot) of every piece.

    It begins `hottest` (a share of the makespan) from `start` (pieces; a build number each) or, where that is empty,
    from a greedy schedule.

    `area`, `height` (pieces); `melt` seconds and `able` (machines × pieces); `plate` area, `setup` seconds and seconds
    `per_mm` (machines); `slots` is the most builds of a machine: as many as pieces always suffice.
    """
    np.random.seed(seed)
    machines, pieces = able.shape
    builds = machines * slots
    members = np.empty((builds, pieces), np.int64)
    count = np.zeros(builds, np.int64)
    room = np.empty(builds)
    time = np.zeros(builds)
    load = np.zeros(machines)
    home = np.empty(pieces, np.int64)
    for b in range(builds):
        room[b] = plate[b // slots] * (1 + 1e-9)
    for at in range(len(start)):
        chosen = start[at]
        i = chosen // slots
        members[chosen, count[chosen]] = at
        count[chosen] += 1
        room[chosen] -= area[at]
        home[at] = chosen
        load[i] += -time[chosen]
        time[chosen] = _build_s(members[chosen], count[chosen], -1, -1, height, melt[i], setup[i], per_mm[i])
        load[i] += time[chosen]
    # The tallest first, each where the last machine is done earliest.
    for at in np.argsort(-height)[len(start) :]:
        best = np.inf
        chosen = -1
        for i in range(machines):
            if not able[i, at]:
                continue
            for b in range(i * slots, (i + 1) * slots):
                if area[at] <= room[b]:
                    after = (
                        load[i] - time[b] + _build_s(members[b], count[b], -1, at, height, melt[i], setup[i], per_mm[i])
                    )
                    if after < best:
                        best = after
                        chosen = b
                if count[b] == 0:
                    break
        i = chosen // slots
        members[chosen, count[chosen]] = at
        count[chosen] += 1
        room[chosen] -= area[at]
        home[at] = chosen
        load[i] += -time[chosen]
        time[chosen] = _build_s(members[chosen], count[chosen], -1, -1, height, melt[i], setup[i], per_mm[i])
        load[i] += time[chosen]
    best_home = home.copy()
    if pieces < 2:
        return best_home
    best_end = load.max()
    energy = _spread(load)
    hot = hottest * best_end
    cold = 1e-5 * best_end
    cooling = (cold / hot) ** (1000.0 / max(moves, 1000))
    heat = hot
    trial = load.copy()
    for move in range(moves):
        if move % 1000 == 0:
            heat *= cooling
            if move % 20000 == 0:  # sums of differences drift
                for i in range(machines):
                    load[i] = time[i * slots : (i + 1) * slots].sum()
                energy = _spread(load)
        at = np.random.randint(pieces)
        source = home[at]
        other = -1
        if np.random.random() < 0.5:
            other = np.random.randint(pieces)
            target = home[other]
        else:
            i = np.random.randint(machines)
            used = 0
            while used < slots and count[i * slots + used] > 0:
                used += 1
            target = i * slots + np.random.randint(min(used + 1, slots))
        i = source // slots
        k = target // slots
        if target == source or not able[k, at]:
            continue
        if area[at] - (area[other] if other >= 0 else 0.0) > room[target]:
            continue
        if other >= 0 and (not able[i, other] or area[other] - area[at] > room[source]):
            continue
        source_s = _build_s(members[source], count[source], at, other, height, melt[i], setup[i], per_mm[i])
        target_s = _build_s(members[target], count[target], other, at, height, melt[k], setup[k], per_mm[k])
        trial[:] = load
        trial[i] += source_s - time[source]
        trial[k] += target_s - time[target]
        after = _spread(trial)
        if after > energy and np.random.random() >= np.exp((energy - after) / heat):
            continue
        energy = after
        load[:] = trial
        time[source] = source_s
        time[target] = target_s
        room[source] += area[at]
        room[target] -= area[at]
        place = 0
        while members[source, place] != at:
            place += 1
        home[at] = target
        if other >= 0:
            room[source] -= area[other]
            room[target] += area[other]
            members[source, place] = other
            home[other] = source
            place = 0
            while members[target, place] != other:
                place += 1
            members[target, place] = at
        else:
            count[source] -= 1
            members[source, place] = members[source, count[source]]
            members[target, count[target]] = at
            count[target] += 1
            if count[source] == 0:  # builds in use stay in front
                last = source
                while last + 1 < (i + 1) * slots and count[last + 1] > 0:
                    last += 1
                if last != source:
                    for place in range(count[last]):
                        members[source, place] = members[last, place]
                        home[members[last, place]] = source
                    count[source] = count[last]
                    room[source] = room[last]
                    time[source] = time[last]
                    count[last] = 0
                    time[last] = 0.0
                    room[last] = plate[i] * (1 + 1e-9)
        if load.max() < best_end:
            best_end = load.max()
            best_home[:] = home
    return best_home
