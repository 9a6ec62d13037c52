"""Who comes in, and how a refusal is shown."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from buyers import firm, measured, purchaser
from penstock.hub.parties.models import User

HTMX = {"HX-Request": "true"}
PAGES = ["/parts/", "/quotes/", "/requests/", "/orders/", "/basket/", "/organisation/", "/organisation/addresses/"]


@pytest.mark.parametrize("url", PAGES)
def test_a_stranger_is_led_to_the_log_in_and_back(db, url):
    answer = Client().get(url)
    assert answer.status_code == 302
    assert answer.url == f"/accounts/login/?next={url}"


def test_a_form_sent_after_the_session_ended_is_said_to_be_lost(buyer):
    here = f"http://testserver/parts/{buyer.part_uid}"
    stranger = Client()
    answer = stranger.post(f"/parts/{buyer.part_uid}/rename", {"name": "x"}, headers={"Referer": here})
    assert answer.url.startswith("/accounts/login/?next=")
    assert "what you sent was not taken" in stranger.get(answer.url).content.decode()


def test_only_languages_with_a_catalogue_are_offered(browser, settings):
    browser.cookies["django_language"] = "zh-hans"
    page = browser.get("/orders/").content.decode()
    has_catalogue = "zh-hans" in dict(settings.LANGUAGES)
    assert ('lang="zh-hans"' in page) is has_catalogue


def test_a_fragment_asked_for_after_the_session_ended_sends_the_whole_page_to_the_log_in(buyer):
    answer = Client().get(
        f"/parts/{buyer.part_uid}/card",
        headers={**HTMX, "HX-Current-URL": "http://testserver/parts/"},
    )
    assert answer.status_code == 204
    assert answer["HX-Redirect"].startswith("/accounts/login/?next=")


def test_a_person_without_organisation_founds_one_first(db):
    client = Client()
    client.force_login(User.objects.create_user("new@example.org"), "django.contrib.auth.backends.ModelBackend")
    assert client.get("/parts/").url == "/organisation/new"
    founded = client.post("/organisation/new", {"name": "Werkstatt Nord", "country": "DE", "kinds": ["buyer"]})
    assert founded.url == "/"
    assert client.get("/parts/").status_code == 200


def test_the_front_door_says_what_this_is_and_buyers_begin_at_their_parts(browser):
    assert b"no account is needed" in Client().get("/").content
    assert browser.get("/").url == "/parts/"


def test_what_belongs_to_another_organisation_is_not_there(browser):
    other = measured(purchaser(firm("Somebody else")))
    for url in (f"/parts/{other.part.uid}", f"/revisions/{other.uid}/picture", f"/revisions/{other.uid}/file"):
        answer = browser.get(url)
        assert answer.status_code == 404
        assert b"There is nothing here" in answer.content


def test_a_refused_form_comes_back_with_the_reason(buyer, browser):
    here = f"http://testserver/parts/{buyer.part_uid}"
    answer = browser.post(f"/parts/{buyer.part_uid}/rename", {"name": "  "}, headers={"Referer": here}, follow=True)
    assert answer.redirect_chain == [(here, 302)]
    assert "A part needs a name." in answer.content.decode()


def test_a_refusal_never_leads_to_another_site(buyer, browser):
    answer = browser.post(
        f"/parts/{buyer.part_uid}/rename", {"name": " "}, headers={"Referer": "https://evil.example/parts/"}
    )
    assert answer.status_code == 422
    assert b"evil.example" not in answer.content


def test_a_refused_htmx_request_becomes_a_notice(buyer, browser):
    answer = browser.post(f"/quotes/of/{buyer.revision.uid}", {"quantity": "-3"}, headers=HTMX)
    assert answer.status_code == 422
    assert answer["X-Penstock-Refusal"] == "bad_quantity"
    assert answer["HX-Retarget"] == "#toasts"
    assert b"<html" not in answer.content


def test_a_viewer_sees_and_changes_nothing(buyer):
    viewer = buyer.browser("viewer")
    page = viewer.get("/parts/").content.decode()
    assert "data-upload" not in page
    assert viewer.post(f"/parts/{buyer.part_uid}/archive").status_code == 403
    buyer.revision.part.refresh_from_db()
    assert not buyer.revision.part.is_archived


def test_verbs_are_not_reached_by_links(buyer, browser):
    answer = browser.get(f"/parts/{buyer.part_uid}/archive")
    assert answer.status_code == 405
    assert answer["Allow"] == "POST"
    assert "not a page" in answer.content.decode()
    assert "To the start" in answer.content.decode()


def test_no_page_needs_an_inline_script(buyer, browser):
    """The content security policy forbids them: one would be dead on arrival."""
    urls = [*PAGES, "/", f"/parts/{buyer.part_uid}", "/organisation/keys/", "/organisation/new", "/accounts/email/"]
    for client, chosen in ((browser, urls), (Client(), ["/", "/accounts/login/", "/accounts/signup/", "/nowhere"])):
        for url in chosen:
            answer = client.get(url, follow=True)
            page = answer.content.decode()
            assert "script-src 'self';" in answer["Content-Security-Policy"]
            assert not re.search(r"<[^>]+\son[a-z]+=", page), url
            assert not re.search(r"<script(?![^>]*(src=|application/json))", page), url
            assert "hx-on" not in page, url


def test_templates_carry_no_inline_handlers(repository):
    for template in (repository / "src/penstock/hub").rglob("templates/**/*.html"):
        text = template.read_text()
        assert not re.search(r"\s(on(click|change|submit|input|load)|hx-on[:\w-]*)=", text), template
        assert "javascript:" not in text, template
