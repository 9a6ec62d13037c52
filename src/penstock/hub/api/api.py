"""Assembles the rooms' routers into one typed API and turns every refusal into problem+json (RFC 9457)."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from penstock import __version__
from penstock.hub.core.errors import DomainError
from penstock.hub.core.http import problem, problem_of
from penstock.hub.parties.auth import AUTH

api = NinjaAPI(
    title="Penstock",
    version=__version__,
    description="Every verb of the road, for every role. Send an API key as `Authorization: Bearer …`, or the session "
    "cookie with the CSRF token. Unsafe requests may carry an `Idempotency-Key`.",
    auth=AUTH,
    urls_namespace="api",
    openapi_extra={"info": {"license": {"name": "Apache-2.0"}}},
)

for room in settings.ROOMS:
    name = f"penstock.hub.{room}.api"
    if find_spec(name):
        api.add_router("", import_module(name).router)


@api.exception_handler(DomainError)
def refused(request: HttpRequest, error: DomainError) -> HttpResponse:
    return problem_of(error)


@api.exception_handler(ValidationError)
def malformed(request: HttpRequest, error: ValidationError) -> HttpResponse:
    faults = [{"where": [str(step) for step in e["loc"]], "why": e["msg"]} for e in error.errors]
    return problem(422, "malformed", _("The request does not have the form this verb needs."), {"faults": faults})


@api.exception_handler(AuthenticationError)
def stranger(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    response = problem(401, "not_authenticated", _("Log in, or send a valid API key."))
    response["WWW-Authenticate"] = "Bearer"
    return response


@api.exception_handler(Http404)
def missing(request: HttpRequest, error: Http404) -> HttpResponse:
    return problem(404, "not_found", _("There is nothing here."))


@api.exception_handler(HttpError)
def http_error(request: HttpRequest, error: HttpError) -> HttpResponse:
    return problem(error.status_code, "refused", str(error))
