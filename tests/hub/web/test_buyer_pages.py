"""A buyer's way through the pages, as the browser sends it: from a file to a paid order."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import formats, timezone

from buyers import box_stl
from penstock.hub.core import jobs
from penstock.hub.orders.models import BasketLine, Order
from penstock.hub.parts.models import Part
from penstock.hub.quotes.models import Quote

FETCH = {"X-Requested-With": "fetch"}


def stl(name: str = "plate.stl", content: bytes | None = None) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, box_stl(60, 40, 8) if content is None else content)


def table_of(client: Client, revision_uid: str, **form: object) -> tuple[str, Quote]:
    answer = client.post(f"/quotes/of/{revision_uid}", form)
    assert answer.status_code == 200
    return answer.content.decode(), answer.context["quote"]


@pytest.fixture
def filled(buyer, browser) -> Quote:
    """One line in the basket."""
    _page, quote = table_of(browser, buyer.revision.uid)
    option = quote.options.first()
    browser.post("/basket/add", {"option": option.uid, "quantity": 10, "lead": "standard"})
    return quote


def test_a_file_becomes_a_card_that_waits_quietly_until_it_is_measured(browser):
    answer = browser.post("/parts/upload", {"file": stl()}, headers=FETCH)
    assert answer.status_code == 201
    part = Part.objects.across_tenants().get(name="plate")
    card = f"/parts/{part.uid}/card"
    assert card in answer.content.decode()
    assert browser.get(card).status_code == 204
    assert browser.get(f"/parts/{part.uid}/measuring").status_code == 204
    jobs.drain()
    measured = browser.get(card).content.decode()
    assert "Ready" in measured
    assert "60.0 × 40.0 × 8.0 mm" in measured
    assert "hx-trigger" not in measured
    assert browser.get(f"/parts/{part.uid}/measuring")["HX-Refresh"] == "true"


def test_without_scripts_all_files_go_in_one_form(browser):
    answer = browser.post("/parts/upload", {"file": [stl("a.stl"), stl("b.stl")]})
    assert answer.url == "/parts/"
    assert set(Part.objects.across_tenants().values_list("name", flat=True)) >= {"a", "b"}


def test_a_refused_file_says_why(browser):
    browser.post("/parts/upload", {"file": stl("broken.stl", b"solid nothing\nendsolid nothing\n")})
    jobs.drain()
    page = browser.get("/parts/").content.decode()
    assert "Refused" in page
    part = Part.objects.across_tenants().get(name="broken")
    detail = browser.get(f"/parts/{part.uid}").content.decode()
    assert "This file cannot be used" in detail
    assert "/quotes/of/" not in detail


def test_an_empty_upload_is_a_sentence(browser):
    answer = browser.post("/parts/upload", {}, headers=FETCH)
    assert answer.status_code == 422
    assert "Choose at least one file." in answer.content.decode()


def test_the_file_leaves_only_as_an_attachment(buyer, browser):
    answer = browser.get(f"/revisions/{buyer.revision.uid}/file")
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["X-Content-Type-Options"] == "nosniff"
    picture = browser.get(f"/revisions/{buyer.revision.uid}/picture")
    assert picture["Content-Type"] == "image/png"


def test_archived_parts_leave_the_list_and_come_back(buyer, browser):
    browser.post(f"/parts/{buyer.part_uid}/archive")
    assert buyer.part_uid not in browser.get("/parts/").content.decode()
    assert buyer.part_uid in browser.get("/parts/?archived=1").content.decode()
    browser.post(f"/parts/{buyer.part_uid}/restore")
    assert buyer.part_uid in browser.get("/parts/?q=brack").content.decode()


def test_the_table_recommends_the_cheapest_and_is_kept_while_it_is_valid(buyer, browser):
    page, quote = table_of(browser, buyer.revision.uid)
    assert "Recommended: the cheapest of" in page
    assert "Cannot make it, or not by rule" in page
    assert table_of(browser, buyer.revision.uid)[1] == quote
    page, other = table_of(browser, buyer.revision.uid, quantity="25")
    assert other != quote
    assert other.quantities == [1, 10, 25, 100]
    assert "25 pieces" in page


def test_a_price_opens_into_its_breakdown(buyer, browser):
    _page, quote = table_of(browser, buyer.revision.uid)
    option = quote.options.first()
    price = option.prices.get(quantity=10, lead_class="express")
    page = browser.get(f"/quotes/{quote.uid}/price/{option.uid}?quantity=10&lead=express").content.decode()
    for item in price.breakdown:
        assert item["code"] == "margin" or item["label"] in page
        assert formats.number_format(Decimal(item["amount"]), 2) in page
    assert "Service of the network" in page
    assert "Margin" not in page
    assert browser.get(f"/quotes/{quote.uid}/price/{option.uid}?quantity=11").status_code == 404


def test_a_shared_quote_is_read_by_a_stranger_who_can_choose_nothing(buyer, browser):
    _page, quote = table_of(browser, buyer.revision.uid)
    link = browser.post(f"/quotes/{quote.uid}/share").context["link"].removeprefix("http://testserver")
    stranger = Client()
    page = stranger.get(link).content.decode()
    assert "shared by a link" in page
    assert "quote-of-revision" not in page
    assert "hx-post" not in page
    option = quote.options.first()
    opened = stranger.get(f"{link}/price/{option.uid}?quantity=10")
    assert opened.status_code == 200
    assert "Into the basket" not in opened.content.decode()
    assert stranger.get(f"/quotes/{quote.uid}").status_code == 302
    assert stranger.get("/shared/quotes/guessed").status_code == 404


def test_a_request_for_quotation_is_sent_and_withdrawn(buyer, browser):
    answer = browser.post(f"/requests/new/{buyer.revision.uid}", {"quantity": 3, "need": "Must stand 150 °C"})
    page = browser.get(answer.url).content.decode()
    assert "Must stand 150 °C" in page
    assert "Waiting for an answer" in page
    browser.post(f"{answer.url}/withdraw")
    assert "Withdrawn" in browser.get("/requests/").content.decode()


def test_the_basket_changes_at_the_price_of_the_new_quantity(filled, browser):
    line = BasketLine.objects.across_tenants().get()
    before = line.price.unit_price
    browser.post(f"/basket/{line.uid}/change", {"quantity": 40})
    line = BasketLine.objects.across_tenants().select_related("price").get()
    assert (line.quantity, line.price.quantity) == (40, 40)
    assert line.price.unit_price < before
    browser.post(f"/basket/{line.uid}/remove")
    assert "The basket is empty" in browser.get("/basket/").content.decode()


def test_an_unknown_city_keeps_what_was_typed(buyer, filled, browser):
    buyer.address.is_active = False
    buyer.address.save()
    assert "Where should the parts go?" in browser.get("/checkout").content.decode()
    typed = {"recipient": "Anna", "street": "Lindenweg 4", "city": "Atlantis", "country": "DE"}
    answer = browser.post("/checkout/address", typed)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "Atlantis" in page
    assert "Lindenweg 4" in page
    assert browser.post("/checkout/address", typed | {"city": "Hamburg"}).url.startswith("/checkout?to=adr_")


def checkout(browser: Client, buyer, **changes: object) -> dict[str, object]:
    shown = browser.get("/checkout").context
    return {
        "to": buyer.address.uid,
        "service": shown["service"].service,
        "method": "sandbox",
        "expected_total": str(shown["service"].total),
        "purchase_order": "PO-77",
    } | changes


def test_an_order_is_placed_for_the_total_that_was_shown_and_for_no_other(buyer, filled, browser):
    form = checkout(browser, buyer)
    stale = browser.post("/checkout", form | {"expected_total": "1.00"})
    assert stale.status_code == 409
    assert "The total has changed" in stale.content.decode()
    assert "PO-77" in stale.content.decode()
    assert not Order.objects.across_tenants().exists()
    placed = browser.post("/checkout", form)
    order = Order.objects.across_tenants().get()
    assert order.total == Decimal(str(form["expected_total"]))
    assert placed.url.startswith("/sandbox/pay/")
    assert browser.post("/checkout", form).url == "/basket/"  # the second of two clicks
    assert Order.objects.across_tenants().count() == 1


def test_a_declined_payment_is_tried_again_and_the_page_tells_only_news(buyer, filled, browser):
    sandbox = browser.post("/checkout", checkout(browser, buyer)).url
    order = Order.objects.across_tenants().get()
    here = f"/orders/{order.uid}"
    browser.post(sandbox, {"answer": "decline"})
    page = browser.get(here)
    assert "The payment was declined." in page.content.decode()
    seen = page.context["version"]
    assert browser.get(f"{here}/news?seen={seen}").status_code == 204
    again = browser.post(f"{here}/pay").url
    assert again != sandbox
    browser.post(again, {"answer": "approve"})
    jobs.drain()
    news = browser.get(f"{here}/news?seen={seen}")
    assert news.status_code == 200
    assert "Waiting for your payment" not in news.content.decode()
    assert order.number in browser.get("/orders/?q=PO-77").content.decode()
    assert "Nothing found" in browser.get("/orders/?state=cancelled").content.decode()


def test_an_order_is_cancelled_ordered_again_and_shared(buyer, filled, browser):
    browser.post("/checkout", checkout(browser, buyer))
    order = Order.objects.across_tenants().get()
    link = browser.post(f"/orders/{order.uid}/share").context["link"].removeprefix("http://testserver")
    stranger = Client().get(link).content.decode()
    assert order.number in stranger
    assert '<form method="post" action="/orders' not in stranger
    assert "CN¥" not in stranger
    assert "Payment" not in stranger
    assert browser.post(f"/orders/{order.uid}/reorder").url == "/basket/"
    assert BasketLine.objects.across_tenants().get().quantity == 10
    assert "Order again" in browser.get(f"/orders/{order.uid}").content.decode()
    browser.post(f"/orders/{order.uid}/cancel")
    page = browser.get(f"/orders/{order.uid}").content.decode()
    assert "Cancelled" in page
    assert "Order again" not in page
    assert "Promised for" not in page


def test_what_was_chosen_in_the_table_is_in_the_pages_address(buyer, browser):
    """So that a reload, and the way back from the basket, show the same prices."""
    here = f"http://testserver/parts/{buyer.part_uid}?revision=1&quantity=3"
    answer = browser.post(
        f"/quotes/of/{buyer.revision.uid}",
        {"quantity": 25, "lead": "express"},
        headers={"HX-Request": "true", "HX-Current-URL": here},
    )
    address = answer["HX-Replace-Url"]
    assert address == f"/parts/{buyer.part_uid}?revision=1&quantity=25&lead=express"
    page = browser.get(address).content.decode()
    asked = re.search(r'hx-post="(/quotes/of/[^"]+)"', page).group(1).replace("&amp;", "&")
    again = browser.post(asked, headers={"HX-Request": "true", "HX-Current-URL": f"http://testserver{address}"})
    assert (again.context["table"].quantity, again.context["table"].lead_class) == (25, "express")


def test_the_address_of_the_check_outs_address_form_can_be_reloaded(browser):
    assert browser.get("/checkout/address").url == "/checkout"


def test_nothing_can_be_complained_about_before_it_arrived(buyer, filled, browser):
    browser.post("/checkout", checkout(browser, buyer))
    order = Order.objects.across_tenants().get()
    assert "Nothing has arrived yet" in browser.get(f"/orders/{order.uid}/complain").content.decode()


def test_a_purchaser_without_the_right_to_pay_is_told_who_can(buyer, filled):
    worker = buyer.browser("worker")
    assert "Your role does not include placing orders" in worker.get("/checkout").content.decode()
    assert worker.post("/checkout", checkout(worker, buyer)).status_code == 403
    assert not Order.objects.across_tenants().exists()


def test_an_expired_quote_is_priced_again_with_one_click(filled, browser):
    assert b"Price it again" not in browser.get(f"/quotes/{filled.uid}").content
    Quote.objects.across_tenants().update(expires_at=timezone.now())
    assert b"Price it again" in browser.get(f"/quotes/{filled.uid}").content
    answer = browser.post(f"/quotes/{filled.uid}/again")
    fresh = Quote.objects.across_tenants().get(uid=answer["Location"].rsplit("/", 1)[-1])
    assert (fresh.revision, fresh.quantities) == (filled.revision, filled.quantities)
    assert b"Price it again" not in browser.get(f"/quotes/{fresh.uid}").content
    # The basket has the old price, and the button beside it.
    line = BasketLine.objects.across_tenants().get()
    assert b"has expired" in browser.get("/basket/").content
    assert browser.post(f"/basket/{line.uid}/again")["Location"] == "/basket/"
    assert b"has expired" not in browser.get("/basket/").content


def test_fewer_parcels_or_earlier_is_a_switch_with_price_and_day(buyer, filled, browser):
    assert b"Fewer parcels" not in browser.get("/basket/").content, "all is ready on one day"
    option = filled.options.first().uid
    browser.post("/basket/add", {"option": option, "quantity": 1, "lead": "express"})
    page = browser.get("/basket/").content.decode()
    assert "Fewer parcels" in page
    assert "/checkout?parcels=fewer" in page
    earlier, fewer = (browser.get(f"/checkout?parcels={each}").context["service"] for each in ("earlier", "fewer"))
    assert earlier.carriage > fewer.carriage
    chosen = checkout(browser, buyer, parcels="earlier", expected_total=str(earlier.total))
    assert browser.post("/checkout", chosen).status_code == 302
    assert Order.objects.across_tenants().get().parcels == "earlier"


def test_what_a_finding_forbids_has_ways_out_and_no_way_into_the_basket(browser):
    browser.post("/parts/upload", {"file": stl("shim.stl", box_stl(60, 40, 0.4))})
    jobs.drain()
    revision = Part.objects.across_tenants().get(name="shim").revisions.get()
    page, quote = table_of(browser, revision.uid, quantity="10")
    assert "cannot be ordered at this price" in page
    option = quote.options.filter(process="fdm").first()
    price = browser.get(f"/quotes/{quote.uid}/price/{option.uid}?quantity=10").content.decode()
    assert "Into the basket" not in price
    (ask,) = re.findall(r'href="(/requests/new/[^"]+)"', price)
    form = browser.get(ask.replace("&amp;", "&")).content.decode()
    assert '<option value="fdm" selected>' in form
    assert f'value="{option.material}" selected' in form
    assert re.search(r'name="quantity" value="10"', form)
    refused = browser.post("/basket/add", {"option": option.uid, "quantity": 10, "lead": "standard"}, follow=True)
    assert "cannot be made by FDM" in refused.content.decode()
    assert not BasketLine.objects.across_tenants().exists()


def test_a_confirmed_order_has_its_confirmation_on_paper(buyer, filled, browser):
    browser.post("/checkout", checkout(browser, buyer, purchase_order="测试-77"))
    order = Order.objects.across_tenants().get()
    here = f"/orders/{order.uid}/confirmation"
    assert browser.get(here).status_code == 409
    assert here not in browser.get(f"/orders/{order.uid}").content.decode()
    Order.objects.across_tenants().update(state="confirmed")
    paper = browser.get(here)
    assert paper["Content-Type"] == "application/pdf"
    assert f"{order.number}.pdf" in paper["Content-Disposition"]
    assert paper.content.startswith(b"%PDF")
    assert here in browser.get(f"/orders/{order.uid}").content.decode()
    assert Client().get(here).status_code == 302
