"""The road of what no rule can price: the buyer asks, the operator answers, the buyer orders or lets it be."""

from __future__ import annotations

from decimal import Decimal

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from penstock.engines import knowledge
from penstock.engines.pricing import NotPriced, PartFacts, PriceBook, Recipe
from penstock.engines.pricing import price as engine_price
from penstock.hub.core.actors import SYSTEM, WORK, Actor
from penstock.hub.core.errors import Conflict, Invalid
from penstock.hub.core.journal import Kind, record
from penstock.hub.core.money import cents
from penstock.hub.parts import selectors as parts
from penstock.hub.parts.models import Revision

from . import events
from .books import current_book
from .capacity import able
from .models import Quote, QuotePrice, RequestForQuotation
from .states import RFQ
from .writing import MOST, open_quote, write_options

STANDARD = "standard"
MAX_LEAD_DAYS = 365


@transaction.atomic
def request_quotation(
    *, actor: Actor, revision_uid: str, quantity: int, need: str, process: str = "", material: str = ""
) -> RequestForQuotation:
    """Ask a person for a price. Raises Invalid for a quantity below one or a need that says nothing."""
    actor.require(WORK)
    revision = parts.own_revision(actor, revision_uid)
    need = need.strip()
    if not 1 <= quantity <= 1_000_000:
        raise Invalid("bad_quantity", _("The quantity must be between 1 and 1 000 000."), field="quantity")
    if not need:
        raise Invalid("no_need", _("Say what the part is for, so that a person can answer."), field="need")
    _require_known(process, material, "")
    asked = RequestForQuotation.objects.create(
        organisation_id=revision.part.organisation_id,
        revision=revision,
        quantity=quantity,
        need=need[:4000],
        process=process,
        material=material,
        created_by_id=actor.member_id,
    )
    tell(events.QUOTATION_REQUESTED, actor, asked)
    return asked


@transaction.atomic
def answer_request(
    *,
    actor: Actor,
    rfq_uid: str,
    answer: str,
    process: str,
    material: str,
    finish: str = "",
    unit_price: Decimal,
    lead_days: int,
    maker_unit_payout: Decimal | None = None,
) -> Quote:
    """The operator's price for the quantity asked for, as a quote the buyer can order from.

    A later answer replaces an earlier one, which expires at once. The maker's share is the price book's unless it
    is given. Raises Invalid for codes or amounts that make no sense, Conflict "not_measured" for a file that could
    not be read, "no_workshop" or "too_large_for_workshops" for what nobody in the network could make, "wrong_state"
    when it was ordered or withdrawn.
    """
    actor.require_operator()
    asked = locked(actor, rfq_uid)
    if asked.revision.state != "ready":
        raise Conflict("not_measured", _("The file could not be measured; ask the buyer for a better one first."))
    recipe = _recipe(process, material, finish)
    obstacle = able().obstacle(recipe, PartFacts.from_measurement(asked.revision.measurement).size_mm)
    if obstacle:
        raise Conflict(obstacle.code, obstacle.message, **obstacle.data)
    version, book = current_book()
    unit_price = cents(unit_price)
    payout = cents(
        unit_price * Decimal(str(1 - book.platform_share)) if maker_unit_payout is None else maker_unit_payout
    )
    if not 0 < unit_price * asked.quantity < MOST or not 0 <= payout <= unit_price:
        raise Invalid("bad_amount", _("The maker's share lies between nothing and the price, the price above nothing."))
    if not 1 <= lead_days <= MAX_LEAD_DAYS:
        raise Invalid("bad_lead_days", _("Name between 1 and 365 working days."), field="lead_days")
    RFQ.move(asked, "answer", answer=answer.strip(), answered_at=timezone.now())
    _close_answers(asked)
    given = open_quote(
        actor, asked.revision, version, currency=book.currency, quantities=[asked.quantity], request=asked
    )
    hours, mass_g = _effort(asked.revision, recipe, asked.quantity, payout, book)
    price = QuotePrice(
        quantity=asked.quantity,
        lead_class=STANDARD,
        lead_days=lead_days,
        unit_price=unit_price,
        total=unit_price * asked.quantity,
        maker_unit_payout=payout,
        machine_hours=hours,
        mass_g=mass_g,
        breakdown=[
            {
                "code": "quotation",
                "label": _("Quotation by a person"),
                "amount": str(unit_price),
                "basis": answer.strip()[:500],
            }
        ],
        rule_version=f"quotation {asked.uid}",
    )
    write_options(actor, given, [(recipe, [price])])
    tell(events.REQUEST_ANSWERED, actor, asked, quote_uid=given.uid)
    return given


