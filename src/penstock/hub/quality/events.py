"""What quality announces."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from penstock.hub.core.journal import kind

INSPECTED = kind("quality.inspected", _("Inspected: %(passed)s good, %(failed)s to be made again"))
COMPLAINT_OPENED = kind("quality.complaint_opened", _("Complaint about %(quantity)s × %(part_name)s"))
PICTURES_ADDED = kind(
    "quality.pictures_added",
    ngettext_lazy(
        "%(pictures)s picture added to the complaint", "%(pictures)s pictures added to the complaint", "pictures"
    ),
)
COMPLAINT_TAKEN_ON = kind("quality.complaint_taken_on", _("%(owner)s looks after the complaint"), on_timeline=False)
COMPLAINT_DECIDED = kind("quality.complaint_decided", _("Complaint answered: %(remedy)s"))
COMPLAINT_REJECTED = kind("quality.complaint_rejected", _("Complaint answered: no remedy"))
COMPLAINT_WITHDRAWN = kind("quality.complaint_withdrawn", _("Complaint withdrawn"))
COMPLAINT_CLOSED = kind("quality.complaint_closed", _("Complaint closed"))
