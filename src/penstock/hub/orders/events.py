"""What the order room announces. `order` is the order's public id; `subject` the line's where it is about a line."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from penstock.hub.core.journal import kind

# payload: number; ORDER_PLACED besides: total, currency, promised_on
ORDER_PLACED = kind("orders.placed", _("Order %(number)s placed"))
ORDER_CONFIRMED = kind("orders.confirmed", _("Order %(number)s confirmed; delivery promised for %(promised_on)s"))
# payload besides: reason
ORDER_CANCELLED = kind("orders.cancelled", _("Order %(number)s cancelled: %(reason)s"))
PRODUCTION_STARTED = kind("orders.production_started", _("Order %(number)s went into production"))
ORDER_DELIVERED = kind("orders.delivered", _("Order %(number)s is delivered in full"))
ORDER_SETTLED = kind("orders.settled", _("Order %(number)s is completed"))
ORDER_SHARED = kind("orders.shared", _("Order %(number)s shared by a link"), on_timeline=False)
ORDER_UNSHARED = kind("orders.unshared", _("The link to order %(number)s was closed"), on_timeline=False)

# subject: the visit; payload: parts
VISIT_CLAIMED = kind("orders.visit_claimed", _("%(parts)s uploaded before signing up"), on_timeline=False)

# payload: line_uid, part_name, pieces (of this step), done (so far), quantity
PIECES_MADE = kind("orders.pieces_made", _("%(pieces)s of %(part_name)s made (%(done)s of %(quantity)s)"))
PIECES_UNMADE = kind("orders.pieces_unmade", _("%(pieces)s of %(part_name)s are made again"))
PIECES_SHIPPED = kind("orders.pieces_shipped", _("%(pieces)s of %(part_name)s shipped (%(done)s of %(quantity)s)"))
PIECES_LOST = kind("orders.pieces_lost", _("%(pieces)s of %(part_name)s lost on the way; they are made again"))
PIECES_DELIVERED = kind(
    "orders.pieces_delivered", _("%(pieces)s of %(part_name)s delivered (%(done)s of %(quantity)s)")
)
# payload: line_uid, part_name, quantity
LINE_DELIVERED = kind("orders.line_delivered", _("All %(quantity)s of %(part_name)s delivered"), on_timeline=False)
LINE_CANCELLED = kind("orders.line_cancelled", _("%(quantity)s of %(part_name)s cancelled"))
LINE_SETTLED = kind("orders.line_settled", _("%(part_name)s settled"), on_timeline=False)
