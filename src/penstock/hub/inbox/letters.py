"""E-mails as they are read: plain text, the most important words first, one letter for what happened together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import wrap
from urllib.parse import urljoin

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from penstock.hub.core import network
from penstock.hub.core.models import Event
from penstock.hub.parties.models import Member
from penstock.hub.web.places import url_of

from . import selectors

WIDTH = 76
# Of more events only these are told; the inbox has them all.
MOST = 20


@dataclass(frozen=True, slots=True)
class Letter:
    subject: str
    text: str


def write(member: Member, events: Sequence[Event]) -> Letter:
    """In the person's language."""
    with translation.override(member.user.language or settings.LANGUAGE_CODE):
        told = [selectors.said(event, 0) for event in events[:MOST]]
        titles = list(dict.fromkeys(message.title for message in told))
        if len(titles) == 1 and len(told) == 1:
            subject = titles[0]
        else:
            subject = ngettext("%(n)s message: %(first)s", "%(n)s messages: %(first)s", len(events))
            subject %= {"n": len(events), "first": ", ".join(titles)}
        blocks = [_block(message) for message in told]
        if len(events) > MOST:
            blocks.append(_("… and %(n)s more in your inbox:") % {"n": len(events) - MOST} + "\n" + _link("inbox"))
        greeting = _("Hello %(name)s,") % {"name": member.user.name or member.user.email}
        footer = "-- \n" + _filled(
            _("%(network)s writes to you because you act for %(organisation)s.")
            % {"network": network.current().name, "organisation": member.organisation}
        )
        footer += "\n" + _("Choose what comes by e-mail:") + "\n" + _link("inbox-choices")
        return Letter(_short(subject), "\n\n".join([greeting, *blocks, footer]) + "\n")


def _block(message: selectors.Message) -> str:
    lines = [message.title, _filled(message.sentence, "  ")]
    url = url_of(message.thing) if message.thing else ""
    if url:
        lines.append("  " + urljoin(settings.PUBLIC_URL, url))
    return "\n".join(lines)


def _filled(text: str, indent: str = "") -> str:
    return "\n".join(wrap(text, WIDTH, initial_indent=indent, subsequent_indent=indent, break_long_words=False))


def _link(name: str) -> str:
    return urljoin(settings.PUBLIC_URL, reverse(name))


def _short(subject: str) -> str:
    """One line of a length that lists of e-mails show."""
    flat = " ".join(subject.split())
    return flat if len(flat) <= WIDTH else flat[: WIDTH - 1] + "…"
