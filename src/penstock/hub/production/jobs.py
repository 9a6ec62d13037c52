"""What production does by itself: work from confirmed orders, waves, offers that lapse."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from penstock.hub.core.actors import SYSTEM
from penstock.hub.core.errors import Conflict
from penstock.hub.core.journal import on
from penstock.hub.core.models import Event
from penstock.hub.orders import events as orders
from penstock.hub.orders.models import Order

from . import services
from .models import Wave
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
    """Ask for a wave of every process with pooled work for which the policy's pause since its last one is over."""
    since = timezone.now() - timedelta(minutes=current_rules().wave_minutes)
    recent = set(Wave.objects.filter(started_at__gt=since).values_list("process", flat=True))
    for process in services.pooled_processes() if "" not in recent else ():
        if process not in recent:
            later = plan_process.configure(lock=f"wave {process}", queueing_lock=f"wave {process}")
            with suppress(AlreadyEnqueued), transaction.atomic():
                later.defer(process=process)


@app.task(name="production.plan_process", queue="house")
def plan_process(process: str) -> None:
    """One wave of one process, on whatever worker is free; its lock keeps it from being planned twice at once."""
    with suppress(Conflict):  # a wave started by hand sees the same pool
        services.run_wave(actor=SYSTEM, hold_back=True, process=process)
