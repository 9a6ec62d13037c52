"""Who gets what for which pieces."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal

from django.utils.translation import gettext as _

from penstock.hub.core.actors import SYSTEM, Actor
from penstock.hub.ledger import services as ledger
from penstock.hub.ledger.services import Payee

from ..models import Job, Maker, Operation


def _by_organisation(job: Job, *, only_done: bool = False) -> dict[int, Decimal]:
    """What each organisation gets for its steps of a job."""
    steps = Operation.objects.across_tenants().filter(job=job).exclude(maker=None)
    if only_done:
        steps = steps.filter(state="done")
    found: dict[int, Decimal] = defaultdict(Decimal)
    for organisation_id, payout in steps.order_by("sequence").values_list("maker__organisation_id", "payout"):
        found[organisation_id] += payout
    return {organisation_id: amount for organisation_id, amount in found.items() if amount}


def job_payees(line_id: int) -> list[Payee]:
    """Who gets what for a line's delivered pieces, finishing shares included; pieces made again as a remedy and pieces
    lost on the road are paid by the warranty and not here. Adds up to the line's payout to the cent."""
    jobs = Job.objects.across_tenants().filter(line_id=line_id, state="delivered", complaint_uid="")
    return [
        Payee(
            organisation_id=organisation_id,
            amount=amount,
            subject_uid=job.uid,
            text=_("%(pieces)s × %(part)s") % {"pieces": job.quantity, "part": job.line.part_name},
        )
        for job in jobs.select_related("line").order_by("pk")
        for organisation_id, amount in _by_organisation(job).items()
    ]


def pay_from_warranty(job: Job, text: str, *, actor: Actor, only_done: bool = False) -> None:
    """Credit the makers of pieces that the buyer does not pay for (again)."""
    _credit(job, _by_organisation(job, only_done=only_done), text, f"job:{job.uid}")


def pay_for_spoiled(job: Job, *, by: Maker, actor: Actor) -> None:
    """Pieces failed at the workshop that finished them: who made them before did its work and is paid for it by the
    warranty; who spoiled them is not. Made here and failed here is nobody's credit."""
    before = _by_organisation(job, only_done=True)
    before.pop(by.organisation_id, None)
    # The same job may be made and spoiled again: it went to the pool at another time then.
    key = f"spoiled:{job.uid}:{job.pooled_at.isoformat()}"
    _credit(job, before, _("Spoiled in finishing: %(pieces)s × %(part)s"), key)


def _credit(job: Job, amounts: dict[int, Decimal], text: str, key: str) -> None:
    for organisation_id, amount in amounts.items():
        ledger.credit_payee(
            actor=SYSTEM,
            key=f"{key}:{organisation_id}",
            organisation_id=organisation_id,
            amount=amount,
            order_uid=job.line.order.uid,
            subject_uid=job.uid,
            text=text % {"pieces": job.quantity, "part": job.line.part_name},
        )
