"""The verbs of production. Each is one transaction; see the modules for what belongs together."""

from .builds import fail_build, finish_build, start_build, take_back_start
from .cancelling import cancel_line, cancel_order
from .checklist import report_step, take_back_step
from .decomposition import decompose
from .finishing import arrive_for_finishing, find_finishers, finish_operation, move_to, offer_finishing
from .makers import (
    add_machine,
    agree,
    block_time,
    change_machine,
    change_maker,
    record_complaint,
    register_maker,
    retire_machine,
    unblock_time,
)
from .nesting import nest_build
from .offers import accept_offer, ask_everybody, decline_offer, give_back, lapse_offers
from .policies import publish_policy
from .progress import mark_delivered, mark_lost, mark_shipped, record_inspection, remake
from .settlement import job_payees
from .waves import pooled_processes, run_wave
from .what_if import imagine, preview_wave

__all__ = [
    "accept_offer",
    "add_machine",
    "agree",
    "arrive_for_finishing",
    "ask_everybody",
    "block_time",
    "cancel_line",
    "cancel_order",
    "change_machine",
    "change_maker",
    "decline_offer",
    "decompose",
    "fail_build",
    "find_finishers",
    "finish_build",
    "finish_operation",
    "give_back",
    "imagine",
    "job_payees",
    "lapse_offers",
    "mark_delivered",
    "mark_lost",
    "mark_shipped",
    "move_to",
    "nest_build",
    "offer_finishing",
    "pooled_processes",
    "preview_wave",
    "publish_policy",
    "record_complaint",
    "record_inspection",
    "register_maker",
    "remake",
    "report_step",
    "retire_machine",
    "run_wave",
    "start_build",
    "take_back_start",
    "take_back_step",
    "unblock_time",
]
