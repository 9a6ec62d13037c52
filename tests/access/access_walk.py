"""Walks addresses as somebody and says what came back and what changed."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from access_bodies import arguments, form
from access_prints import Print, changed, undone
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from addresses import Route, components
from buyers import box_stl
from furnished import Network, Person
from penstock.hub.parties.auth import VISIT_SESSION_KEY
from penstock.hub.parties.selectors import actor_for_visit

STRANGER = "stranger"
VISITOR = "visitor"  # a stranger who has uploaded a part
LOGIN = ("/accounts/login/", "/accounts/signup/")
TURNED_AWAY = (401, 403, 404)


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    content: bytes
    kind: str
    location: str
    changed: tuple[str, ...] = ()
    wrote: bool = False

    @property
    def turned_away(self) -> bool:
        """Refused, led to the log-in or the sign-up, or let nowhere near anything."""
        return self.status in TURNED_AWAY or self.location.startswith(LOGIN)

    @property
    def turned_away_at_the_door(self) -> bool:
        """Refused before the verb itself was tried: not allowed, not found by its address, or not understood."""
        return self.status in (401, 403, 405, 415) or self.code in ("not_found", "malformed")

    @property
    def code(self) -> str:
        """The code of a problem of the API, or an empty string."""
        return json.loads(self.content).get("code", "") if self.is_problem else ""

    @property
    def is_problem(self) -> bool:
        return self.kind.startswith("application/problem+json")

    def __str__(self) -> str:
        return f"{self.status} {self.content[:200]!r} {' '.join(self.changed)}"


class Walk:
    def __init__(self, network: Network) -> None:
        self.network = network
        self.components = components()
        self.form = form(self.components, network.fields)
        self.clients = {STRANGER: Client()}
        for person in network.people.values():
            self.clients[person.role] = client = Client(
                headers={"Authorization": f"Bearer {person.token}"} if person.token else {}
            )
            if person.user is not None:
                client.force_login(person.user, backend="django.contrib.auth.backends.ModelBackend")
        self.clients[VISITOR] = visitor = Client()
        file = SimpleUploadedFile("plate.stl", box_stl(60, 40, 4))
        assert visitor.post("/parts/upload", {"file": file}).status_code == 302
        visit = actor_for_visit(visitor.session[VISIT_SESSION_KEY])
        assert visit is not None
        network.people[VISITOR] = Person(VISITOR, None, visit)
        self.prints: dict[str, tuple[Print, dict[str, str]]] = {}

    def take(
        self, role: str, route: Route, *, samples: dict[tuple[str, str], Any] | None = None, watch: str | None = None
    ) -> Answer:
        """The answer to `route` as `role`; with `watch` also which tables changed, the rows of that role left out
        ("" leaves out nothing). Whatever happened is undone."""
        address = route.address(samples or self.network.samples)
        given = {} if route.method == "GET" else self._body(route)
        client = self.clients[role]
        cookies = client.cookies.copy()
        before = self._before(watch) if watch is not None else {}
        different: list[str] = []
        with undone() as writes:
            try:
                answer = getattr(client, route.method.lower())(address, **given)
            except Exception as error:  # a fault of the hub: told with the address it happened at
                return Answer(500, repr(error).encode(), "", "")
            content = b"".join(answer.streaming_content) if answer.streaming else answer.content
            if watch is not None and writes:
                different = changed(before, self.prints[watch][0].take())
        client.cookies = cookies
        return Answer(
            answer.status_code,
            content,
            answer.headers.get("Content-Type", ""),
            answer.headers.get("Location", ""),
            tuple(different),
            bool(writes),
        )

    def _body(self, route: Route) -> dict[str, Any]:
        if route.operation is None:
            return {"data": self.form}
        fields = self.network.fields
        if "production" in route.operation["tags"]:  # there, the organisation is a workshop
            fields = fields | {"organisation_uid": self.network.samples["makers", "organisation_uid"]}
        return arguments(route.operation, self.components, fields)

    def _before(self, watch: str) -> dict[str, str]:
        if watch not in self.prints:
            person = self.network.people.get(watch)
            taker = Print(person.actor if person else None)
            self.prints[watch] = taker, taker.take()
        return self.prints[watch][1]
