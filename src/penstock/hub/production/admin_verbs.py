"""What the operator does in the admin for a workshop that telephones, and for work that is stuck."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from penstock.hub.core.actors import Actor
from penstock.hub.core.admin_verbs import verb
from penstock.hub.core.errors import Conflict

from . import services
from .models import Build, CalendarBlock, Job, Machine, Maker, Offer
from .services.finishing import open_finish


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("Reason"), max_length=300)


class FinisherForm(forms.Form):
    workshop = forms.ModelChoiceField(Maker.objects.none(), label=_("Workshop"))

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        able = Maker.objects.across_tenants().exclude(finishes=[]).select_related("organisation")
        self.fields["workshop"].queryset = able.order_by("organisation__name")


# --- machines -----------------------------------------------------------------------------------------


@verb(_("Out of service"))
def take_down(actor: Actor, machine: Machine) -> None:
    services.change_machine(actor=actor, machine_uid=machine.uid, in_service=False)


@verb(_("In service"))
def put_in_service(actor: Actor, machine: Machine) -> None:
    services.change_machine(actor=actor, machine_uid=machine.uid, in_service=True)


@verb(_("Retire"))
def retire(actor: Actor, machine: Machine) -> None:
    services.retire_machine(actor=actor, machine_uid=machine.uid)


@verb(_("Remove the block"))
def unblock(actor: Actor, block: CalendarBlock) -> None:
    services.unblock_time(actor=actor, block_uid=block.uid)


# --- offers and builds --------------------------------------------------------------------------------


@verb(_("Accepted by telephone"))
def accept(actor: Actor, offer: Offer) -> None:
    services.accept_offer(actor=actor, offer_uid=offer.uid)


@verb(_("Declined by telephone…"), ReasonForm)
def decline(actor: Actor, offer: Offer, reason: str) -> None:
    services.decline_offer(actor=actor, offer_uid=offer.uid, reason=reason)


@verb(_("Given back by telephone…"), ReasonForm)
def give_back(actor: Actor, offer: Offer, reason: str) -> None:
    services.give_back(actor=actor, offer_uid=offer.uid, reason=reason)


@verb(_("Started"))
def start(actor: Actor, build: Build) -> None:
    services.start_build(actor=actor, build_uid=build.uid)


@verb(_("Finished, all pieces good"))
def finish(actor: Actor, build: Build) -> None:
    services.finish_build(actor=actor, build_uid=build.uid)


@verb(_("Failed, no piece good…"), ReasonForm)
def fail(actor: Actor, build: Build, reason: str) -> None:
    services.fail_build(actor=actor, build_uid=build.uid, reason=reason)


# --- jobs ---------------------------------------------------------------------------------------------


@verb(_("Their finishing is done"))
def finishing_done(actor: Actor, job: Job) -> None:
    operation = open_finish(job)
    if operation is None:
        raise Conflict("nothing_to_finish", _now("Nothing is left to finish."))
    services.finish_operation(actor=actor, operation_uid=operation.uid)


@verb(_("Ask a workshop to finish them…"), FinisherForm)
def ask_finisher(actor: Actor, job: Job, workshop: Maker) -> None:
    services.offer_finishing(actor=actor, job_uid=job.uid, organisation_uid=workshop.organisation.uid)


@verb(_("Let those who refused be asked again"))
def ask_everybody(actor: Actor, job: Job) -> None:
    services.ask_everybody(actor=actor, job_uid=job.uid)


@verb(_("Cancel their order lines and refund"))
def cancel_line(actor: Actor, job: Job) -> None:
    services.cancel_line(actor=actor, line_uid=job.line.uid)
