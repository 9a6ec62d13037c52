"""The JSON door of production for makers: offers, builds, jobs, machines, record. The operator's is `desk`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Status

from penstock.hub.core.http import Page, Paging, actor_of, answer_once, page

from . import build_file, desk, selectors, services
from .schemas import (
    BlockIn,
    BlockOut,
    BuildDetailOut,
    BuildOut,
    CancelledOut,
    FailIn,
    GiveBackIn,
    GoodIn,
    JobOut,
    MachineChangeIn,
    MachineIn,
    MachineOut,
    MakerChangeIn,
    MakerIn,
    MakerOut,
    OfferOut,
    OperationOut,
    ReasonIn,
    RecordOut,
)

router = Router(tags=["production"])
router.add_router("", desk.router)


# --- offers -----------------------------------------------------------------------------------------


@router.get("/offers", response=Page[OfferOut])
def list_offers(request: HttpRequest, paging: Query[Paging], state: str | None = None) -> Any:
    """Builds and finishing you are asked to do, with what is paid, until when, and why you."""
    return page(selectors.offers(actor_of(request), state=state), paging)


@router.get("/offers/{uid}", response=OfferOut)
def get_offer(request: HttpRequest, uid: str) -> Any:
    return selectors.offer(actor_of(request), uid)


def _answer_offer(request: HttpRequest, verb: str, uid: str, body: Any, do: Callable[[], Any]) -> Any:
    def run() -> OfferOut:
        do()
        return OfferOut.from_orm(selectors.offer(actor_of(request), uid))

    return answer_once(request, f"{verb}:{uid}", body, run)


@router.post("/offers/{uid}/accept", response=OfferOut)
def accept_offer(request: HttpRequest, uid: str) -> Any:
    """Take it on."""
    return _answer_offer(
        request, "accept", uid, None, lambda: services.accept_offer(actor=actor_of(request), offer_uid=uid)
    )


@router.post("/offers/{uid}/decline", response=OfferOut)
def decline_offer(request: HttpRequest, uid: str, body: ReasonIn) -> Any:
    """Do not take it on; another maker is asked."""
    return _answer_offer(
        request,
        "decline",
        uid,
        body,
        lambda: services.decline_offer(actor=actor_of(request), offer_uid=uid, reason=body.reason),
    )


@router.post("/offers/{uid}/give-back", response=OfferOut)
def give_back_offer(request: HttpRequest, uid: str, body: GiveBackIn) -> Any:
    """Give back what you took on, before its build has begun."""
    return _answer_offer(
        request,
        "give_back",
        uid,
        body,
        lambda: services.give_back(actor=actor_of(request), offer_uid=uid, reason=body.reason),
    )


# --- builds and jobs ----------------------------------------------------------------------------------


@router.get("/builds", response=Page[BuildOut])
def list_builds(request: HttpRequest, paging: Query[Paging], state: str | None = None) -> Any:
    return page(selectors.builds(actor_of(request), state=state), paging)


@router.get("/builds/{uid}", response=BuildDetailOut)
def get_build(request: HttpRequest, uid: str) -> Any:
    """A build with its jobs and where every copy lies."""
    return selectors.build(actor_of(request), uid)


@router.get("/builds/{uid}/file")
def get_build_file(request: HttpRequest, uid: str) -> HttpResponse:
    """The build as 3MF, every model in its place."""
    build = selectors.build(actor_of(request), uid)
    response = HttpResponse(build_file.write(build, actor_of(request)), content_type="model/3mf")
    response["Content-Disposition"] = f'attachment; filename="{build.uid}.3mf"'
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response


def _answer_build(request: HttpRequest, verb: str, uid: str, body: Any, do: Callable[[], Any]) -> Any:
    def run() -> BuildDetailOut:
        do()
        return BuildDetailOut.from_orm(selectors.build(actor_of(request), uid))

    return answer_once(request, f"{verb}:{uid}", body, run)


@router.post("/builds/{uid}/start", response=BuildDetailOut)
def start_build(request: HttpRequest, uid: str) -> Any:
    """The machine runs."""
    return _answer_build(
        request, "start_build", uid, None, lambda: services.start_build(actor=actor_of(request), build_uid=uid)
    )


@router.post("/builds/{uid}/finish", response=BuildDetailOut)
def finish_build(request: HttpRequest, uid: str, body: GoodIn) -> Any:
    """The build is done. Jobs that are not named in `good` came out well altogether."""
    return _answer_build(
        request,
        "finish_build",
        uid,
        body,
        lambda: services.finish_build(actor=actor_of(request), build_uid=uid, good=body.good),
    )


@router.post("/builds/{uid}/fail", response=BuildDetailOut)
def fail_build(request: HttpRequest, uid: str, body: FailIn) -> Any:
    """The build failed. Jobs that are not named in `good` are lost altogether and will be made again."""
    return _answer_build(
        request,
        "fail_build",
        uid,
        body,
        lambda: services.fail_build(actor=actor_of(request), build_uid=uid, reason=body.reason, good=body.good),
    )


@router.get("/jobs", response=Page[JobOut])
def list_jobs(
    request: HttpRequest, paging: Query[Paging], state: str | None = None, order_uid: str | None = None
) -> Any:
    """Jobs you make, hold or finish."""
    return page(selectors.listed_jobs(actor_of(request), state=state, order_uid=order_uid), paging)


@router.get("/jobs/{uid}", response=JobOut)
def get_job(request: HttpRequest, uid: str) -> Any:
    return selectors.job(actor_of(request), uid)


@router.post("/operations/{uid}/finish", response=OperationOut)
def finish_operation(request: HttpRequest, uid: str) -> Any:
    """The finishing of these pieces is done."""

    def run() -> OperationOut:
        return OperationOut.from_orm(services.finish_operation(actor=actor_of(request), operation_uid=uid))

    return answer_once(request, f"finish_operation:{uid}", None, run)


# --- the workshop ---------------------------------------------------------------------------------------


@router.get("/makers", response=Page[MakerOut])
def list_makers(request: HttpRequest, paging: Query[Paging]) -> Any:
    """Your own workshop; every workshop for the operator."""
    return page(selectors.makers(actor_of(request)), paging)


def _maker(request: HttpRequest, organisation_uid: str) -> MakerOut:
    return MakerOut.from_orm(selectors.maker(actor_of(request), organisation_uid))


@router.post("/makers", response={201: MakerOut})
def register_maker(request: HttpRequest, body: MakerIn) -> Any:
    """Make a workshop known to dispatch."""

    def run() -> MakerOut:
        services.register_maker(actor=actor_of(request), **body.dict())
        return _maker(request, body.organisation_uid)

    return answer_once(request, "register_maker", body, run, status=201)


@router.get("/makers/{organisation_uid}", response=MakerOut)
def get_maker(request: HttpRequest, organisation_uid: str) -> Any:
    return selectors.maker(actor_of(request), organisation_uid)


@router.post("/makers/{organisation_uid}", response=MakerOut)
def change_maker(request: HttpRequest, organisation_uid: str, body: MakerChangeIn) -> Any:
    """Change what is given: address, finishes, working hours, whether it takes work."""
    services.change_maker(actor=actor_of(request), organisation_uid=organisation_uid, **body.dict(exclude_unset=True))
    return _maker(request, organisation_uid)


@router.get("/makers/{organisation_uid}/record", response=RecordOut)
def get_maker_record(request: HttpRequest, organisation_uid: str) -> Any:
    """What the record says and how it is computed."""
    return selectors.record(selectors.maker(actor_of(request), organisation_uid))


@router.get("/machines", response=Page[MachineOut])
def list_machines(request: HttpRequest, paging: Query[Paging]) -> Any:
    """Your machines with the coming times in which they take no build."""
    return page(selectors.machines(actor_of(request)), paging)


def _machine(request: HttpRequest, uid: str) -> MachineOut:
    return MachineOut.from_orm(selectors.machine(actor_of(request), uid))


@router.post("/machines", response={201: MachineOut})
def add_machine(request: HttpRequest, body: MachineIn) -> Any:
    def run() -> MachineOut:
        return _machine(request, services.add_machine(actor=actor_of(request), **body.dict()).uid)

    return answer_once(request, "add_machine", body, run, status=201)


@router.get("/machines/{uid}", response=MachineOut)
def get_machine(request: HttpRequest, uid: str) -> Any:
    return selectors.machine(actor_of(request), uid)


@router.post("/machines/{uid}", response=MachineOut)
def change_machine(request: HttpRequest, uid: str, body: MachineChangeIn) -> Any:
    """Change what is given: name, materials, loaded material, in service or down."""
    services.change_machine(actor=actor_of(request), machine_uid=uid, **body.dict(exclude_unset=True))
    return _machine(request, uid)


@router.post("/machines/{uid}/retire", response=MachineOut)
def retire_machine(request: HttpRequest, uid: str) -> Any:
    """Take the machine out for good."""
    services.retire_machine(actor=actor_of(request), machine_uid=uid)
    return _machine(request, uid)


@router.post("/machines/{uid}/blocks", response={201: BlockOut})
def block_time(request: HttpRequest, uid: str, body: BlockIn) -> Any:
    """Keep a time free of builds."""

    def run() -> BlockOut:
        return BlockOut.from_orm(services.block_time(actor=actor_of(request), machine_uid=uid, **body.dict()))

    return answer_once(request, f"block_time:{uid}", body, run, status=201)


@router.delete("/blocks/{uid}", response={204: None})
def unblock_time(request: HttpRequest, uid: str) -> Any:
    services.unblock_time(actor=actor_of(request), block_uid=uid)
    return Status(204, None)


# --- cancelling: production knows what has begun -----------------------------------------------------------


@router.post("/orders/{uid}/cancel", response=CancelledOut)
def cancel_order(request: HttpRequest, uid: str) -> Any:
    """Cancel an order of yours and get the money back, as long as nothing of it has begun."""

    def run() -> CancelledOut:
        return CancelledOut.from_orm(services.cancel_order(actor=actor_of(request), order_uid=uid))

    return answer_once(request, f"cancel_order:{uid}", None, run)


@router.post("/order-lines/{uid}/cancel", response=CancelledOut)
def cancel_line(request: HttpRequest, uid: str) -> Any:
    """Cancel one line of an order in production, as long as nothing of it has begun."""

    def run() -> CancelledOut:
        return CancelledOut.from_orm(services.cancel_line(actor=actor_of(request), line_uid=uid))

    return answer_once(request, f"cancel_line:{uid}", None, run)
