"""The JSON door of the network's settings, for the operator."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Router

from . import network
from .http import actor_of, answer_once
from .schemas import NetworkIn, NetworkOut

router = Router(tags=["network"])


@router.get("/network", response=NetworkOut)
def get_network(request: HttpRequest) -> Any:
    """Operator: what is set for the whole network."""
    actor_of(request).require_operator("read")
    return network.current()


@router.post("/network", response=NetworkOut)
def change_network(request: HttpRequest, body: NetworkIn) -> Any:
    """Operator: change settings. Faults come back as `data.faults`, by entry."""

    def do() -> NetworkOut:
        given = body.model_dump(exclude_none=True)
        note = given.pop("note")
        made = network.change(actor=actor_of(request), document=given, note=note)
        return NetworkOut(**made.document)

    return answer_once(request, "change_network", body, do)
