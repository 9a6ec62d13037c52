"""Turns everything that can go wrong with a request into problem+json (RFC 9457)."""

from __future__ import annotations

import logging

from django.core.exceptions import BadRequest, RequestDataTooBig, SuspiciousOperation
from django.core.signals import got_request_exception
from django.db import DataError
from django.http import Http404, HttpRequest, HttpResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.utils.translation import gettext as _
from ninja.errors import AuthenticationError, HttpError, ValidationError

from penstock.hub.core.errors import DomainError
from penstock.hub.core.http import problem, problem_of

logger = logging.getLogger(__name__)


def refused(request: HttpRequest, error: DomainError) -> HttpResponse:
    return problem_of(error)


def malformed(request: HttpRequest, error: ValidationError) -> HttpResponse:
    faults = [{"where": [str(step) for step in e["loc"]], "why": e["msg"]} for e in error.errors]
    return problem(422, "malformed", _("The request does not have the form this verb needs."), {"faults": faults})


def stranger(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    response = problem(401, "not_authenticated", _("Log in, or send a valid API key."))
    response["WWW-Authenticate"] = "Bearer"
    return response


def missing(request: HttpRequest, error: Http404) -> HttpResponse:
    return problem(404, "not_found", _("There is nothing here."))


def http_error(request: HttpRequest, error: HttpError) -> HttpResponse:
    """django-ninja wraps whatever stopped the reading of a body; a refusal of our own is given as it is."""
    if isinstance(error.__cause__, DomainError):
        return problem_of(error.__cause__)
    if isinstance(error.__cause__, RequestDataTooBig):
        return too_large(request, error.__cause__)
    return problem(error.status_code, "refused", str(error))


def too_large(request: HttpRequest, error: RequestDataTooBig) -> HttpResponse:
    return problem(413, "too_large", _("The request is larger than this verb takes."))


def unreadable(request: HttpRequest, error: Exception) -> HttpResponse:
    return problem(400, "unreadable", _("The body of the request cannot be read."))


def unstorable(request: HttpRequest, error: DataError) -> HttpResponse:
    """The database refused a value no schema had bounded; the service's transaction is rolled back."""
    logger.warning("%s %s: %s", request.method, request.path, error)
    return problem(422, "out_of_range", _("A value is longer or larger than can be kept."))


def failed(request: HttpRequest, error: Exception) -> HttpResponse:
    """A fault of ours: its details go to the log and to whoever listens for failures, not to the caller."""
    logger.error("%s %s failed", request.method, request.path, exc_info=error)
    got_request_exception.send(sender=None, request=request)
    return problem(500, "failed", _("Something went wrong on our side. It has been logged."))


HANDLERS = {
    DomainError: refused,
    ValidationError: malformed,
    AuthenticationError: stranger,
    HttpError: http_error,
    Http404: missing,
    RequestDataTooBig: too_large,
    SuspiciousOperation: unreadable,
    BadRequest: unreadable,
    MultiPartParserError: unreadable,
    UnreadablePostError: unreadable,
    DataError: unstorable,
    Exception: failed,
}
