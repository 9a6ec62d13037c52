"""How an order travels: parts made in several places apart, or brought together first. Pure arithmetic.

Apart, each maker's parcel goes straight to the buyer. Together, every other maker sends its pieces to the one that
holds most of the mass, and one parcel leaves from there. Together is chosen when it still keeps the promise and costs
less, or the buyer asked for fewer parcels.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.utils.translation import gettext as _

from penstock.engines.knowledge.places import distance_km

Place = tuple[float, float]  # latitude, longitude


@dataclass(frozen=True, slots=True)
class Origin:
    """Pieces of the order at one maker: where, how heavy, when they leave."""

    maker_id: int
    name: str
    place: Place
    mass_g: float
    leaves_on: date


@dataclass(frozen=True, slots=True)
class Route:
    """The choice and its reasons; `at_maker_id` is where the order is brought together, None when it travels apart."""

    at_maker_id: int | None
    cost: Decimal
    arrives_on: date
    reasons: tuple[str, ...]


def choose_route(
    origins: list[Origin],
    destination: Place,
    promised_on: date,
    carriage: Callable[[float, float], Decimal],
    days: Callable[[float], int],
    *,
    fewer: bool = False,
) -> Route:
    """The cheaper of the two routes among those that keep the promise (with `fewer` the one together, if it does); when
    neither does, the earlier.

    `carriage(mass_g, distance_km)` prices one parcel, `days(distance_km)` says how long it is under way.
    """

    def arrival(leaves_on: date, distance: float) -> date:
        return leaves_on + timedelta(days(distance))

    apart_cost = sum((carriage(o.mass_g, distance_km(o.place, destination)) for o in origins), start=Decimal(0))
    apart_on = max(arrival(o.leaves_on, distance_km(o.place, destination)) for o in origins)
    apart = Route(None, apart_cost, apart_on, ())
    if len({o.maker_id for o in origins}) == 1:
        return Route(None, apart_cost, apart_on, (_("Everything leaves from one workshop."),))

    centre = max(origins, key=lambda o: (o.mass_g, -o.maker_id))
    others = [o for o in origins if o.maker_id != centre.maker_id]
    gathered_on = max([centre.leaves_on] + [arrival(o.leaves_on, distance_km(o.place, centre.place)) for o in others])
    last_leg = distance_km(centre.place, destination)
    together_cost = sum(
        (carriage(o.mass_g, distance_km(o.place, centre.place)) for o in others),
        start=carriage(sum(o.mass_g for o in origins), last_leg),
    )
    together = Route(centre.maker_id, together_cost, arrival(gathered_on, last_leg), ())
    in_time = [r for r in (apart, together) if r.arrives_on <= promised_on]
    if fewer and together in in_time:
        best = together
    elif in_time:
        best = min(in_time, key=lambda r: r.cost)
    else:
        best = min((apart, together), key=lambda r: r.arrives_on)
    numbers = {
        "apart": apart.cost,
        "apart_on": apart.arrives_on,
        "together": together.cost,
        "together_on": together.arrives_on,
        "centre": centre.name,
        "promised": promised_on,
    }
    reasons = (
        _("Apart costs %(apart)s and arrives by %(apart_on)s.") % numbers,
        _("Together at %(centre)s costs %(together)s and arrives by %(together_on)s.") % numbers,
        _("The promise is %(promised)s.") % numbers,
    )
    return Route(best.at_maker_id, best.cost, best.arrives_on, reasons)
