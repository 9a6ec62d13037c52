"""How states and codes are said to people: a label and a colour that means the same everywhere.

green: done well · blue: moving by itself · yellow: waits for you or somebody · red: went wrong · secondary: over.
"""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

STATES = {
    "revision": {
        "uploaded": (_("Measuring…"), "blue"),
        "ready": (_("Ready"), "green"),
        "attention": (_("Needs attention"), "yellow"),
        "unprintable": (_("Cannot be made as it is"), "red"),
        "refused": (_("Refused"), "red"),
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
    "severity": {
        "notice": (_("Note"), "secondary"),
        "warning": (_("Warning"), "yellow"),
        "blocker": (_("Must be fixed"), "red"),
    },
}

LEAD_CLASSES = {"economy": _("Economy"), "standard": _("Standard"), "express": _("Express")}

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


def payment_method_label(code: str) -> str:
    return str(PAYMENT_METHODS[code][0]) if code in PAYMENT_METHODS else code
