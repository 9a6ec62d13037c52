"""The confirmation and the invoice of an order as PDF: what is made for how much, where it goes and until when."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from reportlab.lib.units import mm
from reportlab.platypus import Spacer, Table

from penstock.engines import knowledge
from penstock.hub.core import paper
from penstock.hub.core.engine_words import say
from penstock.hub.core.errors import Conflict
from penstock.hub.core.paper import paragraph
from penstock.hub.ledger.models import Invoice, Refund
from penstock.hub.web.countries import address_lines
from penstock.hub.web.labels import payment_method_label

from .models import Order
from .services.invoicing import line_facts

Sum = tuple[str, Decimal]
UNCONFIRMED = {"placed", "cancelled"}
COLUMNS_MM = (10, 86, 18, 28, 30)


def is_confirmed(order: Order) -> bool:
    return order.state not in UNCONFIRMED


def confirmation_pdf(order: Order) -> bytes:
    """A4; the table breaks over pages with its head repeated. Raises Conflict "not_confirmed"."""
    if not is_confirmed(order):
        raise Conflict("not_confirmed", _("This order is not confirmed, so there is no confirmation of it."))
    title = _("Order confirmation %(number)s") % {"number": order.number}
    lines = [line_facts(line) for line in order.lines.all() if line.state != "cancelled"]
    return paper.document(title, [_facts(order), Spacer(0, 6 * mm), _table(lines, order.currency, _sums(order))])


def invoice_pdf(invoice: Invoice, refunds: Sequence[Refund]) -> bytes:
    """As it was issued; what was given back since (`refunds`) is credited below."""
    written = invoice.document
    seller = written["seller"]
    total = _sums(invoice)
    credited = []
    for each in refunds:
        words = {"day": paper.day(each.created_at), "reason": each.reason}
        credited.append((_("Credited on %(day)s: %(reason)s") % words, -each.amount))
    if credited:
        remains = invoice.total + sum(amount for _name, amount in credited)
        credited.append((_("Remains"), remains))
    story = [_invoice_facts(invoice), Spacer(0, 6 * mm), _table(written["lines"], invoice.currency, total, credited)]
    story += [Spacer(0, 6 * mm), paragraph(_payment(written["payment"]))]
    if seller["footer"]:
        story += [Spacer(0, 6 * mm), paragraph(seller["footer"])]
    title = _("Invoice %(number)s") % {"number": invoice.number}
    return paper.document(title, story, sender=seller["name"])


def _invoice_facts(invoice: Invoice) -> Table:
    written = invoice.document
    about = [
        _("Date: %(day)s") % {"day": paper.day(invoice.issued_at)},
        _("Order: %(number)s") % {"number": written["order"]},
    ]
    if written["purchase_order"]:
        about.append(_("Your number: %(number)s") % {"number": written["purchase_order"]})
    if written["delivered_on"]:
        about.append(_("Delivered on %(day)s") % {"day": _day(written["delivered_on"])})
    else:
        about.append(_("Delivery promised for %(day)s") % {"day": _day(written["promised_on"])})
    seller, buyer = written["seller"], written["buyer"]
    address = address_lines(buyer["address"])
    firm = [] if buyer["name"] in address else [buyer["name"]]
    to = [_("Invoice to"), *firm, *address, *_tax_number(buyer)]
    address_of_seller = filter(None, seller["address"].splitlines())
    return paper.columns(about, to, [_("Seller"), seller["name"], *address_of_seller, *_tax_number(seller)])


def _tax_number(side: Mapping[str, str]) -> list[str]:
    return [_("Tax number: %(number)s") % {"number": side["tax_number"]}] if side["tax_number"] else []


def _payment(payment: Mapping[str, Any]) -> str:
    method = payment_method_label(payment["method"])
    if "paid_on" in payment:
        return _("Paid on %(day)s: %(method)s") % {"day": _day(payment["paid_on"]), "method": method}
    days = payment["days"]
    if not days:
        return method
    return ngettext("%(method)s, to be paid within %(n)s day", "%(method)s, to be paid within %(n)s days", days) % {
        "method": method,
        "n": days,
    }


def _day(iso: str) -> str:
    return paper.day(date.fromisoformat(iso))


def _facts(order: Order) -> Table:
    about = [_("Placed on %(day)s") % {"day": paper.day(order.placed_at)}]
    if order.purchase_order:
        about.append(_("Your number: %(number)s") % {"number": order.purchase_order})
    about.append(_("Promised for %(day)s") % {"day": paper.day(order.promised_on)})
    goes_to = [_("Goes to"), *address_lines(order.ship_to)]
    return paper.columns(about, goes_to, [_("Invoice to"), *address_lines(order.bill_to)])


def _sums(of: Order | Invoice) -> list[Sum]:
    percent = formats.number_format(of.tax_percent.normalize())
    tax = _("Tax %(percent)s %% of %(amount)s") % {"percent": percent, "amount": f"{of.net + of.carriage:,.2f}"}
    return [(_("Parts"), of.net), (_("Carriage"), of.carriage), (tax, of.tax), (_("Total"), of.total)]


def _table(
    lines: Iterable[Mapping[str, Any]], currency: str, total: Sequence[Sum], credited: Sequence[Sum] = ()
) -> Table:
    head = ["", _("Part"), _("Quantity"), _("Each"), currency]
    rows = [[paragraph(each, right=n > 1) for n, each in enumerate(head)]]
    for line in lines:
        cells = (str(line["quantity"]), f"{Decimal(line['unit_price']):,.2f}", f"{Decimal(line['net']):,.2f}")
        named = f"{line['part_name']}\n{_recipe(line)}"
        numbers = [paragraph(each, right=True) for each in cells]
        rows.append([paragraph(str(line["position"])), paragraph(named), *numbers])
    sums = [*total, *credited]
    for number, (name, amount) in enumerate(sums, start=1):
        bold = number in (len(total), len(sums))
        said = paragraph(f"{amount:,.2f}", right=True, bold=bold)
        rows.append([paragraph(""), paragraph(name, bold=bold), "", "", said])
    return paper.table(rows, COLUMNS_MM, sums=len(sums))


def _recipe(line: Mapping[str, Any]) -> str:
    known = knowledge.default()
    process, material = known.processes.get(line["process"]), known.materials.get(line["material"])
    finish = known.finishes.get(line["finish"])
    names = (
        say(process.trade_name or process.name) if process else line["process"],
        say(material.name) if material else line["material"],
        say(finish.name) if finish else line["finish"],
    )
    return ", ".join(filter(None, names))
