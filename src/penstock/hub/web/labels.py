"""How states and codes are said to people: a label and a colour that means the same everywhere.

green: done well · blue: moving by itself · yellow: waits for you or somebody · red: went wrong · secondary: over.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext_lazy as _

from penstock.hub.core.engine_words import say

STATES = {
    "revision": {
        "uploaded": (_("Measuring…"), "blue"),
        "ready": (_("Ready"), "green"),
        "attention": (_("Needs attention"), "yellow"),
        "unprintable": (_("Cannot be made as it is"), "red"),
        "refused": (_("Refused"), "red"),
        "withdrawn": (_("Withdrawn"), "secondary"),
    },
    "order": {
        "placed": (_("Waiting for payment"), "yellow"),
        "confirmed": (_("Confirmed"), "blue"),
        "in_production": (_("In production"), "blue"),
        "delivered": (_("Delivered"), "green"),
        "settled": (_("Completed"), "green"),
        "cancelled": (_("Cancelled"), "secondary"),
    },
    "line": {
        "open": (_("Being made"), "blue"),
        "delivered": (_("Delivered"), "green"),
        "settled": (_("Completed"), "green"),
        "cancelled": (_("Cancelled"), "secondary"),
    },
    "request": {
        "open": (_("Waiting for an answer"), "blue"),
        "answered": (_("Answered"), "yellow"),
        "ordered": (_("Ordered"), "green"),
        "declined": (_("Declined"), "red"),
        "withdrawn": (_("Withdrawn"), "secondary"),
    },
    "question": {
        "open": (_("Waiting for an answer"), "blue"),
        "answered": (_("Answered"), "green"),
        "closed": (_("Closed"), "secondary"),
    },
    "payment": {
        "pending": (_("Pending"), "yellow"),
        "succeeded": (_("Paid"), "green"),
        "declined": (_("Declined"), "red"),
        "expired": (_("Expired"), "secondary"),
    },
    "complaint": {
        "open": (_("Being looked at"), "blue"),
        "in_remedy": (_("Being put right"), "blue"),
        "closed": (_("Closed"), "green"),
        "rejected": (_("Rejected"), "red"),
        "withdrawn": (_("Withdrawn"), "secondary"),
    },
    "offer": {
        "open": (_("Waiting for your answer"), "yellow"),
        "accepted": (_("Taken on"), "green"),
        "declined": (_("Declined"), "secondary"),
        "lapsed": (_("Not answered in time"), "red"),
        "withdrawn": (_("Withdrawn"), "secondary"),
    },
    "build": {
        "offered": (_("Offered"), "yellow"),
        "accepted": (_("To be started"), "yellow"),
        "running": (_("Running"), "blue"),
        "finished": (_("Finished"), "green"),
        "failed": (_("Failed"), "red"),
        "dissolved": (_("Not made"), "secondary"),
    },
    "job": {
        "pooled": (_("Waiting for a workshop"), "yellow"),
        "offered": (_("Offered"), "yellow"),
        "accepted": (_("To be made"), "yellow"),
        "making": (_("Being made"), "blue"),
        "made": (_("To be finished or inspected"), "yellow"),
        "ready": (_("Ready for its parcel"), "blue"),
        "shipped": (_("On its way"), "blue"),
        "delivered": (_("Delivered"), "green"),
        "lost": (_("Lost on the way"), "red"),
        "cancelled": (_("Withdrawn"), "secondary"),
    },
    "operation": {
        "todo": (_("To do"), "yellow"),
        "offered": (_("Offered"), "yellow"),
        "doing": (_("Begun"), "blue"),
        "done": (_("Done"), "green"),
        "cancelled": (_("Withdrawn"), "secondary"),
    },
    "machine": {
        "in_service": (_("In service"), "green"),
        "down": (_("Down"), "red"),
        "retired": (_("Retired"), "secondary"),
    },
    "shipment": {
        "planned": (_("To be handed over"), "yellow"),
        "handed_over": (_("Handed over"), "blue"),
        "in_transit": (_("On its way"), "blue"),
        "delivered": (_("Arrived"), "green"),
        "lost": (_("Lost"), "red"),
        "cancelled": (_("Not sent"), "secondary"),
    },
    "payout": {
        "prepared": (_("Prepared"), "yellow"),
        "paid": (_("Sent"), "green"),
        "cancelled": (_("Cancelled"), "secondary"),
    },
    "severity": {
        "notice": (_("Note"), "secondary"),
        "warning": (_("Warning"), "yellow"),
        "blocker": (_("Must be fixed"), "red"),
    },
}

LEAD_CLASSES = {"economy": _("Economy"), "standard": _("Standard"), "express": _("Express")}

# The items of a price by code. Those whose name carries a finish are said as the price says them.
PRICE_ITEMS = {
    "machine": _("Machine time"),
    "material": _("Material"),
    "build": _("Preparing and emptying the build"),
    "labour": _("Handling each piece"),
    "risk": _("Failed builds"),
    "packing": _("Packing"),
    "setup": _("Setting up the line"),
    "tooling": _("Tooling"),
    "margin": _("Service of the network"),
    "lead_time": _("Lead time"),
    "minimum": _("Up to the minimum"),
    "quotation": _("Quotation by a person"),
}
OPERATOR_PRICE_ITEMS = {**PRICE_ITEMS, "margin": _("Margin")}
MARGIN_BASIS = _("Choosing the makers, inspection, guarantee, payment held until delivery")

PAYMENT_METHODS = {
    "account": (_("On account"), _("An invoice follows; counts towards your credit limit.")),
    "sandbox": (_("Sandbox payment"), _("A practice payment page: no real money moves.")),
}


def state_label(kind: str, state: str) -> tuple[str, str]:
    """(label, colour) of a state; an unknown one is shown as it is."""
    label, colour = STATES.get(kind, {}).get(state, (state.replace("_", " "), "secondary"))
    return str(label), colour


def lead_class_label(code: str) -> str:
    return str(LEAD_CLASSES.get(code, code.replace("_", " ").capitalize()))


def price_items(breakdown: Iterable[dict[str, Any]], *, for_operator: bool) -> list[dict[str, Any]]:
    """The items of a price as their reader sees them: the operator reads the margin and how it is set, a buyer what
    it pays for. Amounts stay."""
    return [
        {**item, "label": _item_label(item, for_operator), "basis": _item_basis(item, for_operator)}
        for item in breakdown
    ]


def _item_label(item: dict[str, Any], for_operator: bool) -> str:
    known = OPERATOR_PRICE_ITEMS if for_operator else PRICE_ITEMS
    return str(known[item["code"]]) if item["code"] in known else say(item["label"])


def _item_basis(item: dict[str, Any], for_operator: bool) -> str:
    if item["code"] == "margin" and not for_operator:
        return str(MARGIN_BASIS)
    if item["code"] == "lead_time":  # begins with the code of the class
        code, colon, factor = item["basis"].partition(":")
        return lead_class_label(code) + colon + factor if colon else code
    return say(item["basis"])


def payment_method_label(code: str) -> str:
    return str(PAYMENT_METHODS[code][0]) if code in PAYMENT_METHODS else code
