"""The verbs of the part room: upload a model, say its unit, name and archive parts, open a file to its makers."""

from __future__ import annotations

from pathlib import PurePath
from typing import IO

from django.core.files.base import File
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from penstock.engines.geometry import Refused
from penstock.engines.geometry.units import canonical_unit
from penstock.hub.core.actors import WORK, Actor
from penstock.hub.core.errors import Conflict, Forbidden, Invalid
from penstock.hub.core.journal import Kind, record
from penstock.hub.parties.models import Organisation

from . import events, selectors
from .blobs import forget as forget_blobs
from .blobs import opened as open_blob
from .blobs import store as store_blob
from .jobs import measure
from .models import Blob, Grant, Part, Revision, Upload
from .states import REVISION
from .uploading import most_bytes

__all__ = [
    "archive_part",
    "confirm_unit",
    "forget_blobs",
    "forget_parts_of",
    "grant",
    "hand_over",
    "open_blob",
    "rename_part",
    "restore_part",
    "revoke",
    "store_blob",
    "upload",
]

MAX_NAME = 200
MAX_FILENAME = 255


def upload(
    *, actor: Actor, file: IO[bytes] | File, filename: str, part_uid: str | None = None, unit: str = ""
) -> Revision:
    """Take a model file as a new part, or as the next revision of one; it is measured in the background.

    The file is kept or refused as a whole. Raises Invalid "file_too_large", "empty_file", "unknown_unit",
    NotFound for a part that is not the actor's.
    """
    actor.require(WORK)
    if actor.organisation_id is None:
        raise Forbidden("no_organisation", _("Join or register an organisation first."))
    unit = _unit(unit)
    filename = _plain_name(filename)
    if part_uid is not None:
        selectors.own_part(actor, part_uid)  # before the bytes are read
    blob = store_blob(file, max_bytes=most_bytes(actor))
    with transaction.atomic():
        if part_uid is None:
            part = Part.objects.create(
                organisation_id=actor.organisation_id,
                name=(PurePath(filename).stem or filename)[:MAX_NAME],
                created_by_id=actor.member_id,
            )
        else:
            part = selectors.own_part(actor, part_uid)
        return add_revision(actor, part, blob, filename, unit)


@transaction.atomic
def confirm_unit(*, actor: Actor, revision_uid: str, unit: str) -> Revision:
    """Say in which unit a file without one is drawn; it is measured again.

    What quotes and orders refer to never changes its size: a revision that was measured in another unit stays as
    it is, and the same file becomes the next revision. Returns the revision that is being measured.
    """
    actor.require(WORK)
    unit = _unit(unit)
    if not unit:
        raise Invalid("unknown_unit", _("Name the unit: mm, cm, m, inch, foot or micron."))
    found = selectors.own_revision(actor, revision_uid)
    revision = Revision.objects.across_tenants().select_for_update(of=("self",)).get(pk=found.pk)
    revision.part = found.part
    if revision.state == "ready":
        measured = revision.measurement
        if measured["unit_source"] == "file" and measured["unit"] != unit:
            raise Conflict("unit_in_file", _("The file itself states its unit; change it where the model was drawn."))
        if measured["unit"] != unit:
            return add_revision(actor, revision.part, revision.blob, revision.filename, unit)
        if measured["unit_source"] != "assumed":
            return revision
    if revision.state == "uploaded":
        revision.unit = unit
        revision.save(update_fields=["unit"])
    else:
        REVISION.move(revision, "remeasure", unit=unit)
    tell(events.UNIT_CONFIRMED, actor, revision, unit=unit)
    measure.defer(revision_id=revision.pk)
    return revision


@transaction.atomic
def rename_part(*, actor: Actor, part_uid: str, name: str) -> Part:
    actor.require(WORK)
    name = " ".join(name.split())[:MAX_NAME]
    if not name:
        raise Invalid("no_name", _("A part needs a name."), field="name")
    return _change(actor, part_uid, events.PART_RENAMED, name=name)


@transaction.atomic
def archive_part(*, actor: Actor, part_uid: str) -> Part:
    """Take a part out of the lists; its quotes and orders are not touched."""
    actor.require(WORK)
    return _change(actor, part_uid, events.PART_ARCHIVED, is_archived=True)


@transaction.atomic
def restore_part(*, actor: Actor, part_uid: str) -> Part:
    actor.require(WORK)
    return _change(actor, part_uid, events.PART_RESTORED, is_archived=False)


