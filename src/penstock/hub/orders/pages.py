"""The buyer's order pages: basket, check-out, the list of orders, one order with its timeline."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from penstock.hub.core import paper
from penstock.hub.core.actors import PAY, WORK, Actor
from penstock.hub.core.errors import DomainError, Invalid
from penstock.hub.core.money import money
from penstock.hub.core.selectors import timeline
from penstock.hub.core.wording import money_in_words
from penstock.hub.ledger import selectors as ledger_reads
from penstock.hub.ledger import services as ledger
from penstock.hub.ledger.models import Payment
from penstock.hub.parties import auth
from penstock.hub.parties import selectors as parties
from penstock.hub.parties import services as party_services
from penstock.hub.web.addresses import AddressForm
from penstock.hub.web.doors import go, page
from penstock.hub.web.labels import PAYMENT_METHODS, STATES
from penstock.hub.web.paging import list_page

from . import papers, selectors, services
from .forms import CheckoutForm
from .models import Order
from .states import Parcels
from .totals import USUAL_SERVICE

# How far a line can still move: nothing to poll for afterwards.
OVER = {"settled", "cancelled"}


# --- basket and check-out ---------------------------------------------------------------------------


@page(visitors=True)
def basket(request: HttpRequest) -> HttpResponse:
    found = selectors.basket(request.actor)
    # Where the parcel goes is asked at the check-out; here only what is wrong with a line matters.
    problems = {problem.line_uid: problem for problem in found.problems if problem.line_uid}
    lines = [(line, problems.get(line.uid)) for line in found.lines]
    context = {"basket": found, "lines": lines, **_parcels(found, request.GET)}
    return render(request, "orders/basket.html", context)


def _parcels(found: selectors.BasketView, chosen: Any, service: str = USUAL_SERVICE) -> dict[str, Any]:
    """The switch between fewer parcels and earlier ones, each with price and day; none where all is ready at once."""
    wish = Parcels.EARLIER if chosen.get("parcels") == Parcels.EARLIER and found.earlier else Parcels.FEWER
    if not found.earlier:
        return {"parcels": "", "ways": []}
    return {"parcels": wish, "ways": [(each, found.choice(service, each)) for each in Parcels]}


@page(methods=("POST",), visitors=True)
def add(request: HttpRequest) -> HttpResponse:
    auth.spend(request, "visitor_prices")
    line = services.add_to_basket(
        actor=request.actor,
        option_uid=request.POST.get("option", ""),
        quantity=_quantity(request),
        lead_class=request.POST.get("lead", ""),
    )
    text = ngettext("%(n)s piece is in your basket.", "%(n)s pieces are in your basket.", line.quantity)
    messages.success(request, text % {"n": line.quantity})
    return redirect("basket")


@page(methods=("POST",), visitors=True)
def change(request: HttpRequest, uid: str) -> HttpResponse:
    auth.spend(request, "visitor_prices")
    services.change_basket_line(actor=request.actor, line_uid=uid, quantity=_quantity(request))
    return redirect("basket")


@page(methods=("POST",), visitors=True)
def price_again(request: HttpRequest, uid: str) -> HttpResponse:
    auth.spend(request, "visitor_prices")
    line = services.price_line_again(actor=request.actor, line_uid=uid)
    words = {"price": money_in_words(money(line.price.unit_price, line.price.option.quote.currency))}
    messages.success(request, _("Priced again: %(price)s each today.") % words)
    return redirect("basket")


@page(methods=("POST",), visitors=True)
def remove(request: HttpRequest, uid: str) -> HttpResponse:
    services.remove_basket_line(actor=request.actor, line_uid=uid)
    messages.success(request, _("Taken out of the basket."))
    return redirect("basket")


def _quantity(request: HttpRequest) -> int:
    text = request.POST.get("quantity", "")
    if not text.isdecimal() or not 0 < int(text[:9]) <= 100_000:
        raise Invalid("bad_quantity", _("The quantity must be a whole number from 1 to 100 000."), field="quantity")
    return int(text)


@page(methods=("GET", "POST"))
def checkout(request: HttpRequest) -> HttpResponse:
    """A GET shows what the choices made so far come to; a POST places the order."""
    if request.method == "POST":
        form = CheckoutForm(request.POST)
        if not form.is_valid():
            return _checkout(request, request.POST, refusal=form.first_error())
        try:
            order = services.place_order(
                actor=request.actor,
                ship_to_uid=form.cleaned_data["to"],
                bill_to_uid=form.cleaned_data["bill"] or None,
                service=form.cleaned_data["service"],
                parcels=form.cleaned_data["parcels"],
                payment_method=form.cleaned_data["method"],
                purchase_order=form.cleaned_data["purchase_order"],
                expected_total=form.cleaned_data["expected_total"],
            )
        except DomainError as error:
            return _checkout(request, request.POST, refusal=str(error.message), status=error.status)
        return _to_payment(request, order)
    return _checkout(request, request.GET)


def _checkout(request: HttpRequest, chosen: Any, refusal: str = "", status: int = 200) -> HttpResponse:
    actor = request.actor
    addresses = list(parties.addresses(actor).order_by("pk"))
    to = next((each for each in addresses if each.uid == chosen.get("to")), addresses[0] if addresses else None)
    found = selectors.basket(actor, ship_to_uid=to.uid) if to else selectors.basket(actor)
    if not found.lines:
        return redirect("basket")
    methods = _methods(actor)
    named = found.choice(chosen.get("service") or USUAL_SERVICE) or next(iter(found.services), None)
    switch = _parcels(found, chosen, named.service if named else USUAL_SERVICE)
    service = found.choice(named.service, switch["parcels"]) if named else None
    context = {
        "basket": found,
        "addresses": addresses,
        "to": to,
        "bill": chosen.get("bill") or "",
        "service": service,
        "services": found.earlier if switch["parcels"] == Parcels.EARLIER else found.services,
        **switch,
        "methods": methods,
        "method": chosen.get("method") or methods[0]["code"],
        "purchase_order": chosen.get("purchase_order") or "",
        "address_form": AddressForm(),
        "refusal": refusal,
        "may_pay": PAY in actor.rights,
    }
    return render(request, "orders/checkout.html", context, status=status)


def _methods(actor: Actor) -> list[dict[str, Any]]:
    """The ways to pay, the account first for those who have a limit."""
    account = ledger_reads.account(actor.organisation_id)
    codes = ["account"] if account.credit_limit > 0 else []
    found = []
    for code in [*codes, settings.PAYMENT_PROVIDER]:
        label, text = PAYMENT_METHODS.get(code, (code, ""))
        available = account.credit_available if code == "account" else None
        found.append({"code": code, "label": label, "text": text, "available": available})
    return found


@page(methods=("GET", "POST"))
def add_address(request: HttpRequest) -> HttpResponse:
    """An address typed at the check-out. Its address in the browser leads back there, whoever reloads it."""
    if request.method == "GET":
        return redirect("checkout")
    form = AddressForm(request.POST)
    if form.is_valid():
        try:
            added = party_services.add_address(actor=request.actor, **form.cleaned_data)
        except DomainError as error:
            form.refuse(error)
        else:
            return redirect(f"{reverse('checkout')}?to={added.uid}")
    context = {"address_form": form}
    return render(request, "orders/new_address.html", context, status=422)


def _to_payment(request: HttpRequest, order: Order) -> HttpResponse:
    """To the provider's page when the money comes from there; otherwise to the order."""
    payment = _newest_payment(request.actor, order.uid)
    if payment is None or payment.state != "pending":
        return redirect("order", order.uid)
    return _pay(request, order.uid, payment)


