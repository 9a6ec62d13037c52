"""Founds the demo network in the configured database and prints an API key for every firm.

Run as a process of its own, so that the tests around it know the hub only from outside.
"""

from __future__ import annotations

import json

from penstock.hub.conf.boot import boot

boot()

from penstock.demo import firms, network  # noqa: E402 — models need Django
from penstock.hub.core.actors import RIGHTS  # noqa: E402
from penstock.hub.parties import selectors, services  # noqa: E402

network.found()
found = []
for firm in (firms.OPERATOR, firms.CARRIER, *firms.BUYERS, *(maker.firm for maker in firms.MAKERS)):
    actor = network.actor_for(firm)
    _key, token = services.create_api_key(actor=actor, name="tests", scopes=sorted(RIGHTS))
    address = selectors.addresses(actor).order_by("id").first()
    found.append(
        {
            "email": firm.email,
            "kinds": list(firm.kinds),
            "token": token,
            "address_uid": address.uid if address else "",
        }
    )
print(json.dumps(found))
