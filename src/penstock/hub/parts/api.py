"""The JSON door of the part room: upload, look, name, archive, and fetch files."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import File, Form, Query, Router, UploadedFile

from penstock.hub.core.http import Page, Paging, actor_of, answer_once, page

from . import repairing, selectors, services, serving
from .schemas import PartDetailOut, PartOut, RenameIn, RevisionOut, UnitIn, UploadIn

router = Router(tags=["parts"])


@router.get("/parts", response=Page[PartOut])
def list_parts(request: HttpRequest, paging: Query[Paging], search: str = "", archived: bool = False) -> Any:
    """Your parts, newest first, each with its newest revision."""
    return page(selectors.parts(actor_of(request), search, archived=archived), paging)


@router.post("/parts", response={201: RevisionOut})
def upload_part(request: HttpRequest, file: File[UploadedFile], details: Form[UploadIn]) -> Any:
    """Upload a model file as a new part, or as the next revision of one. It is measured in the background."""

    def do() -> RevisionOut:
        revision = services.upload(
            actor=actor_of(request),
            file=file,
            filename=file.name or "",
            part_uid=details.part_uid,
            unit=details.unit or "",
        )
        return RevisionOut.from_orm(revision)

    asked = {"filename": file.name, "size": file.size, **details.model_dump()}
    return answer_once(request, "upload_part", asked, do, status=201)


@router.get("/parts/{uid}", response=PartDetailOut)
def get_part(request: HttpRequest, uid: str) -> Any:
    return selectors.part(actor_of(request), uid)


@router.post("/parts/{uid}/name", response=PartDetailOut)
def rename_part(request: HttpRequest, uid: str, body: RenameIn) -> Any:
    return _changed(request, uid, lambda: services.rename_part(actor=actor_of(request), part_uid=uid, name=body.name))


@router.post("/parts/{uid}/archive", response=PartDetailOut)
def archive_part(request: HttpRequest, uid: str) -> Any:
    """Take the part out of the lists; its quotes and orders stay."""
    return _changed(request, uid, lambda: services.archive_part(actor=actor_of(request), part_uid=uid))


@router.post("/parts/{uid}/restore", response=PartDetailOut)
def restore_part(request: HttpRequest, uid: str) -> Any:
    return _changed(request, uid, lambda: services.restore_part(actor=actor_of(request), part_uid=uid))


@router.get("/revisions/{uid}", response=RevisionOut)
def get_revision(request: HttpRequest, uid: str) -> Any:
    """A revision of yours, or one whose file was opened to you for work."""
    return selectors.revision(actor_of(request), uid)


@router.post("/revisions/{uid}/unit", response={201: RevisionOut})
def confirm_unit(request: HttpRequest, uid: str, body: UnitIn) -> Any:
    """Say in which unit the file is drawn. Another unit than the one measured makes a new revision."""

    def do() -> RevisionOut:
        return RevisionOut.from_orm(services.confirm_unit(actor=actor_of(request), revision_uid=uid, unit=body.unit))

    return answer_once(request, f"confirm_unit:{uid}", body, do, status=201)


@router.post("/revisions/{uid}/repair", response={201: RevisionOut})
def repair_revision(request: HttpRequest, uid: str) -> Any:
    """Close holes and mend the surface, as the next revision of the part; `repair` says what was changed."""

    def do() -> RevisionOut:
        return RevisionOut.from_orm(repairing.repair_revision(actor=actor_of(request), revision_uid=uid))

    return answer_once(request, f"repair_revision:{uid}", {}, do, status=201)


@router.post("/revisions/{uid}/repair/undo", response=RevisionOut)
def undo_repair(request: HttpRequest, uid: str) -> Any:
    """Withdraw a repaired revision; answers with the one it was made from, which counts again."""
    return repairing.undo_repair(actor=actor_of(request), revision_uid=uid)


@router.get("/revisions/{uid}/file")
def get_model_file(request: HttpRequest, uid: str) -> HttpResponse:
    """The model as it was uploaded, as an attachment."""
    return serving.model_file(selectors.revision(actor_of(request), uid))


@router.get("/revisions/{uid}/thumbnail")
def get_thumbnail(request: HttpRequest, uid: str) -> HttpResponse:
    """A picture of the part (PNG)."""
    return serving.thumbnail(request, selectors.revision(actor_of(request), uid))


@router.get("/revisions/{uid}/preview")
def get_preview(request: HttpRequest, uid: str) -> HttpResponse:
    """A small model to turn around (GLB)."""
    return serving.preview(request, selectors.revision(actor_of(request), uid))


def _changed(request: HttpRequest, uid: str, do: Callable[[], object]) -> Any:
    do()
    return selectors.part(actor_of(request), uid)
