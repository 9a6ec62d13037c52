"""The doors of the parties: signing up, the API, the admin."""

from __future__ import annotations

import json

import pytest
from django.contrib import admin
from django.core import mail
from django.test import Client
from django.urls import reverse

from penstock.hub.core import jobs
from penstock.hub.core.actors import Actor
from penstock.hub.parties import selectors, services
from penstock.hub.parties.models import Organisation, User

pytestmark = pytest.mark.django_db

SIGN_UP = {"email": "new@example.com", "password1": "a long pass 77", "password2": "a long pass 77", "name": "New"}


class Api:
    """A program with a key."""

    def __init__(self, token: str) -> None:
        self.client = Client(headers={"authorization": f"Bearer {token}"}, raise_request_exception=True)

    def __call__(self, method: str, path: str, body: object = None, **headers: str):
        return self.client.generic(
            method,
            f"/api/v1{path}",
            b"" if body is None else json.dumps(body),
            content_type="application/json",
            headers=headers,
        )


@pytest.fixture
def api(owning: Actor) -> Api:
    _key, token = services.create_api_key(actor=owning, name="test", scopes=["read", "work", "pay", "manage"])
    return Api(token)


def test_signing_up_founds_an_organisation(client: Client) -> None:
    page = client.get(reverse("account_signup"))
    assert b'name="organisation"' in page.content
    assert client.post(reverse("account_signup"), SIGN_UP).status_code == 200  # organisation missing
    assert not User.objects.exists()
    answer = client.post(reverse("account_signup"), {**SIGN_UP, "organisation": "New Ltd", "country": "DE"})
    assert answer.status_code == 302
    member = selectors.member_for_user(User.objects.get(email="new@example.com"))
    assert (member.organisation.name, member.organisation.country, member.role) == ("New Ltd", "DE", "owner")
    assert member.user.name == "New"


def test_an_invited_person_signs_up_without_founding_one(client: Client, owning: Actor) -> None:
    _invitation, token = services.invite(actor=owning, email="new@example.com", role="worker")
    target = reverse("invitation", args=[token])
    page = client.get(reverse("account_signup"), {"next": target})
    assert b'name="organisation"' not in page.content
    answer = client.post(reverse("account_signup"), {**SIGN_UP, "next": target})
    assert (answer.status_code, answer.url) == (302, target)
    assert client.post(target).status_code == 302
    assert Organisation.objects.count() == 1
    assert selectors.member_for_user(User.objects.get(email="new@example.com")).role == "worker"


def test_switching_to_an_organisation_one_does_not_belong_to_changes_nothing(client: Client, owner: User, firm) -> None:
    second = services.register_organisation(user=owner, name="Second", country="CN", kinds=["maker"])
    other = User.objects.create_user("other@example.com")
    theirs = services.register_organisation(user=other, name="Theirs", country="CN", kinds=["maker"])
    client.force_login(owner)
    for chosen, acting_for in ((second, second.uid), (theirs, second.uid), (firm, firm.uid)):
        client.post(reverse("organisation-switch"), {"organisation": chosen.uid})
        assert client.get("/api/v1/me").json()["organisation"]["uid"] == acting_for


def test_the_organisation_by_api(api: Api, firm: Organisation) -> None:
    me = api("GET", "/me").json()
    assert (me["organisation"]["uid"], me["rights"]) == (firm.uid, ["manage", "pay", "read", "work"])
    changed = api("PATCH", "/organisation", {"kinds": ["buyer", "maker"], "name": None})
    assert (changed.status_code, changed.json()["kinds"]) == (200, ["buyer", "maker"])
    assert api("PATCH", "/organisation", {"kinds": ["operator"]}).status_code == 403
    assert api("PATCH", "/organisation", {"country": "XX"}).json()["code"] == "unknown_country"
    assert api("GET", "/organisations").status_code == 403


def test_people_by_api(api: Api, owning: Actor) -> None:
    made = api("POST", "/invitations", {"email": "li@example.com", "role": "viewer"})
    assert made.status_code == 201
    [listed] = api("GET", "/invitations").json()["items"]
    assert "token" not in listed
    member = services.accept_invitation(user=User.objects.create_user("li@example.com"), token=made.json()["token"])
    assert [row["email"] for row in api("GET", "/members").json()["items"]] == ["li@example.com", "wang@example.com"]
    assert api("PATCH", f"/members/{member.uid}", {"role": "worker"}).json()["role"] == "worker"
    assert api("DELETE", f"/members/{member.uid}").status_code == 204
    assert api("DELETE", f"/members/{member.uid}").status_code == 404
    withdrawn = api("POST", "/invitations", {"email": "zhao@example.com", "role": "viewer"}).json()["uid"]
    assert api("DELETE", f"/invitations/{withdrawn}").status_code == 204
    jobs.drain()
    assert mail.outbox == []


