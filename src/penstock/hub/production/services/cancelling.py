"""The door for cancelling: what has not begun can be withdrawn, what is being made cannot."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from penstock.hub.core.actors import WORK, Actor
from penstock.hub.core.errors import Conflict, NotFound
from penstock.hub.orders import services as orders
from penstock.hub.orders.models import Order, OrderLine

from ..models import Job
from ..states import NOT_STARTED
from . import pieces


def _own_order(actor: Actor, order_id: int) -> Order:
    """The order, locked; only its buyer or the operator cancels it."""
    actor.require(WORK)
    order = Order.objects.across_tenants().select_for_update(no_key=True).get(pk=order_id)
    if not actor.is_operator and order.organisation_id != actor.organisation_id:
        raise NotFound("not_found", _("There is nothing here under this number, or it is not yours to see."))
    return order


@transaction.atomic
def cancel_order(*, actor: Actor, order_uid: str) -> Order:
    """Cancel an order as a whole and refund it. Raises Conflict 'already_making' naming the lines that have begun;
    the others can then be cancelled one by one."""
    order = _own_order(actor, Order.objects.one(actor, order_uid).pk)
    if order.state != "in_production":
        orders.cancel(actor=actor, order_uid=order_uid)
        order.refresh_from_db()
        return order
    jobs = pieces.jobs_for_update(line__order=order)
    _refuse_started(jobs)
    _withdraw(jobs, actor)
    orders.cancel_in_production(actor=actor, order=order)
    order.refresh_from_db()
    return order


@transaction.atomic
def cancel_line(*, actor: Actor, line_uid: str) -> OrderLine:
    """Cancel one line of an order in production, if none of its pieces has begun."""
    line = OrderLine.objects.select_related("order").one(actor, line_uid)
    line.order = _own_order(actor, line.order_id)
    jobs = pieces.jobs_for_update(line=line)
    _refuse_started(jobs)
    _withdraw(jobs, actor)
    orders.cancel_line(actor=actor, line=line)
    line.refresh_from_db()
    return line


def _refuse_started(jobs: list[Job]) -> None:
    begun = sorted({job.line.position: job.line for job in jobs if _has_begun(job)}.items())
    if begun:
        names = ", ".join(f"{position} ({line.part_name})" for position, line in begun)
        raise Conflict(
            "already_making",
            _("These lines are being made already: %s. You can cancel the others one by one.") % names,
            lines=[line.uid for _position, line in begun],
        )


def _has_begun(job: Job) -> bool:
    return job.state not in (*NOT_STARTED, "cancelled")


def _withdraw(jobs: list[Job], actor: Actor) -> None:
    pieces.lock_builds(jobs)
    for job in jobs:
        if job.state in NOT_STARTED:
            pieces.withdraw(job, actor=actor)
