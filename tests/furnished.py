"""A network in which one buyer and one maker have one of everything, and others have nothing of theirs.

`build()` lays it with the services people use; `Network.people` are the roles that walk it, and `Network.samples`
says which row of the furnished firms stands for which parameter of which address.
"""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image

from buyers import box_stl
from penstock.demo import journey, network
from penstock.demo.firms import BUYERS, CARRIER, MAKERS, OPERATOR
from penstock.hub.core.actors import Actor
from penstock.hub.core.jobs import drain
from penstock.hub.ledger import services as ledger
from penstock.hub.ledger.models import Payment
from penstock.hub.logistics.models import Shipment
from penstock.hub.orders import services as orders
from penstock.hub.orders.models import BasketLine, Order
from penstock.hub.parties import selectors as parties_selectors
from penstock.hub.parties import services as parties
from penstock.hub.parties.models import Member, Organisation, User
from penstock.hub.parts.models import Revision
from penstock.hub.production import services as production
from penstock.hub.production.models import Build, Job, Machine, Offer, Operation, Wave
from penstock.hub.quality import services as quality
from penstock.hub.questions import services as questions
from penstock.hub.quotes import services as quotes
from penstock.hub.quotes.models import PriceBookVersion

MARK = "Furnished"  # in every name the buyer chose: a text that must not reach anybody else
RECIPE = {"process": "sls", "material": "pa12"}


@dataclass(frozen=True, slots=True)
class Person:
    """A role that walks the network: a member's session, and a key when it may have one."""

    role: str
    user: User | None
    actor: Actor
    token: str = ""


@dataclass
class Network:
    people: dict[str, Person] = field(default_factory=dict)
    # (segment before the parameter, the parameter's name): value
    samples: dict[tuple[str, str], Any] = field(default_factory=dict)
    # what a field of a body is filled with, by its name
    fields: dict[str, Any] = field(default_factory=dict)

    def actor(self, role: str) -> Actor:
        return self.people[role].actor

    def give_key(self, role: str, owner: Actor, scopes: list[str]) -> None:
        """A new role: a key of the owner's organisation."""
        _, token = parties.create_api_key(actor=owner, name=role, scopes=scopes)
        actor = parties_selectors.actor_for_token(token)
        assert actor is not None
        self.people[role] = Person(role, None, actor, token)


def build(directory: Path) -> Network:
    """Found the demo's firms and furnish one buyer and the makers that work for it."""
    network.found()
    made = Network()
    firm, other = network.actor_for(BUYERS[0]), network.actor_for(BUYERS[1])
    operator = network.actor_for(OPERATOR)
    _person(made, "owner", firm)
    for role in ("purchaser", "worker", "viewer"):
        _person(made, role, _joined(firm, role))
    leaver = _joined(firm, "worker", "leaver")
    _person(made, "other buyer", other)
    _person(made, "operator", operator)
    _person(made, "carrier", network.actor_for(CARRIER))

    orders_of_other = _small_life(other, directory)
    revision, settled = _settled(firm, directory)
    offered = _offered(firm, revision)
    maker = _maker_of(offered)
    uninvolved = _uninvolved_maker(settled, offered, *orders_of_other)
    _person(made, "maker", maker)
    _person(made, "other maker", uninvolved)
    made.give_key("reading key", firm, ["read"])
    made.give_key("other buyer's key", other, ["read", "work", "pay"])
    made.samples["accounts", "purpose"] = "payables"
    made.samples["members", "uid"] = Member.objects.across_tenants().get(pk=leaver.member_id).uid
    _sample_buyer(made, firm, operator, revision, settled)
    _sample_production(made, maker, operator, offered, settled)
    _fill_fields(made)
    return made


def _person(made: Network, role: str, actor: Actor) -> None:
    member = Member.objects.across_tenants().select_related("user").get(pk=actor.member_id)
    made.people[role] = Person(role, member.user, actor)


def _joined(owner: Actor, role: str, name: str = "") -> Actor:
    email = f"{name or role}@furnished.example"
    user = User.objects.create_user(email, "a long password 1")
    _, token = parties.invite(actor=owner, email=email, role=role)
    return parties_selectors.actor_for_member(parties.accept_invitation(user=user, token=token))


def _upload(buyer: Actor, directory: Path, name: str, side: float) -> Revision:
    path = directory / name
    path.write_bytes(box_stl(side, side, side))
    revision = journey.upload(buyer, path, unit="mm")
    assert revision.state == "ready"
    return revision


