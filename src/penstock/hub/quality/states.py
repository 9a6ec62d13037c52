"""The life of a complaint, its remedies and its causes."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from penstock.hub.core.transitions import Lifecycle

COMPLAINT = Lifecycle(
    "complaint",
    {
        "open": {"remedy": "in_remedy", "settle": "closed", "reject": "rejected", "withdraw": "withdrawn"},
        # A reprint is under way; it closes when the new pieces arrive.
        "in_remedy": {"close": "closed"},
        "closed": {},
        "rejected": {},
        "withdrawn": {},
    },
)


class Remedy(models.TextChoices):
    REPRINT = "reprint", _("Make again")
    REFUND = "refund", _("Refund")
    CREDIT = "credit", _("Credit on account")


class Cause(models.TextChoices):
    MAKER = "maker", _("Maker")
    MACHINE = "machine", _("Machine")
    MATERIAL = "material", _("Material")
    CARRIER = "carrier", _("Carrier")
    DESIGN = "design", _("Design")
    PLATFORM = "platform", _("Platform")
