"""What is expected to arrive in each pool, so that a thin build waits only where something will join it.

The mean of the last four weeks' orders. A network without two weeks of history has no forecast; nor has a pool that
nobody ordered from in this time.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from django.db.models import F, FloatField, Min, Sum
from django.db.models.fields.json import KeyTextTransform, KeyTransform
from django.db.models.functions import Cast

from .models import Job

LOOK_BACK = timedelta(days=28)
LEAST_HISTORY = timedelta(days=14)


def arrivals(now: datetime, processes: Collection[str]) -> Mapping[tuple[str, str], float]:
    """Box volume in mm³ an hour by (process, material) of these processes, as `dispatch.plan` takes it."""
    # What was split off and what is made again did not arrive from outside.
    ordered = Job.objects.across_tenants().filter(split_from=None, complaint_uid="").exclude(state="cancelled")
    first = ordered.aggregate(first=Min("line__order__placed_at"))["first"]
    if first is None or now - first < LEAST_HISTORY:
        return {}
    since = max(first, now - LOOK_BACK)
    size_mm = KeyTransform("size_mm", "line__revision__measurement")
    x, y, z = (Cast(KeyTextTransform(axis, size_mm), FloatField()) for axis in range(3))
    volumes = (
        ordered.filter(line__order__placed_at__gte=since, line__order__placed_at__lt=now, process__in=processes)
        .values_list("process", "material")
        .annotate(volume_mm3=Sum(F("line__quantity") * x * y * z))
    )
    hours = (now - since).total_seconds() / 3600.0
    return {(process, material): volume / hours for process, material, volume in volumes if volume}
