"""The life of a revision: a file is measured, and then it is ready or refused."""

from penstock.hub.core.transitions import Lifecycle

REVISION = Lifecycle(
    "revision",
    {
        # Measuring again after a worker died, or with another unit, starts from `uploaded`.
        "uploaded": {"measured": "ready", "refuse": "refused"},
        "ready": {"remeasure": "uploaded"},
        "refused": {"remeasure": "uploaded"},
    },
)