def test_addresses_by_api_once_per_key(api: Api) -> None:
    body = {"recipient": "R", "street": "1", "city": "Suzhou", "country": "CN"}
    first, again = (api("POST", "/addresses", body, **{"Idempotency-Key": "k"}) for _ in range(2))
    assert first.status_code == 201
    assert first.json() == again.json()
    uid = first.json()["uid"]
    assert api("PATCH", f"/addresses/{uid}", {"city": "Wuxi"}).json()["city"] == "Wuxi"
    refused = api("PATCH", f"/addresses/{uid}", {"city": "Suzhouu"})
    assert (refused.status_code, refused.json()["code"]) == (422, "unknown_city")
    assert api("DELETE", f"/addresses/{uid}").status_code == 204
    assert api("GET", "/addresses").json() == {"items": [], "next": None}


def test_keys_by_api(api: Api) -> None:
    made = api("POST", "/api-keys", {"name": "ERP", "scopes": ["read"]}).json()
    reader = Api(made["token"])
    assert reader("GET", "/organisation").status_code == 200
    for method, path, body in (
        ("PATCH", "/organisation", {"name": "x"}),
        ("POST", "/addresses", {"recipient": "R", "street": "1", "city": "Suzhou", "country": "CN"}),
        ("POST", "/api-keys", {"name": "more", "scopes": ["read"]}),
        ("GET", "/api-keys", None),
        ("GET", "/invitations", None),
    ):
        assert reader(method, path, body).status_code == 403, path
    assert "token" not in api("GET", "/api-keys").json()["items"][0]
    assert api("DELETE", f"/api-keys/{made['uid']}").status_code == 204
    assert reader("GET", "/organisation").status_code == 401


def test_a_key_that_was_not_given_reading_reads_nothing(client: Client, owning: Actor) -> None:
    for scopes, status in ((["work", "pay"], 403), (["read"], 200)):
        _key, token = services.create_api_key(actor=owning, name="ERP", scopes=scopes)
        for path in ("me", "members", "addresses", "payments", "shipments", "complaints"):
            answer = client.get(f"/api/v1/{path}", headers={"Authorization": f"Bearer {token}"})
            assert answer.status_code == status, path


def test_every_admin_page_of_parties_and_ledger_opens(client: Client, owning: Actor) -> None:
    services.add_address(actor=owning, recipient="R", street="1", city="Suzhou", country="CN")
    services.create_api_key(actor=owning, name="ERP", scopes=["read"])
    services.invite(actor=owning, email="li@example.com", role="viewer")
    client.force_login(User.objects.create_superuser("root@example.com", "x"))
    for model, page in admin.site._registry.items():
        if model._meta.app_label not in ("parties", "ledger", "hordak"):
            continue
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        assert client.get(reverse(f"{name}_changelist")).status_code == 200, name
        row = model._base_manager.first()
        if row is not None:
            assert client.get(reverse(f"{name}_change", args=[row.pk])).status_code == 200, name
        if page.has_add_permission(client.get("/admin/").wsgi_request):
            assert client.get(reverse(f"{name}_add")).status_code == 200, name


def test_the_operator_changes_a_firm_in_the_admin(client: Client, firm: Organisation) -> None:
    client.force_login(User.objects.create_superuser("root@example.com", "x"))
    page = reverse("admin:parties_organisation_change", args=[firm.pk])
    form = {"name": "Renamed", "kinds": "buyer,carrier", "country": "CN", "tax_number": "", "email": ""}
    management = {f"members-{name}_FORMS": "0" for name in ("TOTAL", "INITIAL")}
    assert client.post(page, {**form, **management, "is_active": "on"}).status_code == 302
    firm.refresh_from_db()
    assert (firm.name, firm.kinds) == ("Renamed", ["buyer", "carrier"])
    client.post(page, {**form, **management, "kinds": "king"})
    firm.refresh_from_db()
    assert firm.kinds == ["buyer", "carrier"]
    new = {**form, **management, "country": "XX"}
    assert b"not an ISO 3166 country code" in client.post(reverse("admin:parties_organisation_add"), new).content
    client.post(reverse("admin:parties_organisation_add"), {**new, "name": "Founded", "country": "de"})
    assert Organisation.objects.get(name="Founded").country == "DE"
