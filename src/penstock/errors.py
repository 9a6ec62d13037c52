"""The one kind of error that is shown as a sentence instead of a traceback."""


class OperatorError(Exception):
    """Something the person at the keyboard can put right; the message says what, in one sentence."""
