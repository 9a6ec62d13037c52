"""What production announces. Buyers read these on their order's timeline: no payout, no other buyer's pieces."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from penstock.engines import knowledge
from penstock.hub.core.engine_words import say
from penstock.hub.core.journal import kind


def _finish_name(code: str) -> str:
    known = knowledge.default().finishes.get(code)
    return say(known.name) if known else code


# order=…; payload: jobs (how many), job_uids
JOBS_CREATED = kind(
    "production.jobs_created",
    ngettext_lazy("Work planned in %(jobs)s job", "Work planned in %(jobs)s jobs", "jobs"),
)
# payload: wave_uid, builds, jobs, waiting, unassigned
WAVE_DONE = kind(
    "production.wave_done",
    _("Work distributed: jobs %(jobs)s, builds %(builds)s, still waiting %(waiting)s"),
    on_timeline=False,
)
# build=… or none (finishing); subject=offer; readable by the maker asked. payload: offer_uid, maker, deadline
OFFER_MADE = kind("production.offer_made", _("%(maker)s is asked until %(deadline)s"), on_timeline=False)
# One per order in the build. payload: offer_uid, maker, city, pieces, parts, job_uids, finishing (bool)
OFFER_ACCEPTED = kind("production.offer_accepted", _("%(maker)s in %(city)s takes on %(parts)s"))
# payload: offer_uid, maker, reason
OFFER_DECLINED = kind(
    "production.offer_declined", _("%(maker)s cannot take it on; another maker is asked"), on_timeline=False
)
OFFER_LAPSED = kind(
    "production.offer_lapsed", _("%(maker)s did not act in time; another maker is asked"), on_timeline=False
)
# One per order in the build; what was made or has to be made again reads the buyer from the pieces. payload: maker,
# pieces, parts, job_uids
BUILD_STARTED = kind("production.build_started", _("Making started: %(parts)s"))
BUILD_START_TAKEN_BACK = kind("production.build_start_taken_back", _("Making has not started yet: %(parts)s"))
BUILD_FINISHED = kind("production.build_finished", _("Made: %(parts)s"), on_timeline=False)
BUILD_FAILED = kind("production.build_failed", _("A build failed: %(parts)s will be made again"), on_timeline=False)
# What only the workshop reads: a step ticked off or taken back. payload: step, note
BUILD_STEP_DONE = kind("production.build_step_done", _("Build: %(step)s reported"), on_timeline=False)
BUILD_STEP_TAKEN_BACK = kind("production.build_step_taken_back", _("Build: %(step)s taken back"), on_timeline=False)
# The parts lie by their true shapes. payload: height_mm, fill
BUILD_NESTED = kind("production.build_nested", _("Nested: %(fill)s of the chamber"), on_timeline=False)
# subject=job; payload: job_uid, line_uid, pieces, part_name, and …
JOB_FINISHED_STEP = kind(
    "production.job_finished_step",
    _("%(pieces)s × %(part_name)s: %(finish)s done"),
    wordings={"finish": _finish_name},
)
JOB_READY = kind("production.job_ready", _("%(pieces)s × %(part_name)s passed inspection"), on_timeline=False)
JOB_ARRIVED = kind("production.job_arrived", _("%(pieces)s × %(part_name)s arrived at %(maker)s"))
# … to_maker_uid: of the workshop's organisation
JOB_NEEDS_TRANSFER = kind(
    "production.job_needs_transfer", _("%(pieces)s × %(part_name)s go on to %(maker)s for finishing")
)
# … reason: one of failed, inspection, lost
JOB_POOLED_AGAIN = kind("production.job_pooled_again", _("%(pieces)s × %(part_name)s will be made again"))
# For the operator: makers who refused these pieces may be asked again.
JOB_OPENED_TO_ALL = kind(
    "production.job_opened_to_all", _("%(pieces)s × %(part_name)s: every workshop is asked again"), on_timeline=False
)
JOB_REMADE = kind("production.job_remade", _("%(pieces)s × %(part_name)s are made again after your complaint"))
# Between the operator and a workshop; readable by it. payload: maker, share (percent)
AGREED = kind("production.agreed", _("Agreed with %(maker)s: %(share)s %% of the work promised"), on_timeline=False)
JOB_CANCELLED = kind("production.job_cancelled", _("%(pieces)s × %(part_name)s withdrawn"))

# payload: number, note
POLICY_PUBLISHED = kind("production.policy", _("Dispatch policy %(number)s published: %(note)s"), on_timeline=False)
