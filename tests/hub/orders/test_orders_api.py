"""The order room's JSON door: from basket to order and on, once per click; no maker's share leaves it."""

from __future__ import annotations

import json

import pytest

from buyers import client_of, firm
from penstock.hub.orders.models import Order

pytestmark = pytest.mark.django_db


@pytest.fixture
def api(buyer):
    return client_of(buyer)


def send(client, path: str, body: object = None, method: str = "post", **headers: str):
    call = getattr(client, method)
    return call(f"/api/v1{path}", json.dumps(body), content_type="application/json", headers=headers)


def test_from_basket_to_order(api, quote, home, credit) -> None:
    option = quote.options.all()[0]
    line = send(api, "/basket", {"option_uid": option.uid, "quantity": 10})
    assert line.status_code == 201, line.content
    changed = send(api, f"/basket/{line.json()['uid']}", {"quantity": 4}, "put")
    assert changed.json()["quantity"] == 4
    basket = api.get("/api/v1/basket").json()
    choice = basket["services"][0]
    wanted = {
        "ship_to_uid": basket["ship_to_uid"],
        "service": choice["service"],
        "payment_method": "account",
        "expected_total": choice["total"],
    }
    placed = send(api, "/orders", wanted, **{"Idempotency-Key": "click"})
    assert placed.status_code == 201, placed.content
    assert send(api, "/orders", wanted, **{"Idempotency-Key": "click"}).json() == placed.json()
    assert Order.objects.across_tenants().count() == 1
    order = placed.json()
    assert (order["state"], order["total"]) == ("confirmed", choice["total"])
    assert "payout" not in placed.content.decode()
    assert send(api, "/orders", wanted, **{"Idempotency-Key": "another"}).json()["code"] == "basket_empty"
    assert [o["uid"] for o in api.get("/api/v1/orders?search=brack").json()["items"]] == [order["uid"]]
    assert api.get(f"/api/v1/orders/{order['uid']}").json()["ship_to"]["city"] == "Suzhou"
    kinds = [entry["kind"] for entry in api.get(f"/api/v1/orders/{order['uid']}/timeline").json()]
    assert kinds == ["orders.placed", "ledger.charged_to_account", "orders.confirmed"]


def test_pay_again_after_placing(api, place) -> None:
    order = place(method="sandbox")
    again = send(api, f"/orders/{order.uid}/payments", {"method": "sandbox"})
    assert (again.status_code, again.json()["state"]) == (201, "pending")
    by_account = send(api, f"/orders/{order.uid}/payments", {"method": "account"})
    assert by_account.json()["state"] == "succeeded"
    assert api.get(f"/api/v1/orders/{order.uid}").json()["state"] == "confirmed"
    assert send(api, f"/orders/{order.uid}/payments", {"method": "account"}).status_code == 409


def test_share_and_order_again(api, client, place) -> None:
    order = place()
    token = send(api, f"/orders/{order.uid}/share").json()["token"]
    shared = client.get(f"/api/v1/shared/orders/{token}")
    assert shared.json()["number"] == order.number
    assert str(order.total) not in shared.content.decode()
    assert "Jinji" not in shared.content.decode()
    assert send(api, f"/orders/{order.uid}/unshare").status_code == 204
    assert client.get(f"/api/v1/shared/orders/{token}").status_code == 404
    again = send(api, f"/orders/{order.uid}/reorder")
    assert (again.status_code, len(again.json())) == (201, 2)
    for line in again.json():
        assert send(api, f"/basket/{line['uid']}", method="delete").status_code == 204
    assert api.get("/api/v1/basket").json()["lines"] == []


def test_a_stranger_finds_nothing(place, put) -> None:
    order = place()
    line = put()
    stranger = client_of(firm("Nosy"))
    assert stranger.get("/api/v1/orders").json()["items"] == []
    for path, method, body in (
        (f"/orders/{order.uid}", "get", None),
        (f"/orders/{order.uid}/timeline", "get", None),
        (f"/orders/{order.uid}/payments", "post", {"method": "account"}),
        (f"/orders/{order.uid}/share", "post", None),
        (f"/orders/{order.uid}/unshare", "post", None),
        (f"/orders/{order.uid}/reorder", "post", None),
        (f"/basket/{line.uid}", "put", {"quantity": 2}),
        (f"/basket/{line.uid}", "delete", None),
    ):
        answer = stranger.get(f"/api/v1{path}") if method == "get" else send(stranger, path, body, method)
        assert answer.status_code == 404, path
