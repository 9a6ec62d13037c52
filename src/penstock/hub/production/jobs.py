"""What production does by itself: work from confirmed orders, waves, offers that lapse."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone
from procrastinate.contrib.django import app

from penstock.hub.core.actors import SYSTEM
from penstock.hub.core.errors import Conflict
from penstock.hub.core.journal import on
from penstock.hub.core.models import Event
from penstock.hub.orders import events as orders
from penstock.hub.orders.models import Order

from . import services
from .models import Job, Wave
from .selectors import current_rules


@on(orders.ORDER_CONFIRMED)
def plan_work(event: Event) -> None:
    order_id = Order.objects.across_tenants().values_list("pk", flat=True).get(uid=event.order_uid)
    services.decompose(order_id)


@app.periodic(cron="* * * * *")
@app.task(name="production.lapse_offers", queue="house", queueing_lock="production.lapse_offers")
def lapse_offers(timestamp: int) -> None:
    services.lapse_offers()
    services.find_finishers()


@app.task(name="production.nest", queue="nest")
def nest(build_uid: str) -> None:
    """Seconds of work; a build that cannot be nested stays as it was planned."""
    services.nest_build(build_uid=build_uid)


@app.periodic(cron="* * * * * 30")
@app.task(name="production.distribute", queue="house", queueing_lock="production.distribute")
def distribute(timestamp: int) -> None:
    """Run a wave when something is pooled and the policy's pause since the last one is over."""
    if not Job.objects.across_tenants().filter(state="pooled").exists():
        return
    pause = timedelta(minutes=current_rules().wave_minutes)
    if Wave.objects.filter(started_at__gt=timezone.now() - pause).exists():
        return
    try:
        services.run_wave(actor=SYSTEM, hold_back=True)
    except Conflict:
        return  # another wave is running and sees the same pool
