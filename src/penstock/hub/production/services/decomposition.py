"""An order that is paid becomes work: one pooled job per line, each with its routing."""

from __future__ import annotations

from django.db import transaction

from penstock.hub.core import journal
from penstock.hub.core.actors import SYSTEM
from penstock.hub.orders import services as orders
from penstock.hub.orders.models import Order

from .. import events
from ..models import Job
from ..selectors import current_rules
from . import pieces


@transaction.atomic
def decompose(order_id: int) -> list[Job]:
    """Start production of a confirmed order; nothing when it was cancelled first or has been started already.

    Lines of the same process and material meet in the pool, whoever ordered them: the wave groups them, not this.
    """
    order = Order.objects.across_tenants().select_for_update(no_key=True).get(pk=order_id)
    if not orders.start_production(actor=SYSTEM, order=order):
        return []
    rules = current_rules()
    lines = order.lines.filter(state="open").select_related("order", "revision")
    jobs = [pieces.create_job(line, line.quantity, rules) for line in lines]
    journal.record(
        events.JOBS_CREATED,
        actor=SYSTEM,
        order=order.uid,
        organisations=[order.organisation_id],
        jobs=len(jobs),
        job_uids=[job.uid for job in jobs],
    )
    return jobs
