"""What every page's view shares: who may come in, and how a refusal is shown to a person.

    @page(methods=("POST",))
    def rename(request, uid): ...

A page needs a logged-in member of an organisation unless it is `public`. A refused verb (`DomainError`) becomes a
message on the page the person came from, a toast for an HTMX request, or an error page when there is nowhere to return.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from penstock.hub.core.errors import DomainError, Forbidden, NotFound

View = Callable[..., HttpResponse]
# Tells app.js that the body of this error is meant for the page.
REFUSAL_HEADER = "X-Penstock-Refusal"


def is_htmx(request: HttpRequest) -> bool:
    return request.headers.get("HX-Request") == "true"


def is_fetch(request: HttpRequest) -> bool:
    """Sent by a script that reads the answer itself."""
    return request.headers.get("X-Requested-With") == "fetch"


def page(
    *, methods: tuple[str, ...] = ("GET",), public: bool = False, visitors: bool = False, organisation: bool = True
) -> Callable[[View], View]:
    """Guard a view. `visitors=True` lets in who has left something here before signing up, `organisation=False` a
    person who does not belong to one yet."""
    allowed = (*methods, "HEAD") if "GET" in methods else methods

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.method not in allowed:
                return _not_this_way(request, methods)
            visits = visitors and request.actor.is_visitor
            if not public and not visits and not request.user.is_authenticated:
                return _to_sign_up(request) if request.actor.is_visitor else _to_login(request)
            if not public and organisation and request.actor.organisation_id is None:
                return go(request, reverse("organisation-new"))
            try:
                return view(request, *args, **kwargs)
            except DomainError as error:
                return refusal(request, error)

        return guarded

    return decorate


def _not_this_way(request: HttpRequest, methods: tuple[str, ...]) -> HttpResponse:
    """A verb's address opened as a page, by a reload or out of the history: say so, and change nothing."""
    response = HttpResponseNotAllowed(methods)
    if request.method == "GET" and not is_htmx(request) and not is_fetch(request):
        error = {
            "status": response.status_code,
            "message": _("This address is a button's, not a page's."),
        }
        response.content = render_to_string("web/refused.html", {"error": error, "back": page_of(request)}, request)
    return response


def _to_login(request: HttpRequest) -> HttpResponse:
    """To the log-in page and back here afterwards; a form sent after the session ended goes back to its page."""
    if request.method == "GET" and not is_htmx(request) and not is_fetch(request):
        return redirect_to_login(request.get_full_path())
    if request.method != "GET":
        messages.warning(request, _("You are no longer logged in, so what you sent was not taken. Log in to go on."))
    response = redirect_to_login(page_of(request) or "/")
    return go(request, response.url)


def _to_sign_up(request: HttpRequest) -> HttpResponse:
    """A visitor at a door that needs an account; what they have left here comes with them."""
    messages.info(request, _("This needs an account. Your parts and prices come with you."))
    plain = request.method == "GET" and not is_htmx(request) and not is_fetch(request)
    back = request.get_full_path() if plain else page_of(request) or "/parts/"
    return go(request, f"{reverse('account_signup')}?{urlencode({'next': back})}")


def go(request: HttpRequest, url: str) -> HttpResponse:
    """Send the browser to `url`, also when HTMX or a script asked."""
    if is_htmx(request):
        response = HttpResponse(status=204)
        response["HX-Redirect"] = url
        return response
    if is_fetch(request):
        response = HttpResponse(status=401)
        response["Location"] = url
        return response
    return HttpResponseRedirect(url)


def refusal(request: HttpRequest, error: DomainError) -> HttpResponse:
    """Show why a verb was refused. State is unchanged."""
    if is_htmx(request) or is_fetch(request):
        response = render(request, "web/toast.html", {"level": "error", "text": error.message}, status=error.status)
        response[REFUSAL_HEADER] = error.code
        response["HX-Retarget"] = "#toasts"
        response["HX-Reswap"] = "beforeend"
        return response
    back = page_of(request)
    if request.method == "POST" and back and not isinstance(error, Forbidden | NotFound):
        messages.error(request, str(error.message))
        return redirect(back)
    if isinstance(error, NotFound):
        return render(request, "404.html", {"exception": error.message}, status=error.status)
    return render(request, "web/refused.html", {"error": error, "back": back}, status=error.status)


def page_of(request: HttpRequest) -> str:
    """The page of this site the request came from, or an empty string."""
    came_from = request.headers.get("HX-Current-URL") or request.headers.get("Referer") or ""
    safe = url_has_allowed_host_and_scheme(came_from, {request.get_host()}, require_https=request.is_secure())
    return came_from if safe else ""
