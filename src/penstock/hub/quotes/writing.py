"""Writing a quote: its row, its recipes and their prices, once, in bulk. Nothing here changes a quote afterwards."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from penstock.engines.pricing import Price, PriceRow, Recipe
from penstock.hub.core import network
from penstock.hub.core.actors import Actor
from penstock.hub.core.journal import record
from penstock.hub.parts.models import Revision

from . import events
from .models import PriceBookVersion, Quote, QuoteOption, QuotePrice

# What an amount's column holds; a price beyond it is no matter for a rule.
MOST = 10**11


def open_quote(
    actor: Actor,
    revision: Revision,
    version: PriceBookVersion,
    *,
    currency: str,
    quantities: Sequence[int],
    expires_at: datetime | None = None,
    **more: Any,
) -> Quote:
    """A quote for the organisation whose part it is, without prices yet."""
    return Quote.objects.create(
        organisation_id=revision.part.organisation_id,
        revision=revision,
        price_book=version,
        currency=currency,
        quantities=list(quantities),
        created_by_id=actor.member_id,
        expires_at=expires_at or timezone.now() + timedelta(days=network.current().quote_days),
        **more,
    )


def write_options(actor: Actor, quote: Quote, options: Sequence[tuple[Recipe, list[QuotePrice]]]) -> None:
    """The recipes of a quote in the order given, each with its prices; announces the quote."""
    written = QuoteOption.objects.bulk_create(
        QuoteOption(
            quote=quote,
            process=recipe.process,
            material=recipe.material,
            finish=recipe.finish or "",
            position=position,
        )
        for position, (recipe, _prices) in enumerate(options)
    )
    prices = []
    for option, (_recipe, cells) in zip(written, options, strict=True):
        for cell in cells:
            cell.option = option
            prices.append(cell)
    QuotePrice.objects.bulk_create(prices, batch_size=1000)
    part = quote.revision.part
    record(
        events.QUOTED,
        actor=actor,
        part=part.uid,
        subject=quote.uid,
        organisations=[quote.organisation_id],
        quote_uid=quote.uid,
        part_name=part.name,
        revision_uid=quote.revision.uid,
        options=len(written),
    )


def cell(price: Price) -> QuotePrice:
    """An engine's price as a row; machine hours per piece, as everything on it."""
    return QuotePrice(
        quantity=price.quantity,
        lead_class=price.lead_class,
        lead_days=price.lead_days,
        unit_price=price.unit_price,
        total=price.total,
        maker_unit_payout=price.maker_payout_unit,
        machine_hours=price.machine_hours / price.quantity,
        mass_g=price.mass_g,
        breakdown=price.to_dict()["breakdown"],
        rule_version=price.rule_version[:80],
    )


def payable(row: PriceRow) -> bool:
    return bool(row.prices) and all(price.total < MOST for price in row.prices)


def obstacles(rows: Iterable[PriceRow]) -> list[dict[str, Any]]:
    """Why these recipes have no price, one entry for each reason."""
    return [
        {
            "process": row.recipe.process,
            "material": row.recipe.material,
            "finish": row.recipe.finish or "",
            "code": obstacle.code,
            "message": obstacle.message,
            "data": dict(obstacle.data),
        }
        for row in rows
        for obstacle in row.obstacles
    ]
