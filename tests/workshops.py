"""A small network for tests of production: workshops in real cities, and orders written straight into their tables."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal

from django.test import Client
from django.utils import timezone

from penstock.hub.core.actors import RIGHTS, SYSTEM, Actor
from penstock.hub.ledger import services as ledger
from penstock.hub.orders.models import Order, OrderLine
from penstock.hub.parties.models import Address, Member, Organisation, User
from penstock.hub.parts.models import Blob, Part, Revision
from penstock.hub.production import services
from penstock.hub.production.models import Job, Maker, Offer

PLACES = {
    "Shanghai": (31.22, 121.46),
    "Suzhou": (31.30, 120.60),
    "Hangzhou": (30.29, 120.16),
    "Shenzhen": (22.55, 114.07),
}
BREAKDOWN = [
    {"code": "machine", "label": "Machine", "amount": "6.00", "basis": ""},
    {"code": "finish", "label": "Finish", "amount": "3.00", "basis": ""},
    {"code": "packing", "label": "Packing", "amount": "1.00", "basis": ""},
    {"code": "margin", "label": "Margin", "amount": "2.33", "basis": ""},
]
numbers = itertools.count(1)


def organisation(name: str, *kinds: str) -> Organisation:
    return Organisation.objects.create(name=name, kinds=list(kinds), country="CN")


def address(owner: Organisation, city: str) -> Address:
    latitude, longitude = PLACES[city]
    return Address.objects.create(
        organisation=owner, recipient=owner.name, street="Road 1", city=city, country="CN",
        latitude=latitude, longitude=longitude,
    )  # fmt: skip


def member_of(owner: Organisation, rights: frozenset[str] = RIGHTS) -> Actor:
    return Actor(name=f"Somebody at {owner.name}", organisation_id=owner.pk, rights=rights)


@dataclass
class Workshop:
    maker: Maker
    actor: Actor


@dataclass
class Network:
    """Makes makers, orders and the steps between them."""

    buyer: Organisation
    buyer_actor: Actor
    workshops: dict[str, Workshop] = field(default_factory=dict)

    @classmethod
    def start(cls) -> Network:
        buyer = organisation(f"Buyer {next(numbers)}", "buyer")
        ledger.set_credit_limit(actor=SYSTEM, organisation_uid=buyer.uid, amount=Decimal(1_000_000), days=30)
        return cls(buyer, member_of(buyer))

    def workshop(self, city: str, *models: str, materials=("pa12",), finishes=()) -> Workshop:
        owner = organisation(f"{city} works {next(numbers)}", "maker")
        place = address(owner, city)
        actor = member_of(owner)
        maker = services.register_maker(
            actor=SYSTEM, organisation_uid=owner.uid, address_uid=place.uid, finishes=finishes
        )
        for model in models:
            services.add_machine(actor=actor, name=model, model=model, materials=materials)
        self.workshops[city] = Workshop(maker, actor)
        return self.workshops[city]

    def order(self, *quantities: int, finish: str = "", unit: str = "12.33", state: str = "confirmed") -> Order:
        """An order with one SLS line per quantity, delivered to Shanghai."""
        latitude, longitude = PLACES["Shanghai"]
        net = sum((Decimal(unit) * quantity for quantity in quantities), Decimal(0))
        number = next(numbers)
        order = Order.objects.create(
            number=f"T-{number:06}", organisation=self.buyer, state=state, currency="CNY",
            net=net, carriage=0, tax=0, total=net, tax_percent=0, service="standard",
            ship_to={"city": "Shanghai", "latitude": latitude, "longitude": longitude}, bill_to={},
            payment_method="account", promised_on=timezone.localdate() + timedelta(days=12),
        )  # fmt: skip
        for position, quantity in enumerate(quantities, start=1):
            OrderLine.objects.create(
                order=order, position=position, revision=self.revision(), part_name=f"Bracket {position}",
                process="sls", material="pa12", finish=finish, lead_class="standard", lead_days=8,
                quantity=quantity, unit_price=Decimal(unit), net=Decimal(unit) * quantity, tax=0,
                maker_unit_payout=Decimal("10.01"), machine_hours=0.2, mass_g=20.0, breakdown=BREAKDOWN,
                rule_version="test", due_on=timezone.localdate() + timedelta(days=9),
            )  # fmt: skip
        ledger.open_payment(
            actor=self.buyer_actor,
            organisation_id=self.buyer.pk,
            order_uid=order.uid,
            amount=net,
            currency="CNY",
            method="account",
        )
        return order

    def revision(self) -> Revision:
        number = next(numbers)
        part = Part.objects.create(organisation=self.buyer, name=f"Bracket {number}")
        blob = Blob.objects.create(sha256=f"{number:064x}", size=84)
        return Revision.objects.create(
            part=part, number=1, blob=blob, filename="bracket.stl", state="ready",
            measurement={"size_mm": [40.0, 30.0, 20.0], "volume_mm3": 12000.0, "unit": "mm"},
        )  # fmt: skip

    def pooled(self, *quantities: int, finish: str = "") -> list[Job]:
        return services.decompose(self.order(*quantities, finish=finish).pk)

    def offered(self, *quantities: int, finish: str = "") -> Offer:
        """The offer for the one build that a wave makes of these."""
        self.pooled(*quantities, finish=finish)
        services.run_wave(actor=SYSTEM)
        return Offer.objects.across_tenants().filter(build__isnull=False, state="open").get()

    def accepted(self, *quantities: int, finish: str = "") -> Offer:
        offer = self.offered(*quantities, finish=finish)
        return services.accept_offer(actor=self.actor_of(offer.maker), offer_uid=offer.uid)

    def actor_of(self, maker: Maker) -> Actor:
        return member_of(maker.organisation)


def browser_of(owner: Organisation, name: str = "Li Na", role: str = "owner") -> Client:
    """The browser of a new member of this organisation, logged in."""
    user = User.objects.create_user(
        f"{name.replace(' ', '.').lower()}@{owner.uid}.example.org".replace("_", "-"), name=name
    )
    Member.objects.create(organisation=owner, user=user, role=role)
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client