def _pay(request: HttpRequest, order_uid: str, payment: Payment) -> HttpResponse:
    begun = ledger.begin_payment(actor=request.actor, payment_uid=payment.uid)
    if begun.next_url:
        return go(request, begun.next_url)
    if begun.state == "declined":
        messages.error(request, _("The payment was declined: %(reason)s") % {"reason": begun.reason or "—"})
    elif begun.state == "pending":
        messages.warning(request, _("The payment service does not answer; we ask again by ourselves."))
    return redirect("order", order_uid)


def _newest_payment(actor: Actor, order_uid: str) -> Payment | None:
    return ledger_reads.payments(actor, order_uid=order_uid).order_by("-pk").first()


# --- orders -----------------------------------------------------------------------------------------


@page()
def orders(request: HttpRequest) -> HttpResponse:
    query = request.GET.get("q", "").strip()
    state = request.GET.get("state", "")
    found = selectors.orders(request.actor, state=state if state in STATES["order"] else None, search=query)
    context = {
        "page": list_page(request, found),
        "query": query,
        "state": state,
        "states": [(code, label) for code, (label, _colour) in STATES["order"].items()],
    }
    return render(request, "orders/orders.html", context)


def _order_context(actor: Actor, uid: str) -> dict[str, Any]:
    order = selectors.order(actor, uid)
    is_own = order.organisation_id == actor.organisation_id
    lines = list(order.lines.all())
    told = timeline(actor, order=order.uid)
    payment = _newest_payment(actor, order.uid)
    refunds = list(ledger_reads.refunds(actor, order_uid=order.uid))
    return {
        "order": order,
        "lines": lines,
        "timeline": told,
        "payment": payment,
        "refunds": refunds,
        "is_refunded": payment is not None and sum(refund.amount for refund in refunds) >= payment.amount,
        # Everything that moves is told; the payment's state is asked for besides, as a look-up may change it.
        "version": f"{order.state}-{len(told)}-{payment.state if payment else ''}",
        "some_arrived": any(line.delivered for line in lines),
        "moves": order.state not in OVER,
        "has_confirmation": papers.is_confirmed(order),
        "has_invoice": services.is_invoiced(order),
        "may_work": is_own and WORK in actor.rights,
        "may_pay": is_own and PAY in actor.rights,
    }


