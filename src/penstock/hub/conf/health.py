"""`/healthz`: whether this web process can serve, for load balancers and for `penstock up`."""

from __future__ import annotations

from importlib.metadata import version

from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe


@require_safe
@never_cache
def healthz(request: HttpRequest) -> JsonResponse:
    """200 when the database answers, else 503; needs no log-in and tells nothing but the version."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("select 1")
    except DatabaseError:
        return JsonResponse({"status": "database unreachable", "version": version("penstock")}, status=503)
    return JsonResponse({"status": "ok", "version": version("penstock")})
