"""Founding organisations, letting people in and out, places and keys."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from penstock.hub.core import jobs
from penstock.hub.core.actors import READ, RIGHTS, SYSTEM, WORK, Actor
from penstock.hub.core.errors import Conflict, Forbidden, Invalid, NotFound
from penstock.hub.core.models import Event
from penstock.hub.parties import selectors, services
from penstock.hub.parties.models import ApiKey, Invitation, Member, Organisation, User
from penstock.hub.parties.services import invitations

pytestmark = pytest.mark.django_db


def joined(owning: Actor, email: str, role: str = "viewer") -> Member:
    _invitation, token = services.invite(actor=owning, email=email, role=role)
    user = User.objects.filter(email=email).first() or User.objects.create_user(email)
    return services.accept_invitation(user=user, token=token)


def stranger() -> Actor:
    user = User.objects.create_user("stranger@example.com")
    services.register_organisation(user=user, name="Other", country="CN", kinds=["maker"])
    return selectors.actor_for_member(selectors.member_for_user(user))


# --- organisations --------------------------------------------------------------------------------


def test_who_founds_an_organisation_owns_it(firm: Organisation, owner: User) -> None:
    [member] = firm.members.all()
    assert (member.user, member.role, firm.country) == (owner, "owner", "CN")
    event = Event.objects.get(kind="parties.organisation_registered")
    assert (event.subject_uid, event.organisation_ids, event.actor_name) == (firm.uid, [firm.pk], "Wang Wei")


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"name": "  "}, "name_missing"),
        ({"country": "XX"}, "unknown_country"),
        ({"kinds": []}, "unknown_kind"),
        ({"kinds": ["king"]}, "unknown_kind"),
        ({"kinds": ["operator"]}, "operator_only"),
        ({"kinds": ["buyer", "carrier"]}, "operator_only"),
        ({"email": "nowhere"}, "bad_email"),
    ],
)
def test_what_cannot_be_an_organisation(owner: User, wrong: dict, code: str) -> None:
    details = {"name": "One", "country": "CN", "kinds": ["buyer"]} | wrong
    with pytest.raises((Invalid, Forbidden), match=code):
        services.register_organisation(user=owner, **details)
    assert not Organisation.objects.exists()


def test_only_the_system_makes_somebody_the_operator(owner: User, owning: Actor) -> None:
    with pytest.raises(Forbidden):
        services.change_organisation(actor=owning, kinds=["buyer", "operator"])
    network = services.register_organisation(user=owner, name="Network", country="CN", kinds=["operator"], actor=SYSTEM)
    running = selectors.actor_for_member(selectors.member_for_user(owner, network.uid))
    assert running.is_operator
    # Its owner may change its name without ceasing to be the operator, and other firms' details.
    assert services.change_organisation(actor=running, name="The network", kinds=["operator", "buyer"]).is_operator
    with pytest.raises(Forbidden):
        services.change_organisation(actor=running, kinds=["buyer"])


def test_only_the_operator_takes_on_a_carrier(firm: Organisation, owning: Actor) -> None:
    with pytest.raises(Forbidden, match="operator_only"):
        services.change_organisation(actor=owning, kinds=["buyer", "carrier"])
    services.change_organisation(actor=SYSTEM, organisation_uid=firm.uid, kinds=["carrier"])
    # It may go on to change what it is taken on for.
    assert services.change_organisation(actor=owning, kinds=["carrier", "buyer"]).kinds == ["carrier", "buyer"]


def test_details_are_changed_by_owners_only(firm: Organisation, owning: Actor) -> None:
    changed = services.change_organisation(actor=owning, name=" New  name ", kinds=["buyer", "maker"])
    assert (changed.name, changed.kinds, changed.country) == ("New name", ["buyer", "maker"], "CN")
    with pytest.raises(Forbidden):
        services.change_organisation(actor=Actor(name="", organisation_id=firm.pk, rights=frozenset({WORK})), name="x")
    with pytest.raises(NotFound):
        services.change_organisation(actor=stranger(), organisation_uid=firm.uid, name="x")


# --- people ---------------------------------------------------------------------------------------


def test_an_invitation_brings_a_person_in_with_its_role(owning: Actor, settings) -> None:
    settings.PUBLIC_URL = "https://hub.example"
    invitation, token = services.invite(actor=owning, email=" Li@Example.com ", role="purchaser")
    assert token not in str(Invitation.objects.across_tenants().values().get())
    jobs.drain()
    [letter] = mail.outbox
    assert letter.to == ["li@example.com"]
    assert re.search(r"https://hub\.example/invitations/(\S+)", letter.body).group(1) == token
    user = User.objects.create_user("li@example.com")
    member = services.accept_invitation(user=user, token=token)
    assert (member.role, member.organisation_id) == ("purchaser", owning.organisation_id)
    with pytest.raises(Conflict):
        services.accept_invitation(user=user, token=token)
    with pytest.raises(Conflict, match="already_member"):
        services.invite(actor=owning, email="li@example.com", role="viewer")
    assert invitation.uid not in [i.uid for i in selectors.open_invitations(owning)]


def test_the_houses_letters_are_not_for_writing_to_strangers(owning: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(invitations, "MOST_A_DAY", 2)
    for name in ("li", "wu"):
        services.invite(actor=owning, email=f"{name}@example.com", role="viewer")
    with pytest.raises(Conflict, match="too_many_invitations"):
        services.invite(actor=owning, email="xu@example.com", role="viewer")
    Invitation.objects.across_tenants().update(created_at=timezone.now() - timedelta(days=1, minutes=1))
    services.invite(actor=owning, email="xu@example.com", role="viewer")


def test_a_link_is_for_one_address_and_not_for_ever(owning: Actor) -> None:
    _invitation, token = services.invite(actor=owning, email="li@example.com", role="viewer")
    li, other = User.objects.create_user("li@example.com"), User.objects.create_user("other@example.com")
    with pytest.raises(Forbidden):
        services.accept_invitation(user=other, token=token)
    with pytest.raises(NotFound):
        services.accept_invitation(user=li, token=token[:-1])
    Invitation.objects.across_tenants().update(expires_at=timezone.now() - timedelta(seconds=1))
    with pytest.raises(Conflict, match="invitation_expired"):
        services.accept_invitation(user=li, token=token)
    assert not li.memberships.exists()


def test_a_withdrawn_or_replaced_link_is_dead_and_not_sent(owning: Actor) -> None:
    li = User.objects.create_user("li@example.com")
    _first, old = services.invite(actor=owning, email=li.email, role="viewer")
    second, new = services.invite(actor=owning, email=li.email, role="owner")
    services.withdraw_invitation(actor=owning, invitation_uid=second.uid)
    jobs.drain()
    assert mail.outbox == []
    for token in (old, new):
        with pytest.raises(Conflict):
            services.accept_invitation(user=li, token=token)
    with pytest.raises(Invalid, match="bad_email"):
        services.invite(actor=owning, email="nobody", role="viewer")
    with pytest.raises(Invalid, match="unknown_role"):
        services.invite(actor=owning, email="li@example.com", role="king")


def test_there_is_always_an_owner(owning: Actor) -> None:
    only = Member.objects.visible_to(owning).get()
    with pytest.raises(Conflict, match="last_owner"):
        services.remove_member(actor=owning, member_uid=only.uid)
    with pytest.raises(Conflict, match="last_owner"):
        services.change_role(actor=owning, member_uid=only.uid, role="viewer")
    second = joined(owning, "li@example.com", "owner")
    services.change_role(actor=owning, member_uid=only.uid, role="viewer")
    with pytest.raises(Conflict, match="last_owner"):
        services.remove_member(actor=selectors.actor_for_member(second), member_uid=second.uid)


def test_one_may_leave_but_not_remove_others_without_the_right(owning: Actor) -> None:
    li, zhao = joined(owning, "li@example.com"), joined(owning, "zhao@example.com")
    viewing = selectors.actor_for_member(li)
    with pytest.raises(Forbidden):
        services.remove_member(actor=viewing, member_uid=zhao.uid)
    services.remove_member(actor=viewing, member_uid=li.uid)
    assert selectors.member_for_user(li.user) is None
    again = joined(owning, "li@example.com", "purchaser")
    assert (again.pk, again.role) == (li.pk, "purchaser")
    with pytest.raises(NotFound):
        services.remove_member(actor=stranger(), member_uid=zhao.uid)


# --- places ---------------------------------------------------------------------------------------


def test_an_address_finds_its_coordinates_without_the_internet(owning: Actor) -> None:
    address = services.add_address(
        actor=owning, recipient="Goods in", street="Caoan Gonglu 1", city="苏州", country="cn"
    )
    assert (round(address.latitude, 1), round(address.longitude, 1), address.country) == (31.3, 120.6, "CN")
    moved = services.change_address(actor=owning, address_uid=address.uid, city="Shenzhen")
    assert round(moved.latitude, 1) == 22.5
    with pytest.raises(Invalid) as unknown:
        services.change_address(actor=owning, address_uid=address.uid, city="Shenzen-Nowhere")
    assert unknown.value.code == "unknown_city"
    with pytest.raises(Invalid) as unknown:
        services.change_address(actor=owning, address_uid=address.uid, city="Shenzhenn")
    assert "Shenzhen" in unknown.value.data["suggestions"]
    assert "Shenzhen" in str(unknown.value.message)
    address.refresh_from_db()
    assert address.city == "Shenzhen"
    services.remove_address(actor=owning, address_uid=address.uid)
    assert not selectors.addresses(owning).exists()


def test_an_address_is_complete_and_ones_own(owning: Actor) -> None:
    with pytest.raises(Invalid, match="address_incomplete"):
        services.add_address(actor=owning, recipient=" ", street="1", city="Suzhou", country="CN")
    address = services.add_address(actor=owning, recipient="R", street="1", city="Suzhou", country="CN")
    with pytest.raises(NotFound):
        services.change_address(actor=stranger(), address_uid=address.uid, street="2")
    with pytest.raises(Forbidden):
        services.remove_address(
            actor=Actor(name="v", organisation_id=owning.organisation_id, rights=frozenset({READ})),
            address_uid=address.uid,
        )


# --- keys -----------------------------------------------------------------------------------------


def test_a_key_acts_in_a_members_name_within_its_scopes(owning: Actor) -> None:
    key, token = services.create_api_key(actor=owning, name="ERP", scopes=["read", "work"])
    assert token.startswith("pk_")
    assert token not in str(ApiKey.objects.across_tenants().values().get())
    acting = selectors.actor_for_token(token)
    assert (acting.name, acting.rights) == ("Wang Wei (ERP)", frozenset({READ, WORK}))
    services.revoke_api_key(actor=owning, key_uid=key.uid)
    assert selectors.actor_for_token(token) is None
    with pytest.raises(Conflict):
        services.revoke_api_key(actor=owning, key_uid=key.uid)


def test_a_key_ends_with_its_member(owning: Actor) -> None:
    second = joined(owning, "li@example.com", "owner")
    _key, token = services.create_api_key(actor=selectors.actor_for_member(second), name="ERP", scopes=["read"])
    services.change_role(actor=owning, member_uid=second.uid, role="viewer")
    assert selectors.actor_for_token(token).rights == {READ}
    services.remove_member(actor=owning, member_uid=second.uid)
    assert selectors.actor_for_token(token) is None
    joined(owning, "li@example.com", "owner")
    assert selectors.actor_for_token(token) is None


def test_a_key_that_may_less_than_its_member_does_not_leave_for_it(owning: Actor) -> None:
    second = joined(owning, "li@example.com", "owner")
    _key, token = services.create_api_key(actor=selectors.actor_for_member(second), name="ERP", scopes=["read"])
    with pytest.raises(Forbidden):
        services.remove_member(actor=selectors.actor_for_token(token), member_uid=second.uid)
    assert selectors.actor_for_token(token) is not None


def test_a_key_cannot_do_more_than_its_maker(owning: Actor) -> None:
    narrow = Actor(
        name="key",
        organisation_id=owning.organisation_id,
        member_id=owning.member_id,
        rights=RIGHTS - {"pay"},
    )
    with pytest.raises(Forbidden):
        services.create_api_key(actor=narrow, name="x", scopes=["read", "pay"])
    for scopes in ([], ["everything"]):
        with pytest.raises(Invalid):
            services.create_api_key(actor=owning, name="x", scopes=scopes)
