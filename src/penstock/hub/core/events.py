"""What the house itself announces."""

from django.utils.translation import gettext_lazy as _

from .journal import kind

# payload: note, changes (entry → [before, after])
NETWORK_CHANGED = kind(
    "core.network_changed", _("The settings of the network were changed: %(note)s"), on_timeline=False
)
