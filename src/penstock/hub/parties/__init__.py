"""Organisations, members, roles, invitations, addresses, API keys."""
