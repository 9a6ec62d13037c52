"""A firm with its owner."""

from __future__ import annotations

import pytest

from penstock.hub.core.actors import Actor
from penstock.hub.parties import selectors, services
from penstock.hub.parties.models import Organisation, User


@pytest.fixture
def owner(db) -> User:
    return User.objects.create_user("wang@example.com", "long enough 1", name="Wang Wei")


@pytest.fixture
def firm(owner: User) -> Organisation:
    return services.register_organisation(user=owner, name="Jiading Instruments", country="cn", kinds=["buyer"])


@pytest.fixture
def owning(firm: Organisation, owner: User) -> Actor:
    return selectors.actor_for_member(selectors.member_for_user(owner))