@page()
def order(request: HttpRequest, uid: str) -> HttpResponse:
    return render(request, "orders/order.html", _order_context(request.actor, uid))


@page()
def order_news(request: HttpRequest, uid: str) -> HttpResponse:
    """What moves on an order's page, polled while it can move; no content when the page shows it already."""
    context = _order_context(request.actor, uid)
    if request.GET.get("seen") == context["version"]:
        return HttpResponse(status=204)
    return render(request, "orders/news.html", context)


@page(methods=("POST",))
def pay(request: HttpRequest, uid: str) -> HttpResponse:
    """Go on with a payment that waits, or try once more after a decline."""
    newest = _newest_payment(request.actor, uid)
    if newest is None or newest.state != "pending":
        method = request.POST.get("method") or settings.PAYMENT_PROVIDER
        newest = services.retry_payment(actor=request.actor, order_uid=uid, method=method)
        if newest.state != "pending":
            return redirect("order", uid)
    return _pay(request, uid, newest)


@page(methods=("POST",))
def reorder(request: HttpRequest, uid: str) -> HttpResponse:
    """The same again at today's prices, into the basket."""
    n = len(services.reorder(actor=request.actor, order_uid=uid))
    text = ngettext(
        "%(n)s line is in your basket at today's prices.", "%(n)s lines are in your basket at today's prices.", n
    )
    messages.success(request, text % {"n": n})
    return redirect("basket")


@page()
def confirmation(request: HttpRequest, uid: str) -> HttpResponse:
    """The confirmation to print or file."""
    found = selectors.order(request.actor, uid)
    return paper.answer(papers.confirmation_pdf(found), found.number)


@page()
def invoice(request: HttpRequest, uid: str) -> HttpResponse:
    """The invoice, the same whenever it is asked for; what was given back since is credited on it."""
    issued = services.invoice(actor=request.actor, order_uid=uid)
    return paper.answer(papers.invoice_pdf(issued, selectors.credited(issued)), issued.number)


@page(methods=("POST",))
def share(request: HttpRequest, uid: str) -> HttpResponse:
    token = services.share_order(actor=request.actor, order_uid=uid)
    link = request.build_absolute_uri(reverse("order-shared", args=[token]))
    return render(request, "quotes/link.html", {"link": link})


@page(public=True)
def shared(request: HttpRequest, token: str) -> HttpResponse:
    """Whoever has the link may read how far the order is: no prices' breakdown, no payment, no verbs."""
    order = selectors.shared_order(token)
    context = {
        "order": order,
        "lines": order.lines.all(),
        "timeline": selectors.shared_timeline(order),
        "token": token,
    }
    return render(request, "orders/shared.html", context)


urlpatterns = [
    path("basket/", basket, name="basket"),
    path("basket/add", add, name="basket-add"),
    path("basket/<str:uid>/change", change, name="basket-change"),
    path("basket/<str:uid>/again", price_again, name="basket-again"),
    path("basket/<str:uid>/remove", remove, name="basket-remove"),
    path("checkout", checkout, name="checkout"),
    path("checkout/address", add_address, name="checkout-address"),
    path("orders/", orders, name="orders"),
    path("orders/<str:uid>", order, name="order"),
    path("orders/<str:uid>/news", order_news, name="order-news"),
    path("orders/<str:uid>/pay", pay, name="order-pay"),
    path("orders/<str:uid>/reorder", reorder, name="order-reorder"),
    path("orders/<str:uid>/confirmation", confirmation, name="order-confirmation"),
    path("orders/<str:uid>/invoice", invoice, name="order-invoice"),
    path("orders/<str:uid>/share", share, name="order-share"),
    path("shared/orders/<str:token>", shared, name="order-shared"),
]
