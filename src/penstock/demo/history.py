"""Two months of the demo network's life, day by day, through the real services.

Each day buyers order, a wave distributes, makers answer, build, inspect and hand over, the carrier reports. The last
days stay as they are, so that orders are found in every state.
"""

from __future__ import annotations

import io
import random
import tempfile
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import override_settings
from django.utils import timezone
from PIL import Image, ImageDraw

from penstock.hub.core.actors import Actor
from penstock.hub.core.errors import DomainError
from penstock.hub.core.jobs import drain
from penstock.hub.ledger import services as ledger
from penstock.hub.orders import services as orders
from penstock.hub.orders.models import Order
from penstock.hub.parts.models import Revision
from penstock.hub.production import services as production
from penstock.hub.production.models import Job
from penstock.hub.quality import services as quality
from penstock.hub.quality.models import Complaint
from penstock.hub.questions import services as questions
from penstock.hub.quotes import services as quotes

from . import journey
from .clock import at
from .firms import BUYERS, CARRIER, MAKERS, OPERATOR, Firm
from .network import actor_for
from .parts import generate

DAYS = 60
SEED = 20
# Builds that are over by today stay as they were planned; those still to be made are laid out a moment each, so that
# the story is told in a minute or two.
OPEN_DAYS = 3
NEST_SECONDS = 1
# What each buyer likes to order: shapes, and processes in the order it prefers them.
HABITS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "Clearwater Devices": (("housing", "fluid block", "bracket"), ("sls", "mjf", "sla")),
    "Lantern Robotics": (("bracket", "gear", "shaft"), ("mjf", "sls", "cnc-milling")),
    "Osmanthus Audio": (("knob", "housing"), ("sla", "dlp", "vacuum-casting")),
    "Red Kite Drones": (("bracket", "lattice", "housing"), ("sls", "fdm", "mjf")),
    "Harbour Instruments": (("flange", "shaft", "fluid block"), ("cnc-milling", "cnc-turning", "slm")),
    "Westlake Medical": (("lattice", "ornament", "housing"), ("sls", "dlp", "sla")),
}
QUANTITIES = (1, 2, 4, 8, 12, 20, 40)
COMPLAINTS = (
    ("reprint", "maker", "Two edges are chipped; see the pictures."),
    ("refund", "machine", "Visible steps on the sealing face."),
    ("credit", "platform", "The colour is lighter than in our last order."),
)


