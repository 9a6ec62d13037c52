"""An instance of the generalised assignment problem, checked, and its answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from penstock.engines.dispatch.assignment.bound import NEVER
from penstock.engines.dispatch.model import DispatchError

LARGEST = 1 << 30
"""Costs and uses above this are refused: sums of them have to stay whole numbers of a machine word."""


@dataclass(frozen=True, slots=True)
class Instance:
    """Each item goes to one agent; the uses of an agent's items sum to at most its capacity; the costs' sum is least.

    `cost` and `use` are agents × items, `capacity` agents: whole numbers.  A pair that can never be has cost NEVER.
    """

    cost: NDArray[np.int64]
    use: NDArray[np.int64]
    capacity: NDArray[np.int64]

    @property
    def agents(self) -> int:
        return int(self.cost.shape[0])

    @property
    def items(self) -> int:
        return int(self.cost.shape[1])

    def value(self, assignment: Sequence[int]) -> int:
        """Cost of an assignment (an agent for each item)."""
        return int(self.cost[np.asarray(assignment, np.int64), np.arange(self.items)].sum())

    def violations(self, assignment: Sequence[int]) -> list[str]:
        """What is wrong with an assignment."""
        chosen = np.asarray(assignment, np.int64)
        if chosen.shape != (self.items,) or (chosen < 0).any() or (chosen >= self.agents).any():
            return ["not every item has an agent"]
        load = np.bincount(chosen, self.use[chosen, np.arange(self.items)], self.agents)
        wrong = [
            f"agent {i + 1} is loaded {load[i]:.0f} of {self.capacity[i]}"
            for i in np.nonzero(load > self.capacity)[0].tolist()
        ]
        if (self.cost[chosen, np.arange(self.items)] >= NEVER).any():
            wrong.append("an item is at an agent that cannot take it")
        return wrong


@dataclass(frozen=True, slots=True)
class Assigned:
    """An agent for each item, what that costs, and a proven lower bound of what any assignment costs."""

    agents: tuple[int, ...]
    value: int
    bound: int

    @property
    def gap(self) -> float:
        return (self.value - self.bound) / max(1, abs(self.bound))


def checked(cost: ArrayLike, use: ArrayLike, capacity: ArrayLike, allowed: ArrayLike | None = None) -> Instance:
    """The instance, pairs that can never be (not `allowed`, or larger than the agent) marked.

    Raises DispatchError for what is no instance, and for one that a count shows to have no answer, with the reason.
    """
    costs, uses, room = (
        _whole(values, name) for values, name in ((cost, "cost"), (use, "use"), (capacity, "capacity"))
    )
    if costs.ndim != 2 or uses.shape != costs.shape or room.shape != costs.shape[:1]:
        raise DispatchError(
            f"Costs and uses must be agents × items and capacities one per agent, not {costs.shape}, {uses.shape} and "
            f"{room.shape}."
        )
    if (uses < 0).any() or (room < 0).any():
        raise DispatchError("Uses and capacities must not be below 0.")
    if costs.shape[1] and not costs.shape[0]:
        raise DispatchError("There are items, but no agent to take them.")
    possible = uses <= room[:, None]
    if allowed is not None:
        possible &= np.asarray(allowed, np.bool_)
    for item in np.nonzero(~possible.any(axis=0))[0].tolist():
        raise DispatchError(
            f"Item {item + 1} fits no agent: it needs at least {uses[:, item].min()}, and no agent that may take it "
            f"has that much (the largest capacity is {room.max()})."
        )
    if costs.shape[1]:
        least = np.where(possible, uses, LARGEST).min(axis=0).sum()
        if least > room.sum():
            raise DispatchError(
                f"The items need at least {least} of capacity even if each is where it needs least; all agents "
                f"together have {room.sum()}."
            )
    return Instance(np.where(possible, costs, NEVER), np.where(possible, uses, LARGEST), room)


def _whole(values: ArrayLike, name: str) -> NDArray[np.int64]:
    array = np.asarray(values)
    if array.size == 0:
        return array.astype(np.int64)
    if not np.isfinite(array.astype(np.float64)).all() or (array != np.rint(array)).any():
        raise DispatchError(f"Every {name} must be a whole number: choose a smaller unit.")
    if (np.abs(array) > LARGEST).any():
        raise DispatchError(f"A {name} is above {LARGEST}: choose a larger unit.")
    return np.ascontiguousarray(array, np.int64)
