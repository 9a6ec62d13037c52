"""The doors of the ledger: the API, a provider's notices over HTTP, the sandbox page, statements as files."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from django.test import Client
from django.utils import timezone

from penstock.hub.core.actors import SYSTEM
from penstock.hub.ledger import sandbox, services
from penstock.hub.ledger.models import Payment
from penstock.hub.parties import selectors as parties
from penstock.hub.parties import services as parties_services
from penstock.hub.parties.models import Organisation, User

pytestmark = pytest.mark.django_db

ORDER = "ord_TEST"


class Person:
    """The owner of an organisation, logged in."""

    def __init__(self, email: str, kind: str) -> None:
        self.user = User.objects.create_user(email)
        self.organisation = parties_services.register_organisation(
            user=self.user, name=email.split("@")[0], country="CN", kinds=[kind], actor=SYSTEM
        )
        self.actor = parties.actor_for_member(parties.member_for_user(self.user))
        self.client = Client()
        self.client.force_login(self.user)

    def __call__(self, method: str, path: str, body: object = None, **headers: str):
        content = b"" if body is None else json.dumps(body)
        return self.client.generic(method, f"/api/v1{path}", content, "application/json", headers=headers)


@pytest.fixture
def buyer(db) -> Person:
    return Person("buyer@example.com", "buyer")


@pytest.fixture
def maker(db) -> Person:
    return Person("maker@example.com", "maker")


@pytest.fixture
def operator(db) -> Person:
    return Person("operator@example.com", "operator")


@pytest.fixture
def payment(buyer: Person) -> Payment:
    return services.open_payment(
        actor=buyer.actor,
        organisation_id=buyer.organisation.pk,
        order_uid=ORDER,
        amount=Decimal("113.00"),
        currency="CNY",
        method="sandbox",
    )


def credited(maker: Person) -> None:
    services.credit_payee(
        actor=SYSTEM,
        key="k",
        organisation_id=maker.organisation.pk,
        amount=Decimal(70),
        order_uid=ORDER,
        subject_uid="job_1",
        text="Job 1",
    )


def test_a_payment_by_api(buyer: Person, maker: Person, operator: Person, payment: Payment) -> None:
    begun = buyer("POST", f"/payments/{payment.uid}/begin").json()
    assert (begun["state"], begun["amount"]) == ("pending", "113.00")
    assert buyer("POST", f"/payments/{payment.uid}/begin").json() == begun
    answer = f"/payments/sandbox/{begun['provider_reference']}"
    assert maker("POST", answer, {"answer": "approve"}).status_code == 404
    assert buyer("POST", answer, {"answer": "perhaps"}).status_code == 422
    assert buyer("POST", answer, {"answer": "approve"}).json()["state"] == "succeeded"
    assert [len(who("GET", "/payments").json()["items"]) for who in (buyer, maker, operator)] == [1, 0, 1]
    assert buyer("GET", "/payments?order_uid=ord_OTHER").json()["items"] == []
    services.refund(actor=SYSTEM, order_uid=ORDER, amount=Decimal(13), key="r", reason="late")
    [refund] = buyer("GET", "/refunds").json()["items"]
    assert (refund["payment_uid"], refund["amount"]) == (payment.uid, "13.00")


def test_a_provider_reports_over_http(buyer: Person, payment: Payment) -> None:
    begun = services.begin_payment(actor=buyer.actor, payment_uid=payment.uid)
    [(body, headers)] = sandbox.answer(begun.provider_reference, "approve")
    nobody = Client(enforce_csrf_checks=True)

    def report(provider: str, headers: dict[str, str]) -> int:
        path = f"/api/v1/payments/notices/{provider}"
        return nobody.post(path, body, "application/json", headers=headers).status_code

    assert report("sandbox", {sandbox.SIGNATURE_HEADER: "0" * 64}) == 403
    assert report("paypal", headers) == 422
    assert [report("sandbox", headers) for _ in range(2)] == [204, 204]
    assert services.held(ORDER) == Decimal("113.00")


def test_the_sandbox_page_answers_for_the_payer(buyer: Person, maker: Person, payment: Payment) -> None:
    page = services.begin_payment(actor=buyer.actor, payment_uid=payment.uid).next_url
    assert Client().get(page).status_code == 302  # to the log-in
    assert maker.client.get(page).status_code == 404
    assert maker.client.post(page, {"answer": "approve"}).status_code == 404
    shown = buyer.client.get(page).content.decode()
    assert "CN¥113.00" in shown
    assert shown.count('name="answer"') == len(sandbox.ANSWERS)
    answered = buyer.client.post(page, {"answer": "approve_and_report_twice"})
    assert (answered.status_code, answered.url) == (302, f"/orders/{ORDER}")
    assert services.held(ORDER) == Decimal("113.00")
    assert 'name="answer"' not in buyer.client.get(page).content.decode()


def test_without_the_sandbox_nobody_pays_there(buyer: Person, payment: Payment, settings) -> None:
    page = services.begin_payment(actor=buyer.actor, payment_uid=payment.uid).next_url
    settings.PAYMENT_PROVIDER = "bank"
    buyer.client.post(page, {"answer": "approve"})
    assert services.held(ORDER) == 0


def test_credit_by_api(buyer: Person, operator: Person) -> None:
    path = f"/organisations/{buyer.organisation.uid}"
    limit = {"amount": "500.00", "days": 14}
    assert buyer("PUT", f"{path}/credit-limit", limit).status_code == 403
    assert operator("PUT", f"{path}/credit-limit", limit).json()["days"] == 14
    assert operator("PUT", "/organisations/org_NONE/credit-limit", limit).status_code == 404
    services.open_payment(
        actor=buyer.actor,
        organisation_id=buyer.organisation.pk,
        order_uid=ORDER,
        amount=Decimal(200),
        currency="CNY",
        method="account",
    )
    account = buyer("GET", "/account").json()
    assert (account["owed_by_you"], account["credit_available"], account["days_to_pay"]) == ("200.00", "300.00", 14)
    receipt = {"amount": "50.00", "reference": "B-1"}
    assert buyer("POST", f"{path}/receipts", receipt).status_code == 403
    answers = [operator("POST", f"{path}/receipts", receipt) for _ in range(2)]
    assert [(answer.status_code, answer.json()["owed_by_you"]) for answer in answers] == [(201, "150.00")] * 2
    assert operator("GET", "/credit-limits").json()["items"][0]["organisation_uid"] == buyer.organisation.uid


def test_statements_and_payouts_by_api(buyer: Person, maker: Person, operator: Person) -> None:
    credited(maker)
    today = timezone.localdate().isoformat()
    asked = {"organisation_uid": maker.organisation.uid, "period_start": today, "period_end": today}
    assert maker("POST", "/statements", asked).status_code == 403
    made = operator("POST", "/statements", asked, **{"Idempotency-Key": "k"})
    assert made.status_code == 201
    assert operator("POST", "/statements", asked, **{"Idempotency-Key": "k"}).json() == made.json()
    uid = made.json()["uid"]
    assert maker("GET", f"/statements/{uid}").json()["closing"] == "70.00"
    lines = maker("GET", f"/statements/{uid}/lines?limit=1").json()
    assert ([line["subject_uid"] for line in lines["items"]], lines["next"]) == (["job_1"], None)
    assert buyer("GET", f"/statements/{uid}/lines").status_code == 404
    for name, starts in (("csv", b"\xef\xbb\xbf"), ("pdf", b"%PDF-")):
        file = maker("GET", f"/statements/{uid}/{name}")
        assert file.content.startswith(starts)
        assert file["Content-Disposition"].startswith("attachment")
        assert buyer("GET", f"/statements/{uid}/{name}").status_code == 404
    assert [len(who("GET", "/statements").json()["items"]) for who in (buyer, maker)] == [0, 1]
    owed = {"organisation_uid": maker.organisation.uid}
    assert maker("POST", "/payouts", owed).status_code == 403
    payout = operator("POST", "/payouts", owed).json()
    assert operator("POST", "/payouts", owed).json()["code"] == "nothing_owed"
    assert operator("POST", f"/payouts/{payout['uid']}/cancel").json()["state"] == "cancelled"
    payout = operator("POST", "/payouts", owed).json()
    assert maker("POST", f"/payouts/{payout['uid']}/paid", {"reference": "B"}).status_code == 403
    assert operator("POST", f"/payouts/{payout['uid']}/paid", {"reference": "B"}).json()["state"] == "paid"
    assert [row["state"] for row in maker("GET", "/payouts").json()["items"]] == ["paid", "cancelled"]


def test_only_the_operator_reads_the_books(buyer: Person, maker: Person, operator: Person) -> None:
    credited(maker)
    for path in ("/ledger/balances", "/ledger/check"):
        assert buyer("GET", path).status_code == 403
    assert {row["purpose"]: row["amount"] for row in operator("GET", "/ledger/balances").json()} == {
        "payables": "70.00",
        "warranty": "70.00",
    }
    assert operator("GET", "/ledger/check").json() == {"balanced": True, "faults": []}


def test_lists_do_not_ask_more_the_longer_they_are(
    operator: Person, buyer: Person, django_assert_max_num_queries
) -> None:
    def pay(n: int) -> None:
        payment = services.open_payment(
            actor=buyer.actor,
            organisation_id=buyer.organisation.pk,
            order_uid=f"ord_{n}",
            amount=Decimal(10),
            currency="CNY",
            method="sandbox",
        )
        services.pay_now(actor=buyer.actor, payment_uid=payment.uid)
        services.refund(actor=SYSTEM, order_uid=f"ord_{n}", amount=Decimal(1), key=f"r{n}", reason="late")
        firm = Organisation.objects.create(name=f"Firm {n}", country="CN", kinds=["maker"])
        services.set_credit_limit(actor=SYSTEM, organisation_uid=firm.uid, amount=Decimal(1))

    for n in range(12):
        pay(n)
    for path in ("/payments", "/refunds", "/credit-limits", "/ledger/balances"):
        with django_assert_max_num_queries(5):
            assert operator("GET", path).status_code == 200
