"""The JSON door of production for the operator: pools, waves, what went wrong, the policy."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Query, Router

from penstock.hub.core.actors import READ
from penstock.hub.core.http import Page, Paging, actor_of, answer_once, page

from . import selectors, services
from .desk_schemas import (
    ExceptionOut,
    FinisherIn,
    JobForOperatorOut,
    PolicyIn,
    PolicyOut,
    PoolOut,
    WaveDetailOut,
    WaveIn,
    WaveOut,
)
from .schemas import OfferOut

router = Router(tags=["dispatch"])


@router.get("/pools", response=list[PoolOut])
def list_pools(request: HttpRequest) -> Any:
    """Waiting work by process and material, the most urgent first."""
    return selectors.pools(actor_of(request))


@router.get("/dispatch/jobs", response=Page[JobForOperatorOut])
def list_all_jobs(
    request: HttpRequest, paging: Query[Paging], state: str | None = None, order_uid: str | None = None
) -> Any:
    """Every job, with who has it, why, and what else was possible."""
    actor = actor_of(request)
    actor.require_operator(READ)
    return page(selectors.listed_jobs(actor, state=state, order_uid=order_uid), paging)


@router.get("/dispatch/exceptions", response=list[ExceptionOut])
def list_exceptions(request: HttpRequest) -> Any:
    """Jobs nobody can make and builds that are late, the oldest first."""
    return selectors.exceptions(actor_of(request))


@router.post("/dispatch/jobs/{uid}/finisher", response=OfferOut)
def offer_finishing(request: HttpRequest, uid: str, body: FinisherIn) -> Any:
    """Ask a workshop of your choice to finish pieces that nobody has taken on."""

    def run() -> OfferOut:
        actor = actor_of(request)
        offer = services.offer_finishing(actor=actor, job_uid=uid, organisation_uid=body.organisation_uid)
        return OfferOut.from_orm(selectors.offer(actor, offer.uid))

    return answer_once(request, f"offer_finishing:{uid}", body, run)


@router.post("/dispatch/jobs/{uid}/ask-everybody", response=JobForOperatorOut)
def ask_everybody(request: HttpRequest, uid: str) -> Any:
    """Let the workshops that refused a pooled job, or did not answer, be asked again by the next wave."""

    def run() -> JobForOperatorOut:
        actor = actor_of(request)
        services.ask_everybody(actor=actor, job_uid=uid)
        return JobForOperatorOut.from_orm(selectors.job(actor, uid))

    return answer_once(request, f"ask_everybody:{uid}", None, run)


@router.get("/waves", response=Page[WaveOut])
def list_waves(request: HttpRequest, paging: Query[Paging]) -> Any:
    return page(selectors.waves(actor_of(request)), paging)


@router.get("/waves/{uid}", response=WaveDetailOut)
def get_wave(request: HttpRequest, uid: str) -> Any:
    """What one wave decided, with reasons, costs and alternatives."""
    return selectors.wave(actor_of(request), uid)


@router.post("/waves", response={201: WaveDetailOut})
def run_wave(request: HttpRequest, body: WaveIn) -> Any:
    """Distribute what is pooled now."""

    def run() -> WaveDetailOut:
        return WaveDetailOut.from_orm(services.run_wave(actor=actor_of(request), hold_back=body.hold_back))

    return answer_once(request, "run_wave", body, run, status=201)


@router.get("/dispatch/policy", response=PolicyOut)
def get_policy(request: HttpRequest) -> Any:
    """What dispatch weighs at present."""
    actor_of(request).require_operator(READ)
    return selectors.current_policy()


@router.post("/dispatch/policy", response={201: PolicyOut})
def publish_policy(request: HttpRequest, body: PolicyIn) -> Any:
    """A new version, used from the next wave on. Entries left out take their default."""

    def run() -> PolicyOut:
        return PolicyOut.from_orm(services.publish_policy(actor=actor_of(request), **body.dict()))

    return answer_once(request, "publish_policy", body, run, status=201)
