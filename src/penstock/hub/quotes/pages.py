"""The quote pages: the price table of a revision, a price with its breakdown, shared quotes, requests for quotation."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from penstock.hub.core.actors import WORK
from penstock.hub.core.errors import DomainError, Invalid, NotFound
from penstock.hub.parties import auth
from penstock.hub.parts import selectors as parts
from penstock.hub.web.doors import is_htmx, page, page_of
from penstock.hub.web.forms import MessageForm
from penstock.hub.web.labels import price_items
from penstock.hub.web.paging import list_page

from . import desk, needs, price_desk, selectors, services
from .blocking import against, judged
from .curve import curve
from .forms import RequestForm
from .models import Quote
from .table import STANDARD, table

USUAL_QUANTITIES = (1, 10, 100)
MAX_QUANTITY = 100_000
CHOICES = ("quantity", "lead", *needs.CHOICES)


def _quantity(text: str | None) -> int | None:
    if not text:
        return None
    if not text.isdecimal() or not 0 < int(text[:9]) <= MAX_QUANTITY:
        raise Invalid("bad_quantity", _("The quantity must be a whole number from 1 to 100 000."), field="quantity")
    return int(text)


def _table_context(request: HttpRequest, quote: Quote, quantity: int | None, token: str = "") -> dict[str, Any]:
    lead_class = _chosen(request, "lead") or STANDARD
    named = needs.read({name: _chosen(request, name) for name in needs.CHOICES})
    return {
        "quote": quote,
        "table": table(quote, quantity, lead_class, named, judged(quote)),
        "needs": [(name, needs.LABELS[name], choices, named.get(name, "")) for name, choices in needs.CHOICES.items()],
        "named": named,
        "kept": urlencode(named),
        "token": token,
        "prices_at": _prices_at(quote, token),
        "is_expired": quote.expires_at < timezone.now(),
        "may_be_repaired": parts.may_be_repaired(quote.revision),
        "may_work": not token and WORK in request.actor.rights,
    }


def _prices_at(quote: Quote, token: str) -> str:
    """Where the prices of this quote are opened, but for the option's number at its end: worked out once, not for each
    of some hundred cells."""
    name, key = ("quote-shared-price", token) if token else ("quote-price", quote.uid)
    return reverse(name, args=[key, "option"]).removesuffix("option")


def _chosen(request: HttpRequest, name: str) -> str:
    return request.POST.get(name) or request.GET.get(name) or ""


def _table(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """The table alone, for the page around it, whose address then says what was chosen: so that a reload, a bookmark
    and the way back from the basket show the same prices."""
    response = render(request, "quotes/table.html", context)
    around = urlsplit(page_of(request))
    if any(_chosen(request, name) for name in CHOICES) and around.path:
        found = context["table"]
        kept = [(name, value) for name, value in parse_qsl(around.query) if name not in CHOICES]
        named = context["named"].items()
        query = urlencode([*kept, ("quantity", found.quantity), ("lead", found.lead_class), *named])
        response["HX-Replace-Url"] = f"{around.path}?{query}"
    return response


@page(methods=("POST",), visitors=True)
def of_revision(request: HttpRequest, uid: str) -> HttpResponse:
    """The price table of a revision: a valid quote with these quantities, or a fresh one."""
    actor = request.actor
    revision = parts.revision(actor, uid)
    wanted = _quantity(_chosen(request, "quantity"))
    quantities = sorted({*USUAL_QUANTITIES, *([wanted] if wanted else [])})
    found = (
        selectors.quotes(actor)
        .filter(
            organisation_id=actor.organisation_id,
            revision=revision,
            request=None,
            quantities=quantities,
            expires_at__gt=timezone.now(),
            price_book=selectors.current_book()[0],
        )
        .first()
    )
    if found is None:
        auth.spend(request, "visitor_prices")
        found = services.quote(actor=actor, revision_uid=uid, quantities=quantities)
    return _table(request, _table_context(request, selectors.quote(actor, found.uid), wanted))


@page(visitors=True)
def quotes(request: HttpRequest) -> HttpResponse:
    query = request.GET.get("q", "").strip()
    found = list_page(request, selectors.quotes(request.actor, query))
    context = {"page": found, "query": query, "now": timezone.now()}
    return render(request, "quotes/quotes.html", context)


@page(visitors=True)
def quote(request: HttpRequest, uid: str) -> HttpResponse:
    """The whole page, or only its table when the quantity or the lead-time class was changed."""
    context = _table_context(request, selectors.quote(request.actor, uid), _quantity(request.GET.get("quantity")))
    return _table(request, context) if is_htmx(request) else render(request, "quotes/quote.html", context)


@page(methods=("POST",), visitors=True)
def again(request: HttpRequest, uid: str) -> HttpResponse:
    """An expired quote at today's prices, with one click."""
    auth.spend(request, "visitor_prices")
    made = services.quote_again(actor=request.actor, quote_uid=uid)
    messages.success(request, _("Priced again. The old quote can still be read."))
    return redirect("quote", made.uid)


