"""Tenancy: a query names whose rows it reads, or it does not run."""

from __future__ import annotations

import pytest

from penstock.hub.core.actors import RIGHTS, SYSTEM, Actor
from penstock.hub.core.errors import NotFound
from penstock.hub.core.tenancy import UnscopedQuery
from penstock.hub.parties.models import Address, Organisation

pytestmark = pytest.mark.django_db


@pytest.fixture
def two_firms() -> tuple[Organisation, Organisation]:
    firms = tuple(Organisation.objects.create(name=n, country="CN", kinds=["buyer"]) for n in ("One", "Two"))
    for firm in firms:
        Address.objects.create(organisation=firm, recipient=firm.name, street="1", city="Suzhou", country="CN")
    return firms


def actor(firm: Organisation) -> Actor:
    return Actor(name="a", organisation_id=firm.pk, rights=RIGHTS)


@pytest.mark.usefixtures("two_firms")
def test_an_unscoped_query_does_not_run() -> None:
    for attempt in (
        lambda: list(Address.objects.all()),
        lambda: Address.objects.filter(city="Suzhou").first(),
        lambda: Address.objects.count(),
        lambda: Address.objects.exists(),
        lambda: Address.objects.filter(city="Suzhou").update(city="Wuxi"),
        lambda: Address.objects.all().delete(),
    ):
        with pytest.raises(UnscopedQuery):
            attempt()
    assert Address.objects.across_tenants().count() == 2


def test_a_member_sees_the_own_rows_the_operator_all(two_firms: tuple[Organisation, Organisation]) -> None:
    one, two = two_firms
    assert [a.organisation for a in Address.objects.visible_to(actor(one))] == [one]
    assert Address.objects.visible_to(SYSTEM).count() == 2
    assert list(Address.objects.visible_to(Actor(name="stranger"))) == []
    theirs = two.addresses.get()
    assert Address.objects.one(actor(two), theirs.uid) == theirs
    with pytest.raises(NotFound):
        Address.objects.one(actor(one), theirs.uid)


def test_rows_reached_from_a_row_already_held_need_no_scope(
    two_firms: tuple[Organisation, Organisation],
) -> None:
    assert two_firms[0].addresses.count() == 1
    assert [len(o.addresses.all()) for o in Organisation.objects.prefetch_related("addresses")] == [1, 1]
