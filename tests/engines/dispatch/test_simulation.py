"""The simulation: one world gives one answer, nothing is lost, policies meet the same world, own files count."""

from __future__ import annotations

import json

import pytest

from penstock.cli import main
from penstock.engines.dispatch import DispatchError
from penstock.engines.dispatch import simulation as sim
from penstock.engines.dispatch.simulation import page

MACHINES = """maker,lat,lon,process,material,x_mm,y_mm,z_mm,rate,setup_hours,hours_per_mm
North,31.2,121.4,sls,pa12,340,340,600,60,6,0.05
South,30.2,120.1,sls,pa12,340,340,600,55,6,0.05
"""
ORDERS = """day,maker,process,material,quantity,x_mm,y_mm,z_mm,cm3,due_days,lat,lon
0.2,North,sls,pa12,20,60,40,20,12,9,31.2,121.5
0.3,South,sls,pa12,25,70,40,20,14,9,30.3,120.2
1.5,South,sls,pa12,5,50,50,50,30,9,30.3,120.2
"""


@pytest.fixture(scope="module")
def world():
    return sim.make_world(4, 6, 3, load=0.5)


def test_every_piece_of_every_order_is_delivered_or_counted_as_refused(world):
    wanted = sum(arrival.job.quantity for arrival in world.arrivals)
    for policy in sim.POLICIES:
        outcome = sim.simulate(world, policy)
        assert outcome.pieces == wanted
        assert outcome.refused == 0
        assert 0 < sum(outcome.fills) / len(outcome.fills) < 1
        assert outcome.busy_hours > 0


def test_a_world_has_one_outcome_per_policy(world):
    assert vars(sim.simulate(world, "pooled")) == vars(sim.simulate(world, "pooled"))


def test_pooled_builds_are_fuller_than_those_of_makers_alone(world):
    runs = {name: [sim.simulate(world, name)] for name in ("alone", "pooled")}
    answer = sim.summarise(runs, 4)
    assert answer.policies["pooled"]["fill"].mean > answer.policies["alone"]["fill"].mean
    assert answer.policies["pooled"]["builds"].mean < answer.policies["alone"]["builds"].mean
    assert answer.against["alone"]["fill"].mean == 0.0
    assert page.bars(answer).startswith("<svg")
    assert "pooled" in page.table(answer)


def test_intervals_narrow_with_replications_of_known_spread():
    outcomes = []
    for on_time in (8, 9, 10, 9):
        outcome = sim.Outcome("alone", jobs=10, on_time=on_time, orders=10)
        outcomes.append(outcome)
    estimate = sim.summarise({"alone": outcomes}, 1).policies["alone"]["on_time"]
    assert estimate.mean == pytest.approx(0.9)
    assert estimate.half_width == pytest.approx(3.182 * 0.0816497 / 2, rel=1e-3)


def test_own_machines_and_orders(tmp_path, capsys):
    machines, orders = tmp_path / "machines.csv", tmp_path / "orders.csv"
    machines.write_text(MACHINES)
    orders.write_text(ORDERS)
    given = ["simulate", "--machines", str(machines), "--orders", str(orders), "--days", "3", "--replications", "2"]
    assert main([*given, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["policies"]["pooled"]["builds"]["mean"] <= told["policies"]["alone"]["builds"]["mean"]
    orders.write_text(ORDERS.replace("0.3,South", "0.3,West"))
    assert main(given) == 1
    assert "line 3: West has no machines" in capsys.readouterr().err
    with pytest.raises(DispatchError, match="line 2: rate is 'x'"):
        sim.read_machines(MACHINES.replace(",60,6", ",x,6").splitlines())
