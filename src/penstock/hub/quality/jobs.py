"""What follows from others' news: a complaint closes when the pieces made again have arrived."""

from __future__ import annotations

from penstock.hub.core.journal import on
from penstock.hub.core.models import Event
from penstock.hub.logistics.events import PARCEL_DELIVERED
from penstock.hub.production.models import Job

from . import services


@on(PARCEL_DELIVERED)
def close_complaints(event: Event) -> None:
    remade = (
        Job.objects.across_tenants()
        .filter(shipment_items__shipment__uid=event.payload["shipment_uid"])
        .exclude(complaint_uid="")
    )
    for complaint_uid in remade.values_list("complaint_uid", flat=True).distinct():
        services.close_when_remade(complaint_uid=complaint_uid)
