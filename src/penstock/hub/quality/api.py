"""The JSON door of quality: makers inspect, buyers complain, the operator decides."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import FileResponse, HttpRequest
from ninja import File, Query, Router, Status
from ninja.files import UploadedFile

from penstock.hub.core.errors import NotFound
from penstock.hub.core.http import Page, Paging, actor_of, answer_once, page
from penstock.hub.parts.services import open_blob

from . import selectors, services
from .schemas import (
    ChainOut,
    ComplaintIn,
    ComplaintOut,
    DecisionIn,
    InspectionIn,
    InspectionOut,
    RejectionIn,
)

router = Router(tags=["quality"])


@router.get("/inspections", response=Page[InspectionOut])
def list_inspections(request: HttpRequest, paging: Query[Paging]) -> Any:
    return page(selectors.inspections(actor_of(request)), paging)


@router.post("/jobs/{uid}/inspection", response={201: InspectionOut})
def inspect_job(request: HttpRequest, uid: str, body: InspectionIn) -> Any:
    """Say how many of a job's pieces are good; the others are made again."""
    return answer_once(
        request,
        f"inspect:{uid}",
        body,
        lambda: InspectionOut.from_orm(services.inspect(actor=actor_of(request), job_uid=uid, **body.dict())),
        status=201,
    )


@router.get("/complaints", response=Page[ComplaintOut])
def list_complaints(request: HttpRequest, paging: Query[Paging], state: str | None = None) -> Any:
    return page(selectors.complaints(actor_of(request), state), paging)


@router.get("/complaints/{uid}", response=ComplaintOut)
def get_complaint(request: HttpRequest, uid: str) -> Any:
    return selectors.complaint(actor_of(request), uid)


@router.get("/complaints/{uid}/chain", response=list[ChainOut])
def get_complaint_chain(request: HttpRequest, uid: str) -> Any:
    """Who made the pieces, in which build, on which machine, of what. For the operator."""
    actor = actor_of(request)
    actor.require_operator("read")
    return selectors.chain(selectors.complaint(actor, uid).line)


@router.get("/complaints/{uid}/pictures/{picture_id}", response={200: None})
def get_complaint_picture(request: HttpRequest, uid: str, picture_id: int) -> Any:
    """The picture as an attachment."""
    complaint = selectors.complaint(actor_of(request), uid)
    picture = next((p for p in complaint.pictures.all() if p.pk == picture_id), None)
    if picture is None:
        raise NotFound("not_found", "There is no such picture.")
    return FileResponse(
        open_blob(picture.blob), as_attachment=True, filename=f"{uid}-{picture.pk}.jpg", content_type="image/jpeg"
    )


@router.post("/complaints", response={201: ComplaintOut})
def open_complaint(request: HttpRequest, body: ComplaintIn) -> Any:
    """Say what is wrong with delivered pieces of a line. Pictures follow to `/complaints/{uid}/pictures`."""

    def run() -> ComplaintOut:
        complaint = services.complain(actor=actor_of(request), **body.dict())
        return _out(request, complaint.uid)

    return answer_once(request, "complain", body, run, status=201)


@router.post("/complaints/{uid}/pictures", response={201: ComplaintOut})
def add_complaint_pictures(request: HttpRequest, uid: str, pictures: File[list[UploadedFile]]) -> Any:
    services.add_pictures(actor=actor_of(request), complaint_uid=uid, pictures=pictures)
    return Status(201, selectors.complaint(actor_of(request), uid))


def _out(request: HttpRequest, uid: str) -> ComplaintOut:
    return ComplaintOut.from_orm(selectors.complaint(actor_of(request), uid))


def _verb(request: HttpRequest, name: str, uid: str, body: Any, do: Callable[..., Any]) -> Any:
    def run() -> ComplaintOut:
        do(actor=actor_of(request), complaint_uid=uid, **(body.dict() if body else {}))
        return _out(request, uid)

    return answer_once(request, f"{name}:{uid}", body, run)


@router.post("/complaints/{uid}/take", response=ComplaintOut)
def take_on_complaint(request: HttpRequest, uid: str) -> Any:
    """Own this complaint (operator)."""
    return _verb(request, "take", uid, None, services.take_on)


@router.post("/complaints/{uid}/decision", response=ComplaintOut)
def decide_complaint(request: HttpRequest, uid: str, body: DecisionIn) -> Any:
    """Make again, refund or credit, with the cause (operator)."""
    return _verb(request, "decide", uid, body, services.decide)


@router.post("/complaints/{uid}/rejection", response=ComplaintOut)
def reject_complaint(request: HttpRequest, uid: str, body: RejectionIn) -> Any:
    """No remedy, with the reason (operator)."""
    return _verb(request, "reject", uid, body, services.reject)


@router.post("/complaints/{uid}/withdrawal", response=ComplaintOut)
def withdraw_complaint(request: HttpRequest, uid: str) -> Any:
    """Take an open complaint back (buyer)."""
    return _verb(request, "withdraw", uid, None, services.withdraw)
