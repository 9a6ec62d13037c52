"""A price before signing up: who sees what is left here, how it becomes theirs, how it goes when nobody comes back."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from buyers import acting_for, box_stl, uploaded
from penstock.hub.core.actors import SYSTEM
from penstock.hub.core.jobs import drain
from penstock.hub.orders.models import BasketLine
from penstock.hub.orders.visits import claim_visit, sweep_visits
from penstock.hub.parties import selectors as parties
from penstock.hub.parties.models import Organisation
from penstock.hub.parts.blobs import path_of
from penstock.hub.parts.models import Blob, Part
from penstock.hub.quotes.models import Quote

pytestmark = pytest.mark.django_db
FETCH = {"X-Requested-With": "fetch"}
SECRET = "a long enough secret"


def drop(client: Client, content: bytes | None = None, name: str = "bracket.stl") -> Part:
    answer = client.post("/parts/upload", {"file": SimpleUploadedFile(name, content or box_stl())}, headers=FETCH)
    assert answer.status_code == 201, answer.content
    drain()
    return Part.objects.across_tenants().get(uid=answer["Location"].rsplit("/", 1)[-1])


def priced(client: Client, part: Part) -> Quote:
    assert client.post(f"/quotes/of/{part.latest.uid}").status_code == 200
    return Quote.objects.across_tenants().filter(revision__part=part).latest("pk")


def put_aside(client: Client, quote: Quote) -> None:
    chosen = {"option": quote.options.first().uid, "quantity": "10", "lead": "standard"}
    assert client.post("/basket/add", chosen).status_code == 302


def sign_up(client: Client, email: str = "anna@example.com") -> None:
    typed = {"name": "Anna", "organisation": "Nordlicht", "country": "DE", "email": email}
    answer = client.post("/accounts/signup/?next=/parts/", typed | {"password1": SECRET, "password2": SECRET})
    assert answer.status_code == 302, answer.content


def over() -> None:
    Organisation.objects.exclude(visit_until=None).update(visit_until=timezone.now())
    Blob.objects.update(kept_at=timezone.now() - timedelta(days=7))


def test_a_stranger_sees_what_a_model_costs_and_puts_a_price_aside():
    client = Client()
    part = drop(client)
    page = client.get(f"/parts/{part.uid}").content.decode()
    assert "20.0 × 20.0 × 20.0 mm" in page
    assert "Sign up and keep them" in page
    assert client.get(f"/revisions/{part.latest.uid}/picture").status_code == 200
    assert "Recommended" in client.post(f"/quotes/of/{part.latest.uid}").content.decode()
    put_aside(client, priced(client, part))
    assert "bracket" in client.get("/basket/").content.decode()
    assert "bracket" in client.get("/parts/").content.decode()


def test_nobody_else_sees_it():
    part = drop(Client())
    stranger, visitor = Client(), Client()
    drop(visitor)
    for address in (
        f"/parts/{part.uid}",
        f"/revisions/{part.latest.uid}/file",
        f"/revisions/{part.latest.uid}/picture",
    ):
        assert stranger.get(address)["Location"].startswith("/accounts/login/")
        assert visitor.get(address).status_code == 404
    assert visitor.post(f"/quotes/of/{part.latest.uid}").status_code == 404
    assert part.uid not in visitor.get("/parts/").content.decode()


@pytest.mark.parametrize("address", ["/checkout", "/orders/", "/organisation/", "/quotes/{quote}/share", "/search"])
def test_what_needs_an_account_leads_to_the_sign_up_and_back(address):
    client = Client()
    address = address.format(quote=priced(client, drop(client)).uid)
    answer = client.post(address) if address.endswith("share") else client.get(address)
    assert answer["Location"].startswith("/accounts/signup/?next=")
    assert (
        "This needs an account. Your parts and prices come with you." in client.get(answer["Location"]).content.decode()
    )


def test_a_visitor_has_no_api():
    client = Client()
    part = drop(client)
    assert client.get(f"/api/v1/parts/{part.uid}").status_code == 401


def test_signing_up_keeps_parts_prices_and_basket():
    client = Client()
    part = drop(client)
    quote = priced(client, part)
    put_aside(client, quote)
    sign_up(client)
    assert "bracket" in client.get("/parts/").content.decode()
    assert client.get(f"/quotes/{quote.uid}").status_code == 200
    assert "bracket" in client.get("/basket/").content.decode()
    owners = {model.objects.across_tenants().get().organisation.name for model in (Part, BasketLine)}
    assert owners == {"Nordlicht"}
    assert not Organisation.objects.exclude(visit_until=None).exists()


def test_logging_in_brings_them_to_the_organisation_one_has():
    client = Client()
    sign_up(client)
    client.post("/accounts/logout/")
    one, two = drop(client), drop(client, box_stl(5), "pin.stl")
    client.post("/accounts/login/", {"login": "anna@example.com", "password": SECRET})
    page = client.get("/parts/").content.decode()
    assert one.uid in page
    assert two.uid in page


def test_a_visit_is_claimed_once():
    client = Client()
    drop(client)
    visit = Organisation.objects.exclude(visit_until=None).get()
    first, second = (acting_for(Organisation.objects.create(name=name, country="DE", kinds=["buyer"])) for name in "AB")
    assert claim_visit(actor=first, visit_uid=visit.uid) == 1
    assert claim_visit(actor=second, visit_uid=visit.uid) == 0
    assert Part.objects.across_tenants().get().organisation_id == first.organisation_id


def test_an_organisation_is_no_visit(db):
    firm = Organisation.objects.create(name="A", country="DE", kinds=["buyer"])
    uploaded(acting_for(firm))
    thief = acting_for(Organisation.objects.create(name="B", country="DE", kinds=["buyer"]))
    assert claim_visit(actor=thief, visit_uid=firm.uid) == 0
    assert Part.objects.across_tenants().get().organisation == firm


def test_what_nobody_came_back_to_is_swept_with_its_files():
    client = Client()
    quote = priced(client, drop(client))
    put_aside(client, quote)
    put_aside(client, quote)
    shared = drop(client, box_stl(7), "shared.stl").latest.blob
    firm = Organisation.objects.create(name="A", country="DE", kinds=["buyer"])
    kept = uploaded(acting_for(firm), box_stl(7))
    assert kept.blob == shared
    assert sweep_visits() == 0
    swept = quote.revision.blob
    over()
    assert client.get("/parts/")["Location"].startswith("/accounts/login/")
    assert sweep_visits() == 1
    assert [part.organisation for part in Part.objects.across_tenants()] == [firm]
    assert not Quote.objects.across_tenants().exists()
    assert not default_storage.exists(path_of(swept.sha256))
    assert default_storage.exists(path_of(shared.sha256))


def test_bytes_brought_again_just_now_are_not_forgotten():
    client = Client()
    blob = drop(client).latest.blob
    over()
    uploaded(acting_for(Organisation.objects.create(name="A", country="DE", kinds=["buyer"])))
    sweep_visits()
    assert default_storage.exists(path_of(blob.sha256))


def test_strangers_files_are_smaller(settings):
    settings.MAX_VISITOR_FILE_BYTES = 100
    file = SimpleUploadedFile("a.stl", box_stl())
    assert Client().post("/parts/upload", {"file": file}, headers=FETCH).status_code == 422
    assert not Part.objects.across_tenants().exists()


def test_strangers_upload_so_many_an_hour_members_more(settings, buyer):
    settings.ACCOUNT_RATE_LIMITS = {"visitor_file": "2/h/ip"}
    cache.clear()
    model = {"file": SimpleUploadedFile("a.stl", box_stl())}

    def send(client: Client) -> int:
        model["file"].seek(0)
        return client.post("/parts/upload", model, headers=FETCH).status_code

    assert [send(Client()) for _ in range(3)] == [201, 201, 429]
    member = buyer.browser()
    assert [send(member) for _ in range(3)] == [201, 201, 201]
    cache.clear()


def test_what_costs_the_hub_something_is_counted(settings):
    client = Client()
    part = drop(client)
    quote = priced(client, part)
    settings.ACCOUNT_RATE_LIMITS = {"visitor_prices": "1/h/ip", "visitor_file": "1/h/ip"}
    cache.clear()
    chosen = {"option": quote.options.first().uid, "lead": "standard"}
    assert client.post("/basket/add", chosen | {"quantity": "7"}).status_code == 302
    assert client.post("/basket/add", chosen | {"quantity": "8"}).status_code == 429
    unit = f"/revisions/{part.latest.uid}/unit"
    assert client.post(unit, {"unit": "mm"}).status_code == 302
    assert client.post(unit, {"unit": "inch"}).status_code == 429
    cache.clear()


def test_a_stranger_has_a_file_repaired_undoes_it_and_sees_how_it_would_be_built():
    client = Client()
    whole = box_stl(60, 40, 8)
    part = drop(client, whole[:80] + (11).to_bytes(4, "little") + whole[84:-50])
    open_box = part.latest.uid
    assert "Fix it for me" in client.get(f"/parts/{part.uid}").content.decode()
    assert "1 hole is closed" in client.post(f"/revisions/{open_box}/repair/try").content.decode()
    assert client.post(f"/revisions/{open_box}/repair").status_code == 302
    drain()
    repaired = part.revisions.exclude(repaired_from=None).get()
    assert "Recommended" in client.get(f"/revisions/{repaired.uid}/poses?process=sls").content.decode()
    assert Client().post(f"/revisions/{repaired.uid}/repair/undo")["Location"].startswith("/accounts/login/")
    assert client.post(f"/revisions/{repaired.uid}/repair/undo").status_code == 302
    over()
    assert sweep_visits() == 1
    assert not Part.objects.across_tenants().exists()


def test_repairs_are_counted_too(settings):
    client = Client()
    part = drop(client)
    settings.ACCOUNT_RATE_LIMITS = {"visitor_prices": "1/h/ip", "visitor_file": "1/h/ip"}
    cache.clear()
    at = f"/revisions/{part.latest.uid}"
    assert client.post(f"{at}/repair/try").status_code == 200
    assert client.post(f"{at}/repair/try").status_code == 429
    assert client.post(f"{at}/repair").status_code != 429
    assert client.post(f"{at}/repair").status_code == 429
    cache.clear()


def test_the_front_door_can_be_kept_shut(settings):
    assert b'data-then="door"' in Client().get("/").content
    settings.VISITOR_FILES_AN_HOUR = 0
    assert b"data-then" not in Client().get("/").content


def test_firms_are_no_visits(buyer):
    drop(Client())
    assert [each.name for each in parties.organisations(SYSTEM)] == ["Nordlicht Robotics"]
