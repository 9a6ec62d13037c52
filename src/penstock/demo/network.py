"""Founds the demo network through the services a person would use: register, add addresses and machines."""

from __future__ import annotations

from django.db import transaction

from penstock.hub.core.actors import SYSTEM, Actor
from penstock.hub.ledger import services as ledger
from penstock.hub.parties import selectors as parties_selectors
from penstock.hub.parties import services as parties
from penstock.hub.parties.models import Organisation, User
from penstock.hub.production import services as production

from .firms import BUYERS, CARRIER, MAKERS, OPERATOR, PASSWORD, DemoMaker, Firm


def exists() -> bool:
    return User.objects.filter(email=OPERATOR.email).exists()


def actor_for(firm: Firm) -> Actor:
    """The owner of a demo firm, acting."""
    user = User.objects.get(email=firm.email)
    member = parties_selectors.member_for_user(user)
    if member is None:
        raise LookupError(f"{firm.email} belongs to no organisation")
    return parties_selectors.actor_for_member(member)


@transaction.atomic
def found() -> None:
    """Register every firm of the demo with its owner, address, machines and credit limit."""
    for firm in (OPERATOR, CARRIER, *BUYERS):
        _register(firm)
    operator = actor_for(OPERATOR)
    for buyer in BUYERS:
        if buyer.credit:
            organisation = Organisation.objects.get(pk=actor_for(buyer).organisation_id)
            ledger.set_credit_limit(actor=operator, organisation_uid=organisation.uid, amount=buyer.credit, days=30)
    for maker in MAKERS:
        _equip(maker)


def _register(firm: Firm) -> str:
    """The uid of the firm's address."""
    is_operator = "operator" in firm.kinds
    user = User.objects.create_user(
        firm.email, PASSWORD, name=firm.person, is_staff=is_operator, is_superuser=is_operator
    )
    parties.register_organisation(
        user=user, name=firm.name, country=firm.country, kinds=list(firm.kinds), email=firm.email, actor=SYSTEM
    )
    address = parties.add_address(
        actor=actor_for(firm),
        recipient=firm.name,
        street=firm.street,
        city=firm.city,
        country=firm.country,
        postcode=firm.postcode,
    )
    return address.uid


def _equip(maker: DemoMaker) -> None:
    address_uid = _register(maker.firm)
    owner = actor_for(maker.firm)
    organisation = Organisation.objects.get(pk=owner.organisation_id)
    production.register_maker(
        actor=SYSTEM, organisation_uid=organisation.uid, address_uid=address_uid, finishes=list(maker.finishes)
    )
    for machine in maker.machines:
        production.add_machine(
            actor=owner,
            name=machine.name,
            model=machine.model,
            materials=list(machine.materials),
            loaded_material=machine.materials[0],
        )
