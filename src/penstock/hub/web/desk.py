"""A desk of the operator: what waits for an answer and for how long, the list of everything that ever came to it, and
the page of one thing with its verbs.

    DESK = Desk(name="complaint", states="complaint", …)
    urlpatterns = DESK.paths("complaints", one=at_desk, decide=decide, reject=reject)

Every desk looks after its things alike: somebody takes one on, a clock runs while it waits, and a form that is refused
is shown as it was typed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone

from penstock.hub.core import network
from penstock.hub.core.actors import READ, WORK, Actor
from penstock.hub.core.errors import DomainError
from penstock.hub.web.doors import View, page
from penstock.hub.web.forms import HubForm
from penstock.hub.web.labels import STATES
from penstock.hub.web.notices import done
from penstock.hub.web.paging import list_page
from penstock.hub.web.today import Section, first


@dataclass(frozen=True, slots=True)
class Desk:
    """What comes to one desk and who reads it. A row has `state`, `owner` (a member or None) and `organisation`."""

    # Its addresses are desk-NAMEs for the list, desk-NAME for one thing, desk-NAME-VERB; its clock is NAME_hours of the
    # network's settings: what has waited for longer is late.
    name: str
    # The kind of its states in web.labels, and those in which a thing is taken on and answered.
    states: str
    answerable: frozenset[str]
    # Where its templates are: FOLDER/desk.html, FOLDER/desk_rows.html, FOLDER/desk_one.html.
    folder: str
    # What the section on *Today* is called.
    waits: Any
    rows: Callable[[Actor, str | None], QuerySet]
    named: Callable[[QuerySet, str], QuerySet]
    # What waits for the operator, each with `waits_since`, the longest wait first.
    waiting: Callable[[Actor], QuerySet]
    take_on: Callable[[Actor, str], object]
    # What is said to the person who took a thing on.
    taken: Any

    @property
    def list(self) -> str:
        return f"desk-{self.name}s"

    @property
    def one(self) -> str:
        return f"desk-{self.name}"

    def verb(self, name: str) -> str:
        return f"{self.one}-{name}"

    @property
    def take(self) -> str:
        return self.verb("take-on")

    # --- reading ----------------------------------------------------------------------------------

    def today(self, actor: Actor) -> Section:
        """The section on *Today*: the longest wait first, what is late marked."""
        late = timezone.now() - network.current().clock(self.name)
        waiting = first(self.waiting(actor), Q(waits_since__lt=late))
        return Section(
            f"{self.name}s",
            self.waits,
            f"{self.folder}/desk_rows.html",
            waiting.rows,
            late=waiting.late,
            is_cut=waiting.is_cut,
            url=reverse(self.list),
            more={"desk": self, "late": late, "may_work": WORK in actor.rights},
        )

    def show_list(self, request: HttpRequest) -> HttpResponse:
        """Everything, newest first, by state and by words."""
        request.actor.require_operator(READ)
        query, state = request.GET.get("q", "").strip(), request.GET.get("state", "")
        found = self.rows(request.actor, state if state in STATES[self.states] else None)
        if query:
            found = self.named(found, query)
        context = {
            "desk": self,
            "page": list_page(request, found),
            "query": query,
            "state": state,
            "states": [(code, label) for code, (label, _colour) in STATES[self.states].items()],
        }
        return render(request, f"{self.folder}/desk.html", context)

    def show_one(
        self, request: HttpRequest, row: Any, context: dict[str, Any], refused: dict[str, Any]
    ) -> HttpResponse:
        """The page of one thing; `refused` are forms to show as they were typed. That the reader is the operator's has
        been asked before the thing was read."""
        may_work = WORK in request.actor.rights
        known = {
            "desk": self,
            "row": row,
            "may_work": may_work,
            "may_answer": may_work and row.state in self.answerable,
        }
        status = 422 if refused else 200
        return render(request, f"{self.folder}/desk_one.html", known | context | refused, status=status)

    # --- changing ---------------------------------------------------------------------------------

    def act(
        self, request: HttpRequest, uid: str, form: HubForm, do: Callable[..., object], said: str
    ) -> HttpResponse | None:
        """Do what the form says and show the thing again; None when the form is to be shown as it was typed."""
        request.actor.require_operator()
        if not form.is_valid():
            return None
        try:
            do(actor=request.actor, **form.cleaned_data)
        except DomainError as error:
            form.refuse(error)
            return None
        messages.success(request, said)
        return redirect(self.one, uid)

    def _take_on(self, request: HttpRequest, uid: str) -> HttpResponse:
        self.take_on(request.actor, uid)
        done(request, self.taken)
        return redirect(self.one, uid)

    # --- addresses --------------------------------------------------------------------------------

    def paths(self, segment: str, *, one: View, **verbs: View) -> list[URLPattern]:
        start = f"desk/{segment}/"
        return [
            path(start, page()(self.show_list), name=self.list),
            path(f"{start}<str:uid>", one, name=self.one),
            path(f"{start}<str:uid>/take-on", page(methods=("POST",))(self._take_on), name=self.take),
            *(path(f"{start}<str:uid>/{verb}", view, name=self.verb(verb)) for verb, view in verbs.items()),
        ]
