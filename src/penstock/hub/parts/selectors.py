"""Reads: an organisation's parts, their revisions, and the files it may fetch."""

from __future__ import annotations

import json
from typing import Any

from django.core.cache import cache
from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet
from django.utils.translation import gettext as _

from penstock.hub.core.actors import READ, Actor
from penstock.hub.core.errors import NotFound

from .blobs import as_local_file, opened
from .measuring import suffix_of
from .models import Part, Revision

DAY_S = 24 * 3600

__all__ = [
    "as_local_file",
    "blockers",
    "judgement",
    "latest_ready",
    "may_be_repaired",
    "own_part",
    "own_revision",
    "part",
    "parts",
    "revision",
    "suffix_of",
]


def parts(actor: Actor, search: str = "", *, archived: bool = False) -> QuerySet[Part]:
    """The actor's parts, newest first, each with its newest revision (`part.latest`) in one further query."""
    actor.require(READ)
    newest = Revision.objects.across_tenants().exclude(state="withdrawn").select_related("blob")
    newest = newest.order_by("part_id", "-number").distinct("part_id")
    found = Part.objects.visible_to(actor).filter(is_archived=archived).order_by("-pk")
    if search:
        named = Revision.objects.across_tenants().filter(part=OuterRef("pk"), filename__icontains=search)
        found = found.filter(Q(name__icontains=search) | Q(uid=search) | Exists(named))
    return found.prefetch_related(Prefetch("revisions", newest, to_attr="newest"))


def part(actor: Actor, uid: str) -> Part:
    """A part with its revisions, newest first."""
    actor.require(READ)
    revisions = Revision.objects.across_tenants().select_related("blob", "created_by__user").order_by("-number")
    return Part.objects.all().prefetch_related(Prefetch("revisions", revisions)).one(actor, uid)


def revision(actor: Actor, uid: str) -> Revision:
    """A revision of the actor's own, or one whose file was opened to it for work."""
    actor.require(READ)
    return Revision.objects.select_related("part", "blob", "thumbnail", "preview").one(actor, uid)


def own_part(actor: Actor, uid: str) -> Part:
    return Part.objects.one(actor, uid)


def own_revision(actor: Actor, uid: str) -> Revision:
    """A revision the actor may change, quote and order: work on it is not enough."""
    found = Revision.objects.select_related("part", "blob").one(actor, uid)
    if not actor.is_operator and found.part.organisation_id != actor.organisation_id:
        raise NotFound("not_found", _("There is nothing here under this number, or it is not yours to see."))
    return found


def judgement(revision: Revision) -> list[dict[str, Any]]:
    """What each process finds on a measured part: engines.geometry.Finding.to_dict() each, blockers first."""
    if revision.judgement_id is None:
        return []
    with opened(revision.judgement) as file:
        found: list[dict[str, Any]] = json.load(file)
    grave = {"blocker": 0, "warning": 1}
    return sorted(found, key=lambda finding: grave.get(finding["severity"], 2))


def blockers(revision: Revision) -> dict[str, list[dict[str, str]]]:
    """Process → code and message of each finding that forbids making a measured part by it.

    Remembered by what the judgement says: it is asked at every line of a basket, and a judgement can be long.
    """
    if revision.judgement_id is None:
        return {}
    key = f"blockers-1:{revision.judgement.sha256}"
    found: dict[str, list[dict[str, str]]] | None = cache.get(key)
    if found is None:
        found = {}
        for finding in judgement(revision):
            if finding["severity"] == "blocker":
                said = {"code": finding["code"], "message": finding["message"]}
                found.setdefault(finding["process"], []).append(said)
        cache.set(key, found, DAY_S)
    return found


def may_be_repaired(revision: Revision) -> bool:
    """Whether what is wrong with a measured part is of the kind a repair can put right."""
    measured = revision.measurement
    if revision.state != "ready" or not measured:
        return False
    sound = measured["watertight"] and measured["consistent_winding"] and not measured.get("overlapping")
    inside_out = any(finding["code"] == "inverted_body" for finding in measured["findings"])
    return not sound or inside_out


def latest_ready(part: Part) -> Revision | None:
    """The newest revision that was measured: the one to quote."""
    return part.revisions.filter(state="ready").select_related("part", "blob").order_by("-number").first()
