"""The quote room's JSON door, as a buyer and as the operator; a maker's share never leaves it."""

from __future__ import annotations

import json

import pytest

from buyers import acting_for, client_of, firm, measured, operator_firm
from penstock.engines.pricing import default_book
from penstock.hub.parties.models import Organisation

pytestmark = pytest.mark.django_db


@pytest.fixture
def buyer() -> Organisation:
    return firm()


def post(client, path: str, body: object, **headers: str):
    return client.post(f"/api/v1{path}", json.dumps(body), content_type="application/json", headers=headers)


def test_quote_read_share(buyer: Organisation, client) -> None:
    api, revision = client_of(buyer), measured(acting_for(buyer))
    made = post(api, "/quotes", {"revision_uid": revision.uid, "quantities": [1, 5], "process": "sls"})
    assert made.status_code == 201, made.content
    quote = made.json()
    assert "payout" not in made.content.decode()
    assert quote["options"][0]["prices"][0]["breakdown"][0]["basis"]
    read = api.get(f"/api/v1/quotes/{quote['uid']}").json()
    assert (read["options"], read["obstacles"]) == (quote["options"], quote["obstacles"])
    assert [q["uid"] for q in api.get("/api/v1/quotes").json()["items"]] == [quote["uid"]]
    token = post(api, f"/quotes/{quote['uid']}/share", {}).json()["token"]
    shared = client.get(f"/api/v1/shared/quotes/{token}")
    assert shared.json() == read
    assert post(api, f"/quotes/{quote['uid']}/unshare", {}).status_code == 204
    assert client.get(f"/api/v1/shared/quotes/{token}").status_code == 404


def test_the_road_of_a_request(buyer: Organisation) -> None:
    api, operator = client_of(buyer), client_of(operator_firm())
    revision = measured(acting_for(buyer))
    asked = post(api, "/requests", {"revision_uid": revision.uid, "quantity": 3, "need": "a lever"}).json()
    answer = {
        "answer": "Milled",
        "process": "cnc-milling",
        "material": "al6061",
        "unit_price": "50.00",
        "lead_days": 5,
    }
    assert post(api, f"/requests/{asked['uid']}/answer", answer).status_code == 403
    given = post(operator, f"/requests/{asked['uid']}/answer", answer)
    assert given.status_code == 201, given.content
    read = api.get(f"/api/v1/requests/{asked['uid']}").json()
    assert (read["state"], read["quote_uids"]) == ("answered", [given.json()["uid"]])
    assert api.get(f"/api/v1/quotes/{given.json()['uid']}").json()["request_uid"] == asked["uid"]


def test_the_operators_price_book(buyer: Organisation) -> None:
    api, operator = client_of(buyer), client_of(operator_firm())
    document = default_book().to_dict()
    assert api.get("/api/v1/price-books").status_code == 403
    assert [b["number"] for b in operator.get("/api/v1/price-books").json()["items"]] == [1]
    assert post(operator, "/price-books/preview", {"document": document}).json() == []
    published = post(operator, "/price-books", {"document": document, "note": "as before"})
    assert (published.status_code, published.json()["number"]) == (201, 2)
    assert operator.get("/api/v1/price-books/2").json()["document"] == document
    assert operator.get("/api/v1/price-books/99").status_code == 404
    faulty = post(operator, "/price-books", {"document": {"version": "x"}})
    assert faulty.status_code == 422
    assert len(faulty.json()["data"]["problems"]) > 5
