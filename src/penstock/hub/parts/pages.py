"""The part pages: the drop zone with its cards, and one part with its measurements, findings and revisions."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from penstock.hub.core.actors import WORK
from penstock.hub.core.errors import Invalid
from penstock.hub.web.doors import page
from penstock.hub.web.paging import list_page

from . import selectors, services, serving
from .models import Revision

UNITS = {
    "mm": gettext_lazy("Millimetres"),
    "inch": gettext_lazy("Inches"),
    "cm": gettext_lazy("Centimetres"),
    "m": gettext_lazy("Metres"),
}
MEASURING = "uploaded"
ACCEPT = ".stl,.3mf,.obj,.ply,.off,.amf,.step,.stp,.iges,.igs"


def standing(revision: Revision) -> dict[str, Any]:
    """What a card says about a revision: its state in the buyer's words, and what wants attention."""
    measured = revision.measurement or {}
    findings = measured.get("findings", [])
    grave = [each for each in findings if each["severity"] != "notice"]
    state = revision.state
    if state == "ready" and not measured.get("printable"):
        state = "unprintable"
    elif state == "ready" and grave:
        state = "attention"
    return {
        "revision": revision,
        "state": state,
        "is_measuring": revision.state == MEASURING,
        "measured": measured,
        "findings": findings,
        "attention": len(grave),
        "asks_unit": measured.get("unit_source") == "assumed",
    }


@page()
def parts(request: HttpRequest) -> HttpResponse:
    query = request.GET.get("q", "").strip()
    archived = "archived" in request.GET
    found = list_page(request, selectors.parts(request.actor, search=query, archived=archived))
    context = {
        "page": found,
        "cards": [{"part": part, **standing(part.newest[0])} for part in found],
        "query": query,
        "archived": archived,
        "limit": settings.MAX_MODEL_FILE_BYTES,
        "limit_mb": settings.MAX_MODEL_FILE_BYTES // 1024**2,
        "accept": ACCEPT,
        "may_work": WORK in request.actor.rights,
    }
    return render(request, "parts/parts.html", context)


@page(methods=("POST",))
def upload(request: HttpRequest) -> HttpResponse:
    """One file of the drop zone → its card. Without scripts the form sends all files at once and comes back here."""
    files = request.FILES.getlist("file")
    if not files:
        raise Invalid("no_file", _("Choose at least one file."))
    part_uid = request.POST.get("part") or None
    revisions = [
        services.upload(actor=request.actor, file=file, filename=file.name, part_uid=part_uid) for file in files
    ]
    part = revisions[0].part
    where = reverse("part", args=[part.uid]) if part_uid else reverse("parts")
    if request.headers.get("X-Requested-With") != "fetch":
        return redirect(where)
    response = render(request, "parts/card.html", {"part": part, **standing(revisions[0])}, status=201)
    response["Location"] = where
    return response


@page()
def card(request: HttpRequest, uid: str) -> HttpResponse:
    """Polled while the file is measured: no content until there is news, so that nothing is announced twice."""
    part = selectors.part(request.actor, uid)
    shown = standing(part.revisions.all()[0])
    if shown["is_measuring"]:
        return HttpResponse(status=204)
    return render(request, "parts/card.html", {"part": part, **shown})


def _part_context(request: HttpRequest, uid: str) -> dict[str, Any]:
    part = selectors.part(request.actor, uid)
    revisions = list(part.revisions.all())
    chosen = next((each for each in revisions if str(each.number) == request.GET.get("revision")), revisions[0])
    return {
        "part": part,
        "revisions": [standing(each) for each in revisions],
        "units": UNITS.items(),
        # What the price table was last asked for here; see `quotes.pages`.
        "choices": urlencode({name: request.GET[name] for name in ("quantity", "lead") if request.GET.get(name)}),
        "limit": settings.MAX_MODEL_FILE_BYTES,
        "accept": ACCEPT,
        "is_own": part.organisation_id == request.actor.organisation_id,
        "may_work": WORK in request.actor.rights and part.organisation_id == request.actor.organisation_id,
        **standing(chosen),
    }


@page()
def part(request: HttpRequest, uid: str) -> HttpResponse:
    return render(request, "parts/part.html", _part_context(request, uid))


@page()
def measuring(request: HttpRequest, uid: str) -> HttpResponse:
    """Polled while a revision is measured; the whole page comes anew once there is something to say."""
    response = HttpResponse(status=204)
    if not _part_context(request, uid)["is_measuring"]:
        response["HX-Refresh"] = "true"
    return response


@page(methods=("POST",))
def confirm_unit(request: HttpRequest, uid: str) -> HttpResponse:
    unit = request.POST.get("unit", "")
    if unit not in UNITS:
        raise Invalid("unknown_unit", _("Choose one of the units offered."))
    revision = services.confirm_unit(actor=request.actor, revision_uid=uid, unit=unit)
    return redirect("part", revision.part.uid)


@page(methods=("POST",))
def rename(request: HttpRequest, uid: str) -> HttpResponse:
    services.rename_part(actor=request.actor, part_uid=uid, name=request.POST.get("name", "").strip())
    messages.success(request, _("Renamed."))
    return redirect("part", uid)


@page(methods=("POST",))
def archive(request: HttpRequest, uid: str) -> HttpResponse:
    services.archive_part(actor=request.actor, part_uid=uid)
    messages.success(request, _("Archived. Quotes and orders of the part stay."))
    return redirect("parts")


@page(methods=("POST",))
def restore(request: HttpRequest, uid: str) -> HttpResponse:
    services.restore_part(actor=request.actor, part_uid=uid)
    return redirect("part", uid)


@page()
def picture(request: HttpRequest, uid: str) -> HttpResponse:
    return serving.thumbnail(request, selectors.revision(request.actor, uid))


@page()
def model_file(request: HttpRequest, uid: str) -> HttpResponse:
    return serving.model_file(selectors.revision(request.actor, uid))


urlpatterns = [
    path("parts/", parts, name="parts"),
    path("parts/upload", upload, name="part-upload"),
    path("parts/<str:uid>", part, name="part"),
    path("parts/<str:uid>/card", card, name="part-card"),
    path("parts/<str:uid>/measuring", measuring, name="part-measuring"),
    path("parts/<str:uid>/rename", rename, name="part-rename"),
    path("parts/<str:uid>/archive", archive, name="part-archive"),
    path("parts/<str:uid>/restore", restore, name="part-restore"),
    path("revisions/<str:uid>/unit", confirm_unit, name="revision-unit"),
    path("revisions/<str:uid>/picture", picture, name="revision-picture"),
    path("revisions/<str:uid>/file", model_file, name="revision-file"),
]
