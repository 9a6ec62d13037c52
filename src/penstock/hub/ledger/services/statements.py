"""Statements: every leg on an organisation's two accounts is on exactly one of them, so they add up by themselves."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from hordak.models import Leg

from penstock.hub.core.actors import PAY, SYSTEM, Actor
from penstock.hub.core.errors import Conflict, Invalid
from penstock.hub.core.journal import record
from penstock.hub.core.money import network_currency
from penstock.hub.ledger import events
from penstock.hub.ledger.accounts import PAYABLES, RECEIVABLES, lock
from penstock.hub.ledger.models import BookAccount, Statement, StatementLine

ON_STATEMENTS = (PAYABLES.name, RECEIVABLES.name)


@transaction.atomic
def issue_statement(*, actor: Actor, organisation_id: int, period_start: date, period_end: date) -> Statement:
    """What the network owes the organisation (minus: is owed by it), from the last statement to the period's end.

    What was posted late, with a date an earlier statement covers, is on this one: nothing is lost between two.
    Raises Conflict "statement_exists" when this or a later period was already stated.
    """
    actor.require_operator(PAY)
    if period_end < period_start:
        raise Invalid("bad_period", _("The period ends before it starts."))
    if period_end > timezone.localdate():
        raise Invalid("period_not_begun", _("A statement ends today at the latest: what comes later is not known yet."))
    lock(PAYABLES, organisation_id)
    last = Statement.objects.across_tenants().filter(organisation_id=organisation_id).order_by("-pk").first()
    if last is not None and last.period_end >= period_end:
        raise Conflict("statement_exists", _("There is a statement for this time already."), number=last.number)
    legs = list(_unstated(organisation_id, period_end))
    opening = last.closing if last else Decimal("0.00")
    total = sum((_amount(leg) for leg in legs), Decimal("0.00"))
    statement = Statement.objects.create(
        organisation_id=organisation_id,
        number=_next_number(period_end),
        period_start=period_start,
        period_end=period_end,
        opening=opening,
        total=total,
        closing=opening + total,
        currency=network_currency(),
    )
    StatementLine.objects.bulk_create(_line(statement, leg) for leg in legs)
    record(
        events.STATEMENT_ISSUED,
        actor=actor,
        subject=statement.uid,
        organisations=[organisation_id],
        organisation_uid=statement.organisation.uid,
        number=statement.number,
        total=str(total),
        currency=statement.currency,
    )
    return statement


def issue_due_statements(*, period_start: date, period_end: date) -> list[Statement]:
    """One statement for each organisation whose accounts moved; background work at the start of a month."""
    moved = (
        BookAccount.objects.filter(
            purpose__in=ON_STATEMENTS,
            account__legs__statement_line=None,
            account__legs__transaction__date__lte=period_end,
        )
        .order_by("organisation_id")
        .values_list("organisation_id", flat=True)
        .distinct()
    )
    issued = []
    for organisation_id in moved:
        try:
            with transaction.atomic():
                issued.append(
                    issue_statement(
                        actor=SYSTEM,
                        organisation_id=organisation_id,
                        period_start=period_start,
                        period_end=period_end,
                    )
                )
        except (Conflict, IntegrityError):
            continue  # stated by hand, or by another worker in this moment
    return issued


def _unstated(organisation_id: int, until: date):
    return (
        Leg.objects.filter(
            account__kept_for__organisation_id=organisation_id,
            account__kept_for__purpose__in=ON_STATEMENTS,
            transaction__date__lte=until,
            transaction__posting__isnull=False,
            statement_line=None,
        )
        .select_related("transaction__posting", "subject")
        .order_by("pk")
    )


def _line(statement: Statement, leg: Leg) -> StatementLine:
    posting = leg.transaction.posting
    return StatementLine(
        statement=statement,
        leg=leg,
        at=posting.at,
        text=leg.description[:300],
        order_uid=posting.order_uid,
        subject_uid=leg.subject.subject_uid if hasattr(leg, "subject") else posting.subject_uid,
        amount=_amount(leg),
    )


def _amount(leg: Leg) -> Decimal:
    """As the organisation sees it: what it is owed more of is positive."""
    return leg.credit.amount if leg.credit is not None else -leg.debit.amount


def _next_number(period_end: date) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('ledger_statement_number')")
        return f"S-{period_end.year}-{cursor.fetchone()[0]:06d}"
