"""What the network can make now: production tells it here, and no quote sells what no workshop could make.

Until the first workshop has a machine, quotes show what the catalogue knows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from django.db import transaction
from django.utils.translation import gettext as _

from penstock.engines.pricing import Obstacle, PriceRow, Recipe
from penstock.hub.core.locks import exclusive

from .models import Capacity

Size = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Able:
    """The recipes and finishes workshops have, with the chambers each material runs in (mm)."""

    chambers: Mapping[tuple[str, str], tuple[Size, ...]]
    finishes: frozenset[str]

    def obstacle(self, recipe: Recipe, size_mm: Size) -> Obstacle | None:
        """Why no workshop can make a part of this size by this recipe, or None."""
        if not self.chambers:
            return None
        chambers = self.chambers.get((recipe.process, recipe.material))
        if not chambers:
            text = _("No workshop of the network works with this material at present; ask for a quotation.")
            return Obstacle("no_workshop", text, {})
        if recipe.finish and recipe.finish not in self.finishes:
            text = _("No workshop of the network applies this finish at present; ask for a quotation.")
            return Obstacle("no_workshop", text, {})
        if not any(_goes_in(size_mm, chamber) for chamber in chambers):
            largest = max(chambers, key=lambda sides: sides[0] * sides[1] * sides[2])
            shown = " × ".join(f"{side:g}" for side in largest)
            text = _("Larger than the network's largest machine for this: %(size)s mm.") % {"size": shown}
            return Obstacle("too_large_for_workshops", text, {"largest_mm": list(largest)})
        return None


def _goes_in(size_mm: Size, chamber: Size) -> bool:
    """In some turn about the axes."""
    return all(side <= room for side, room in zip(sorted(size_mm), sorted(chamber), strict=True))


def able() -> Able:
    rows = list(Capacity.objects.all())
    return Able(
        {(row.process, row.material): tuple(map(tuple, row.chambers)) for row in rows if row.process},
        frozenset(row.finish for row in rows if row.finish),
    )


def only_able(rows: Iterable[PriceRow], size_mm: Size) -> list[PriceRow]:
    """The same rows; those no workshop can make lose their prices and say why."""
    now = able()
    kept = []
    for row in rows:
        obstacle = now.obstacle(row.recipe, size_mm)
        kept.append(replace(row, prices=(), obstacles=(*row.obstacles, obstacle)) if obstacle else row)
    return kept


@transaction.atomic
def announce_capacity(*, recipes: Mapping[tuple[str, str], Iterable[Size]], finishes: Iterable[str]) -> None:
    """Replace what the network can make. Called by production in the transaction that changes a workshop."""
    exclusive("capacity")
    wanted = [
        Capacity(process=process, material=material, chambers=sorted({tuple(c) for c in chambers}))
        for (process, material), chambers in sorted(recipes.items())
    ]
    wanted += [Capacity(finish=finish) for finish in sorted(set(finishes))]
    Capacity.objects.all().delete()
    Capacity.objects.bulk_create(wanted)
