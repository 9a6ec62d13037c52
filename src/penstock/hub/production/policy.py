"""The operator's dispatch policy as data: what is weighed, how long offers stand, how a record is counted.

`DEFAULT` is the first version. `read` checks a whole document and names every entry that is wrong.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from typing import Any

from django.utils.translation import gettext as _

from penstock.engines import dispatch
from penstock.hub.core.errors import Invalid
from penstock.hub.core.money import network_currency

# Of the engine's policy these come from elsewhere in the document or from the network.
NOT_WEIGHTS = {"currency", "offer_hours", "wave_hours"}
WEIGHTS: dict[str, float] = {
    name: value
    for name, value in asdict(dispatch.Policy()).items()
    if name not in NOT_WEIGHTS and isinstance(value, int | float) and not isinstance(value, bool)
}


@dataclass(frozen=True, slots=True)
class RecordRules:
    """How a maker's record becomes one number: each share starts at 1 and moves as if `prior_…` good pieces,
    builds and offers had come before; the weights say how much each counts."""

    prior_pieces: float = 20.0
    prior_builds: float = 3.0
    prior_offers: float = 5.0
    pieces_weight: float = 0.6
    on_time_weight: float = 0.25
    kept_weight: float = 0.15


@dataclass(frozen=True, slots=True)
class Rules:
    """A checked policy. `vanish_hours`: an accepted build not begun so long after its planned start is taken back.
    `wave_minutes`: pause between waves that run by themselves. `inspect_share`: of the making, paid for inspection;
    `finish_share`: of the whole, where a price does not name its finishing."""

    offer_hours: float = 4.0
    vanish_hours: float = 24.0
    wave_minutes: float = 10.0
    inspect_share: float = 0.05
    finish_share: float = 0.15
    late_grace_hours: float = 12.0
    record: RecordRules = RecordRules()
    weights: Mapping[str, float] = field(default_factory=lambda: dict(WEIGHTS))

    def engine_policy(self, *, hold_back: bool) -> dispatch.Policy:
        """The engine's policy; without `hold_back` no build waits to become fuller."""
        weights = dict(self.weights)
        if not hold_back:
            weights["min_fill"] = 0.0
        whole = {"alternatives"}
        return dispatch.Policy(
            currency=network_currency(),
            offer_hours=self.offer_hours,
            wave_hours=self.wave_minutes / 60,
            **{name: int(value) if name in whole else float(value) for name, value in weights.items()},
        )

    @property
    def offer_time(self) -> timedelta:
        return timedelta(hours=self.offer_hours)

    @property
    def vanish_time(self) -> timedelta:
        return timedelta(hours=self.vanish_hours)

    @property
    def late_grace(self) -> timedelta:
        return timedelta(hours=self.late_grace_hours)

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


DEFAULT = Rules()


def read(document: Mapping[str, Any]) -> Rules:
    """The rules of a document; what it leaves out keeps its default. Raises Invalid naming every entry that is
    unknown, not a number, or negative."""
    faults: list[str] = []
    top = _numbers(document, DEFAULT.to_dict(), "", faults)
    record = _numbers(document.get("record", {}), asdict(DEFAULT.record), "record.", faults)
    weights = _numbers(document.get("weights", {}), WEIGHTS, "weights.", faults)
    if record and sum(record[name] for name in record if name.endswith("_weight")) <= 0:
        faults.append(_("record: the weights add up to nothing"))
    if faults:
        raise Invalid("bad_policy", _("The policy has faults: %s") % "; ".join(faults), faults=faults)
    return Rules(**top, record=RecordRules(**record), weights=weights)


def _numbers(given: Any, defaults: Mapping[str, Any], path: str, faults: list[str]) -> dict[str, float]:
    """The numbers of one level, defaults filled in; deeper levels are left to their own reading."""
    if not isinstance(given, Mapping):
        faults.append(_("%s is not a group of numbers") % path.rstrip("."))
        return {}
    faults += [_("%s is not known") % f"{path}{name}" for name in given if name not in defaults]
    found = {}
    for name, default in defaults.items():
        if isinstance(default, Mapping):
            continue
        value = given.get(name, default)
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e9:
            faults.append(_("%s is not a number from 0 up") % f"{path}{name}")
        else:
            found[name] = float(value)
    return found
