"""What the parties announce. None of it belongs to an order's timeline."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from penstock.hub.core.journal import kind

ORGANISATION_REGISTERED = kind("parties.organisation_registered", _("%(name)s joined the network"), on_timeline=False)
ORGANISATION_CHANGED = kind("parties.organisation_changed", _("%(name)s changed its details"), on_timeline=False)
# subject: the invitation; payload: email, role
MEMBER_INVITED = kind("parties.member_invited", _("%(email)s was invited"), on_timeline=False)
INVITATION_WITHDRAWN = kind("parties.invitation_withdrawn", _("%(email)s is no longer invited"), on_timeline=False)
# subject: the member; payload: email, role
MEMBER_JOINED = kind("parties.member_joined", _("%(email)s joined"), on_timeline=False)
ROLE_CHANGED = kind("parties.role_changed", _("%(email)s is now %(role)s"), on_timeline=False)
MEMBER_REMOVED = kind("parties.member_removed", _("%(email)s left"), on_timeline=False)
# subject: the address
ADDRESS_ADDED = kind("parties.address_added", _("Address in %(city)s added"), on_timeline=False)
ADDRESS_CHANGED = kind("parties.address_changed", _("Address in %(city)s changed"), on_timeline=False)
ADDRESS_REMOVED = kind("parties.address_removed", _("Address in %(city)s removed"), on_timeline=False)
# subject: the key; payload: name, scopes
API_KEY_CREATED = kind("parties.api_key_created", _("API key %(name)s created"), on_timeline=False)
API_KEY_REVOKED = kind("parties.api_key_revoked", _("API key %(name)s revoked"), on_timeline=False)
