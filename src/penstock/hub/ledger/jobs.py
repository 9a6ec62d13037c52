"""Background work of the ledger: asking silent providers, sending refunds, monthly statements."""

from __future__ import annotations

import logging
from datetime import timedelta

from django.utils import timezone
from procrastinate.contrib.django import app

from penstock.hub.core.jobs import RETRY
from penstock.hub.core.journal import on
from penstock.hub.core.models import Event

from . import events, services
from .models import Payment, Refund

logger = logging.getLogger(__name__)

# A notice usually comes within seconds; we ask when it has not come for this long.
PATIENCE = timedelta(minutes=2)


@on(events.REFUNDED)
def return_money(event: Event) -> None:
    """The provider is asked in a job of its own: its answer must not depend on the journal's transaction."""
    send_refund.defer(refund_uid=event.subject_uid)


@app.task(name="ledger.send_refund", queue="money", retry=RETRY)
def send_refund(refund_uid: str) -> None:
    services.send_refund(refund_uid=refund_uid)


@app.periodic(cron="*/5 * * * *")
@app.task(name="ledger.ask_providers", queue="money", queueing_lock="ledger.ask_providers")
def ask_providers(timestamp: int) -> None:
    """Ask where the payments stand whose notice has not come; one that fails does not keep the others waiting."""
    old = Payment.objects.across_tenants().filter(state="pending", created_at__lt=timezone.now() - PATIENCE)
    for uid in old.order_by("pk").values_list("uid", flat=True).iterator():
        try:
            services.ask_provider(payment_uid=uid)
        except Exception:
            logger.exception("asking about payment %s failed", uid)


@app.periodic(cron="23 * * * *")
@app.task(name="ledger.resend_refunds", queue="money")
def resend_refunds(timestamp: int) -> None:
    """Refunds whose own job ran out of tries while the provider was away."""
    unsent = Refund.objects.across_tenants().filter(
        provider_reference="", to_account=False, created_at__lt=timezone.now() - timedelta(hours=1)
    )
    for uid in unsent.values_list("uid", flat=True):
        send_refund.defer(refund_uid=uid)


@app.periodic(cron="41 2 1 * *")
@app.task(name="ledger.issue_statements", queue="money", retry=RETRY)
def issue_statements(timestamp: int) -> None:
    """On the first of a month: the month before."""
    last_day = timezone.localdate().replace(day=1) - timedelta(days=1)
    services.issue_due_statements(period_start=last_day.replace(day=1), period_end=last_day)
