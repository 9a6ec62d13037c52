"""Two revisions of a part side by side: what was measured on each, and what changed between them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from penstock.hub.web.templatetags.penstock import cm2, cm3, number, size_mm

from .models import Revision


@dataclass(frozen=True, slots=True)
class Row:
    """One fact of both revisions in words; `change` says by how much it differs, empty where it does not."""

    label: str
    before: str
    after: str
    change: str


def compare(before: Revision, after: Revision) -> list[Row]:
    """The facts of two measured revisions, the older first."""
    old, new = before.measurement or {}, after.measurement or {}
    facts: list[tuple[str, str, Callable[[Any], str]]] = [
        (_("Size"), "size_mm", size_mm),
        (_("Volume"), "volume_mm3", cm3),
        (_("Surface"), "area_mm2", cm2),
        (_("Thinnest walls"), "thin_wall_mm", lambda value: "—" if value is None else f"≈ {number(value, 1)} mm"),
        (_("Bodies"), "bodies", number),
        (_("Triangles"), "triangles", number),
        (_("Closed"), "watertight", lambda value: _("yes") if value else _("no")),
    ]
    rows = [
        Row(label, say(old.get(key)), say(new.get(key)), _change(old.get(key), new.get(key)))
        for label, key, say in facts
    ]
    findings = [len([each for each in one.get("findings", []) if each["severity"] != "notice"]) for one in (old, new)]
    rows.append(Row(_("Findings"), number(findings[0]), number(findings[1]), _change(*findings)))
    return rows


def _change(old: Any, new: Any) -> str:
    if old == new or old is None or new is None or isinstance(old, bool):
        return "" if old == new else _("changed")
    if isinstance(old, (list, tuple)):
        moved = [b - a for a, b in zip(old, new, strict=True)]
        return "" if all(abs(each) < 0.005 for each in moved) else " × ".join(f"{each:+.2f}" for each in moved)
    if isinstance(old, int):
        return f"{new - old:+,}"
    share = (new - old) / old if old else 0.0
    return "" if abs(share) < 5e-5 else f"{share:+.1%}"
