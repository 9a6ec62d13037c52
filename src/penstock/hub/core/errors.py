"""The ways a verb can be refused. Pages show the message, the API turns it into problem+json (RFC 9457)."""

from __future__ import annotations

from typing import Any


class DomainError(Exception):
    """A refusal a person can act on. State is unchanged when it is raised.

    `code` is stable snake_case for programs, `message` one translated sentence for people,
    `data` holds the numbers behind it.
    """

    status = 400

    def __init__(self, code: str, message: Any, **data: Any) -> None:
        super().__init__(code)
        self.code = code
        self.message = message
        self.data = data

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"


class Invalid(DomainError):
    """What was sent cannot be used as it is."""

    status = 422


class Forbidden(DomainError):
    """The actor's role does not include the right."""

    status = 403


class NotFound(DomainError):
    """There is no such thing, or not for this actor: the two look the same on purpose."""

    status = 404


class Conflict(DomainError):
    """Somebody or something else came first, or the thing is in a state that does not allow the verb."""

    status = 409


class TooMany(DomainError):
    """More than one address may ask for in a while; later it will do."""

    status = 429


class PaymentFailed(DomainError):
    """The provider declined, or the credit limit does not cover the amount."""

    status = 402
