"""The part pages: the drop zone with its cards, and one part with its measurements, findings and revisions."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from penstock.hub.core.actors import WORK
from penstock.hub.core.errors import Conflict, Invalid
from penstock.hub.parties import auth
from penstock.hub.web.doors import page, refusal
from penstock.hub.web.paging import list_page

from . import posing, receiving, repairing, selectors, services, serving
from .comparing import compare
from .described import said_of_itself
from .machined import rows as machined_rows
from .models import Part, Revision
from .uploading import ACCEPT, most_bytes

UNITS = {
    "mm": gettext_lazy("Millimetres"),
    "inch": gettext_lazy("Inches"),
    "cm": gettext_lazy("Centimetres"),
    "m": gettext_lazy("Metres"),
}
MEASURING = "uploaded"
OFFSET = "Upload-Offset"
# What the price table, which another room lays out, was last asked for on this page.
TABLE_CHOICES = ("quantity", "lead", "place", "load", "heat", "look", "certified")


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


@page(visitors=True)
def parts(request: HttpRequest) -> HttpResponse:
    query = request.GET.get("q", "").strip()
    archived = "archived" in request.GET
    found = list_page(request, selectors.parts(request.actor, search=query, archived=archived))
    context = {
        "page": found,
        "cards": [{"part": part, **standing(part.newest[0])} for part in found],
        "query": query,
        "archived": archived,
        **drop(request),
        "may_work": WORK in request.actor.rights,
    }
    return render(request, "parts/parts.html", context)


def drop(request: HttpRequest) -> dict[str, Any]:
    """What a drop zone says it takes."""
    limit = most_bytes(request.actor) if request.user.is_authenticated else settings.MAX_VISITOR_FILE_BYTES
    return {"limit": limit, "limit_mb": limit // 1024**2, "accept": ACCEPT, "piece": receiving.PIECE_BYTES}


def _let_in(request: HttpRequest) -> None:
    """Who uploads without an account is a visitor from then on, within what strangers may do in an hour."""
    auth.spend(request, "visitor_file")
    if request.actor.organisation_id is None:
        auth.begin_visit(request)


@page(methods=("POST",), public=True)
def upload(request: HttpRequest) -> HttpResponse:
    """One file of the drop zone → its card. Without scripts the form sends all files at once and comes back here."""
    files = request.FILES.getlist("file")
    if not files:
        raise Invalid("no_file", _("Choose at least one file."))
    for _each in files:
        _let_in(request)
    part_uid = request.POST.get("part") or None
    revisions = [
        services.upload(actor=request.actor, file=file, filename=file.name, part_uid=part_uid) for file in files
    ]
    part = revisions[0].part
    if request.headers.get("X-Requested-With") != "fetch":
        return redirect(reverse("part", args=[part.uid]) if part_uid or len(files) == 1 else reverse("parts"))
    return _taken(request, part, revisions[0])


@page(methods=("POST",), public=True)
def upload_piece(request: HttpRequest, key: str) -> HttpResponse:
    """The next piece of one file (see `receiving`): 204 with how much is here, 201 with the card of the whole file.
    A piece that does not go on where the file ends is told where that is."""
    size, offset = (_bytes(request.GET.get(name)) for name in ("size", "offset"))
    if offset == 0:
        _let_in(request)
    try:
        taken = receiving.receive(
            actor=request.actor,
            key=key,
            filename=request.GET.get("name", ""),
            size=size,
            offset=offset,
            piece=request.body,
            part_uid=request.GET.get("part") or None,
        )
    except Conflict as elsewhere:
        response = refusal(request, elsewhere)
        response[OFFSET] = elsewhere.data.get("received", "")
        return response
    if taken.revision is not None:
        return _taken(request, taken.revision.part, taken.revision)
    response = HttpResponse(status=204)
    response[OFFSET] = taken.received
    return response


def _bytes(text: str | None) -> int:
    if not text or not text.isdecimal() or len(text) > 15:
        raise Invalid("bad_piece", _("This is no piece of the file announced."))
    return int(text)


def _taken(request: HttpRequest, part: Part, revision: Revision) -> HttpResponse:
    response = render(request, "parts/card.html", {"part": part, **standing(revision)}, status=201)
    response["Location"] = reverse("part", args=[part.uid])
    return response


@page(visitors=True)
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
    current = next((each for each in revisions if each.state != "withdrawn"), revisions[0])
    chosen = next((each for each in revisions if str(each.number) == request.GET.get("revision")), current)
    other = next((each for each in revisions if str(each.number) == request.GET.get("compare")), None)
    return {
        "current": current,
        "other": other if other and other.measurement and chosen.measurement and other != chosen else None,
        "by_process": _by_process(selectors.judgement(chosen)),
        "may_be_repaired": selectors.may_be_repaired(chosen),
        "said_of_itself": said_of_itself(chosen.measurement or {}),
        "machined": machined_rows((chosen.measurement or {}).get("machining")),
        "repaired_from": next((each for each in revisions if each.pk == chosen.repaired_from_id), None),
        "part": part,
        "revisions": [standing(each) for each in revisions],
        "units": UNITS.items(),
        "choices": urlencode({name: request.GET[name] for name in TABLE_CHOICES if request.GET.get(name)}),
        **drop(request),
        "is_own": part.organisation_id == request.actor.organisation_id,
        "may_work": WORK in request.actor.rights and part.organisation_id == request.actor.organisation_id,
        **standing(chosen),
    }


def _by_process(judgement: list[dict[str, Any]]) -> list[tuple[str, str, list[tuple[str, dict[str, Any]]]]]:
    """(process, its gravest severity, [(key of its place, finding)]), the processes with the gravest last."""
    found: dict[str, list[tuple[str, dict[str, Any]]]] = {}
    for number, finding in enumerate(judgement):
        found.setdefault(finding["process"], []).append((f"p{number}", finding))
    # Each list is in order of severity, and `judgement` as a whole too.
    return [(process, rows[0][1]["severity"], rows) for process, rows in reversed(found.items())]


@page(visitors=True)
def places(request: HttpRequest, uid: str) -> JsonResponse:
    """Where the findings of a revision are, for the 3D view: by the key their button carries."""
    revision = selectors.revision(request.actor, uid)
    own = [(str(n), each) for n, each in enumerate((revision.measurement or {}).get("findings", []))]
    judged = [(f"p{n}", each) for n, each in enumerate(selectors.judgement(revision))]
    response = JsonResponse({key: finding["place"] for key, finding in [*own, *judged] if finding.get("place")})
    response["Cache-Control"] = "private, max-age=3600"
    return response


@page(visitors=True)
def part(request: HttpRequest, uid: str) -> HttpResponse:
    context = _part_context(request, uid)
    if context["other"] is not None:
        pair = sorted((context["other"], context["revision"]), key=lambda each: each.number)
        context |= {"pair": pair, "differences": compare(*pair)}
    return render(request, "parts/part.html", context)


@page(visitors=True)
def measuring(request: HttpRequest, uid: str) -> HttpResponse:
    """Polled while a revision is measured; the whole page comes anew once there is something to say."""
    response = HttpResponse(status=204)
    if not _part_context(request, uid)["is_measuring"]:
        response["HX-Refresh"] = "true"
    return response


@page(methods=("POST",), visitors=True)
def confirm_unit(request: HttpRequest, uid: str) -> HttpResponse:
    unit = request.POST.get("unit", "")
    if unit not in UNITS:
        raise Invalid("unknown_unit", _("Choose one of the units offered."))
    auth.spend(request, "visitor_file")  # it is measured again
    revision = services.confirm_unit(actor=request.actor, revision_uid=uid, unit=unit)
    return redirect("part", revision.part.uid)


@page(methods=("POST",), visitors=True)
def try_repair(request: HttpRequest, uid: str) -> HttpResponse:
    """A dialog that says what a repair would change, or why there can be none; nothing is kept."""
    revision = selectors.own_revision(request.actor, uid)
    auth.spend(request, "visitor_prices")
    context: dict[str, Any] = {"revision": revision, "part": revision.part}
    try:
        context["repair"] = repairing.try_repair(actor=request.actor, revision_uid=uid)
    except Invalid as refused:
        context["refused"] = refused.message
    return render(request, "parts/repair.html", context)


@page(methods=("POST",), visitors=True)
def repair(request: HttpRequest, uid: str) -> HttpResponse:
    auth.spend(request, "visitor_file")  # it is a file more, and measured
    made = repairing.repair_revision(actor=request.actor, revision_uid=uid)
    messages.success(request, _("Repaired as revision %(number)s; the original is kept.") % {"number": made.number})
    return redirect("part", made.part.uid)


@page(methods=("POST",), visitors=True)
def undo_repair(request: HttpRequest, uid: str) -> HttpResponse:
    original = repairing.undo_repair(actor=request.actor, revision_uid=uid)
    messages.success(request, _("Undone: revision %(number)s counts again.") % {"number": original.number})
    return redirect("part", original.part.uid)


@page(visitors=True)
def poses(request: HttpRequest, uid: str) -> HttpResponse:
    """How the part can be laid in the machine of a process, for the 3D view to show. Worked out once for each file and
    process, so that the count of a visitor's files bounds it."""
    revision = selectors.revision(request.actor, uid)
    processes = {each.code: each for each in posing.processes()}
    process = request.GET.get("process", "sls")
    if process not in processes or revision.state != "ready":
        raise Invalid("no_poses", _("There are no build poses for this."))
    context = {"processes": processes, "process": process, "found": posing.poses(revision, process)}
    return render(request, "parts/poses.html", context)