@page(methods=("POST",))
def share(request: HttpRequest, uid: str) -> HttpResponse:
    token = services.share_quote(actor=request.actor, quote_uid=uid)
    link = request.build_absolute_uri(reverse("quote-shared", args=[token]))
    return render(request, "quotes/link.html", {"link": link})


@page(public=True)
def shared(request: HttpRequest, token: str) -> HttpResponse:
    """Whoever has the link may read; nothing can be chosen here."""
    context = _table_context(request, selectors.shared_quote(token), _quantity(request.GET.get("quantity")), token)
    return _table(request, context) if is_htmx(request) else render(request, "quotes/shared.html", context)


def _price_context(request: HttpRequest, quote: Quote, option_uid: str) -> dict[str, Any]:
    option = _option(quote, option_uid)
    quantity = _quantity(request.GET.get("quantity")) or quote.quantities[0]
    lead_class = request.GET.get("lead") or STANDARD
    at_quantity = [price for price in option.prices.all() if price.quantity == quantity]
    price = next((each for each in at_quantity if each.lead_class == lead_class), None)
    if price is None:
        raise NotFound("no_price", _("This quote has no price for that quantity."))
    return {
        "quote": quote,
        "option": option,
        "price": price,
        "items": price_items(price.breakdown, for_operator=request.actor.is_operator),
        "choices": sorted(at_quantity, key=lambda each: -each.lead_days),
        "against": against(quote).get(option.process, ()),
        "may_be_repaired": parts.may_be_repaired(quote.revision),
    }


def _option(quote: Quote, uid: str) -> Any:
    found = next((option for option in quote.options.all() if option.uid == uid), None)
    if found is None:
        raise NotFound("no_option", _("This quote has no such row."))
    return found


@page(visitors=True)
def price(request: HttpRequest, uid: str, option_uid: str) -> HttpResponse:
    """One price opened: its lead-time classes, its breakdown, and the way into the basket."""
    quote = selectors.quote(request.actor, uid)
    context = _price_context(request, quote, option_uid) | {
        "is_expired": quote.expires_at < timezone.now(),
        "may_work": WORK in request.actor.rights and quote.organisation_id == request.actor.organisation_id,
    }
    return render(request, "quotes/price.html", context)


@page(public=True)
def shared_price(request: HttpRequest, token: str, option_uid: str) -> HttpResponse:
    context = _price_context(request, selectors.shared_quote(token), option_uid)
    return render(request, "quotes/price.html", {**context, "token": token})


