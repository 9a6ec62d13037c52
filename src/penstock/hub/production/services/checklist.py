"""What a workshop ticks off on a build beside starting and ending it: files loaded, material filled in."""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from penstock.hub.core import journal
from penstock.hub.core.actors import Actor
from penstock.hub.core.errors import Conflict, Invalid

from .. import events
from ..models import Build, BuildCheck
from ..states import CheckStep
from .makers import own

# In which states of a build a step can be reported or taken back.
OPEN_IN = ("accepted", "running")


@transaction.atomic
def report_step(*, actor: Actor, build_uid: str, step: str, note: str = "") -> BuildCheck:
    """Tick a step off. Raises Conflict 'reported_already' when somebody did, with who in `by` and when in `at`."""
    build = _open(actor, build_uid, step)
    try:
        with transaction.atomic():
            check = BuildCheck.objects.create(build=build, step=step, note=note.strip()[:200], by_name=actor.name[:200])
    except IntegrityError as error:
        first = BuildCheck.objects.across_tenants().get(build=build, step=step)
        raise Conflict(
            "reported_already", _("%(who)s has reported this already.") % {"who": first.by_name}, by=first.by_name
        ) from error
    _tell(events.BUILD_STEP_DONE, actor, build, step, note=check.note)
    return check


@transaction.atomic
def take_back_step(*, actor: Actor, build_uid: str, step: str) -> Build:
    """It was a mistake. Raises Conflict when nothing is reported any more."""
    build = _open(actor, build_uid, step)
    gone, _by_model = BuildCheck.objects.across_tenants().filter(build=build, step=step).delete()
    if not gone:
        raise Conflict("not_reported", _("This has been taken back already."))
    _tell(events.BUILD_STEP_TAKEN_BACK, actor, build, step)
    return build


def _open(actor: Actor, uid: str, step: str) -> Build:
    build = Build.objects.select_related("maker__organisation").one(actor, uid)
    own(actor, build.maker)
    if step not in CheckStep.values:
        raise Invalid("no_such_step", _("There is no such step."))
    if build.state not in OPEN_IN:
        raise Conflict("wrong_state", _("The build is past this step."), state=build.state)
    return build


def _tell(kind: journal.Kind, actor: Actor, build: Build, step: str, **payload: str) -> None:
    journal.record(
        kind,
        actor=actor,
        build=build.uid,
        subject=build.uid,
        organisations=[build.maker.organisation_id],
        step=step,
        **payload,
    )
