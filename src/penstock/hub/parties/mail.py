"""E-mails that allauth writes (addresses, passwords) come from the network, as all others do."""

from __future__ import annotations

from allauth.account.adapter import DefaultAccountAdapter

from penstock.hub.core import network


class AccountAdapter(DefaultAccountAdapter):
    def get_from_email(self) -> str:
        return network.current().sender

    def format_email_subject(self, subject: str) -> str:
        return network.current().subject_prefix + subject
