"""A buyer's complaints: say what is wrong, with pictures, and read what is done about it. A workshop's inspections."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Q
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from penstock.hub.core.actors import WORK, Actor
from penstock.hub.core.errors import DomainError, Invalid, NotFound
from penstock.hub.orders import selectors as orders
from penstock.hub.parties.states import OrganisationKind
from penstock.hub.parts import services as parts
from penstock.hub.web.doors import page
from penstock.hub.web.forms import HubForm
from penstock.hub.web.notices import done
from penstock.hub.web.today import Section, first, section

from . import desk, selectors, services
from .pictures import MAX_PICTURES


class ComplaintForm(HubForm):
    line = forms.ChoiceField(label=gettext_lazy("Which part?"))
    quantity = forms.IntegerField(label=gettext_lazy("How many pieces?"), min_value=1, initial=1)
    text = forms.CharField(
        label=gettext_lazy("What is wrong?"),
        max_length=4000,
        widget=forms.Textarea({"rows": 6}),
        help_text=gettext_lazy("What you expected and what you got; measurements help."),
    )

    def __init__(self, *args: Any, lines: list[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["line"].choices = [
            (line.uid, f"{line.part_name} ({line.delivered}/{line.quantity})") for line in lines
        ]


@page(methods=("GET", "POST"))
def complain(request: HttpRequest, uid: str) -> HttpResponse:
    order = orders.order(request.actor, uid)
    # Only what has arrived can be complained about; what has not is late, not wrong.
    lines = [line for line in order.lines.all() if line.delivered]
    form = ComplaintForm(request.POST or None, lines=lines)
    if request.method == "POST" and form.is_valid():
        try:
            services.complain(
                actor=request.actor,
                line_uid=form.cleaned_data["line"],
                quantity=form.cleaned_data["quantity"],
                text=form.cleaned_data["text"],
                pictures=request.FILES.getlist("pictures"),
            )
        except DomainError as error:
            form.refuse(error)
        else:
            messages.success(request, _("Thank you. A person looks at it and answers here."))
            return redirect("order-complain", uid)
    known = selectors.complaints(request.actor).filter(line__order=order).order_by("-pk")
    context = {"order": order, "lines": lines, "form": form, "complaints": known, "most": MAX_PICTURES}
    return render(request, "quality/complain.html", context)


@page(methods=("POST",))
def withdraw(request: HttpRequest, uid: str) -> HttpResponse:
    complaint = services.withdraw(actor=request.actor, complaint_uid=uid)
    messages.success(request, _("The complaint has been withdrawn."))
    return redirect("order-complain", complaint.line.order.uid)


@page()
def picture(request: HttpRequest, uid: str, number: int) -> HttpResponse:
    """Evidence, as an attachment to those who may see the complaint."""
    complaint = selectors.complaint(request.actor, uid)
    found = complaint.pictures.filter(pk=number).select_related("blob").first()
    if found is None:
        raise NotFound("not_found", _("There is no such picture."))
    response = FileResponse(
        parts.open_blob(found.blob), as_attachment=True, filename=found.filename, content_type=found.content_type
    )
    response["X-Content-Type-Options"] = "nosniff"
    return response


# --- inspection, by the workshop that has the pieces -----------------------------------------------------


@section(kinds={OrganisationKind.MAKER}, place=50)
def pieces_to_inspect(actor: Actor) -> Section | None:
    now = timezone.now()
    waiting = first(selectors.jobs_to_inspect(actor), Q(due_at__lt=now))
    return Section(
        "inspect",
        _("Pieces to inspect"),
        "quality/inspect_rows.html",
        waiting.rows,
        waiting.late,
        f"{reverse('jobs')}?state=made",
        more={"may_work": WORK in actor.rights, "now": now},
        is_cut=waiting.is_cut,
    )


@page(methods=("POST",))
def inspect(request: HttpRequest, uid: str) -> HttpResponse:
    """Good and failed pieces of a job; what failed is made again."""
    counts = [request.POST.get(name, "") for name in ("passed", "failed")]
    if not all(count.isdecimal() and len(count) < 7 for count in counts):
        raise Invalid("bad_count", _("Good and failed pieces are whole numbers."))
    passed, failed = (int(count) for count in counts)
    note = request.POST.get("note", "")
    services.inspect(actor=request.actor, job_uid=uid, passed=passed, failed=failed, note=note)
    done(request, _("Inspected: %(passed)s good, %(failed)s to be made again.") % {"passed": passed, "failed": failed})
    # Of a job that failed altogether nothing is left here.
    return redirect("job", uid) if passed else redirect("home")


urlpatterns = [
    *desk.urlpatterns,
    path("jobs/<str:uid>/inspection", inspect, name="job-inspect"),
    path("orders/<str:uid>/complain", complain, name="order-complain"),
    path("complaints/<str:uid>/withdraw", withdraw, name="complaint-withdraw"),
    path("complaints/<str:uid>/pictures/<int:number>", picture, name="complaint-picture"),
]
