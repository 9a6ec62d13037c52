"""What the quote room announces. `part` is the part's public id, `subject` the quote's or the request's."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from penstock.hub.core.journal import kind

# payload: quote_uid, part_name, revision_uid, options
QUOTED = kind("quotes.quoted", _("%(part_name)s quoted"), on_timeline=False)
QUOTE_SHARED = kind("quotes.shared", _("Quote %(quote_uid)s shared by a link"), on_timeline=False)
QUOTE_UNSHARED = kind("quotes.unshared", _("The link to quote %(quote_uid)s was closed"), on_timeline=False)

# payload: request_uid, part_name, quantity
QUOTATION_REQUESTED = kind("quotes.requested", _("Quotation asked for %(quantity)s of %(part_name)s"))
# payload besides: quote_uid
REQUEST_ANSWERED = kind("quotes.answered", _("Quotation given for %(quantity)s of %(part_name)s"))
# payload besides: answer
REQUEST_DECLINED = kind("quotes.declined", _("No quotation for %(part_name)s: %(answer)s"))
# payload besides: text, by_operator
REQUEST_MESSAGE = kind("quotes.message", _("About %(part_name)s: %(text)s"))
# payload besides: owner
REQUEST_TAKEN_ON = kind("quotes.taken_on", _("%(owner)s looks after the request for %(part_name)s"))
REQUEST_WITHDRAWN = kind("quotes.withdrawn", _("The request for %(part_name)s was withdrawn"))
REQUEST_ORDERED = kind("quotes.ordered", _("The quotation for %(part_name)s was ordered"))

# payload: number, note
PRICE_BOOK_PUBLISHED = kind("quotes.price_book", _("Price book %(number)s published: %(note)s"), on_timeline=False)