@page(visitors=True)
def price_curve(request: HttpRequest, uid: str, option_uid: str) -> HttpResponse:
    """The price of one piece over the quantity, for the dialog of a price."""
    quote = selectors.quote(request.actor, uid)
    quantity = _quantity(request.GET.get("quantity"))
    drawn = curve(_option(quote, option_uid), request.GET.get("lead") or STANDARD, quantity)
    context = {"quote": quote, "curve": drawn, "last": drawn.points[-1] if drawn else None, "quantity": quantity}
    return render(request, "quotes/curve.html", context)


def _wished(request: HttpRequest) -> dict[str, str]:
    """What the buyer was looking at when a price by rule would not do."""
    return {name: value for name in ("quantity", "process", "material") if (value := request.GET.get(name))}


@page(methods=("GET", "POST"))
def new_request(request: HttpRequest, uid: str) -> HttpResponse:
    revision = parts.own_revision(request.actor, uid)
    form = RequestForm(request.POST or None, initial=_wished(request))
    if request.method == "POST" and form.is_valid():
        try:
            made = services.request_quotation(actor=request.actor, revision_uid=uid, **form.cleaned_data)
        except DomainError as error:
            form.refuse(error)
        else:
            messages.success(request, _("Sent. A person answers; you find the answer here."))
            return redirect("request", made.uid)
    return render(request, "quotes/new_request.html", {"revision": revision, "part": revision.part, "form": form})


@page()
def requests(request: HttpRequest) -> HttpResponse:
    found = selectors.requests(request.actor)
    return render(request, "quotes/requests.html", {"page": list_page(request, found)})


@page()
def one_request(request: HttpRequest, uid: str) -> HttpResponse:
    """The buyer's page of a request; the operator's is at the desk."""
    if request.actor.is_operator:
        return redirect(desk.DESK.one, uid)
    found = selectors.request(request.actor, uid)
    answered = next(iter(found.quotes.all()), None)  # the newest answer counts
    context: dict[str, Any] = {
        "asked": found,
        "part": found.revision.part,
        "may_write": WORK in request.actor.rights and found.state not in ("declined", "withdrawn"),
        "message_form": MessageForm(),
    }
    if answered is not None:
        context |= _table_context(request, selectors.quote(request.actor, answered.uid), found.quantity)
    return render(request, "quotes/request.html", context)


@page(methods=("POST",))
def write_message(request: HttpRequest, uid: str) -> HttpResponse:
    """A word to the other side, from the buyer's page or the operator's desk."""
    services.write_message(actor=request.actor, rfq_uid=uid, text=request.POST.get("text", ""))
    back = "desk-request" if request.actor.is_operator else "request"
    return redirect(f"{reverse(back, args=[uid])}#talk")


@page(methods=("POST",))
def withdraw_request(request: HttpRequest, uid: str) -> HttpResponse:
    services.withdraw_request(actor=request.actor, rfq_uid=uid)
    messages.success(request, _("The request has been withdrawn."))
    return redirect("request", uid)


urlpatterns = [
    *desk.urlpatterns,
    *price_desk.urlpatterns,
    path("quotes/", quotes, name="quotes"),
    path("quotes/of/<str:uid>", of_revision, name="quote-of-revision"),
    path("quotes/<str:uid>", quote, name="quote"),
    path("quotes/<str:uid>/again", again, name="quote-again"),
    path("quotes/<str:uid>/share", share, name="quote-share"),
    path("quotes/<str:uid>/price/<str:option_uid>", price, name="quote-price"),
    path("quotes/<str:uid>/price/<str:option_uid>/curve", price_curve, name="quote-curve"),
    path("shared/quotes/<str:token>", shared, name="quote-shared"),
    path("shared/quotes/<str:token>/price/<str:option_uid>", shared_price, name="quote-shared-price"),
    path("requests/", requests, name="requests"),
    path("requests/new/<str:uid>", new_request, name="request-new"),
    path("requests/<str:uid>", one_request, name="request"),
    path("requests/<str:uid>/messages", write_message, name="request-message"),
    path("requests/<str:uid>/withdraw", withdraw_request, name="request-withdraw"),
]
