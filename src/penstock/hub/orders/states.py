"""The life of an order and of its lines."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from penstock.hub.core.transitions import Lifecycle


class Parcels(models.TextChoices):
    """What a buyer prefers whose parts are ready on different days; without a wish the network decides."""

    FEWER = "fewer", _("Fewer parcels")
    EARLIER = "earlier", _("Earlier")


ORDER = Lifecycle(
    "order",
    {
        # Placed: the promise and the price are fixed, the money is not there yet.
        "placed": {"confirm": "confirmed", "cancel": "cancelled", "lapse": "cancelled"},
        # Confirmed: paid, or on account. Work may begin.
        "confirmed": {"start": "in_production", "cancel": "cancelled"},
        "in_production": {"deliver": "delivered", "cancel": "cancelled"},
        # Every line delivered or cancelled; settled once every payee has been credited.
        "delivered": {"settle": "settled"},
        "settled": {},
        "cancelled": {},
    },
)

LINE = Lifecycle(
    "order line",
    {
        "open": {"deliver": "delivered", "cancel": "cancelled"},
        "delivered": {"settle": "settled"},
        "settled": {},
        "cancelled": {},
    },
)