class History:
    """The state of the story while it is told; `rng` makes it the same story for the same seed."""

    def __init__(self, directory: Path, end: datetime, say: Callable[[str], None]) -> None:
        self.rng = random.Random(SEED)
        self.directory = directory
        self.end = end
        self.say = say
        self.buyers = {firm.name: actor_for(firm) for firm in BUYERS}
        self.operator = actor_for(OPERATOR)
        self.library: dict[str, list[Revision]] = {name: [] for name in self.buyers}
        self.active: list[Order] = []
        self.complained = 0

    def tell(self, days: int = DAYS) -> None:
        for day in range(days, 0, -1):
            today = timezone.localtime(self.end - timedelta(days=day))  # the hours of a day are the workshops' own
            with override_settings(NEST_SECONDS=min(settings.NEST_SECONDS, NEST_SECONDS) if day <= OPEN_DAYS else 0):
                self._day(today.replace(hour=8, minute=0, second=0, microsecond=0), day)
        with override_settings(NEST_SECONDS=min(settings.NEST_SECONDS, NEST_SECONDS)):
            self._open_questions(self.end - timedelta(hours=4))
            self._this_morning()

    # --- a day ------------------------------------------------------------------------------------

    def _day(self, morning: datetime, days_left: int) -> None:
        def hour(hours: float) -> datetime:
            return morning + timedelta(hours=hours, minutes=self.rng.randrange(30))

        if morning.weekday() < 5:
            for firm in self.rng.sample(BUYERS, 1 if days_left % 3 else 2):
                with at(hour(1)):
                    self._order(firm)
        with at(hour(3)):
            journey.run_wave(self.operator)
        with at(hour(4)):
            self._answer_offers()
        with at(hour(6)):
            self._make()
        with at(hour(8)):
            self._inspect_and_hand_over()
        with at(hour(10)):
            self._carry()
            self._complain()
        if morning.day == 1:
            with at(hour(11)):
                self._settle_month(morning)
        with at(hour(14)):
            self._make()  # the late shift: what the plan ends today is taken out today
        self.active = [o for o in self.active if not self._is_over(o)]

    def _this_morning(self) -> None:
        """The last hours, whatever the time of day: fresh orders, of which some offers wait for their makers."""
        for number, firm in enumerate(BUYERS[:4]):
            with at(self.end - timedelta(hours=3, minutes=-10 * number)):
                self._order(firm)
        with at(self.end - timedelta(hours=2)):
            journey.run_wave(self.operator)
        with at(self.end - timedelta(hours=1)):
            self._answer_offers(keep_some=True)
        with at(self.end - timedelta(minutes=20)):
            self._order(BUYERS[4])  # waits for the next wave
            self._put_aside()

    def _is_over(self, order: Order) -> bool:
        order.refresh_from_db(fields=["state"])
        return order.state in ("settled", "cancelled")

    def _order(self, firm: Firm) -> None:
        buyer = self.buyers[firm.name]
        shapes, processes = HABITS[firm.name]
        prices = []
        for _line in range(self.rng.choice((1, 1, 2, 3))):
            price = self._price(buyer, self._part(firm.name, buyer, shapes), processes)
            if price is not None:
                journey.put_in_basket(buyer, price)
                prices.append(price)
        if prices:
            self._check_out(firm, buyer)

    def _part(self, name: str, buyer: Actor, shapes: tuple[str, ...]) -> Revision:
        known = self.library[name]
        if known and self.rng.random() < 0.45:
            return self.rng.choice(known)
        revision = journey.upload(buyer, generate(self.rng, self.directory, self.rng.choice(shapes)))
        known.append(revision)
        return revision

    def _price(self, buyer: Actor, revision: Revision, processes: tuple[str, ...]):
        quantity = self.rng.choice(QUANTITIES)
        lead_class = self.rng.choice(("economy", "standard", "standard", "express"))
        for process in self.rng.sample(processes, len(processes)):
            price = journey.cheapest_price(buyer, revision, quantity, process=process, lead_class=lead_class)
            if price is not None:
                return price
        return None

    def _check_out(self, firm: Firm, buyer: Actor) -> None:
        method = "account" if firm.credit and self.rng.random() < 0.6 else "sandbox"
        number = f"PO-{self.rng.randrange(10000, 99999)}"
        try:
            order = journey.place(buyer, method=method, purchase_order=number)
        except DomainError as error:
            # An exhausted credit limit is a fact of business: pay at once instead.
            if error.code != "credit_limit":
                raise
            method = "sandbox"
            order = journey.place(buyer, method=method, purchase_order=number)
        if method == "sandbox":
            self._pay(buyer, order)
        self.active.append(order)

    def _pay(self, buyer: Actor, order: Order) -> None:
        fate = self.rng.random()
        if fate < 0.06:
            journey.pay(buyer, order, "decline")
            orders.retry_payment(actor=buyer, order_uid=order.uid, method="sandbox")
        if fate > 0.04:
            journey.pay(buyer, order, "approve_and_report_twice" if fate > 0.9 else "approve")

    def _answer_offers(self, *, keep_some: bool = False) -> None:
        for number, offer in enumerate(journey.open_offers(self.active)):
            if keep_some and number % 2 == 0:
                continue
            if self.rng.random() < 0.07:
                journey.decline(offer, "The machine is down for maintenance.")
            else:
                journey.accept(offer)

    def _make(self) -> None:
        now = timezone.now()
        for build in journey.builds_in("running", self.active):
            if build.ends_at > now:
                continue
            if self.rng.random() < 0.03:
                production.fail_build(
                    actor=journey.owner_of(build.maker.organisation_id),
                    build_uid=build.uid,
                    good={},
                    reason="Recoater crash at half height.",
                )
                drain()
            else:
                journey.finish(build)
        for build in journey.builds_in("accepted", self.active):
            if build.starts_at <= now:
                journey.start(build)
        journey.finish_surfaces(self.active)

    def _inspect_and_hand_over(self) -> None:
        for job in journey.jobs_to_inspect(self.active):
            if self.rng.random() < 0.85:
                bad = 1 if job.quantity > 3 and self.rng.random() < 0.06 else 0
                journey.inspect(job, failed=bad, note="Warped." if bad else "")
        for parcel in journey.parcels_in("planned", self.active):
            if self.rng.random() < 0.8:
                journey.hand_over(parcel)

    def _carry(self) -> None:
        today = timezone.localdate()
        for parcel in journey.parcels_in("in_transit", self.active):
            if parcel.expected_on <= today:
                lost = self.rng.random() < 0.015
                journey.report(parcel, "lost" if lost else "delivered", f"{parcel.uid}-end", parcel.to_address["city"])
        for parcel in journey.parcels_in("handed_over", self.active):
            journey.report(parcel, "in_transit", f"{parcel.uid}-hub", "Wuxi hub")

    # --- afterwards -------------------------------------------------------------------------------

    def _complain(self) -> None:
        """Every twelfth or so settled order has something wrong; the last complaint stays open."""
        settled = Order.objects.across_tenants().filter(state="settled").exclude(lines__complaints__isnull=False)
        if settled.count() < 12 * (self.complained + 1):
            return
        order = settled.order_by("-settled_at").first()
        line = order.lines.order_by("position").first()
        remedy, cause, text = COMPLAINTS[self.complained % len(COMPLAINTS)]
        self.complained += 1
        complaint = quality.complain(
            actor=journey.owner_of(order.organisation_id),
            line_uid=line.uid,
            quantity=1,
            text=text,
            pictures=[SimpleUploadedFile("edge.png", _picture(), content_type="image/png")],
        )
        drain()
        if self.complained != len(COMPLAINTS) + 1:
            self._decide(complaint, remedy, cause)

    def _decide(self, complaint: Complaint, remedy: str, cause: str) -> None:
        jobs = journey.jobs_of([complaint.line.order]).filter(line=complaint.line, state="delivered").order_by("id")
        quality.decide(
            actor=self.operator,
            complaint_uid=complaint.uid,
            remedy=remedy,
            cause=cause,
            answer="We are sorry. This is what we do about it.",
            cause_job_uid=jobs.first().uid,
        )
        drain()
        if remedy == "reprint":
            self.active.append(complaint.line.order)

    def _settle_month(self, morning: datetime) -> None:
        """Statements for the month that ended, and payouts of what they show."""
        last = morning.date() - timedelta(days=1)
        for firm in [m.firm for m in MAKERS] + [CARRIER]:
            organisation_id = actor_for(firm).organisation_id
            ledger.issue_statement(
                actor=self.operator,
                organisation_id=organisation_id,
                period_start=last.replace(day=1),
                period_end=last,
            )
            try:
                payout = ledger.prepare_payout(actor=self.operator, organisation_id=organisation_id)
            except DomainError:
                continue  # nothing is owed
            ledger.pay_payout(actor=self.operator, payout_uid=payout.uid, reference=f"BANK-{payout.uid[-6:]}")
        drain()

    def _open_questions(self, moment: datetime) -> None:
        """What an ordinary morning has: questions for a person, a cancelled order, a basket."""
        buyer, instruments, robotics = (
            self.buyers[name] for name in ("Clearwater Devices", "Harbour Instruments", "Lantern Robotics")
        )
        with at(moment):
            revision = self._part("Clearwater Devices", buyer, ("housing",))
            quotes.request_quotation(
                actor=buyer,
                revision_uid=revision.uid,
                quantity=1500,
                need="Outdoors at 80 °C under 2 bar for five years. Which process and material?",
            )
            journey.ask_for_price(
                instruments,
                self.operator,
                self._part("Harbour Instruments", instruments, ("flange",)),
                5,
                process="cnc-milling",
                material="al6061",
                unit_price=Decimal("960.00"),
            )
            gear = self._part("Lantern Robotics", robotics, ("gear",))
            self._cancelled_order(robotics, gear)
            self._technical_questions(buyer, revision, robotics, gear)

    def _technical_questions(self, buyer: Actor, housing: Revision, other: Actor, gear: Revision) -> None:
        """One that waits, one that is answered, and one of a workshop."""
        questions.ask(
            actor=buyer,
            about_uid=housing.part.uid,
            text="We glue a glass window into the upper edge. Which flatness can we count on, as made and blasted?",
        )
        asked = questions.ask(actor=other, about_uid=gear.part.uid, text="Is it strong enough for 2 Nm in nylon?")
        questions.say(
            actor=self.operator,
            question_uid=asked.uid,
            text="Not as drawn: the roots of the teeth are 1.2 mm. With 2 mm in PA12 it is.",
        )
        maker = actor_for(MAKERS[0].firm)
        job = Job.objects.visible_to(maker).order_by("-pk").first()
        if job is not None:
            questions.ask(actor=maker, about_uid=job.uid, text="May the flat face lie down? The drawing says nothing.")
        drain()

    def _put_aside(self) -> None:
        buyer = self.buyers["Clearwater Devices"]
        price = journey.cheapest_price(buyer, self.library["Clearwater Devices"][0], 10)
        if price is not None:
            journey.put_in_basket(buyer, price)

    def _cancelled_order(self, buyer: Actor, revision: Revision) -> None:
        price = journey.cheapest_price(buyer, revision, 2)
        if price is None:
            return
        journey.put_in_basket(buyer, price)
        order = journey.place(buyer)
        journey.pay(buyer, order)
        production.cancel_order(actor=buyer, order_uid=order.uid)
        drain()


def _picture() -> bytes:
    """A small picture that could be a photograph of a chipped edge."""
    image = Image.new("RGB", (320, 240), (196, 200, 204))
    draw = ImageDraw.Draw(image)
    draw.polygon([(60, 180), (160, 60), (270, 170)], fill=(110, 118, 126))
    draw.polygon([(150, 72), (170, 72), (162, 98)], fill=(196, 200, 204))
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def tell(say: Callable[[str], None] = print, *, days: int = DAYS) -> None:
    """Tell the story of the last `days` days."""
    with connection.cursor() as cursor:
        # Thousands of small transactions: a power cut may cost the last of them, which loading again brings back.
        cursor.execute("SET synchronous_commit = off")
    with tempfile.TemporaryDirectory(prefix="penstock-demo-") as directory:
        History(Path(directory), timezone.now(), say).tell(days)
