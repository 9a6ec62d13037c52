"""The few rows made by the real services, of which the filling makes many: a measured part and its full quote."""

from __future__ import annotations

import random
import tempfile
from dataclasses import dataclass
from pathlib import Path

from penstock.demo import firms, journey, network
from penstock.demo import parts as demo_parts
from penstock.hub.core.actors import Actor
from penstock.hub.parties.models import Address, Organisation
from penstock.hub.parts.models import Revision
from penstock.hub.production.models import Maker
from penstock.hub.quotes import services as quotes
from penstock.hub.quotes.models import Quote

SMALL_BUYERS = 60


@dataclass(frozen=True, slots=True)
class Network:
    """Who orders, who makes, who carries. The first buyer is the large one: a tenth of everything is its."""

    operator: Actor
    carrier: Organisation
    buyers: list[Organisation]
    makers: list[Maker]
    revision: Revision
    quote: Quote


def found(seed: int) -> Network:
    """The demo's firms and sixty further buyers; one part uploaded, measured and quoted for real."""
    network.found()
    large = network.actor_for(firms.BUYERS[0])
    with tempfile.TemporaryDirectory() as directory:
        revision = journey.upload(large, demo_parts.generate(random.Random(seed), Path(directory)))
    quote = quotes.quote(actor=large, revision_uid=revision.uid)
    like = Address.objects.across_tenants().filter(organisation_id=large.organisation_id).first()
    small = Organisation.objects.bulk_create(
        Organisation(name=f"Buyer {number:03d}", kinds=["buyer"], country="CN") for number in range(SMALL_BUYERS)
    )
    Address.objects.bulk_create(Address(organisation=each, **like.as_dict()) for each in small)
    return Network(
        operator=network.actor_for(firms.OPERATOR),
        carrier=Organisation.objects.get(pk=network.actor_for(firms.CARRIER).organisation_id),
        buyers=[Organisation.objects.get(pk=large.organisation_id), *small],
        makers=list(
            Maker.objects.across_tenants().select_related("organisation").filter(machines__isnull=False).distinct()
        ),
        revision=revision,
        quote=quote,
    )
