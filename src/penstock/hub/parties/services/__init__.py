"""The verbs of the parties: founding organisations, letting people in, places, keys."""

from __future__ import annotations

from .addresses import add_address, change_address, remove_address
from .api_keys import create_api_key, revoke_api_key
from .invitations import accept_invitation, invitation_token, invite, withdraw_invitation
from .members import change_role, dismiss_first_order, remove_member
from .organisations import change_organisation, checked_country, register_organisation
from .visits import begin_visit, end_visit, hold_visit

__all__ = [
    "accept_invitation",
    "add_address",
    "begin_visit",
    "change_address",
    "change_organisation",
    "change_role",
    "checked_country",
    "create_api_key",
    "dismiss_first_order",
    "end_visit",
    "hold_visit",
    "invitation_token",
    "invite",
    "register_organisation",
    "remove_address",
    "remove_member",
    "revoke_api_key",
    "withdraw_invitation",
]
