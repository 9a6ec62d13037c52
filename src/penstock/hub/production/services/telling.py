"""How production tells its news: about a job, about each order in a build, about an offer. Safe for buyers to read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from penstock.hub.core import journal
from penstock.hub.core.actors import Actor

from .. import events
from ..models import Job, Maker, Offer


def about_job(
    kind: journal.Kind,
    actor: Actor,
    job: Job,
    *,
    organisations: Iterable[int | None] = (),
    build: str = "",
    **payload: Any,
) -> None:
    """One event about one job, readable by its buyer and by the organisations named."""
    line = job.line
    journal.record(
        kind,
        actor=actor,
        order=line.order.uid,
        build=build,
        subject=job.uid,
        organisations=[line.order.organisation_id, *organisations],
        job_uid=job.uid,
        line_uid=line.uid,
        pieces=job.quantity,
        part_name=line.part_name,
        **payload,
    )


def about_each_order(
    kind: journal.Kind,
    actor: Actor,
    jobs: Sequence[Job],
    maker: Maker,
    *,
    build: str = "",
    subject: str = "",
    **payload: Any,
) -> None:
    """One event per order among the jobs, so that no buyer reads of another's pieces."""
    by_order: dict[int, list[Job]] = {}
    for job in jobs:
        by_order.setdefault(job.line.order_id, []).append(job)
    for order_jobs in by_order.values():
        order = order_jobs[0].line.order
        journal.record(
            kind,
            actor=actor,
            order=order.uid,
            build=build,
            subject=subject,
            organisations=[order.organisation_id, maker.organisation_id],
            maker=maker.organisation.name,
            city=maker.address.city,
            pieces=sum(job.quantity for job in order_jobs),
            parts=", ".join(f"{job.quantity} × {job.line.part_name}" for job in order_jobs),
            job_uids=[job.uid for job in order_jobs],
            **payload,
        )


def offer_made(offer: Offer, actor: Actor) -> None:
    """Tell the maker that it is asked."""
    journal.record(
        events.OFFER_MADE,
        actor=actor,
        build=offer.build.uid if offer.build else "",
        subject=offer.uid,
        organisations=[offer.maker.organisation_id],
        offer_uid=offer.uid,
        maker=offer.maker.organisation.name,
        deadline=offer.deadline.isoformat(timespec="minutes"),
    )
