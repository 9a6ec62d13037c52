"""Background work of the order room: money that arrives confirms, orders nobody pays for lapse."""

from __future__ import annotations

from procrastinate.contrib.django import app

from penstock.hub.core.journal import on
from penstock.hub.core.models import Event
from penstock.hub.ledger import events as ledger

from . import services
from .visits import sweep_visits


@on(ledger.PAYMENT_SUCCEEDED)
def confirm(event: Event) -> None:
    services.confirm(order_uid=event.order_uid, payment_uid=event.payload["payment_uid"])


@app.periodic(cron="41 * * * *")
@app.task(name="orders.lapse_unpaid", queue="house")
def lapse_unpaid(timestamp: int) -> None:
    services.lapse_unpaid()


@app.periodic(cron="53 * * * *")
@app.task(name="orders.sweep_visits", queue="house")
def sweep(timestamp: int) -> None:
    sweep_visits()
