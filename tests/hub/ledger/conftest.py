"""Firms whose money the tests move."""

from __future__ import annotations

import pytest

from penstock.hub.core.actors import RIGHTS, Actor
from penstock.hub.parties.models import Organisation


def acting(organisation: Organisation) -> Actor:
    """An owner of the organisation."""
    return Actor(name=organisation.name, organisation_id=organisation.pk, rights=RIGHTS)


@pytest.fixture
def buyer(db) -> Organisation:
    return Organisation.objects.create(name="Jiading Instruments", country="CN", kinds=["buyer"])


@pytest.fixture
def maker(db) -> Organisation:
    return Organisation.objects.create(name="Kunshan Sinter", country="CN", kinds=["maker"])


@pytest.fixture
def buying(buyer: Organisation) -> Actor:
    return acting(buyer)
