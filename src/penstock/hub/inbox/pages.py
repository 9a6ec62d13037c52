"""The inbox, its choices, and the question every open page asks: has anything happened?"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _

from penstock.hub.web.doors import is_htmx, page
from penstock.hub.web.notices import done
from penstock.hub.web.paging import list_page

from . import selectors, services, topics

SEEN_HEADER = "X-Penstock-Seen"


@page()
def inbox(request: HttpRequest) -> HttpResponse:
    until = selectors.read_until(request.member)
    found = list_page(request, selectors.messages(request.actor, request.member))
    rows = [selectors.said(event, until) for event in found]
    context = {
        "page": found,
        "rows": rows,
        "newest": max((row.event_id for row in rows), default=0),
        "has_new": any(row.is_new for row in rows),
    }
    return render(request, "inbox/inbox.html", context)


@page(methods=("POST",))
def read(request: HttpRequest) -> HttpResponse:
    text = request.POST.get("until", "")
    if text.isdecimal() and len(text) < 19:
        services.mark_read(actor=request.actor, until=int(text))
    if not is_htmx(request):
        return redirect("inbox")
    response = HttpResponse(status=204)
    response["HX-Trigger"] = "inbox-read"  # the bar counts nothing new any more
    return response


@page(methods=("GET", "POST"))
def choices(request: HttpRequest) -> HttpResponse:
    if request.method == "POST":
        emails = request.POST.get("emails") == "on"
        services.choose_emails(actor=request.actor, emails=emails, kinds=request.POST.getlist("kind"))
        done(request, _("Your choice is kept."))
        return redirect("inbox-choices")
    wanted = selectors.choices(request.member)
    shown = topics.for_kinds(request.member.organisation.kinds)
    context = {
        "emails": selectors.wants_emails(request.member),
        "choices": [(topic, wanted[topic.kind.name]) for topic in shown],
    }
    return render(request, "inbox/choices.html", context)


@page(public=True)
def live(request: HttpRequest) -> HttpResponse:
    """Asked every few seconds by open pages: no content, or how much is unread; with where the journal stands. Who has
    been logged out meanwhile is told nothing, not even that: the next click leads to the log-in."""
    if request.member is None:
        return HttpResponse(status=204)
    # Read first: what appears in between is then told by the next answer.
    position = selectors.position(request.actor)
    if selectors.has_moved(request.actor, request.GET.get("seen", "")):
        response: HttpResponse = JsonResponse({"unread": selectors.unread(request.actor, request.member)})
    else:
        response = HttpResponse(status=204)
    response[SEEN_HEADER] = position
    return response


urlpatterns = [
    path("inbox/", inbox, name="inbox"),
    path("inbox/read", read, name="inbox-read"),
    path("inbox/choices", choices, name="inbox-choices"),
    path("live", live, name="live"),
]
