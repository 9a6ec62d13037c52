"""A shortened history: orders in many states, made by the services, and books in order."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from penstock.demo import history, network
from penstock.demo.clock import at
from penstock.hub.core.models import Event
from penstock.hub.ledger import selectors as ledger
from penstock.hub.ledger.reading import held
from penstock.hub.logistics.models import Shipment
from penstock.hub.orders.models import BasketLine, Order
from penstock.hub.production.models import Job, Offer
from penstock.hub.quotes.models import RequestForQuotation

pytestmark = pytest.mark.django_db


def test_three_weeks_leave_a_living_network_and_books_in_order() -> None:
    network.found()
    history.tell(lambda text: None, days=21)

    states = Counter(Order.objects.across_tenants().values_list("state", flat=True))
    assert {"settled", "in_production", "cancelled"} <= set(states)
    assert sum(states.values()) >= 15
    assert {"pooled", "offered", "accepted"} & set(Job.objects.across_tenants().values_list("state", flat=True))
    assert Offer.objects.across_tenants().filter(state="open").exists(), "something waits for a maker"
    assert Shipment.objects.across_tenants().filter(state="delivered").exists()
    assert RequestForQuotation.objects.across_tenants().filter(state="open").exists()
    assert BasketLine.objects.across_tenants().exists()

    assert ledger.check() == ()
    for order in Order.objects.across_tenants().filter(state__in=("settled", "cancelled")):
        assert held(order.uid) == 0, order.number
    for order in Order.objects.across_tenants().filter(state="settled"):
        assert all(line.delivered == line.quantity for line in order.lines.filter(state="settled"))
    told = timezone.now() - Event.objects.earliest("at").at
    assert told > timedelta(days=7), "the story began in the past"


@pytest.mark.parametrize("weekday", [0, 5, 6])
def test_the_last_morning_is_alive_on_every_day_of_the_week(weekday: int) -> None:
    end = datetime(2026, 3, 2 + weekday, 0, 5, tzinfo=UTC)
    network.found()
    with at(end):
        history.tell(lambda text: None, days=1)
    assert Offer.objects.across_tenants().filter(state="open", deadline__gt=end).exists()
    assert Job.objects.across_tenants().filter(state="pooled").exists(), "something waits for the next wave"
    assert ledger.check() == ()
    told = Event.objects.filter(at__range=(end - timedelta(hours=12), end)).order_by("pk").values_list("at", flat=True)
    assert list(told) == sorted(told), "the journal runs forward"
