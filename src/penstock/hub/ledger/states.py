"""The life of a payment, a payout and a statement."""

from penstock.hub.core.transitions import Lifecycle

PAYMENT = Lifecycle(
    "payment",
    {
        # `pending` includes "the provider did not answer": a notice or a look-up decides later.
        "pending": {"succeed": "succeeded", "decline": "declined", "expire": "expired"},
        "succeeded": {},
        # Money may still arrive after a decline (the payer tried again) or after we stopped waiting.
        "declined": {"succeed": "succeeded"},
        "expired": {"succeed": "succeeded"},
    },
)

PAYOUT = Lifecycle(
    "payout",
    {"prepared": {"pay": "paid", "cancel": "cancelled"}, "paid": {}, "cancelled": {}},
)