def _ordered(buyer: Actor, revision: Revision, quantity: int, method: str, name: str = MARK) -> Order:
    price = journey.cheapest_price(buyer, revision, quantity, **RECIPE)
    assert price is not None
    journey.put_in_basket(buyer, price)
    return journey.place(buyer, method=method, purchase_order=name)


def _small_life(other: Actor, directory: Path) -> tuple[Order, ...]:
    """The stranger has a part and an unpaid order of its own, so that its lists are not empty."""
    revision = _upload(other, directory, "lantern.stl", 25)
    return (_ordered(other, revision, 2, "sandbox", "Lantern"),)


def _settled(firm: Actor, directory: Path) -> tuple[Revision, Order]:
    revision = _upload(firm, directory, f"{MARK}.stl", 20)
    order = _ordered(firm, revision, 4, "account")
    journey.work_off([order])
    order.refresh_from_db()
    assert order.state in ("delivered", "settled"), order.state
    return revision, order


def _offered(firm: Actor, revision: Revision) -> Order:
    order = _ordered(firm, revision, 3, "account")
    journey.run_wave()
    assert journey.open_offers([order])
    return order


def _maker_of(order: Order) -> Actor:
    return journey.owner_of(journey.open_offers([order])[0].maker.organisation_id)


def _uninvolved_maker(*orders_: Order) -> Actor:
    involved: set[int] = set()
    for job in journey.jobs_of(orders_):
        for maker in (job.maker, job.holder, *(operation.maker for operation in job.operations.all())):
            if maker is not None:
                involved.add(maker.organisation_id)
    free = (network.actor_for(maker.firm) for maker in MAKERS)
    return next(actor for actor in free if actor.organisation_id not in involved)


def _sample_buyer(made: Network, firm: Actor, operator: Actor, revision: Revision, settled: Order) -> None:
    """One of everything a buyer can have."""
    quote = quotes.quote(actor=firm, revision_uid=revision.uid, quantities=(1, 10))
    option = quote.options.first()
    orders.add_to_basket(actor=firm, option_uid=option.uid, quantity=1, lead_class="standard")
    unpaid = journey.place(firm, method="sandbox", purchase_order=MARK)
    orders.add_to_basket(actor=firm, option_uid=option.uid, quantity=1, lead_class="standard")
    payment = ledger.begin_payment(
        actor=firm, payment_uid=Payment.objects.across_tenants().get(order_uid=unpaid.uid).uid
    )
    request = quotes.request_quotation(actor=firm, revision_uid=revision.uid, quantity=7, need=MARK, **RECIPE)
    line = settled.lines.first()
    question = questions.ask(actor=firm, about_uid=line.uid, text=MARK)
    complaint = quality.complain(
        actor=firm, line_uid=line.uid, quantity=1, text=MARK, pictures=[SimpleUploadedFile("a.png", _png())]
    )
    today = timezone.localdate()
    ledger.issue_statement(
        actor=operator, organisation_id=firm.organisation_id, period_start=today - timedelta(30), period_end=today
    )
    invitation, token = parties.invite(actor=firm, email=f"{MARK}@new.example", role="viewer")
    key, _ = parties.create_api_key(actor=firm, name=MARK, scopes=["read"])
    organisation = Organisation.objects.get(pk=firm.organisation_id)
    address = organisation.addresses.first()
    drain()
    shipment = Shipment.objects.across_tenants().filter(order=settled).first()
    made.samples |= {
        ("addresses", "uid"): address.uid,
        ("api-keys", "uid"): key.uid,
        ("keys", "uid"): key.uid,
        ("invitations", "uid"): invitation.uid,
        ("invitations", "token"): token,
        ("organisations", "uid"): organisation.uid,
        ("firms", "uid"): organisation.uid,
        ("parts", "uid"): revision.part.uid,
        ("upload", "key"): "a-file-of-nobody",  # a sender's own name for what it sends
        ("revisions", "uid"): revision.uid,
        ("of", "uid"): revision.uid,
        ("new", "uid"): revision.uid,
        ("quotes", "uid"): quote.uid,
        ("quotes", "token"): quotes.share_quote(actor=firm, quote_uid=quote.uid),
        ("price", "option_uid"): option.uid,
        ("requests", "uid"): request.uid,
        ("questions", "uid"): question.uid,
        ("about", "uid"): line.uid,
        ("basket", "uid"): BasketLine.objects.visible_to(firm).first().uid,
        ("orders", "uid"): settled.uid,
        ("orders", "token"): orders.share_order(actor=firm, order_uid=settled.uid),
        ("lines", "uid"): line.uid,
        ("order-lines", "uid"): line.uid,
        ("payments", "uid"): payment.uid,
        ("sandbox", "reference"): payment.provider_reference,
        ("pay", "reference"): payment.provider_reference,
        ("notices", "provider"): "sandbox",
        # allauth's own: no link of this kind is open
        ("confirm-email", "key"): "none",
        ("key", "uidb36}-{key"): "1-none",
        ("complaints", "uid"): complaint.uid,
        ("pictures", "picture_id"): complaint.pictures.get().pk,
        ("pictures", "number"): complaint.pictures.get().pk,
        ("statements", "uid"): organisation.statements.get().uid,
        ("shipments", "uid"): shipment.uid,
        ("parcels", "uid"): shipment.uid,
        ("price-books", "number"): PriceBookVersion.objects.first().number,
        ("prices", "number"): PriceBookVersion.objects.first().number,
    }


