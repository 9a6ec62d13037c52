"""The confirmation of an order as a PDF: what is made for how much, where it goes and until when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from io import BytesIO

from django.utils import formats, timezone
from django.utils.translation import gettext as _
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.platypus import SimpleDocTemplate, Spacer, Table, TableStyle

from penstock.engines import knowledge
from penstock.hub.core import network
from penstock.hub.core.engine_words import say
from penstock.hub.core.errors import Conflict
from penstock.hub.core.paper import paragraph

from .models import Order, OrderLine

UNCONFIRMED = {"placed", "cancelled"}
COLUMNS_MM = (10, 86, 18, 28, 30)


def is_confirmed(order: Order) -> bool:
    return order.state not in UNCONFIRMED


def confirmation_pdf(order: Order) -> bytes:
    """A4; the table breaks over pages with its head repeated. Raises Conflict "not_confirmed"."""
    if not is_confirmed(order):
        raise Conflict("not_confirmed", _("This order is not confirmed, so there is no confirmation of it."))
    out = BytesIO()
    title = _("Order confirmation %(number)s") % {"number": order.number}
    document = SimpleDocTemplate(
        out, pagesize=A4, leftMargin=19 * mm, rightMargin=19 * mm, title=title, author=network.current().name
    )
    document.build(
        [
            paragraph(network.current().name, size=11),
            Spacer(0, 3 * mm),
            paragraph(title, size=16),
            Spacer(0, 3 * mm),
            _facts(order),
            Spacer(0, 6 * mm),
            _table(order, list(order.lines.all())),
        ]
    )
    return out.getvalue()


def _facts(order: Order) -> Table:
    about = [_("Placed on %(day)s") % {"day": _day(timezone.localtime(order.placed_at))}]
    if order.purchase_order:
        about.append(_("Your number: %(number)s") % {"number": order.purchase_order})
    about.append(_("Promised for %(day)s") % {"day": _day(order.promised_on)})
    columns = [
        "\n".join(about),
        "\n".join([_("Goes to"), *_address(order.ship_to)]),
        "\n".join([_("Invoice to"), *_address(order.bill_to)]),
    ]
    return Table([[paragraph(each) for each in columns]], colWidths=[57.3 * mm] * 3, style=_style([]))


def _address(address: Mapping[str, str]) -> list[str]:
    place = " ".join(filter(None, (address.get("postcode"), address.get("city"))))
    lines = (address.get("recipient"), address.get("street"), place, address.get("country"))
    return [each for each in lines if each]


def _table(order: Order, lines: Sequence[OrderLine]) -> Table:
    head = ["", _("Part"), _("Quantity"), _("Each"), order.currency]
    rows = [[paragraph(each, right=n > 1) for n, each in enumerate(head)]]
    for line in lines:
        if line.state != "cancelled":
            cells = (str(line.quantity), f"{line.unit_price:,.2f}", f"{line.net:,.2f}")
            said = f"{line.part_name}\n{_recipe(line)}"
            numbers = [paragraph(each, right=True) for each in cells]
            rows.append([paragraph(str(line.position)), paragraph(said), *numbers])
    tax = _("Tax %(percent)s %%") % {"percent": formats.number_format(order.tax_percent.normalize())}
    sums: list[tuple[str, Decimal]] = [(_("Parts"), order.net), (_("Carriage"), order.carriage), (tax, order.tax)]
    sums.append((_("Total"), order.total))
    for name, amount in sums:
        rows.append([paragraph(""), paragraph(name), "", "", paragraph(f"{amount:,.2f}", right=True)])
    lined = [
        ("LINEBELOW", (0, 0), (-1, 0), 0.8, colors.black),
        ("LINEABOVE", (0, -len(sums)), (-1, -len(sums)), 0.8, colors.black),
        ("LINEABOVE", (0, -1), (-1, -1), 0.8, colors.black),
    ]
    return Table(rows, colWidths=[width * mm for width in COLUMNS_MM], repeatRows=1, style=_style(lined))


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


def _style(lined: list[tuple[object, ...]]) -> TableStyle:
    return TableStyle([("VALIGN", (0, 0), (-1, -1), "TOP"), ("LEFTPADDING", (0, 0), (-1, -1), 2), *lined])


def _day(day: object) -> str:
    return str(formats.date_format(day, "DATE_FORMAT"))
