"""What follows from others' news: ready pieces are packed, delivered ones are settled."""

from __future__ import annotations

from penstock.hub.core.journal import on
from penstock.hub.core.models import Event
from penstock.hub.orders import events as orders
from penstock.hub.orders.models import Order, OrderLine
from penstock.hub.production import events as production
from penstock.hub.production.models import Job, Maker

from . import services


@on(production.JOB_READY)
def pack(event: Event) -> None:
    job = Job.objects.across_tenants().get(uid=event.payload["job_uid"])
    services.plan_for_ready_job(job_id=job.pk)


@on(production.JOB_NEEDS_TRANSFER)
def send_on(event: Event) -> None:
    job = Job.objects.across_tenants().get(uid=event.payload["job_uid"])
    to_maker = Maker.objects.across_tenants().get(organisation__uid=event.payload["to_maker_uid"])
    services.plan_transfer(job_id=job.pk, to_maker_id=to_maker.pk)


@on(production.JOB_POOLED_AGAIN)
@on(production.JOB_CANCELLED)
def stop_waiting(event: Event) -> None:
    """Pieces that will not come for long are not waited for by those that are ready."""
    services.send_gathered(
        order_id=Order.objects.across_tenants().values_list("pk", flat=True).get(uid=event.order_uid)
    )


@on(orders.LINE_DELIVERED)
def settle_line(event: Event) -> None:
    line = OrderLine.objects.across_tenants().get(uid=event.payload["line_uid"])
    services.settle_line(line_id=line.pk)


@on(orders.ORDER_DELIVERED)
def settle_carriage(event: Event) -> None:
    order = Order.objects.across_tenants().get(uid=event.order_uid)
    services.settle_carriage(order_id=order.pk)


@on(orders.ORDER_CANCELLED)
def settle_cancelled(event: Event) -> None:
    order = Order.objects.across_tenants().get(uid=event.order_uid)
    services.settle_cancelled(order_id=order.pk)