@transaction.atomic
def decline_request(*, actor: Actor, rfq_uid: str, answer: str) -> RequestForQuotation:
    """Say that the network cannot make it, and why."""
    actor.require_operator()
    asked = locked(actor, rfq_uid)
    if not answer.strip():
        raise Invalid("no_answer", _("Say why, in a sentence."), field="answer")
    RFQ.move(asked, "decline", answer=answer.strip(), answered_at=timezone.now())
    _close_answers(asked)
    tell(events.REQUEST_DECLINED, actor, asked, answer=asked.answer)
    return asked


@transaction.atomic
def withdraw_request(*, actor: Actor, rfq_uid: str) -> RequestForQuotation:
    actor.require(WORK)
    asked = locked(actor, rfq_uid)
    RFQ.move(asked, "withdraw")
    _close_answers(asked)
    tell(events.REQUEST_WITHDRAWN, actor, asked)
    return asked


@transaction.atomic
def mark_ordered(*, rfq: RequestForQuotation, actor: Actor = SYSTEM) -> None:
    """Its quotation was ordered; a second order of the same quotation changes nothing."""
    asked = locked(SYSTEM, rfq.uid)
    if asked.state != "ordered":
        RFQ.move(asked, "order")
        tell(events.REQUEST_ORDERED, actor, asked)


def locked(actor: Actor, uid: str) -> RequestForQuotation:
    """The request, held until the verb ends; NotFound for whoever has no business with it."""
    found = RequestForQuotation.objects.one(actor, uid)
    return (
        RequestForQuotation.objects.across_tenants()
        .select_for_update(of=("self",))
        .select_related("revision__part")
        .get(pk=found.pk)
    )


def _close_answers(asked: RequestForQuotation) -> None:
    now = timezone.now()
    Quote.objects.across_tenants().filter(request=asked, expires_at__gt=now).update(expires_at=now)


def _require_known(process: str, material: str, finish: str) -> None:
    known = knowledge.default()
    for code, codes, field in (
        (process, known.processes, "process"),
        (material, known.materials, "material"),
        (finish, known.finishes, "finish"),
    ):
        if code and code not in codes:
            raise Invalid("unknown_recipe", _("The network knows no %(code)s.") % {"code": code}, field=field)


def _recipe(process: str, material: str, finish: str) -> Recipe:
    """A recipe that fits together; Invalid otherwise."""
    _require_known(process, material, finish)
    known = knowledge.default()
    if not process or not material or process not in known.material(material).processes:
        raise Invalid("unknown_recipe", _("This process does not take this material."), field="material")
    if finish and finish not in {each.code for each in known.finishes_for(process, material)}:
        raise Invalid("unknown_recipe", _("This finish does not go on this material."), field="finish")
    return Recipe(process, material, finish or None)


def _effort(revision: Revision, recipe: Recipe, quantity: int, payout: Decimal, book: PriceBook) -> tuple[float, float]:
    """Machine hours and grams of one piece: by rule where one fits, else the hours the maker's share would pay for
    and the mass of the volume (of the box, where the model encloses none)."""
    facts = PartFacts.from_measurement(revision.measurement)
    known = knowledge.default()
    try:
        found = engine_price(facts, recipe, quantity, STANDARD, book, known)
    except NotPriced:
        rates = book.processes.get(recipe.process)
        hours = float(payout) / rates.rate.amount if rates and rates.rate.amount > 0 else 1.0
        volume_mm3 = facts.volume_mm3 or facts.size_mm[0] * facts.size_mm[1] * facts.size_mm[2]
        return hours, volume_mm3 / 1000 * known.material(recipe.material).density_g_cm3
    return found.machine_hours / quantity, found.mass_g


def tell(kind: Kind, actor: Actor, asked: RequestForQuotation, **more: object) -> None:
    """Journal news of a request."""
    part = asked.revision.part
    record(
        kind,
        actor=actor,
        part=part.uid,
        subject=asked.uid,
        organisations=[asked.organisation_id],
        request_uid=asked.uid,
        part_name=part.name,
        quantity=asked.quantity,
        **more,
    )