@transaction.atomic
def grant(*, actor: Actor, revision_id: int, organisation_id: int, reason_uid: str) -> Grant:
    """Open a revision's file to an organisation for the work named; part of giving it that work."""
    given, created = Grant.objects.across_tenants().get_or_create(
        revision_id=revision_id, organisation_id=organisation_id, reason_uid=reason_uid
    )
    if created:
        _tell_access(events.FILE_GRANTED, actor, given)
    return given


@transaction.atomic
def revoke(*, actor: Actor, reason_uid: str, organisation_id: int | None = None) -> int:
    """Close the files that were opened for the work named (to one organisation); returns how many were."""
    grants = Grant.objects.across_tenants().filter(reason_uid=reason_uid).select_related("revision__part")
    if organisation_id is not None:
        grants = grants.filter(organisation_id=organisation_id)
    closed = list(grants.select_for_update(of=("self",)))
    for given in closed:
        _tell_access(events.FILE_REVOKED, actor, given)
    Grant.objects.across_tenants().filter(pk__in=[given.pk for given in closed]).delete()
    return len(closed)


def hand_over(*, visit: Organisation, organisation_id: int) -> int:
    """What was uploaded before signing up now belongs to the organisation; returns how many parts."""
    Upload.objects.across_tenants().filter(organisation=visit).update(organisation_id=organisation_id)
    return Part.objects.across_tenants().filter(organisation=visit).update(organisation_id=organisation_id)


def forget_parts_of(*, visit: Organisation) -> list[int]:
    """Drop everything uploaded in a visit nobody came back to; returns the blobs that may have become nobody's, to be
    forgotten (`blobs.forget`) when the transaction has ended."""
    Upload.objects.across_tenants().filter(organisation=visit).delete()
    held = Revision.objects.across_tenants().filter(part__organisation=visit)
    named = held.values_list("blob_id", "thumbnail_id", "preview_id", "judgement_id")
    blobs = [pk for row in named for pk in row if pk is not None]
    Part.objects.across_tenants().filter(organisation=visit).delete()
    return blobs


def add_revision(actor: Actor, part: Part, blob: Blob, filename: str, unit: str, **more: object) -> Revision:
    """The next revision of a part, in line to be measured; inside the caller's transaction."""
    Part.objects.across_tenants().select_for_update().get(pk=part.pk)  # numbers are given one at a time
    last = Revision.objects.across_tenants().filter(part=part).aggregate(last=Max("number"))["last"] or 0
    revision = Revision.objects.create(
        part=part, number=last + 1, blob=blob, filename=filename, unit=unit, created_by_id=actor.member_id, **more
    )
    tell(events.PART_UPLOADED, actor, revision)
    measure.defer(revision_id=revision.pk)
    return revision


def _change(actor: Actor, part_uid: str, kind: Kind, **fields: object) -> Part:
    part = selectors.own_part(actor, part_uid)
    for name, value in fields.items():
        setattr(part, name, value)
    part.save(update_fields=list(fields))
    record(kind, actor=actor, part=part.uid, organisations=[part.organisation_id], part_name=part.name)
    return part


def tell(kind: Kind, actor: Actor, revision: Revision, **more: object) -> None:
    """Record an event about a revision."""
    part = revision.part
    record(
        kind,
        actor=actor,
        part=part.uid,
        subject=revision.uid,
        organisations=[part.organisation_id],
        revision_uid=revision.uid,
        number=revision.number,
        part_name=part.name,
        filename=revision.filename,
        **more,
    )


def _tell_access(kind: Kind, actor: Actor, given: Grant) -> None:
    record(
        kind,
        actor=actor,
        part=given.revision.part.uid,
        subject=given.revision.uid,
        organisations=[given.revision.part.organisation_id, given.organisation_id],
        revision_uid=given.revision.uid,
        reason_uid=given.reason_uid,
    )


def _unit(unit: str) -> str:
    if not unit:
        return ""
    try:
        return canonical_unit(unit)
    except Refused:
        raise Invalid("unknown_unit", _("Name the unit: mm, cm, m, inch, foot or micron."), field="unit") from None


def _plain_name(filename: str) -> str:
    """The last step of the path, without characters that do not print; the ending survives the cut."""
    name = filename.replace("\\", "/").rsplit("/", 1)[-1]
    name = "".join(each for each in name if each.isprintable()).strip() or "model"
    path = PurePath(name)
    return (
        f"{path.stem[: MAX_FILENAME - len(path.suffix)]}{path.suffix}" if len(path.suffix) < 20 else name[:MAX_FILENAME]
    )
