"""The verbs of the order room. Locks follow core.locks: the order, then its line, then the ledger."""

from __future__ import annotations

from .basket import add_to_basket, change_basket_line, price_line_again, remove_basket_line, reorder
from .cancelling import cancel, cancel_in_production, cancel_line, lapse_unpaid
from .confirming import confirm
from .delivering import (
    record_delivered,
    record_lost,
    record_made,
    record_shipped,
    record_unmade,
    start_production,
)
from .invoicing import invoice, is_invoiced
from .placing import place_order, retry_payment
from .settling import settle_carriage, settle_line
from .sharing import share_order, unshare_order

__all__ = [
    "add_to_basket",
    "cancel",
    "cancel_in_production",
    "cancel_line",
    "change_basket_line",
    "confirm",
    "invoice",
    "is_invoiced",
    "lapse_unpaid",
    "place_order",
    "price_line_again",
    "record_delivered",
    "record_lost",
    "record_made",
    "record_shipped",
    "record_unmade",
    "remove_basket_line",
    "reorder",
    "retry_payment",
    "settle_carriage",
    "settle_line",
    "share_order",
    "start_production",
    "unshare_order",
]
