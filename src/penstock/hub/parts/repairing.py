"""Repair of a part's file: offered where it can help, made as a new revision, and undone by going back.

The repaired file is a revision of its own. The one it was made from is never touched, and counts again when the repair
is withdrawn.
"""

from __future__ import annotations

import tempfile
from pathlib import Path, PurePath

from django.db import transaction
from django.utils.translation import gettext as _

from penstock.engines import geometry
from penstock.hub.core.actors import WORK, Actor
from penstock.hub.core.engine_words import say
from penstock.hub.core.errors import Conflict, Invalid

from . import events, selectors
from .blobs import as_local_file
from .blobs import store as store_blob
from .measuring import suffix_of
from .models import Revision
from .services import MAX_FILENAME, add_revision, tell
from .states import REVISION


def try_repair(*, actor: Actor, revision_uid: str) -> geometry.Repair:
    """What a repair would change; nothing is kept. Raises Invalid with the reason where it cannot be done."""
    return _repaired(selectors.own_revision(actor, revision_uid))[1]


def repair_revision(*, actor: Actor, revision_uid: str) -> Revision:
    """Repair a revision's file into the next revision of its part, which is measured like any other.

    Raises Invalid "nothing_to_repair" or "cannot_repair" with the reason; nothing is changed then.
    """
    actor.require(WORK)
    original = selectors.own_revision(actor, revision_uid)
    mesh, report = _repaired(original)
    with tempfile.TemporaryDirectory(prefix="penstock-repair-") as directory:
        path = Path(directory) / "repaired.stl"
        geometry.write_stl(mesh, path)
        with path.open("rb") as file:
            blob = store_blob(file)
    stem = PurePath(original.filename).stem[: MAX_FILENAME - 20]
    with transaction.atomic():
        made = add_revision(
            actor,
            original.part,
            blob,
            f"{stem} (repaired).stl",
            "mm",
            repaired_from=original,
            repair=report.to_dict(),
        )
        tell(
            events.REVISION_REPAIRED,
            actor,
            made,
            from_number=original.number,
            holes_closed=report.holes_closed,
            volume_before_mm3=report.volume_before_mm3,
            volume_after_mm3=report.volume_after_mm3,
        )
    return made


@transaction.atomic
def undo_repair(*, actor: Actor, revision_uid: str) -> Revision:
    """Withdraw a repaired revision; returns the one it was made from. Quotes and orders of it stay as they are."""
    actor.require(WORK)
    found = selectors.own_revision(actor, revision_uid)
    if found.repaired_from_id is None:
        raise Conflict("not_a_repair", _("This revision was uploaded, not repaired; there is nothing to undo."))
    REVISION.move(found, "withdraw")
    original = Revision.objects.across_tenants().select_related("part").get(pk=found.repaired_from_id)
    tell(events.REPAIR_UNDONE, actor, found, from_number=original.number)
    return original


def _repaired(revision: Revision) -> tuple[geometry.Mesh, geometry.Repair]:
    if revision.state != "ready":
        raise Conflict("not_measured", _("The file has to be measured before it can be repaired."))
    with as_local_file(revision.blob, suffix_of(revision.filename)) as path:
        try:
            return geometry.repair(path, revision.measurement["unit"])
        except geometry.Refused as refused:
            raise Invalid(refused.code, say(refused.message)) from None
