"""Accepted builds on a plate are laid out by the parts' outlines and by what the process asks."""

from __future__ import annotations

import io

import numpy as np
import pytest
import trimesh

from penstock.hub.core.actors import SYSTEM
from penstock.hub.orders.models import OrderLine
from penstock.hub.parts import blobs
from penstock.hub.parts.models import Revision
from penstock.hub.production import services
from penstock.hub.production.models import Build, Offer
from workshops import Network, organisation

SIZE_MM = (60.0, 20.0, 10.0)


@pytest.fixture
def planned(db: None) -> Build:
    """An accepted build of five bars on a machine that melts metal powder."""
    organisation("Operator", "operator")
    network = Network.start()
    workshop = network.workshop("Suzhou", "eos-m290", materials=("alsi10mg",))
    order = network.order(5)
    OrderLine.objects.across_tenants().filter(order=order).update(process="slm", material="alsi10mg")
    content = trimesh.creation.box(SIZE_MM).export(file_type="stl")
    measurement = {"size_mm": list(SIZE_MM), "volume_mm3": float(np.prod(SIZE_MM)), "unit": "mm"}
    for revision in Revision.objects.across_tenants():
        revision.blob, revision.measurement = blobs.store(io.BytesIO(content)), measurement
        revision.save(update_fields=["blob", "measurement"])
    services.decompose(order.pk)
    services.run_wave(actor=SYSTEM)
    offer = Offer.objects.across_tenants().get()
    services.accept_offer(actor=workshop.actor, offer_uid=offer.uid)
    return Build.objects.across_tenants().get(pk=offer.build_id)


def test_long_sides_are_turned_off_the_blade_and_parts_stand_as_planned(planned, settings):
    settings.NEST_SECONDS = 1
    upright = np.array(planned.layout[0]["matrix"])[2, :3]
    assert services.nest_build(build_uid=planned.uid)
    build = Build.objects.across_tenants().get(pk=planned.pk)
    assert len(build.layout) == 5
    assert build.height_mm == pytest.approx(planned.height_mm)
    for entry in build.layout:
        matrix = np.array(entry["matrix"])
        assert matrix[2, :3] == pytest.approx(upright, abs=1e-9)
        long_side = matrix[:2, int(np.argmax(SIZE_MM))]
        assert abs(np.degrees(np.arctan2(long_side[1], long_side[0]))) % 180 >= 5 - 1e-6
        box = np.array(np.meshgrid(*([-edge / 2, edge / 2] for edge in SIZE_MM))).reshape(3, -1).T
        lies = box @ matrix[:3, :3].T + matrix[:3, 3]
        assert lies.min() >= -1e-6
        assert entry["origin_mm"] == pytest.approx([-edge / 2 for edge in SIZE_MM])
