"""A buyer, its people and a measured part, for tests that start on the road further down."""

from __future__ import annotations

import io
import struct
from itertools import product

from django.test import Client

from penstock.hub.core import jobs
from penstock.hub.core.actors import PAY, READ, RIGHTS, WORK, Actor
from penstock.hub.parties.models import Address, ApiKey, Member, Organisation, User
from penstock.hub.parties.selectors import token_hash
from penstock.hub.parts import services as parts
from penstock.hub.parts.models import Revision


def firm(name: str = "Suzhou Pumps", *, kinds: tuple[str, ...] = ("buyer",)) -> Organisation:
    return Organisation.objects.create(name=name, country="CN", kinds=list(kinds))


def operator_firm() -> Organisation:
    return Organisation.objects.filter(kinds__contains=["operator"]).first() or firm("Penstock", kinds=("operator",))


def acting_for(organisation: Organisation, *rights: str) -> Actor:
    return Actor(
        name=f"Somebody at {organisation.name}",
        organisation_id=organisation.pk,
        rights=frozenset(rights) or RIGHTS,
        is_operator=organisation.is_operator,
    )


def purchaser(organisation: Organisation) -> Actor:
    return acting_for(organisation, READ, WORK, PAY)


def client_of(organisation: Organisation) -> Client:
    """An API client with an owner's key."""
    token = f"pk_{organisation.uid}"
    user = User.objects.create_user(f"{organisation.uid}@example.org")
    ApiKey.objects.create(
        organisation=organisation,
        member=Member.objects.create(organisation=organisation, user=user, role="owner"),
        name="test",
        hint="pk_",
        token_hash=token_hash(token),
        scopes=sorted(RIGHTS),
    )
    return Client(headers={"Authorization": f"Bearer {token}"})


def address(organisation: Organisation, city: str = "Suzhou", place: tuple[float, float] = (31.30, 120.62)) -> Address:
    return Address.objects.create(
        organisation=organisation,
        recipient=organisation.name,
        street="Jinji Lake Road 1",
        city=city,
        country="CN",
        latitude=place[0],
        longitude=place[1],
    )


def box_stl(x: float = 20.0, y: float = 20.0, z: float = 20.0) -> bytes:
    """A closed box with outward normals as binary STL."""
    corner = [(a * x, b * y, c * z) for a, b, c in product((0, 1), repeat=3)]
    faces = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
    triangles = [half for a, b, c, d in faces for half in ((a, b, c), (a, c, d))]
    records = b"".join(struct.pack("<12fH", 0, 0, 0, *corner[a], *corner[b], *corner[c], 0) for a, b, c in triangles)
    return b"\0" * 80 + struct.pack("<I", len(triangles)) + records


def uploaded(actor: Actor, content: bytes | None = None, filename: str = "bracket.stl", **more: object) -> Revision:
    return parts.upload(actor=actor, file=io.BytesIO(content or box_stl()), filename=filename, **more)


def measured(actor: Actor, content: bytes | None = None, filename: str = "bracket.stl", **more: object) -> Revision:
    """An uploaded part after the background work it asked for."""
    revision = uploaded(actor, content, filename, **more)
    jobs.drain()
    revision.refresh_from_db()
    return revision
