"""Roles as data, and the life of an invitation."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from penstock.hub.core.actors import MANAGE, PAY, READ, RIGHTS, WORK
from penstock.hub.core.transitions import Lifecycle


class Role(models.TextChoices):
    OWNER = "owner", _("Owner")
    PURCHASER = "purchaser", _("Purchaser")
    WORKER = "worker", _("Worker")
    VIEWER = "viewer", _("Viewer")


ROLE_RIGHTS: dict[str, frozenset[str]] = {
    Role.OWNER: RIGHTS,
    Role.PURCHASER: frozenset({READ, WORK, PAY}),
    Role.WORKER: frozenset({READ, WORK}),
    Role.VIEWER: frozenset({READ}),
}
assert MANAGE in ROLE_RIGHTS[Role.OWNER]


class OrganisationKind(models.TextChoices):
    BUYER = "buyer", _("Buyer")
    MAKER = "maker", _("Maker")
    DESIGNER = "designer", _("Designer")
    PARTNER = "partner", _("Partner")
    CARRIER = "carrier", _("Carrier")
    OPERATOR = "operator", _("Operator")


INVITATION = Lifecycle(
    "invitation",
    {
        "open": {"accept": "accepted", "withdraw": "withdrawn"},
        "accepted": {},
        "withdrawn": {},
    },
)
