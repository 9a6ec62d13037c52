"""What every page says of the network it belongs to."""

from __future__ import annotations

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from penstock.hub.core.network import current


def network(request: HttpRequest) -> dict[str, object]:
    """The settings of the network, read when a template first asks for them."""
    return {"network": SimpleLazyObject(current)}
