"""The demo network is founded by the services, and every firm in it can do what it says."""

from __future__ import annotations

import pytest
from django.contrib.auth import authenticate

from penstock.demo import network
from penstock.demo.firms import BUYERS, CARRIER, LOGINS, MAKERS, OPERATOR, PASSWORD
from penstock.engines import knowledge
from penstock.hub.core.errors import DomainError
from penstock.hub.ledger import selectors as ledger
from penstock.hub.parties import selectors as parties
from penstock.hub.parties.models import Organisation
from penstock.hub.production.models import Machine, Maker

pytestmark = pytest.mark.django_db


@pytest.fixture
def founded() -> None:
    assert not network.exists()
    network.found()


def test_firms_machines_and_limits_are_there(founded: None) -> None:
    assert network.exists()
    assert Organisation.objects.count() == 2 + len(BUYERS) + len(MAKERS)
    assert Maker.objects.across_tenants().count() == len(MAKERS)
    assert Machine.objects.across_tenants().count() == sum(len(maker.machines) for maker in MAKERS) >= 30
    assert network.actor_for(OPERATOR).is_operator
    for firm in (CARRIER, *BUYERS):
        actor = network.actor_for(firm)
        assert not actor.is_operator
        assert parties.addresses(actor).get().city == firm.city
        assert ledger.account(actor.organisation_id).credit_limit == firm.credit


def test_the_printed_log_ins_work(founded: None, rf) -> None:
    for _role, email in LOGINS:
        assert authenticate(rf.post("/"), username=email, email=email, password=PASSWORD) is not None


def test_it_cannot_be_founded_twice(founded: None) -> None:
    from django.db import IntegrityError, transaction

    with pytest.raises((IntegrityError, DomainError)), transaction.atomic():
        network.found()
    assert Organisation.objects.count() == 2 + len(BUYERS) + len(MAKERS)


def test_machines_run_what_they_load_and_the_common_recipes_are_covered(founded: None) -> None:
    known = knowledge.default()
    for machine in Machine.objects.across_tenants():
        model = known.machine(machine.model)
        assert machine.process in model.processes if hasattr(model, "processes") else machine.process == model.process
        assert machine.loaded_material in machine.materials
    covered = {
        (machine.process, material) for machine in Machine.objects.across_tenants() for material in machine.materials
    }
    assert {process for process, _material in covered} >= {
        "fdm", "sla", "dlp", "sls", "mjf", "slm", "mjt", "bjt", "cnc-milling", "cnc-turning", "vacuum-casting",
        "sheet-laser",
    }  # fmt: skip
    assert len(covered) >= 40
