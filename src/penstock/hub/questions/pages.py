"""Questions on the pages of those who ask: ask about a thing, read the answer, ask again, close."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from penstock.hub.core.actors import WORK, Actor
from penstock.hub.core.errors import DomainError
from penstock.hub.parties.states import OrganisationKind
from penstock.hub.web.doors import page
from penstock.hub.web.forms import HubForm, MessageForm
from penstock.hub.web.notices import done
from penstock.hub.web.paging import list_page
from penstock.hub.web.places import url_of
from penstock.hub.web.today import NEVER, Section, first, section

from . import desk, selectors, services
from .models import Question


class QuestionForm(HubForm):
    """`things`: what can be asked about, by number and name; chosen only where there are several."""

    about_uid = forms.ChoiceField(label=gettext_lazy("Which part?"))
    text = forms.CharField(
        label=gettext_lazy("Your question"),
        max_length=services.MAX_TEXT,
        widget=forms.Textarea({"rows": 6}),
        help_text=gettext_lazy("Material, tolerance, surface, assembly, a finding that is not clear: whatever it is."),
    )

    def __init__(self, *args: Any, things: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["about_uid"].choices = things
        if len(things) == 1:
            self.fields["about_uid"].widget = forms.HiddenInput()
            self.fields["about_uid"].initial = things[0][0]


@section(kinds={OrganisationKind.MAKER}, place=80)
def answered_questions(actor: Actor) -> Section | None:
    found = first(selectors.questions(actor, "answered"), NEVER)
    return Section(
        "answers",
        _("Answers to your questions"),
        "questions/answer_rows.html",
        found.rows,
        url=reverse("questions"),
        counts=False,
        is_cut=found.is_cut,
    )


@page()
def questions(request: HttpRequest) -> HttpResponse:
    found = list_page(request, selectors.questions(request.actor))
    return render(request, "questions/questions.html", {"page": found})


@page(methods=("GET", "POST"))
def ask(request: HttpRequest, uid: str) -> HttpResponse:
    """About a part, a job, a line of an order, or an order, whose lines are then offered."""
    things = selectors.things(request.actor, uid)
    form = QuestionForm(request.POST or None, things=[(thing.uid, _name(thing)) for thing in things])
    if request.method == "POST" and form.is_valid():
        try:
            asked = services.ask(actor=request.actor, **form.cleaned_data)
        except DomainError as error:
            form.refuse(error)
        else:
            messages.success(request, _("Sent. A technologist answers; you find the answer here."))
            return redirect("question", asked.uid)
    status = 422 if form.errors else 200
    context = {"form": form, "name": _name(things[0]) if len(things) == 1 else "", "back": url_of(uid)}
    return render(request, "questions/ask.html", context, status=status)


def _name(thing: selectors.Thing) -> str:
    line = getattr(thing, "line", thing)  # of a job its line
    return f"{thing.quantity} × {line.part_name}" if hasattr(thing, "quantity") else thing.name


@page()
def question(request: HttpRequest, uid: str) -> HttpResponse:
    """The asker's page; the operator's is at the desk."""
    if request.actor.is_operator:
        return redirect(desk.DESK.one, uid)
    return _show(request, selectors.question(request.actor, uid), MessageForm())


def _show(request: HttpRequest, asked: Question, form: MessageForm) -> HttpResponse:
    line = asked.line
    context = {
        "asked": asked,
        "about_url": url_of(line.order.uid if line else asked.about_uid),
        "may_work": WORK in request.actor.rights,
        "message_form": form,
    }
    return render(request, "questions/question.html", context, status=422 if form.errors else 200)


@page(methods=("POST",))
def say(request: HttpRequest, uid: str) -> HttpResponse:
    form = MessageForm(request.POST)
    if form.is_valid():
        try:
            services.say(actor=request.actor, question_uid=uid, **form.cleaned_data)
        except DomainError as error:
            form.refuse(error)
        else:
            done(request, _("Sent."))
            return redirect("question", uid)
    return _show(request, selectors.question(request.actor, uid), form)


@page(methods=("POST",))
def close(request: HttpRequest, uid: str) -> HttpResponse:
    services.close(actor=request.actor, question_uid=uid)
    done(request, _("The question is closed. Ask again, and it opens again."))
    return redirect("question", uid)


urlpatterns = [
    *desk.urlpatterns,
    path("questions/", questions, name="questions"),
    path("questions/about/<str:uid>", ask, name="question-new"),
    path("questions/<str:uid>", question, name="question"),
    path("questions/<str:uid>/messages", say, name="question-message"),
    path("questions/<str:uid>/close", close, name="question-close"),
]
