"""The page on which a buyer says that something is wrong."""

from __future__ import annotations

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

import founding
from founding import NYLON, People
from penstock.demo import journey
from penstock.hub.orders.models import OrderLine
from penstock.hub.parties.models import Member
from penstock.hub.quality.models import Complaint


@pytest.fixture
def line(people: People) -> OrderLine:
    """Three delivered pieces."""
    order = founding.order(people.buyer, (people.bracket, 3, NYLON))
    journey.work_off([order])
    return founding.lines_of(order)[0]


@pytest.fixture
def browser(people: People) -> Client:
    client = Client()
    member = Member.objects.across_tenants().get(pk=people.buyer.member_id)
    client.force_login(member.user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_a_complaint_with_a_picture_is_sent_and_shown(browser: Client, line: OrderLine) -> None:
    out = io.BytesIO()
    Image.new("RGB", (30, 20)).save(out, "PNG")
    address = f"/orders/{line.order.uid}/complain"
    form = {
        "line": line.uid,
        "quantity": 2,
        "text": "Two are warped.",
        "pictures": SimpleUploadedFile("a.png", out.getvalue()),
    }
    assert browser.post(address, form).url == address
    complaint = Complaint.objects.across_tenants().get(line=line)
    assert (complaint.quantity, complaint.pictures.count()) == (2, 1)
    page = browser.get(address).content.decode()
    assert "Two are warped." in page
    assert "a.png" in page


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"quantity": 9}, "3"),
        ({"text": ""}, "This field is required."),
        ({"line": "lin_OTHER"}, "Select a valid choice."),
        ({"pictures": SimpleUploadedFile("a.png", b"<svg onload=alert(1)>")}, "picture"),
    ],
)
def test_what_is_not_taken_is_said_and_what_was_typed_stays(
    browser: Client, line: OrderLine, change: dict[str, object], said: str
) -> None:
    form = {"line": line.uid, "quantity": 1, "text": "Warped by two millimetres."} | change
    page = browser.post(f"/orders/{line.order.uid}/complain", form).content.decode()
    assert said in page
    assert "is-invalid" in page or "alert-danger" in page
    assert form["text"] in page
    assert not Complaint.objects.across_tenants().filter(line=line).exists()
