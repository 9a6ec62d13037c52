"""Money out to those who did the work: prepared from what the ledger owes, then sent by the operator's bank."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from penstock.hub.core.actors import PAY, Actor
from penstock.hub.core.errors import Conflict, Invalid
from penstock.hub.core.journal import Kind, record
from penstock.hub.core.money import network_currency
from penstock.hub.ledger import accounts, events
from penstock.hub.ledger.models import Payout
from penstock.hub.ledger.posting import credit, debit, post
from penstock.hub.ledger.reading import on_its_way, owed_to
from penstock.hub.ledger.states import PAYOUT


@transaction.atomic
def prepare_payout(*, actor: Actor, organisation_id: int) -> Payout:
    """Set aside everything an organisation is owed; raises Conflict "nothing_owed" when that is nothing."""
    actor.require_operator(PAY)
    accounts.lock(accounts.PAYABLES, organisation_id)  # two at once must not set the same money aside
    amount = owed_to(organisation_id) - on_its_way(organisation_id)
    if amount <= 0:
        raise Conflict("nothing_owed", _("Nothing is owed to this organisation."), balance=str(amount))
    payout = Payout.objects.create(organisation_id=organisation_id, amount=amount, currency=network_currency())
    _tell(events.PAYOUT_PREPARED, actor, payout)
    return payout


@transaction.atomic
def pay_payout(*, actor: Actor, payout_uid: str, reference: str) -> Payout:
    """The bank has sent it, under this reference."""
    actor.require_operator(PAY)
    if not reference.strip():
        raise Invalid("reference_missing", _("Name the bank's reference."))
    payout = Payout.objects.one(actor, payout_uid)
    PAYOUT.move(payout, "pay", paid_at=timezone.now(), reference=reference.strip()[:120])
    post(
        key=f"payout:{payout.uid}",
        kind="payout",
        subject_uid=payout.uid,
        legs=[
            debit(accounts.PAYABLES, payout.amount, payout.organisation_id),
            credit(accounts.CASH, payout.amount),
        ],
        text=_("Payout, reference %(reference)s") % {"reference": payout.reference},
    )
    _tell(events.PAYOUT_PAID, actor, payout)
    return payout


@transaction.atomic
def cancel_payout(*, actor: Actor, payout_uid: str) -> Payout:
    """It will not be sent; the amount is owed as before."""
    actor.require_operator(PAY)
    payout = Payout.objects.one(actor, payout_uid)
    PAYOUT.move(payout, "cancel")
    _tell(events.PAYOUT_CANCELLED, actor, payout)
    return payout


def _tell(kind: Kind, actor: Actor, payout: Payout) -> None:
    record(
        kind,
        actor=actor,
        subject=payout.uid,
        organisations=[payout.organisation_id],
        organisation_uid=payout.organisation.uid,
        amount=str(payout.amount),
        currency=payout.currency,
        reference=payout.reference,
    )
