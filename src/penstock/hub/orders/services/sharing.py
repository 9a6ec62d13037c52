"""A link under which anybody can follow an order, until it is closed."""

from __future__ import annotations

import secrets

from django.db import transaction

from penstock.hub.core.actors import WORK, Actor
from penstock.hub.core.journal import record
from penstock.hub.orders import events
from penstock.hub.orders.models import Order

from .telling import about


@transaction.atomic
def share_order(*, actor: Actor, order_uid: str) -> str:
    """The link's token; the same one while the order is shared."""
    actor.require(WORK)
    order = Order.objects.one(actor, order_uid)
    token = secrets.token_urlsafe(32)
    if Order.objects.across_tenants().filter(pk=order.pk, share_token=None).update(share_token=token):
        record(events.ORDER_SHARED, **about(order, actor))
    order.refresh_from_db(fields=["share_token"])
    return order.share_token


@transaction.atomic
def unshare_order(*, actor: Actor, order_uid: str) -> None:
    """Close the link; a later one is another."""
    actor.require(WORK)
    order = Order.objects.one(actor, order_uid)
    if Order.objects.across_tenants().filter(pk=order.pk).exclude(share_token=None).update(share_token=None):
        record(events.ORDER_UNSHARED, **about(order, actor))
