"""From a request to an actor: an API key in `Authorization: Bearer …`, or the session of a logged-in member."""

from __future__ import annotations

from collections.abc import Callable

from allauth.core import ratelimit
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja.security import APIKeyCookie, HttpBearer
from ninja.utils import check_csrf

from penstock.hub.core.actors import READ, RIGHTS, Actor
from penstock.hub.core.errors import Forbidden, TooMany

from . import selectors, services

ORGANISATION_SESSION_KEY = "organisation"
VISIT_SESSION_KEY = "visit"
NOBODY = Actor(name="")


def begin_visit(request: HttpRequest) -> None:
    """From here on this browser session holds things without an account."""
    request.session[VISIT_SESSION_KEY] = services.begin_visit().uid
    request.actor = actor_of_visit(request)


def actor_of_visit(request: HttpRequest) -> Actor | None:
    uid = request.session.get(VISIT_SESSION_KEY)
    return selectors.actor_for_visit(uid) if uid else None


def spend(request: HttpRequest, action: str) -> None:
    """Count one thing that costs the hub something against what strangers may do from one address in an hour
    (settings.ACCOUNT_RATE_LIMITS). Raises TooMany; members are not counted."""
    if not request.user.is_authenticated and not ratelimit.consume(request, action=action):
        raise TooMany("too_many", _("That is as much as the hub does without an account in an hour. Sign up to go on."))


def actor_of_session(request: HttpRequest) -> Actor | None:
    """The actor of a logged-in person for the organisation chosen in this session."""
    if not request.user.is_authenticated:
        return None
    member = selectors.member_for_user(request.user, request.session.get(ORGANISATION_SESSION_KEY))
    if member is None:
        member = selectors.member_for_user(request.user)
    request.member = member
    return selectors.actor_for_member(member) if member else Actor(name=str(request.user))


def actor_of_admin(request: HttpRequest) -> Actor:
    """Who uses the admin: superusers see everything there, so they act as the operator, in their own name."""
    member = getattr(request, "member", None)
    return Actor(
        name=str(request.user),
        organisation_id=member.organisation_id if member else None,
        member_id=member.pk if member else None,
        rights=RIGHTS if request.user.is_superuser else request.actor.rights,
        is_operator=request.user.is_superuser or request.actor.is_operator,
    )


class ActorMiddleware:
    """Sets `request.actor` for pages: a member's actor, or one without rights; in the admin, who uses it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.member = None
        request.actor = NOBODY
        # The API authenticates for itself; static files need nobody.
        if not request.path.startswith(("/api/v1/", "/static/", "/healthz")):
            request.actor = actor_of_session(request) or NOBODY
            if not request.user.is_authenticated:
                request.actor = actor_of_visit(request) or NOBODY
            if request.path.startswith("/admin/") and request.user.is_authenticated:
                request.actor = actor_of_admin(request)
        return self.get_response(request)


class BearerAuth(HttpBearer):
    """`Authorization: Bearer pk_…`"""

    def authenticate(self, request: HttpRequest, token: str) -> Actor | None:
        actor = selectors.actor_for_token(token)
        if actor is not None:
            if request.method in ("GET", "HEAD"):
                actor.require(READ)  # every member reads; of keys only those that were given it
            request.actor = actor
        return actor


class SessionAuth(APIKeyCookie):
    """The session cookie of a logged-in member; unsafe methods need the CSRF token."""

    param_name = settings.SESSION_COOKIE_NAME

    def _get_key(self, request: HttpRequest) -> str | None:
        """Without a session there is nothing to forge: a stranger is told to log in, not about a token."""
        key = request.COOKIES.get(self.param_name)
        if key and check_csrf(request):
            raise Forbidden("csrf_failed", _("The CSRF token is missing or wrong. Reload the page and try again."))
        return key

    def authenticate(self, request: HttpRequest, key: str | None) -> Actor | None:
        actor = actor_of_session(request)
        if actor is None or actor.organisation_id is None:
            return None
        request.actor = actor
        return actor


AUTH = [BearerAuth(), SessionAuth()]
