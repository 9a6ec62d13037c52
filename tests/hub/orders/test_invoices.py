"""The invoice of an order: its amounts, its number, what is credited on it, and who may read it."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction

from buyers import acting_for, client_of, operator_firm
from paper import text_of
from penstock.hub.core import network
from penstock.hub.core.actors import SYSTEM
from penstock.hub.core.errors import Conflict, NotFound
from penstock.hub.core.models import Event
from penstock.hub.ledger import services as ledger
from penstock.hub.ledger.models import Invoice
from penstock.hub.orders import services
from penstock.hub.orders.models import Order
from penstock.hub.parties.models import Organisation
from workshops import browser_of


def test_an_invoice_says_what_the_order_says(actor, buyer, place):
    Organisation.objects.update(tax_number="913205 B")
    seller = {
        "seller_name": "Taihu Parts Ltd", "seller_address": "1 Lake Road\r\nSuzhou", "seller_tax_number": "913205 S",
        "invoice_footer": "Account 6222 01",
    }  # fmt: skip
    network.change(actor=acting_for(operator_firm()), document=seller)
    order = place()
    invoice = services.invoice(actor=actor, order_uid=order.uid)
    assert (invoice.net, invoice.carriage, invoice.tax, invoice.total) == (
        order.net, order.carriage, order.tax, order.total,
    )  # fmt: skip
    assert sum(Decimal(line["net"]) for line in invoice.document["lines"]) == order.net
    page = browser_of(buyer, "Anna").get(f"/orders/{order.uid}")
    here = f"/orders/{order.uid}/invoice"
    assert here in page.content.decode()
    answer = browser_of(buyer, "Ben").get(here)
    assert (answer["Content-Type"], answer["Cache-Control"]) == ("application/pdf", "private, no-store")
    assert f"{invoice.number}.pdf" in answer["Content-Disposition"]
    text = text_of(answer.content)
    for said in (
        f"Invoice {invoice.number}", f"Order: {order.number}", "Taihu Parts Ltd", "1 Lake Road", "Tax number: 913205 S",
        "Tax number: 913205 B", "Account 6222 01", order.bill_to["street"], "to be paid within 30 days",
        f"of {order.net + order.carriage:,.2f}", f"{order.tax:,.2f}", f"{order.carriage:,.2f}", f"{order.total:,.2f}",
        *(f"{line.net:,.2f}" for line in order.lines.all()),
    ):  # fmt: skip
        assert said in text, said
    assert "Credited" not in text


def test_numbers_have_no_gap_and_an_invoice_stays_as_it_is(actor, place):
    first, second = place(), place()
    with transaction.atomic():
        services.invoice(actor=actor, order_uid=first.uid)
        transaction.set_rollback(True)
    issued = [services.invoice(actor=actor, order_uid=each.uid) for each in (second, first)]
    network.change(actor=acting_for(operator_firm()), document={"seller_name": "Another"})
    again = services.invoice(actor=SYSTEM, order_uid=second.uid)
    assert (again.pk, again.document) == (issued[0].pk, issued[0].document)
    assert [each.serial for each in issued] == [1, 2]
    assert issued[1].number.endswith("-000002")
    assert issued[0].document["seller"]["name"] == "Penstock"
    assert Event.objects.filter(kind="ledger.invoice_issued").count() == 2
    for change in (lambda found: found.update(number="I-1"), lambda found: found.delete()):
        with pytest.raises(DatabaseError), transaction.atomic():
            change(Invoice.objects.across_tenants())


def test_what_goes_back_is_credited_but_no_second_payment(actor, place):
    order = place()
    line = order.lines.first()
    invoice = services.invoice(actor=actor, order_uid=order.uid)
    services.cancel_line(actor=SYSTEM, line=line)
    given = {"actor": SYSTEM, "order_uid": order.uid, "amount": Decimal("1.11"), "reason": "Paid twice"}
    ledger.refund(**given, key="double:pay_1")
    text = text_of(client_of(order.organisation).get(f"/api/v1/orders/{order.uid}/invoice").content)
    back = line.net + line.tax
    assert "Credited on" in text
    assert f"-{back:,.2f}" in text
    assert f"{invoice.total - back:,.2f}" in text
    assert f"{line.net:,.2f}" in text
    assert "1.11" not in text.replace(f"{line.net:,.2f}", "")


def test_no_invoice_before_an_order_is_confirmed_or_for_strangers(actor, buyer, place, stranger):
    order = place(method="sandbox")
    browser = browser_of(buyer, "Anna")
    here = f"/orders/{order.uid}/invoice"
    assert here not in browser.get(f"/orders/{order.uid}").content.decode()
    assert browser.get(here).status_code == 409
    services.cancel(actor=actor, order_uid=order.uid)
    with pytest.raises(Conflict):
        services.invoice(actor=actor, order_uid=order.uid)
    confirmed = place()
    with pytest.raises(NotFound):
        services.invoice(actor=stranger, order_uid=confirmed.uid)
    assert not Invoice.objects.across_tenants().exists()
    nosy = browser_of(Organisation.objects.get(pk=stranger.organisation_id), "Eve")
    assert nosy.get(f"/orders/{confirmed.uid}/invoice").status_code == 404
    assert browser_of(operator_firm(), "Mei").get(f"/orders/{confirmed.uid}/invoice").status_code == 200
    assert Order.objects.across_tenants().count() == 2
