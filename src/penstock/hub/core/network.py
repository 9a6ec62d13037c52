"""What the operator sets for the whole network: its name, who its e-mails come from, the clocks of the desks, how long
things stand. Versions are kept; a change holds at once in every process.

What the installation says by its environment (currency, time zone, mail server) is not here: see `conf.settings`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import timedelta
from email.utils import formataddr
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.translation import gettext as _

from . import events
from .actors import MANAGE, Actor
from .errors import Invalid
from .journal import record
from .locks import exclusive
from .models import NetworkVersion

MAX_NAME = 60
# What stands on invoices: most characters; an address and a footer may have several lines.
LINE, LINES = {"seller_name": 200, "seller_tax_number": 60}, {"seller_address": 500, "invoice_footer": 1000}


@dataclass(frozen=True, slots=True)
class Network:
    """`mail_from`: the address e-mails come from; empty, it is the installation's. `…_hours`: what waits longer at that
    desk is late. `quote_days`: how long a price stands; `unpaid_days`: how long an order waits for its money;
    `invitation_days`: how long an invitation can be used; `seller_…` and `invoice_footer`: who writes the invoices, and
    what stands below them (a bank account)."""

    name: str = "Penstock"
    mail_from: str = ""
    request_hours: int = 24
    question_hours: int = 24
    complaint_hours: int = 24
    quote_days: int = 30
    unpaid_days: int = 7
    invitation_days: int = 14
    seller_name: str = ""
    seller_address: str = ""
    seller_tax_number: str = ""
    invoice_footer: str = ""

    @property
    def sender(self) -> str:
        """What stands in an e-mail's From."""
        return formataddr((self.name, self.mail_from)) if self.mail_from else settings.DEFAULT_FROM_EMAIL

    @property
    def seller(self) -> str:
        """Who sells: the network's name unless another is set."""
        return self.seller_name or self.name

    @property
    def subject_prefix(self) -> str:
        return f"[{self.name}] "

    def clock(self, desk: str) -> timedelta:
        """How long a thing may wait at this desk."""
        return timedelta(hours=getattr(self, f"{desk}_hours"))

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


# Least and most of each whole number.
HOURS, DAYS = (1, 720), (1, 365)
LIMITS = {each.name: HOURS if each.name.endswith("_hours") else DAYS for each in fields(Network) if each.type == "int"}


def current() -> Network:
    """The settings in force."""
    document = NetworkVersion.objects.values_list("document", flat=True).first()
    known = {each.name for each in fields(Network)}
    # A version written by another release may lack an entry or have one too many.
    return Network(**{name: value for name, value in (document or {}).items() if name in known})


def versions(actor: Actor) -> Any:
    """Every version, newest first; the operator's."""
    actor.require_operator("read")
    return NetworkVersion.objects.order_by("-pk")


@transaction.atomic
def change(*, actor: Actor, document: Mapping[str, Any], note: str = "") -> NetworkVersion:
    """Put these settings in force; entries left out stay as they are. Raises Invalid "bad_network" whose
    `data["faults"]` has a sentence for each faulty entry, Forbidden for whoever does not manage the operator."""
    actor.require_operator(MANAGE)
    exclusive("network")
    before = current().to_dict()
    after = checked(before | dict(document)).to_dict()
    version = NetworkVersion.objects.create(document=after, note=note.strip()[:300], by_name=actor.name)
    changes = {name: [before[name], value] for name, value in after.items() if before[name] != value}
    record(
        events.NETWORK_CHANGED, actor=actor, organisations=[actor.organisation_id], note=version.note, changes=changes
    )
    return version


def checked(document: Mapping[str, Any]) -> Network:
    """The settings of a whole document; Invalid as in `change`."""
    faults: dict[str, str] = {}
    for name in set(document) - {each.name for each in fields(Network)}:
        faults[name] = _("There is no such setting.")
    for name, (least, most) in LIMITS.items():
        value = document[name]
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            faults[name] = _("A whole number from %(least)s to %(most)s.") % {"least": least, "most": most}
    texts = {name: _text(document[name]) for name in LINE | LINES}
    for name, most in (LINE | LINES).items():
        text = texts[name]
        lines = (text or "").split("\n")
        fits = text is not None and len(text) <= most and len(lines) <= (1 if name in LINE else most)
        if not fits or not all(map(str.isprintable, lines)):
            faults[name] = _("A text of up to %(most)s characters.") % {"most": most}
    name, mail_from = document["name"], document["mail_from"]
    if not isinstance(name, str) or not 0 < len(name.strip()) <= MAX_NAME or not name.isprintable():
        faults["name"] = _("A name of up to %(most)s characters.") % {"most": MAX_NAME}
    if mail_from:
        try:
            validate_email(mail_from)
        except ValidationError:
            faults["mail_from"] = _("This is no e-mail address.")
    if faults:
        raise Invalid("bad_network", " ".join(faults.values()), faults=faults)
    return Network(**{**document, **texts, "name": name.strip()})


def _text(value: object) -> str | None:
    """The text with one kind of line end; None for anything else."""
    return "\n".join(value.strip().splitlines()) if isinstance(value, str) else None
