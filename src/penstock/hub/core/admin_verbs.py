"""A room's verbs as actions of the admin: a service called for every row chosen.

Where a verb needs more than the row, a form asks for it first. A refusal is shown as its sentence and does not stop
the other rows.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from .errors import DomainError


def verb(title: Any, form: type[forms.Form] | None = None) -> Callable[[Callable[..., object]], Callable[..., Any]]:
    """Make an action of `do(actor, row, **answers)`; the answers are the form's, where there is one."""

    def of(do: Callable[..., object]) -> Callable[..., Any]:
        def act(page: admin.ModelAdmin, request: HttpRequest, rows: QuerySet) -> HttpResponse | None:
            answers: dict[str, Any] = {}
            if form is not None:
                filled = form(request.POST) if "answered" in request.POST else form()
                if not filled.is_valid():
                    return _ask(page, request, title, filled, rows)
                answers = filled.cleaned_data
            _each(request, rows, do, answers)
            return None

        act.__name__ = do.__name__
        return admin.action(description=title)(act)

    return of


def _ask(page: admin.ModelAdmin, request: HttpRequest, title: Any, form: forms.Form, rows: QuerySet) -> HttpResponse:
    context = {
        **page.admin_site.each_context(request),
        "title": title,
        "form": form,
        "rows": rows,
        "opts": page.opts,
        "action": request.POST["action"],
        "chosen": request.POST.getlist("_selected_action"),
    }
    return TemplateResponse(request, "core/ask.html", context)


def _each(request: HttpRequest, rows: QuerySet, do: Callable[..., object], answers: dict[str, Any]) -> None:
    for row in rows:
        try:
            do(request.actor, row, **answers)
        except DomainError as error:
            messages.error(request, f"{row}: {error.message}")
        else:
            messages.success(request, _("%s: done.") % row)


class RefusalsShown:
    """A change that a service refuses is shown as its sentence, not as a server error."""

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except DomainError as error:
            messages.error(request, str(error.message))
            return redirect(request.get_full_path())
