"""What a model file says of itself: its title, who drew it, its colours, for the part page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy

# The names of the 3MF core specification.
LABELS = {
    "Title": gettext_lazy("Title"),
    "Designer": gettext_lazy("Designer"),
    "Description": gettext_lazy("Description"),
    "Copyright": gettext_lazy("Copyright"),
    "LicenseTerms": gettext_lazy("Licence"),
    "Rating": gettext_lazy("Rating"),
    "CreationDate": gettext_lazy("Created"),
    "ModificationDate": gettext_lazy("Changed"),
    "Application": gettext_lazy("Made with"),
}


def said_of_itself(measurement: Mapping[str, Any]) -> list[tuple[Any, str]]:
    """(label, text) from the stored `engines.geometry.Measurement`; whoever made the file chose the text."""
    metadata = measurement.get("metadata") or {}
    rows: list[tuple[Any, str]] = [(label, metadata[name]) for name, label in LABELS.items() if metadata.get(name)]
    if colours := measurement.get("colours"):
        rows.append((gettext_lazy("Colours"), ", ".join(colours)))
    return rows
