"""Statements as files: CSV that spreadsheets open right, and a PDF that can show any name the network meets."""

from __future__ import annotations

import csv
from io import StringIO

from django.utils import timezone
from django.utils.translation import gettext as _
from reportlab.lib.units import mm
from reportlab.platypus import Paragraph, Spacer, Table

from penstock.hub.core import paper
from penstock.hub.core.paper import paragraph

from .models import Statement

# Without this mark Excel takes UTF-8 for the machine's old code page.
BYTE_ORDER_MARK = "\ufeff"
# A cell that begins so is a formula to a spreadsheet, whoever wrote the text.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
COLUMNS_MM = (24, 88, 34, 26)


def statement_csv(statement: Statement) -> str:
    """One row per line between opening and closing balance; begins with a byte order mark."""
    out = StringIO()
    out.write(BYTE_ORDER_MARK)
    writer = csv.writer(out)
    writer.writerow([_("Statement"), _("Date"), _("Text"), _("Order"), _("For"), _("Amount"), _("Currency")])

    def row(day: object, text: str, order: str, subject: str, amount: object) -> None:
        writer.writerow([statement.number, day, _cell(text), order, subject, amount, statement.currency])

    row(statement.period_start, _("Opening balance"), "", "", statement.opening)
    for line in statement.lines.all():
        row(_day(line), line.text, line.order_uid, line.subject_uid, line.amount)
    row(statement.period_end, _("Closing balance"), "", "", statement.closing)
    return out.getvalue()


def statement_pdf(statement: Statement) -> bytes:
    """A4; the table breaks over pages with its head repeated."""
    title = _("Statement %(number)s") % {"number": statement.number}
    period = {"start": statement.period_start, "end": statement.period_end, "currency": statement.currency}
    story = [
        paragraph(statement.organisation.name, size=11),
        paragraph(_("%(start)s to %(end)s, amounts in %(currency)s") % period),
        paragraph(_("What the network owes you is positive, what you owe is negative.")),
        Spacer(0, 6 * mm),
        _table(statement),
    ]
    return paper.document(title, story)


def _table(statement: Statement) -> Table:
    rows = [[paragraph(_("Date")), paragraph(_("Text")), paragraph(_("For")), paragraph(_("Amount"), right=True)]]
    rows.append(_row(str(statement.period_start), _("Opening balance"), "", statement.opening))
    rows += [
        _row(_day(line), line.text, line.subject_uid or line.order_uid, line.amount) for line in statement.lines.all()
    ]
    rows.append(_row(str(statement.period_end), _("Closing balance"), "", statement.closing))
    return paper.table(rows, COLUMNS_MM, sums=1)


def _row(day: str, text: str, subject: str, amount: object) -> list[Paragraph]:
    return [paragraph(day), paragraph(text), paragraph(subject), paragraph(f"{amount:,.2f}", right=True)]


def _day(line: object) -> str:
    return timezone.localtime(line.at).date().isoformat()


def _cell(text: str) -> str:
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text
