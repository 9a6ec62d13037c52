"""The verbs of parcels: plan, hand over, track, deliver, lose; and what they settle."""

from .carrying import deliver, hand_over, lose, take_tracking
from .packing import plan_for_ready_job, plan_transfer, send_gathered
from .settling import settle_cancelled, settle_carriage, settle_line

__all__ = [
    "deliver",
    "hand_over",
    "lose",
    "plan_for_ready_job",
    "plan_transfer",
    "send_gathered",
    "settle_cancelled",
    "settle_carriage",
    "settle_line",
    "take_tracking",
]
