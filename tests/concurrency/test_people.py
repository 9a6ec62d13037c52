"""Races about people. Each is first run with its guard taken away."""

from __future__ import annotations

import pytest
from racing import at_once, code_of, meeting

from penstock.hub.parties import services
from penstock.hub.parties.models import Member, Organisation, User
from penstock.hub.parties.selectors import actor_for_member
from penstock.hub.parties.services import members
from penstock.hub.parties.states import Role

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("guarded", [False, True])
def test_two_owners_cannot_remove_each_other_at_once(guarded: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    firm = Organisation.objects.create(name="One", country="CN", kinds=["buyer"])
    owners = [
        Member.objects.create(organisation=firm, user=User.objects.create_user(f"{n}@example.com"), role=Role.OWNER)
        for n in range(2)
    ]
    if not guarded:
        monkeypatch.setattr(members, "_hold", lambda organisation_id: None)
    monkeypatch.setattr(members, "_require_another_owner", meeting(members._require_another_owner))

    def remove(by: Member, whom: Member) -> None:
        services.remove_member(actor=actor_for_member(by), member_uid=whom.uid)

    one, two = owners
    outcomes = at_once(lambda: remove(one, two), lambda: remove(two, one))
    left = Member.objects.across_tenants().filter(is_active=True).count()
    codes = sorted(code_of(outcome, "removed") for outcome in outcomes)
    assert (left, codes) == ((1, ["last_owner", "removed"]) if guarded else (0, ["removed", "removed"]))