def _sample_production(made: Network, maker: Actor, operator: Actor, offered: Order, settled: Order) -> None:
    """One of everything a maker can have, in the work for the furnished buyer."""
    offer = Offer.objects.across_tenants().get(pk=journey.open_offers([offered])[0].pk)
    build = Build.objects.across_tenants().get(pk=offer.build_id)
    job = Job.objects.across_tenants().filter(build=build).first()
    machine = Machine.objects.across_tenants().get(pk=build.machine_id)
    start = timezone.now() + timedelta(days=300)
    block = production.block_time(
        actor=maker, machine_uid=machine.uid, starts_at=start, ends_at=start + timedelta(hours=8), reason=MARK
    )
    paid = journey.jobs_of([settled]).first().maker.organisation_id
    payout = ledger.prepare_payout(actor=operator, organisation_id=paid)
    organisation = Organisation.objects.get(pk=maker.organisation_id)
    made.samples |= {
        ("offers", "uid"): offer.uid,
        ("builds", "uid"): build.uid,
        ("jobs", "uid"): job.uid,
        ("operations", "uid"): Operation.objects.across_tenants().filter(job=job).first().uid,
        ("machines", "uid"): machine.uid,
        ("blocks", "uid"): block.uid,
        ("makers", "organisation_uid"): organisation.uid,
        ("waves", "uid"): Wave.objects.last().uid,
        ("payouts", "uid"): payout.uid,
    }


def _fill_fields(made: Network) -> None:
    """What bodies are filled with: rows of the furnished firms wherever a field names one."""
    sample = made.samples
    soon = timezone.now() + timedelta(days=200)
    made.fields |= {
        "option_uid": sample["price", "option_uid"],
        "part_uid": sample["parts", "uid"],
        "about_uid": sample["parts", "uid"],
        "revision_uid": sample["revisions", "uid"],
        "line_uid": sample["lines", "uid"],
        "job_uid": sample["jobs", "uid"],
        "order_uid": sample["orders", "uid"],
        "quote_uid": sample["quotes", "uid"],
        "address_uid": sample["addresses", "uid"],
        "ship_to_uid": sample["addresses", "uid"],
        "bill_to_uid": sample["addresses", "uid"],
        "ship_to": sample["addresses", "uid"],
        "bill_to": sample["addresses", "uid"],
        "address": sample["addresses", "uid"],
        "organisation_uid": sample["organisations", "uid"],
        "organisation": sample["organisations", "uid"],
        "cause_job_uid": "",
        "email": "somebody@else.example",
        "country": "CN",
        "city": "Suzhou",
        "role": "owner",
        "scopes": ["read"],
        "kinds": ["buyer"],
        "lead_class": "standard",
        "service": "standard",
        "method": "sandbox",
        "payment_method": "sandbox",
        "unit": "cm",
        "model": "eos-p396",
        "materials": ["pa12"],
        "loaded_material": "pa12",
        "finishes": ["dyeing"],
        "finish": "",
        "quantities": [1],
        "starts_at": soon.isoformat(),
        "ends_at": (soon + timedelta(hours=2)).isoformat(),
        "period_start": (date.today() - timedelta(60)).isoformat(),
        "period_end": (date.today() - timedelta(31)).isoformat(),
        "at": datetime.now(tz=timezone.get_current_timezone()).isoformat(),
        "answer": "approve",
        "passed": 3,
        "failed": 0,
        "good": None,
        **RECIPE,
    }


def _png() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(out, "PNG")
    return out.getvalue()