@page(methods=("POST",), visitors=True)
def rename(request: HttpRequest, uid: str) -> HttpResponse:
    services.rename_part(actor=request.actor, part_uid=uid, name=request.POST.get("name", "").strip())
    messages.success(request, _("Renamed."))
    return redirect("part", uid)


@page(methods=("POST",), visitors=True)
def archive(request: HttpRequest, uid: str) -> HttpResponse:
    services.archive_part(actor=request.actor, part_uid=uid)
    messages.success(request, _("Archived. Quotes and orders of the part stay."))
    return redirect("parts")


@page(methods=("POST",), visitors=True)
def restore(request: HttpRequest, uid: str) -> HttpResponse:
    services.restore_part(actor=request.actor, part_uid=uid)
    return redirect("part", uid)


@page(visitors=True)
def picture(request: HttpRequest, uid: str) -> HttpResponse:
    return serving.thumbnail(request, selectors.revision(request.actor, uid))


@page(visitors=True)
def preview(request: HttpRequest, uid: str) -> HttpResponse:
    return serving.preview(request, selectors.revision(request.actor, uid))


@page(visitors=True)
def model_file(request: HttpRequest, uid: str) -> HttpResponse:
    return serving.model_file(selectors.revision(request.actor, uid))


urlpatterns = [
    path("parts/", parts, name="parts"),
    path("parts/upload", upload, name="part-upload"),
    path("parts/upload/<str:key>", upload_piece, name="part-upload-piece"),
    path("parts/<str:uid>", part, name="part"),
    path("parts/<str:uid>/card", card, name="part-card"),
    path("parts/<str:uid>/measuring", measuring, name="part-measuring"),
    path("parts/<str:uid>/rename", rename, name="part-rename"),
    path("parts/<str:uid>/archive", archive, name="part-archive"),
    path("parts/<str:uid>/restore", restore, name="part-restore"),
    path("revisions/<str:uid>/unit", confirm_unit, name="revision-unit"),
    path("revisions/<str:uid>/picture", picture, name="revision-picture"),
    path("revisions/<str:uid>/preview", preview, name="revision-preview"),
    path("revisions/<str:uid>/places", places, name="revision-places"),
    path("revisions/<str:uid>/poses", poses, name="revision-poses"),
    path("revisions/<str:uid>/repair/try", try_repair, name="revision-repair-try"),
    path("revisions/<str:uid>/repair", repair, name="revision-repair"),
    path("revisions/<str:uid>/repair/undo", undo_repair, name="revision-repair-undo"),
    path("revisions/<str:uid>/file", model_file, name="revision-file"),
]
