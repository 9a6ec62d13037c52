"""A buyer's owner and a colleague who may only look, each in a browser of their own."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from django.test import Client

from buyers import address, firm, measured, purchaser
from penstock.hub.core.actors import Actor
from penstock.hub.parties.models import Address, Member, Organisation, User
from penstock.hub.parts.models import Revision


@dataclass(frozen=True)
class Buyer:
    """A buying organisation with a measured part and a place to send it to."""

    organisation: Organisation
    actor: Actor
    revision: Revision
    address: Address

    @property
    def part_uid(self) -> str:
        return self.revision.part.uid

    def browser(self, role: str = "owner") -> Client:
        """A logged-in member's browser."""
        user = User.objects.create_user(f"{role}@{self.organisation.uid}.example.org".replace("_", "-"))
        Member.objects.create(organisation=self.organisation, user=user, role=role)
        client = Client()
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return client


@pytest.fixture
def buyer(db: None) -> Buyer:
    organisation = firm("Nordlicht Robotics")
    actor = purchaser(organisation)
    return Buyer(organisation, actor, measured(actor), address(organisation))


@pytest.fixture
def browser(buyer: Buyer) -> Client:
    return buyer.browser()
