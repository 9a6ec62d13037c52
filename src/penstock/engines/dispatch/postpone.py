"""Which builds wait for company: those far from full whose every job can still be made later and be in time."""

from __future__ import annotations

from dataclasses import dataclass

from penstock.engines.dispatch.clock import hours_between
from penstock.engines.dispatch.forming import Chain, Draft, Line
from penstock.engines.dispatch.network import Network


@dataclass(frozen=True, eq=False)
class Postponed:
    """A line taken out of a draft, with how full that draft was and the latest hour it must be released."""

    line: Line
    fill: float
    needed_fill: float
    until: float


def postpone(network: Network, chain: Chain) -> list[Postponed]:
    """Take builds that can wait out of a chain; the ones left move up."""
    kept, held = [], []
    for draft in chain.drafts:
        if _can_wait(network, draft):
            fill, needed = draft.fill(), needed_fill(network, draft)
            held += [Postponed(line, fill, needed, _until(network, draft, line)) for line in draft.lines]
        else:
            kept.append(draft)
    chain.settle(kept)
    return held


def needed_fill(network: Network, draft: Draft) -> float:
    own = draft.seat.machine.min_fill
    return network.policy.min_fill if own is None else own


def _can_wait(network: Network, draft: Draft) -> bool:
    if draft.layout is None or draft.fill() >= needed_fill(network, draft):
        return False
    return all(_until(network, draft, line) >= network.policy.wave_hours for line in draft.lines)


def _until(network: Network, draft: Draft, line: Line) -> float:
    """Hours from now by which this line has to be released: patience, or time to be printed and delivered."""
    policy = network.policy
    since = hours_between(network.now, line.job.release) if line.job.release else 0.0
    patience = policy.max_wait_hours + since
    in_time = line.latest_end - draft.end - policy.safety_hours
    return min(patience, in_time)
