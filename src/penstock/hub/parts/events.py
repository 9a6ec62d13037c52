"""What the part room announces. `part` is the part's public id, `subject` the revision's."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from penstock.hub.core.engine_words import say
from penstock.hub.core.journal import kind

# payload: part_name, filename, revision_uid, number
PART_UPLOADED = kind("parts.uploaded", _("%(filename)s uploaded as revision %(number)s of %(part_name)s"))
REVISION_MEASURED = kind("parts.measured", _("%(filename)s measured"))
# payload besides: code, message
REVISION_REFUSED = kind("parts.refused", _("%(filename)s refused: %(message)s"), wordings={"message": say})
# payload besides: unit
UNIT_CONFIRMED = kind("parts.unit_confirmed", _("%(filename)s is drawn in %(unit)s; it is measured again"))

# payload besides: from_number, holes_closed, volume_before_mm3, volume_after_mm3
REVISION_REPAIRED = kind(
    "parts.repaired", _("Revision %(number)s of %(part_name)s is revision %(from_number)s repaired")
)
# payload besides: from_number
REPAIR_UNDONE = kind(
    "parts.repair_undone", _("The repair of %(part_name)s was undone: revision %(from_number)s counts again")
)

# payload: part_name
PART_RENAMED = kind("parts.renamed", _("Renamed to %(part_name)s"))
PART_ARCHIVED = kind("parts.archived", _("%(part_name)s archived"))
PART_RESTORED = kind("parts.restored", _("%(part_name)s taken back from the archive"))

# payload: organisation_id, reason_uid, revision_uid
FILE_GRANTED = kind("parts.file_granted", _("The model file may be fetched for %(reason_uid)s"), on_timeline=False)
FILE_REVOKED = kind("parts.file_revoked", _("The model file is closed again for %(reason_uid)s"), on_timeline=False)
