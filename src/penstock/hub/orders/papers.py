"""The confirmation of an order as a PDF: what is made for how much, where it goes and until when."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from django.utils import formats
from django.utils.translation import gettext as _
from reportlab.lib.units import mm
from reportlab.platypus import Spacer, Table

from penstock.engines import knowledge
from penstock.hub.core import paper
from penstock.hub.core.engine_words import say
from penstock.hub.core.errors import Conflict
from penstock.hub.core.paper import paragraph
from penstock.hub.web.countries import address_lines

from .models import Order, OrderLine

UNCONFIRMED = {"placed", "cancelled"}
COLUMNS_MM = (10, 86, 18, 28, 30)


def is_confirmed(order: Order) -> bool:
    return order.state not in UNCONFIRMED


def confirmation_pdf(order: Order) -> bytes:
    """A4; the table breaks over pages with its head repeated. Raises Conflict "not_confirmed"."""
    if not is_confirmed(order):
        raise Conflict("not_confirmed", _("This order is not confirmed, so there is no confirmation of it."))
    title = _("Order confirmation %(number)s") % {"number": order.number}
    return paper.document(title, [_facts(order), Spacer(0, 6 * mm), _table(order, list(order.lines.all()))])


def _facts(order: Order) -> Table:
    about = [_("Placed on %(day)s") % {"day": paper.day(order.placed_at)}]
    if order.purchase_order:
        about.append(_("Your number: %(number)s") % {"number": order.purchase_order})
    about.append(_("Promised for %(day)s") % {"day": paper.day(order.promised_on)})
    goes_to = [_("Goes to"), *address_lines(order.ship_to)]
    return paper.columns(about, goes_to, [_("Invoice to"), *address_lines(order.bill_to)])


def _table(order: Order, lines: Sequence[OrderLine]) -> Table:
    head = ["", _("Part"), _("Quantity"), _("Each"), order.currency]
    rows = [[paragraph(each, right=n > 1) for n, each in enumerate(head)]]
    for line in lines:
        if line.state != "cancelled":
            cells = (str(line.quantity), f"{line.unit_price:,.2f}", f"{line.net:,.2f}")
            named = f"{line.part_name}\n{_recipe(line)}"
            numbers = [paragraph(each, right=True) for each in cells]
            rows.append([paragraph(str(line.position)), paragraph(named), *numbers])
    tax = _("Tax %(percent)s %%") % {"percent": formats.number_format(order.tax_percent.normalize())}
    sums: list[tuple[str, Decimal]] = [(_("Parts"), order.net), (_("Carriage"), order.carriage), (tax, order.tax)]
    sums.append((_("Total"), order.total))
    for number, (name, amount) in enumerate(sums, start=1):
        last = number == len(sums)
        said = paragraph(f"{amount:,.2f}", right=True, bold=last)
        rows.append([paragraph(""), paragraph(name, bold=last), "", "", said])
    return paper.table(rows, COLUMNS_MM, sums=len(sums))


def _recipe(line: OrderLine) -> str:
    known = knowledge.default()
    process, material = known.processes.get(line.process), known.materials.get(line.material)
    finish = known.finishes.get(line.finish)
    names = (
        say(process.trade_name or process.name) if process else line.process,
        say(material.name) if material else line.material,
        say(finish.name) if finish else line.finish,
    )
    return ", ".join(filter(None, names))
