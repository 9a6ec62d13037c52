"""A network in simulation: is pooling worth it, for these machines and these orders?"""

from penstock.engines.dispatch.simulation.figures import Answer, Estimate, summarise
from penstock.engines.dispatch.simulation.own import read_machines, read_orders
from penstock.engines.dispatch.simulation.run import POLICIES, Outcome, PolicyName, simulate
from penstock.engines.dispatch.simulation.world import Arrival, World, make_world

__all__ = [
    "POLICIES",
    "Answer",
    "Arrival",
    "Estimate",
    "Outcome",
    "PolicyName",
    "World",
    "make_world",
    "read_machines",
    "read_orders",
    "simulate",
    "summarise",
]
