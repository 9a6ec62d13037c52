"""What logistics announces."""

from django.utils.translation import gettext_lazy as _

from penstock.hub.core.journal import kind

ROUTE_CHOSEN = kind("logistics.route_chosen", _("Route chosen: %(text)s"))
PARCEL_PLANNED = kind("logistics.parcel_planned", _("A parcel is being prepared"), on_timeline=False)
PARCEL_HANDED_OVER = kind(
    "logistics.parcel_handed_over", _("Parcel handed to %(carrier)s, tracking number %(tracking_number)s")
)
PARCEL_MOVED = kind("logistics.parcel_moved", _("Parcel under way: %(place)s"))
PARCEL_DELIVERED = kind("logistics.parcel_delivered", _("Parcel delivered"))
PARCEL_LOST = kind("logistics.parcel_lost", _("A parcel was lost; its pieces are made again"))
PARCEL_ARRIVED = kind("logistics.parcel_arrived", _("Pieces arrived at the next workshop"))
