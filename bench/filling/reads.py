"""The reads that are measured: the pages and calls people and programs ask for most, by those who ask for them."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import cycle, islice

from django.contrib.auth import get_user_model
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from penstock.hub.core.actors import RIGHTS, Actor
from penstock.hub.ledger import services as ledger
from penstock.hub.orders.models import Order
from penstock.hub.parties import selectors as parties
from penstock.hub.parties import services as parties_services
from penstock.hub.parties.models import Member, Organisation
from penstock.hub.parts.models import Part

from .templates import Network

SAMPLE = 10
# Lists of the operator, also searched and filtered.
DESK = (
    "/", "/orders/", "/jobs/", "/builds/", "/parcels/", "/inbox/", "/desk/requests/", "/desk/requests/?q=Bracket",
    "/desk/requests/?state=open", "/desk/questions/", "/desk/questions/?q=Bracket", "/desk/complaints/",
    "/desk/complaints/?q=Bracket", "/desk/firms/", "/desk/ledger/", "/desk/ledger/entries", "/desk/prices/",
    "/desk/control", "/search?q=Bracket",
)  # fmt: skip


@dataclass(slots=True)
class Asked:
    """The answers of one read: time of each and how much of it this process computed, the most statements one took,
    and the size of the largest."""

    ms: list[float] = field(default_factory=list)
    cpu_ms: list[float] = field(default_factory=list)
    statements: int = 0
    bytes: int = 0


@dataclass(frozen=True, slots=True)
class Request:
    client: Client
    path: str


class Readers:
    """People with a session and programs with a key, and what they ask."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.random = random.Random(7)
        self.tokens: dict[int, str] = {}
        people = [network.buyers[0], *network.buyers[1:4]]
        self.pages = {each.pk: self._person(each) for each in people}
        self.buyers = people
        self.programs = {
            each.pk: self._program(each)
            for each in (*people, *(m.organisation for m in network.makers), network.carrier)
        }
        operator = Organisation.objects.get(pk=network.operator.organisation_id)
        self.operator, self.at_desk = self._program(operator), self._person(operator)
        self.workshops = [self._person(maker.organisation) for maker in network.makers[:4]]
        self.requests = dict(self._requests())

    def ask(self, rounds: int) -> dict[str, Asked]:
        return {name: self._ask(requests, rounds) for name, requests in self.requests.items()}

    def addresses(self) -> dict[str, tuple[list[str], dict[str, str]]]:
        """For asking over the network: paths and headers of a page and of two calls."""
        large = self.network.buyers[0]
        session = {"Cookie": f"sessionid={self.pages[large.pk].cookies['sessionid'].value}"}
        bearer = {"Authorization": f"Bearer {self.tokens[large.pk]}"}
        own = [r.path for r in self.requests["order (API)"] if r.client is self.programs[large.pk]]
        return {
            "order list (page)": (["/orders/"], session),
            "order list (API)": (["/api/v1/orders"], bearer),
            "order (API)": (own, bearer),
        }

    def _ask(self, requests: list[Request], rounds: int) -> Asked:
        asked = Asked()
        for request in requests:  # warms caches and counts statements
            with CaptureQueriesContext(connection) as captured:
                response = request.client.get(request.path)
            if response.status_code != 200:
                raise SystemExit(f"{request.path}: {response.status_code} {response.content[:500]!r}")
            asked.statements = max(asked.statements, len(captured))
            asked.bytes = max(asked.bytes, len(response.content))
        for request in islice(cycle(requests), rounds):
            started, computed = time.perf_counter(), time.thread_time()
            request.client.get(request.path)
            asked.ms.append((time.perf_counter() - started) * 1000)
            asked.cpu_ms.append((time.thread_time() - computed) * 1000)
        return asked

    # --- who asks ---------------------------------------------------------------------------------

    def _owner(self, organisation: Organisation) -> Member:
        found = Member.objects.across_tenants().filter(organisation=organisation, role="owner").first()
        if found is None:
            user = get_user_model().objects.create_user(f"owner-{organisation.pk}@bench.example", "not to be used")
            found = Member.objects.create(organisation=organisation, user=user, role="owner")
        return found

    def _person(self, organisation: Organisation) -> Client:
        client = Client()
        client.force_login(self._owner(organisation).user, backend="django.contrib.auth.backends.ModelBackend")
        return client

    def _program(self, organisation: Organisation) -> Client:
        actor: Actor = parties.actor_for_member(self._owner(organisation))
        _key, token = parties_services.create_api_key(actor=actor, name="bench", scopes=sorted(RIGHTS))
        self.tokens[organisation.pk] = token
        return Client(headers={"Authorization": f"Bearer {token}"})

    # --- what is asked ----------------------------------------------------------------------------

    def _requests(self) -> Iterator[tuple[str, list[Request]]]:
        buyers, makers = self.buyers, [maker.organisation for maker in self.network.makers]
        orders = {b.pk: self._some(Order.objects.across_tenants().filter(organisation=b)) for b in buyers}
        parts = {b.pk: self._some(Part.objects.across_tenants().filter(organisation=b)) for b in buyers}

        def page(path: str) -> list[Request]:
            return [Request(self.pages[buyer.pk], path) for buyer in buyers]

        def call(path: str, who: list[Organisation]) -> list[Request]:
            return [Request(self.programs[each.pk], f"/api/v1{path}") for each in who]

        def of(rows: dict[int, list[str]], clients: dict[int, Client], path: str) -> list[Request]:
            return [Request(clients[key], path.format(uid)) for key, uids in rows.items() for uid in uids]

        yield "order list (page)", page("/orders/")
        yield "order list (API)", call("/orders", buyers)
        yield "order search (API)", call("/orders?search=Bracket", buyers)
        yield "order with timeline (page)", of(orders, self.pages, "/orders/{}")
        yield "order (API)", of(orders, self.programs, "/api/v1/orders/{}")
        yield "order's timeline (API)", of(orders, self.programs, "/api/v1/orders/{}/timeline")
        yield "part list (page)", page("/parts/")
        for path in ("/quotes/", "/requests/", "/questions/", "/inbox/"):
            yield f"{path} (buyer's page)", page(path)
        for path in ("/", "/offers/", "/builds/", "/jobs/", "/parcels/", "/statements/", "/inbox/"):
            yield f"{path} (maker's page)", [Request(client, path) for client in self.workshops]
        for path in DESK:
            yield f"{path} (operator's page)", [Request(self.at_desk, path)]
        yield "part (page)", of(parts, self.pages, "/parts/{}")
        yield "quote list (API)", call("/quotes", buyers)
        yield "full quote (page)", [Request(self.pages[buyers[0].pk], f"/quotes/{self.network.quote.uid}")]
        yield "basket (API)", call("/basket", buyers)
        yield "maker's open offers (API)", call("/offers?state=open", makers)
        yield "maker's builds (API)", call("/builds", makers)
        yield "maker's jobs (API)", call("/jobs", makers)
        yield "operator's pools (API)", [Request(self.operator, "/api/v1/pools")]
        yield "operator's jobs (API)", [Request(self.operator, "/api/v1/dispatch/jobs")]
        yield "operator's exceptions (API)", [Request(self.operator, "/api/v1/dispatch/exceptions")]
        yield "carrier's parcels (API)", call("/shipments", [self.network.carrier])
        yield "buyer's parcels (API)", call("/shipments", buyers)
        yield "own account (API)", call("/account", [*buyers, *makers])
        yield "ledger balances (API)", [Request(self.operator, "/api/v1/ledger/balances")]
        yield "lines of a statement (API)", [self._statement(makers[0])]

    def _some(self, rows) -> list[str]:
        uids = list(rows.order_by("pk").values_list("uid", flat=True)[:2000])
        return self.random.sample(uids, min(SAMPLE, len(uids)))

    def _statement(self, maker: Organisation) -> Request:
        """Everything since the last one: until yesterday at first, then until today, for a period is stated once."""
        today = timezone.localdate() + timedelta(days=ledger_statements(maker) - 1)
        statement = ledger.issue_statement(
            actor=self.network.operator, organisation_id=maker.pk, period_start=today, period_end=today
        )
        return Request(self.programs[maker.pk], f"/api/v1/statements/{statement.uid}/lines")


def ledger_statements(maker: Organisation) -> int:
    from penstock.hub.ledger.models import Statement

    return Statement.objects.across_tenants().filter(organisation=maker).count()
