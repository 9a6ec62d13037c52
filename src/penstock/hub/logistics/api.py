"""The JSON door of logistics: makers hand over, carriers report, receivers confirm."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Query, Router

from penstock.hub.core import paper
from penstock.hub.core.http import Page, Paging, actor_of, answer_once, page

from . import papers, selectors, services
from .schemas import HandOverIn, ParcelLabelOut, ShipmentOut, TrackingIn

router = Router(tags=["logistics"])


@router.get("/shipments", response=Page[ShipmentOut])
def list_shipments(
    request: HttpRequest, paging: Query[Paging], state: str | None = None, order_uid: str | None = None
) -> Any:
    """Parcels you send, carry or receive."""
    return page(selectors.shipments(actor_of(request), state, order_uid), paging)


@router.get("/shipments/{uid}", response=ParcelLabelOut)
def get_shipment(request: HttpRequest, uid: str) -> Any:
    return selectors.shipment(actor_of(request), uid)


@router.get("/shipments/{uid}/note", response={200: None})
def get_delivery_note(request: HttpRequest, uid: str) -> Any:
    """The delivery note as PDF, for a parcel that goes to a buyer."""
    found = selectors.shipment(actor_of(request), uid)
    return paper.answer(papers.note_pdf(found), found.uid)


def _answer(request: HttpRequest, verb: str, uid: str, payload: Any, do) -> Any:
    def run() -> ShipmentOut:
        do()
        return ShipmentOut.from_orm(selectors.shipment(actor_of(request), uid))

    return answer_once(request, f"{verb}:{uid}", payload, run)


@router.post("/shipments/{uid}/hand-over", response=ShipmentOut)
def hand_over_shipment(request: HttpRequest, uid: str, body: HandOverIn) -> Any:
    """The sender gives the parcel to the carrier."""
    return _answer(
        request,
        "hand_over",
        uid,
        body,
        lambda: services.hand_over(actor=actor_of(request), shipment_uid=uid, **body.dict()),
    )


@router.post("/shipments/{uid}/tracking", response=ShipmentOut)
def report_tracking(request: HttpRequest, uid: str, body: TrackingIn) -> Any:
    """The carrier reports where the parcel is; the same `reference` twice counts once."""
    return _answer(
        request,
        "tracking",
        uid,
        body,
        lambda: services.take_tracking(actor=actor_of(request), shipment_uid=uid, **body.dict()),
    )


@router.post("/shipments/{uid}/delivered", response=ShipmentOut)
def confirm_delivery(request: HttpRequest, uid: str) -> Any:
    """The parcel has arrived."""
    return _answer(request, "deliver", uid, None, lambda: services.deliver(actor=actor_of(request), shipment_uid=uid))


@router.post("/shipments/{uid}/lost", response=ShipmentOut)
def declare_lost(request: HttpRequest, uid: str) -> Any:
    """The parcel will not arrive: its pieces are made again."""
    return _answer(request, "lose", uid, None, lambda: services.lose(actor=actor_of(request), shipment_uid=uid))
