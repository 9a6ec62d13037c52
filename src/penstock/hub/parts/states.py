"""The life of a revision: a file is measured, and then it is ready or refused."""

from penstock.hub.core.transitions import Lifecycle

REVISION = Lifecycle(
    "revision",
    {
        # Measuring again after a worker died, or with another unit, starts from `uploaded`.
        "uploaded": {"measured": "ready", "refuse": "refused"},
        # A repair that is not wanted after all; the revision it was made from counts again.
        "ready": {"remeasure": "uploaded", "withdraw": "withdrawn"},
        "refused": {"remeasure": "uploaded"},
        "withdrawn": {},
    },
)
