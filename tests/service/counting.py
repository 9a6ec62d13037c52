"""Counts what many processes have left in the configured database and prints it as JSON; empty lists are good."""

from __future__ import annotations

import json
from collections import Counter

from penstock.hub.conf.boot import boot

boot()

from django.db.models import Sum  # noqa: E402 — models need Django
from procrastinate.contrib.django.models import ProcrastinateJob  # noqa: E402

from penstock.hub.core import journal  # noqa: E402
from penstock.hub.core.models import Delivery, Event  # noqa: E402
from penstock.hub.ledger import selectors as ledger  # noqa: E402
from penstock.hub.ledger.models import Payment, Refund  # noqa: E402
from penstock.hub.logistics.models import ShipmentItem  # noqa: E402
from penstock.hub.orders.models import Order, OrderLine  # noqa: E402
from penstock.hub.parts.models import Revision  # noqa: E402
from penstock.hub.production.models import Build, Job, Maker, Offer  # noqa: E402

ONCE_PER_ORDER = ("orders.placed", "orders.confirmed", "orders.delivered", "orders.settled", "production.jobs_created")


def repeated(values: list) -> list[str]:
    return sorted(str(value) for value, count in Counter(values).items() if count > 1)


def undelivered() -> list[str]:
    """Events one of whose handlers has not run."""
    ran = set(Delivery.objects.values_list("event_id", "handler"))
    return [
        f"{event.kind} {event.pk} {handler}"
        for event in Event.objects.all()
        for handler in journal._handlers[event.kind]
        if (event.pk, handler) not in ran
    ]


orders = list(Order.objects.across_tenants())
lines = list(OrderLine.objects.across_tenants().annotate(in_jobs=Sum("jobs__quantity")))
revisions = Revision.objects.across_tenants()
events = list(Event.objects.values_list("kind", "order_uid", "subject_uid"))
by_order = Counter((kind, order) for kind, order, _subject in events)
offers = Offer.objects.across_tenants()
print(
    json.dumps(
        {
            "orders": len(orders),
            "not settled": [order.number for order in orders if order.state != "settled"],
            "lines miscounted": [
                line.uid
                for line in lines
                if not line.quantity == line.in_jobs == line.made == line.shipped == line.delivered
            ],
            "order events not once": [
                f"{order.number} {kind} {by_order[kind, order.uid]}"
                for order in orders
                for kind in ONCE_PER_ORDER
                if by_order[kind, order.uid] != 1
            ],
            "lines settled twice": repeated([s for kind, _o, s in events if kind == "orders.line_settled"]),
            "builds finished twice": repeated(
                list(
                    Event.objects.filter(kind="production.build_finished")
                    .exclude(build_uid="")
                    .values_list("build_uid", "order_uid")
                )
            ),
            "revisions not measured once": [
                revision.uid
                for revision in revisions
                if revision.state != "ready"
                or sum(kind == "parts.measured" and subject == revision.uid for kind, _o, subject in events) != 1
            ],
            "jobs sent twice": repeated(
                list(
                    ShipmentItem.objects.filter(shipment__purpose="delivery")
                    .exclude(shipment__state="cancelled")
                    .values_list("job__uid", flat=True)
                )
            ),
            "jobs not delivered": list(
                Job.objects.across_tenants().exclude(state="delivered").values_list("uid", flat=True)
            ),
            "builds not finished": list(
                Build.objects.across_tenants().exclude(state="finished").values_list("uid", flat=True)
            ),
            "offers miscounted": offers.count()
            - (Maker.objects.across_tenants().aggregate(total=Sum("offers_made"))["total"] or 0),
            "paid twice or not at all": repeated(
                list(Payment.objects.across_tenants().filter(state="succeeded").values_list("order_uid", flat=True))
            )
            + sorted(
                {order.uid for order in orders}
                - set(Payment.objects.across_tenants().filter(state="succeeded").values_list("order_uid", flat=True))
            ),
            "refunds": Refund.objects.across_tenants().count(),
            "events not delivered": undelivered(),
            "jobs in the queue": sorted(
                ProcrastinateJob.objects.exclude(queue_name="house")
                .exclude(status="succeeded")
                .values_list("task_name", flat=True)
            ),
            "ledger": [f"{fault.entry}: {fault.why}" for fault in ledger.check()],
        }
    )
)
