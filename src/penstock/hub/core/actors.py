"""Who acts: the explicit argument of every verb and every scoped read."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from .errors import Forbidden

READ, WORK, PAY, MANAGE = "read", "work", "pay", "manage"
RIGHTS = frozenset({READ, WORK, PAY, MANAGE})


@dataclass(frozen=True, slots=True)
class Actor:
    """A member acting for one organisation, an API key acting in a member's name, or the system itself.

    `rights` are already narrowed by the role and, for an API key, by its scopes.
    """

    name: str
    organisation_id: int | None = None
    member_id: int | None = None
    rights: frozenset[str] = frozenset()
    is_operator: bool = False
    # Somebody who has not signed up: the parts of this visit are theirs until it ends.
    is_visitor: bool = False

    def require(self, right: str) -> None:
        """Raise Forbidden unless the actor holds `right`."""
        if right not in self.rights:
            raise Forbidden("missing_right", _("Your role does not allow this. Ask an owner of your organisation."))

    def require_operator(self, right: str = WORK) -> None:
        """Raise Forbidden unless the actor works for the network's operator and holds `right`."""
        if not self.is_operator:
            raise Forbidden("operator_only", _("Only the operator of the network can do this."))
        self.require(right)


# Background work and provider notices: sees every tenant, is named in the journal.
SYSTEM = Actor(name="Penstock", rights=RIGHTS, is_operator=True)
