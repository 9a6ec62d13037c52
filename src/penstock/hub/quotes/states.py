"""The life of a request for quotation. A quote itself never changes: it is valid or it has expired."""

from penstock.hub.core.transitions import Lifecycle

RFQ = Lifecycle(
    "request for quotation",
    {
        "open": {"answer": "answered", "decline": "declined", "withdraw": "withdrawn"},
        # A second answer replaces the first until the buyer has ordered.
        "answered": {
            "answer": "answered",
            "order": "ordered",
            "withdraw": "withdrawn",
            "decline": "declined",
        },
        "ordered": {},
        "declined": {},
        "withdrawn": {},
    },
)
