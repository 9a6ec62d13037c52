"""Each line of a plan after its print: where it goes, when each operation starts and ends."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from penstock.engines.dispatch.network import Floats, Ints, Network
from penstock.engines.dispatch.routing import Stops, travel_hours
from penstock.engines.dispatch.shipping import Ready
from penstock.engines.dispatch.unit import Unit


@dataclass(frozen=True, eq=False)
class Journey:
    """One line (pieces of job number `j` at candidate `k`) with its times after the print. `steps`: (stop, place in its
    table, start, end)."""

    unit: Unit
    line: int
    j: int
    k: int
    pieces: int
    build: int
    ready: Ready
    steps: tuple[tuple[Stops, int, int, float, float], ...]


def journeys_of(network: Network, unit: Unit, lines: Sequence[int], names: Mapping[int, str]) -> list[Journey]:
    """Times of every operation after the print, worked out for all lines of one routing at once."""
    tables, state = unit.tables, unit.state
    by_route: dict[int, list[int]] = defaultdict(list)
    for line in lines:
        by_route[int(tables.route[state.line["job"][line]])].append(line)
    found = []
    for route, members in by_route.items():
        way = tables.ways[route]
        jobs, ks = state.line["job"][members], state.line["k"][members]
        pieces, of_build = state.line["pieces"][members].tolist(), state.line["build"][members].tolist()
        kms = way.stops[-1].km[tables.row[jobs], ks].tolist()
        shippers = way.shipper[tables.row[jobs], ks].tolist()
        rows = tables.row[jobs]
        share = state.line["pieces"][members] / tables.problem.job["quantity"][jobs]
        moment = state.build["end"][state.line["build"][members]].copy()
        times: list[tuple[Floats, Floats]] = []
        for stop in way.stops[:-1]:
            moment = moment + travel_hours(network, stop.km[rows, ks], stop.moved[rows, ks]) + stop.lead_hours[rows, ks]
            start, moment = _work(network, stop.maker[rows, ks], moment, stop.hours[rows, 0] * share)
            times.append((start, moment))
        spans = [(start.tolist(), end.tolist()) for start, end in times]
        ready_at, dues, numbers = moment.tolist(), tables.due[jobs].tolist(), jobs.tolist()
        at_k, in_table = ks.tolist(), rows.tolist()
        for place, line in enumerate(members):
            job = tables.jobs[numbers[place]]
            row, k = in_table[place], at_k[place]
            ready = Ready(
                key=(job.id, names[of_build[place]]),
                order=job.order,
                shipper=shippers[place],
                ready=ready_at[place],
                due=dues[place],
                kilograms=job.mass_g * pieces[place] / 1000.0,
                door=job.destination,
                km=kms[place],
            )
            steps = tuple(
                (stop, row, k, start[place], end[place])
                for stop, (start, end) in zip(way.stops[:-1], spans, strict=True)
            )
            own = (numbers[place], k, pieces[place], of_build[place])
            found.append(Journey(unit, line, *own, ready, (*steps, (way.stops[-1], row, k, 0.0, 0.0))))
    return found


def _work(network: Network, makers: Ints, moment: Floats, hours: Floats) -> tuple[Floats, Floats]:
    start, end = np.empty_like(moment), np.empty_like(moment)
    groups: dict[int, list[int]] = defaultdict(list)
    for number in np.unique(makers).tolist():
        groups[id(network.open_hours(network.makers[number].calendar))].append(number)
    for members in groups.values():
        open_hours = network.open_hours(network.makers[members[0]].calendar)
        mine = np.isin(makers, members)
        start[mine] = open_hours.next_open(moment[mine])
        end[mine] = open_hours.after_work(start[mine], hours[mine])
    return start, end
