"""The life of a shipment."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from penstock.hub.core.transitions import Lifecycle

SHIPMENT = Lifecycle(
    "shipment",
    {
        "planned": {"hand_over": "handed_over", "cancel": "cancelled"},
        "handed_over": {"move": "in_transit", "deliver": "delivered", "lose": "lost"},
        "in_transit": {"move": "in_transit", "deliver": "delivered", "lose": "lost"},
        "delivered": {},
        "lost": {},
        "cancelled": {},
    },
)


class ShipmentPurpose(models.TextChoices):
    DELIVERY = "delivery", _("To the buyer")
    COLLECTION = "collection", _("To where the order is brought together")
    TRANSFER = "transfer", _("To the next maker")
