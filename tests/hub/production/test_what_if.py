"""What if: a rush order, a machine down, a workshop opened, beside the wave as it would be. Nothing is committed."""

from __future__ import annotations

import pytest
from django.test import Client

from buyers import operator_firm
from penstock.hub.core.actors import SYSTEM
from penstock.hub.core.errors import Forbidden, Invalid
from penstock.hub.production import services
from penstock.hub.production.models import Machine, Offer, Wave
from penstock.hub.production.services.what_if import IMAGINED, Opening, Rush
from workshops import Network, browser_of


@pytest.fixture
def network(db: None) -> Network:
    operator_firm()
    made = Network.start()
    made.workshop("Suzhou", "eos-p396")
    made.workshop("Shenzhen", "eos-p396")
    return made


@pytest.fixture
def desk(network: Network) -> Client:
    return browser_of(operator_firm(), "Mei")


def machine_in(network: Network, city: str) -> Machine:
    return Machine.objects.across_tenants().get(maker=network.workshops[city].maker)


RUSH = Rush("sls", "pa12", 5, (60.0, 40.0, 20.0), 3.0)


def test_a_rush_order_is_placed_and_the_rest_is_compared(network: Network) -> None:
    network.pooled(3)
    found = services.imagine(actor=SYSTEM, rush=RUSH)
    assert sum(each.quantity for each in found.after.assignments if each.job_id == IMAGINED) == 5
    assert found.difference.cost > 0
    assert not Wave.objects.exists()
    assert not Offer.objects.across_tenants().exists()


def test_with_its_machine_down_work_goes_elsewhere(network: Network) -> None:
    (job,) = network.pooled(3)
    found = services.imagine(actor=SYSTEM, down=machine_in(network, "Suzhou").uid)
    near, far = (str(network.workshops[city].maker.pk) for city in ("Suzhou", "Shenzhen"))
    assert found.difference.moved == ((job.uid, near, far),)


def test_a_workshop_opened_beside_the_buyer_gets_the_work(network: Network) -> None:
    network.pooled(3)
    found = services.imagine(actor=SYSTEM, opening=Opening("Shanghai", "eos-p396", "pa12"))
    assert {build.maker_id for build in found.after.builds} == {IMAGINED}
    assert found.difference.cost < 0


def test_what_is_not_known_is_refused_and_only_the_operator_asks(network: Network) -> None:
    for wrong in (
        {"down": "mac_NOTTHERE"},
        {"opening": Opening("Nowhereville", "eos-p396", "pa12")},
        {"opening": Opening("Shanghai", "no-such-model", "pa12")},
    ):
        with pytest.raises(Invalid):
            services.imagine(actor=SYSTEM, **wrong)
    with pytest.raises(Forbidden):
        services.imagine(actor=network.buyer_actor, rush=RUSH)


def test_the_page_compares_and_asks_again_for_what_is_wrong(network: Network, desk: Client) -> None:
    network.pooled(3)
    assert "Say what should be different" in desk.get("/desk/control/what-if").content.decode()
    given = {"rush": "sls/pa12", "pieces": "4", "days": "2", "size": "50 x 30 x 20"}
    given |= {"down": machine_in(network, "Suzhou").uid, "city": "Hangzhou", "model": "eos-p396/pa12"}
    answer = desk.get("/desk/control/what-if", given)
    page = answer.content.decode()
    assert answer.status_code == 200
    for words in ("The rush order", "With the change", "The new workshop would get", "A workshop in Hangzhou"):
        assert words in page
    for wrong in ({"rush": "sls/pa12", "size": "flat"}, {"city": "Hangzhou"}, {"hold_back": "on"}, {"down": "nothing"}):
        assert desk.get("/desk/control/what-if", wrong).status_code == 422
    refused = desk.get("/desk/control/what-if", {"city": "Nowhereville", "model": "eos-p396/pa12"})
    assert "There is no city called Nowhereville" in refused.content.decode()
    assert not Wave.objects.exists()
