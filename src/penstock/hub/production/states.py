"""The lives of jobs, operations, offers, builds, waves and machines."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from penstock.hub.core.transitions import Lifecycle

JOB = Lifecycle(
    "job",
    {
        "pooled": {"offer": "offered", "withdraw": "cancelled"},
        "offered": {"accept": "accepted", "release": "pooled", "withdraw": "cancelled"},
        # A maker may still give it back, or vanish, until the build starts.
        "accepted": {"start": "making", "release": "pooled", "withdraw": "cancelled"},
        "making": {"make": "made", "fail": "pooled", "take_back": "accepted"},
        # Made: finishing and inspection remain. `ready` pieces have passed inspection where they lie.
        "made": {"pass": "ready", "fail": "pooled", "lose": "lost"},
        "ready": {"ship": "shipped", "lose": "lost"},
        "shipped": {"deliver": "delivered", "lose": "lost"},
        "delivered": {},
        # Lost on the road: who made it is remembered and paid; another job makes the pieces again.
        "lost": {},
        "cancelled": {},
    },
)

OPERATION = Lifecycle(
    "operation",
    {
        "todo": {"offer": "offered", "start": "doing", "finish": "done", "cancel": "cancelled"},
        "offered": {"accept": "todo", "release": "todo", "cancel": "cancelled"},
        "doing": {"finish": "done", "fail": "todo", "cancel": "cancelled", "take_back": "todo"},
        "done": {"redo": "todo"},
        "cancelled": {},
    },
)

OFFER = Lifecycle(
    "offer",
    {
        "open": {"accept": "accepted", "decline": "declined", "lapse": "lapsed", "withdraw": "withdrawn"},
        "accepted": {"give_back": "declined", "lapse": "lapsed", "withdraw": "withdrawn"},
        "declined": {},
        "lapsed": {},
        "withdrawn": {},
    },
)

BUILD = Lifecycle(
    "build",
    {
        "offered": {"accept": "accepted", "dissolve": "dissolved"},
        "accepted": {"start": "running", "dissolve": "dissolved"},
        # A start reported by mistake, soon after.
        "running": {"finish": "finished", "fail": "failed", "take_back": "accepted"},
        "finished": {},
        "failed": {},
        "dissolved": {},
    },
)

WAVE = Lifecycle("wave", {"running": {"finish": "done", "fail": "failed"}, "done": {}, "failed": {}})

# A job that has not begun: it can still be withdrawn, and its line cancelled.
NOT_STARTED = ("pooled", "offered", "accepted")
# Offers that bind a maker or wait for an answer.
LIVE_OFFER = ("open", "accepted")


class OperationKind(models.TextChoices):
    MAKE = "make", _("Make")
    FINISH = "finish", _("Finish")
    INSPECT = "inspect", _("Inspect")
    SHIP = "ship", _("Ship")


class CheckStep(models.TextChoices):
    """What a workshop ticks off on a build, beside what moves it."""

    FILES = "files", _("Files")
    MATERIAL = "material", _("Material")


class MachineState(models.TextChoices):
    IN_SERVICE = "in_service", _("In service")
    DOWN = "down", _("Down")
    RETIRED = "retired", _("Retired")
