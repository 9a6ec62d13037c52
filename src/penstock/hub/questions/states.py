"""The life of a technical question. It is answered as often as it is asked; asked again, a closed one opens."""

from penstock.hub.core.transitions import Lifecycle

QUESTION = Lifecycle(
    "question",
    {
        "open": {"ask": "open", "answer": "answered", "close": "closed"},
        "answered": {"ask": "open", "answer": "answered", "close": "closed"},
        "closed": {"ask": "open"},
    },
)
