"""The operator's desk for complaints."""

from __future__ import annotations

import pytest
from django.test import Client

import founding
from founding import NYLON, People
from penstock.demo import journey
from penstock.hub.orders.models import OrderLine
from penstock.hub.parties.models import Member
from penstock.hub.production.models import Job
from penstock.hub.quality import services
from penstock.hub.quality.models import Complaint


@pytest.fixture
def line(people: People) -> OrderLine:
    """Three delivered pieces."""
    order = founding.order(people.buyer, (people.bracket, 3, NYLON))
    journey.work_off([order])
    return founding.lines_of(order)[0]


@pytest.fixture
def complaint(people: People, line: OrderLine) -> Complaint:
    return services.complain(actor=people.buyer, line_uid=line.uid, quantity=2, text="Two edges are chipped.")


def browser_of(member_id: int | None) -> Client:
    client = Client()
    member = Member.objects.across_tenants().get(pk=member_id)
    client.force_login(member.user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def desk(people: People) -> Client:
    return browser_of(people.operator.member_id)


def text_of(answer) -> str:
    return answer.content.decode()


def test_the_desk_shows_what_is_wrong_and_who_made_it(complaint: Complaint, line: OrderLine, desk: Client) -> None:
    assert "Complaints to answer" in text_of(desk.get("/"))
    page = text_of(desk.get(f"/desk/complaints/{complaint.uid}"))
    job = Job.objects.across_tenants().get(line=line)
    assert job.build is not None
    for word in ("Two edges are chipped.", job.uid, job.build.maker.organisation.name, job.build.machine.name):
        assert word in page


def test_a_reprint_is_decided_from_the_desk(complaint: Complaint, line: OrderLine, desk: Client) -> None:
    job = Job.objects.across_tenants().get(line=line)
    form = {"remedy": "reprint", "cause": "maker", "cause_job_uid": job.uid, "answer": "Made again by another."}
    assert desk.post(f"/desk/complaints/{complaint.uid}/decide", form).status_code == 302
    complaint.refresh_from_db()
    assert (complaint.state, complaint.remedy, complaint.cause_job_id) == ("in_remedy", "reprint", job.pk)
    assert Job.objects.across_tenants().filter(complaint_uid=complaint.uid).exists()
    assert "Complaints to answer" not in text_of(desk.get("/"))


def test_a_refused_decision_stays_as_it_was_typed(complaint: Complaint, desk: Client) -> None:
    form = {"remedy": "refund", "cause": "platform", "amount": "999999", "answer": "All of it back."}
    page = desk.post(f"/desk/complaints/{complaint.uid}/decide", form)
    assert page.status_code == 422
    assert "The amount must be above zero" in text_of(page)
    assert "All of it back." in text_of(page)
    complaint.refresh_from_db()
    assert complaint.state == "open"


def test_rejecting_needs_a_reason(complaint: Complaint, desk: Client) -> None:
    assert desk.post(f"/desk/complaints/{complaint.uid}/reject", {"answer": ""}).status_code == 422
    assert desk.post(f"/desk/complaints/{complaint.uid}/reject", {"answer": "As drawn."}).status_code == 302
    complaint.refresh_from_db()
    assert complaint.state == "rejected"


def test_somebody_looks_after_it(complaint: Complaint, desk: Client) -> None:
    desk.post(f"/desk/complaints/{complaint.uid}/take-on")
    complaint.refresh_from_db()
    assert complaint.owner is not None
    assert f"looked after by {complaint.owner.user}" in text_of(desk.get(f"/desk/complaints/{complaint.uid}"))


def test_the_desk_is_the_operators(people: People, complaint: Complaint) -> None:
    buyer = browser_of(people.buyer.member_id)
    for path in ("/desk/complaints/", f"/desk/complaints/{complaint.uid}"):
        assert buyer.get(path).status_code == 403
    form = {"remedy": "refund", "cause": "platform", "answer": "To me"}
    assert buyer.post(f"/desk/complaints/{complaint.uid}/decide", form).status_code == 403


def test_the_desk_is_searched(complaint: Complaint, desk: Client) -> None:
    assert complaint.line.part_name in text_of(desk.get(f"/desk/complaints/?q={complaint.line.order.number}"))
    assert "Nothing found" in text_of(desk.get("/desk/complaints/?state=rejected"))
