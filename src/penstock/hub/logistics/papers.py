"""The delivery note of a parcel as a PDF: what is in it, from whom, for whom."""

from __future__ import annotations

from django.utils import timezone
from django.utils.translation import gettext as _
from reportlab.lib.units import mm
from reportlab.platypus import Spacer

from penstock.hub.core import paper
from penstock.hub.core.errors import Conflict
from penstock.hub.core.paper import paragraph
from penstock.hub.web.countries import address_lines
from penstock.hub.web.templatetags.penstock import grams

from .models import Shipment
from .states import ShipmentPurpose

COLUMNS_MM = (132, 40)


def has_note(parcel: Shipment) -> bool:
    """From when it is packed, so that the note can lie in the box."""
    return parcel.purpose == ShipmentPurpose.DELIVERY and parcel.state != "cancelled"


def note_pdf(parcel: Shipment) -> bytes:
    """Raises Conflict "no_delivery_note" for a parcel that does not go to a buyer. It names the sender as the parcel's
    page does, and none of its prices."""
    if not has_note(parcel):
        raise Conflict("no_delivery_note", _("There is no delivery note for this parcel."))
    order = parcel.order
    about = [
        _("Date: %(day)s") % {"day": paper.day(parcel.handed_over_at or timezone.now())},
        _("Order: %(number)s") % {"number": order.number},
    ]
    if order.purchase_order:
        about.append(_("Your number: %(number)s") % {"number": order.purchase_order})
    sent = [_("From"), parcel.from_maker.organisation.name, "", _("Carrier"), parcel.carrier.name]
    if parcel.tracking_number:
        sent.append(_("Tracking number: %(number)s") % {"number": parcel.tracking_number})
    phone = parcel.to_address.get("phone")
    goes_to = [_("Goes to"), *address_lines(parcel.to_address), *([phone] if phone else [])]
    head = [paragraph(_("Part")), paragraph(_("Pieces"), right=True)]
    items = sorted(parcel.items.all(), key=lambda item: (item.job.line.position, item.pk))
    rows = [[paragraph(item.job.line.part_name), paragraph(str(item.quantity), right=True)] for item in items]
    pieces = paragraph(str(sum(item.quantity for item in items)), right=True)
    mass = paragraph(_("Together, %(mass)s") % {"mass": grams(parcel.mass_g)})
    table = paper.table([head, *rows, [mass, pieces]], COLUMNS_MM, sums=1)
    title = _("Delivery note %(number)s") % {"number": parcel.uid}
    return paper.document(title, [paper.columns(about, goes_to, sent), Spacer(0, 6 * mm), table])
