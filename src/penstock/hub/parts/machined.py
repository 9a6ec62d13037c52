"""What a part offers a machine tool, as rows of a small table: holes, pockets, inner corners, set-ups."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from penstock.hub.web.templatetags.penstock import cm2, number

# A part with more kinds of anything than this is told by its first ones.
MOST = 12


@dataclass(frozen=True, slots=True)
class Row:
    """One kind of feature: how often, what it is, its sizes in words."""

    count: int
    label: str
    sizes: str


def rows(machining: Mapping[str, Any] | None) -> list[Row]:
    """From the stored `engines.geometry.Measurement.machining`; empty where it was not looked for."""
    if not machining:
        return []
    holes = Counter((each["diameter_mm"], each["depth_mm"], each["through"]) for each in machining["holes"])
    pockets = Counter((*each["size_mm"], each["depth_mm"], each["inner_radius_mm"]) for each in machining["pockets"])
    found = [
        Row(
            count,
            _("through hole") if through else _("blind hole"),
            _("⌀ {diameter} mm, {depth} mm deep").format(diameter=_mm(diameter), depth=_mm(depth)),
        )
        for (diameter, depth, through), count in holes.most_common(MOST)
    ]
    for (length, width, depth, radius), count in pockets.most_common(MOST):
        sizes = _("{length} × {width} mm, {depth} mm deep").format(
            length=_mm(length), width=_mm(width), depth=_mm(depth)
        )
        corner = "" if radius is None else ", " + _("inner radius {radius} mm").format(radius=_mm(radius))
        found.append(Row(count, _("pocket or slot"), sizes + corner))
    for each in machining["corners"][:MOST]:
        sizes = _("R {radius} mm, {depth} mm deep").format(radius=_mm(each["radius_mm"]), depth=_mm(each["depth_mm"]))
        found.append(Row(each["count"], _("inner corner"), sizes))
    if machining["wall_mm"] is not None:
        found.append(Row(1, _("thinnest wall between faces"), f"{_mm(machining['wall_mm'])} mm"))
    if machining["undercut"]:
        found.append(Row(1, _("undercut"), cm2(machining["undercut_mm2"])))
    return found


def _mm(value: float) -> str:
    text = number(value, 2)
    return text.rstrip("0").rstrip(".") if "." in text else text
