"""Places of an organisation. Coordinates come from the city's name, offline."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from penstock.engines.knowledge import places
from penstock.hub.core.actors import WORK, Actor
from penstock.hub.core.errors import Invalid
from penstock.hub.core.journal import Kind, record
from penstock.hub.parties import events
from penstock.hub.parties.models import Address

from .organisations import checked_country

REQUIRED = ("recipient", "street", "city")
FIELDS = ("recipient", "street", "city", "country", "postcode", "label", "phone")


@transaction.atomic
def add_address(
    *,
    actor: Actor,
    recipient: str,
    street: str,
    city: str,
    country: str,
    postcode: str = "",
    label: str = "",
    phone: str = "",
) -> Address:
    """Raises Invalid "unknown_city" with suggestions when the city is not in the gazetteer."""
    actor.require(WORK)
    address = Address(organisation_id=actor.organisation_id)
    details = (recipient, street, city, country, postcode, label, phone)
    _write(address, dict(zip(FIELDS, details, strict=True)))
    _tell(events.ADDRESS_ADDED, actor, address)
    return address


@transaction.atomic
def change_address(*, actor: Actor, address_uid: str, **changes: str) -> Address:
    """Change the details named (FIELDS). What was ordered or sent keeps the address it had."""
    actor.require(WORK)
    unknown = set(changes) - set(FIELDS)
    if unknown:
        raise TypeError(f"not details of an address: {sorted(unknown)}")
    address = Address.objects.one(actor, address_uid)
    _write(address, changes)
    _tell(events.ADDRESS_CHANGED, actor, address)
    return address


@transaction.atomic
def remove_address(*, actor: Actor, address_uid: str) -> None:
    """Offer it no more. The row stays for what refers to it."""
    actor.require(WORK)
    address = Address.objects.one(actor, address_uid)
    address.is_active = False
    address.save(update_fields=["is_active"])
    _tell(events.ADDRESS_REMOVED, actor, address)


def _write(address: Address, details: dict[str, str]) -> None:
    for field, value in details.items():
        setattr(address, field, value.strip())
    missing = [field for field in REQUIRED if not getattr(address, field)]
    if missing:
        raise Invalid("address_incomplete", _("An address needs recipient, street and city."), missing=missing)
    address.country = checked_country(address.country)
    found = places.find_city(address.city, address.country)
    if found is None:
        suggestions = [city.name for city in places.suggest(address.city) if city.country == address.country]
        message = _("We do not know the city “%(city)s” in this country.") % {"city": address.city}
        if suggestions:
            message += " " + _("Did you mean %(names)s?") % {"names": ", ".join(suggestions)}
        raise Invalid("unknown_city", message, suggestions=suggestions)
    address.latitude, address.longitude = found.latitude, found.longitude
    address.save()


def _tell(kind: Kind, actor: Actor, address: Address) -> None:
    record(kind, actor=actor, subject=address.uid, organisations=[address.organisation_id], city=address.city)
