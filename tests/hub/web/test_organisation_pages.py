"""People, addresses and keys of an organisation."""

from __future__ import annotations

from django.test import Client

from penstock.hub.parties.models import Address, ApiKey, Member, User


def test_a_colleague_is_invited_and_joins_by_the_link(buyer, browser):
    page = browser.post("/organisation/invite", {"email": "kim@example.org", "role": "viewer"})
    link = page.context["link"].removeprefix("http://testserver")
    assert Client().get(link).url.startswith("/accounts/login/?next=/invitations/")
    kim = User.objects.create_user("kim@example.org")
    client = Client()
    client.force_login(kim, backend="django.contrib.auth.backends.ModelBackend")
    assert client.get(link).status_code == 200
    assert client.post(link).url == "/"
    assert Member.objects.across_tenants().get(user=kim).organisation == buyer.organisation
    assert "kim@example.org" in browser.get("/organisation/").content.decode()


def test_only_owners_see_the_forms_for_people_and_keys(buyer):
    viewer = buyer.browser("viewer")
    assert 'action="/organisation/invite"' not in viewer.get("/organisation/").content.decode()
    assert "Only owners can make keys." in viewer.get("/organisation/keys/").content.decode()
    viewer.post("/organisation/keys/", {"name": "ERP", "scopes": ["read"]})
    assert not ApiKey.objects.across_tenants().exists()


def test_the_last_owner_stays(buyer, browser):
    owner = Member.objects.across_tenants().get(organisation=buyer.organisation, role="owner")
    answer = browser.post(
        f"/organisation/members/{owner.uid}/role",
        {"role": "viewer"},
        headers={"Referer": "http://testserver/organisation/"},
        follow=True,
    )
    assert "This is the only owner." in answer.content.decode()


def test_a_keys_token_is_shown_once(browser):
    made = browser.post("/organisation/keys/", {"name": "ERP", "scopes": ["read", "work"]})
    token = made.context["token"]
    assert token.startswith("pk_")
    assert token in made.content.decode()
    later = browser.get("/organisation/keys/").content.decode()
    assert token not in later
    key = ApiKey.objects.across_tenants().get()
    assert f"{key.hint}…" in later
    browser.post(f"/organisation/keys/{key.uid}/revoke")
    assert key.hint not in browser.get("/organisation/keys/").content.decode()


def test_an_address_is_added_changed_and_removed(buyer, browser):
    typed = {"recipient": "Werk 2", "street": "Hafen 1", "city": "Hamburg", "country": "DE"}
    browser.post("/organisation/addresses/", typed)
    added = Address.objects.across_tenants().get(recipient="Werk 2")
    browser.post(f"/organisation/addresses/{added.uid}", typed | {"street": "Hafen 2"})
    assert "Hafen 2" in browser.get("/organisation/addresses/").content.decode()
    browser.post(f"/organisation/addresses/{added.uid}/remove")
    assert "Hafen 2" not in browser.get("/organisation/addresses/").content.decode()


def test_a_person_with_two_organisations_switches(buyer, browser):
    user = User.objects.get(memberships__organisation=buyer.organisation)
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    client.post("/organisation/new", {"name": "Zweitfirma", "country": "DE", "kinds": ["buyer"]})
    assert buyer.part_uid not in client.get("/parts/").content.decode()
    client.post("/organisation/switch", {"organisation": buyer.organisation.uid})
    assert buyer.part_uid in client.get("/parts/").content.decode()
    stranger_to = client.post("/organisation/switch", {"organisation": "org_SOMEBODYELSE"})
    assert stranger_to.url == "/"
    assert buyer.part_uid in client.get("/parts/").content.decode()
