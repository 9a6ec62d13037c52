"""Complaints: who may open, see, decide; how much, about what; who is found to have caused it."""

from __future__ import annotations

import io
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image

import founding
from founding import ANODISED, NYLON, People
from penstock.demo import journey
from penstock.hub.core.actors import READ, Actor
from penstock.hub.core.errors import Conflict, Forbidden, Invalid, NotFound
from penstock.hub.ledger.reading import owed_to, refunded
from penstock.hub.orders.models import Order, OrderLine
from penstock.hub.parties.models import User
from penstock.hub.parts.models import Blob
from penstock.hub.production.models import Operation
from penstock.hub.quality import selectors, services
from penstock.hub.quality.models import Complaint


@pytest.fixture
def line(people: People) -> OrderLine:
    """Six delivered pieces."""
    order = founding.order(people.buyer, (people.bracket, 6, NYLON))
    journey.work_off([order])
    return founding.lines_of(order)[0]


def complain(people: People, line: OrderLine, quantity: int = 2, **more: object) -> Complaint:
    text = "Two edges are chipped."
    return services.complain(actor=people.buyer, line_uid=line.uid, quantity=quantity, text=text, **more)


def decide(people: People, complaint: Complaint, **choice: object) -> Complaint:
    given = {"remedy": "refund", "cause": "platform", "answer": "Sorry."} | choice
    return services.decide(actor=people.operator, complaint_uid=complaint.uid, **given)


def picture(name: str = "edge.png") -> SimpleUploadedFile:
    out = io.BytesIO()
    Image.new("RGB", (30, 20), (10, 90, 10)).save(out, "PNG")
    return SimpleUploadedFile(name, out.getvalue(), content_type="image/png")


def test_no_more_pieces_than_arrived_are_complained_about(people: People, line: OrderLine) -> None:
    complain(people, line, 4)
    with pytest.raises(Conflict) as refused:
        complain(people, line, 3)
    assert refused.value.data["left"] == 2
    complain(people, line, 2)
    for quantity in (1, 0, -1):
        with pytest.raises(Conflict):
            complain(people, line, quantity)


def test_what_came_to_nothing_frees_its_pieces(people: People, line: OrderLine) -> None:
    withdrawn, rejected = complain(people, line, 3), complain(people, line, 3)
    services.withdraw(actor=people.buyer, complaint_uid=withdrawn.uid)
    services.reject(actor=people.operator, complaint_uid=rejected.uid, answer="As drawn.")
    assert complain(people, line, 6).state == "open"


def test_what_has_not_arrived_is_not_complained_about(people: People) -> None:
    order = founding.order(people.buyer, (people.bracket, 2, NYLON))
    with pytest.raises(Conflict):
        complain(people, founding.lines_of(order)[0], 1)


def test_a_complaint_says_what_is_wrong(people: People, line: OrderLine) -> None:
    with pytest.raises(Invalid):
        services.complain(actor=people.buyer, line_uid=line.uid, quantity=1, text="  ")


def test_pictures_are_kept_as_jpeg_with_the_complaint(people: People, line: OrderLine) -> None:
    complaint = complain(people, line, pictures=[picture("../../edge.png")])
    services.add_pictures(actor=people.buyer, complaint_uid=complaint.uid, pictures=[picture("second.png")])
    kept = list(complaint.pictures.select_related("blob").order_by("pk"))
    assert [each.content_type for each in kept] == ["image/jpeg"] * 2
    with pytest.raises(Invalid) as refused:
        services.add_pictures(actor=people.buyer, complaint_uid=complaint.uid, pictures=[picture()] * 7)
    assert refused.value.code == "too_many_pictures"


def test_a_hostile_picture_leaves_no_complaint_behind(people: People, line: OrderLine) -> None:
    blobs = Blob.objects.count()
    with pytest.raises(Invalid):
        complain(people, line, pictures=[picture(), SimpleUploadedFile("a.svg", b"<svg/>", content_type="image/png")])
    assert not Complaint.objects.across_tenants().exists()
    assert Blob.objects.count() == blobs


def test_others_neither_see_nor_touch_it(people: People, line: OrderLine) -> None:
    complaint = complain(people, line)
    (job,) = founding.jobs_of(line.order)
    for stranger in (people.other_buyer, people.carrier, founding.acting_for(job.maker)):
        assert not selectors.complaints(stranger).exists()
        for verb, more in (
            (services.withdraw, {}),
            (services.add_pictures, {"pictures": [picture()]}),
            (services.take_on, {}),
            (services.reject, {"answer": "No."}),
            (services.decide, {"remedy": "refund", "cause": "maker", "answer": "Yes."}),
        ):
            with pytest.raises((NotFound, Forbidden)):
                verb(actor=stranger, complaint_uid=complaint.uid, **more)
        with pytest.raises(NotFound):
            services.complain(actor=stranger, line_uid=line.uid, quantity=1, text="Mine.")


def test_a_buyer_cannot_decide_its_own_complaint(people: People, line: OrderLine) -> None:
    complaint = complain(people, line)
    with pytest.raises(Forbidden):
        services.decide(
            actor=people.buyer, complaint_uid=complaint.uid, remedy="refund", cause="maker", answer="Pay me."
        )
    reader = Actor(name="Reader", organisation_id=people.buyer.organisation_id, rights=frozenset({READ}))
    with pytest.raises(Forbidden):
        services.withdraw(actor=reader, complaint_uid=complaint.uid)
    assert refunded(line.order.uid) == 0


def test_a_closed_complaint_takes_nothing_more(people: People, line: OrderLine) -> None:
    complaint = decide(people, complain(people, line))
    with pytest.raises(Conflict):
        services.withdraw(actor=people.buyer, complaint_uid=complaint.uid)
    with pytest.raises(Conflict):
        services.add_pictures(actor=people.buyer, complaint_uid=complaint.uid, pictures=[picture()])
    with pytest.raises(Conflict):
        services.reject(actor=people.operator, complaint_uid=complaint.uid, answer="No.")


@pytest.mark.parametrize(
    ("choice", "code"),
    [
        ({"remedy": "apology"}, "unknown_choice"),
        ({"cause": "weather"}, "unknown_choice"),
        ({"amount": Decimal("0")}, "amount_out_of_range"),
        ({"amount": Decimal("-1")}, "amount_out_of_range"),
        ({"amount": Decimal("1000000")}, "amount_out_of_range"),
        ({"cause_job_uid": "job_NOTTHERE"}, "unknown_job"),
    ],
)
def test_a_decision_that_makes_no_sense_is_refused(
    people: People, line: OrderLine, choice: dict[str, object], code: str
) -> None:
    complaint = complain(people, line)
    with pytest.raises(Invalid) as refused:
        decide(people, complaint, **choice)
    assert refused.value.code == code
    complaint.refresh_from_db()
    assert complaint.state == "open"
    assert refunded(line.order.uid) == 0


def test_the_maker_found_at_fault_bears_its_pay_and_its_record_counts(people: People, line: OrderLine) -> None:
    (job,) = founding.jobs_of(line.order)
    owed = owed_to(job.maker.organisation_id)
    complaint = decide(people, complain(people, line), cause="maker")
    assert complaint.cause_job == job
    assert owed - owed_to(job.maker.organisation_id) == round(job.payout / 3, 2)
    job.maker.refresh_from_db()
    assert job.maker.pieces_complained == 2
    assert founding.balance("warranty") == complaint.amount - round(job.payout / 3, 2)


def test_many_small_complaints_come_to_no_more_than_one_large(people: People) -> None:
    order = founding.order(people.buyer, (people.bracket, 7, NYLON))
    journey.work_off([order])
    (line,), (job,) = founding.lines_of(order), founding.jobs_of(order)
    # Sevenths that are rounded up, one by one, come to two cents more than there is.
    OrderLine.objects.across_tenants().filter(pk=line.pk).update(net=Decimal("69.98"), tax=0)
    Operation.objects.across_tenants().filter(job=job, kind="make").update(payout=Decimal("20.00"))
    Operation.objects.across_tenants().filter(job=job).exclude(kind="make").update(payout=0)
    line.refresh_from_db()
    owed = owed_to(job.maker.organisation_id)
    for _piece in range(7):
        decide(people, complain(people, line, 1), cause="maker")
    assert refunded(order.uid) == Decimal("69.98")
    assert owed - owed_to(job.maker.organisation_id) == Decimal("20.00")


@pytest.mark.parametrize(("cause", "counted"), [("machine", 2), ("material", 2), ("carrier", 0), ("design", 0)])
def test_other_causes_cost_the_maker_nothing(people: People, line: OrderLine, cause: str, counted: int) -> None:
    (job,) = founding.jobs_of(line.order)
    owed = owed_to(job.maker.organisation_id)
    decide(people, complain(people, line), cause=cause)
    assert owed_to(job.maker.organisation_id) == owed
    job.maker.refresh_from_db()
    assert job.maker.pieces_complained == counted


def test_the_maker_does_not_bear_what_the_finisher_was_paid(people: People) -> None:
    order = founding.order(people.buyer, (people.cube, 2, ANODISED))
    journey.work_off([order])
    (job,) = founding.jobs_of(order)
    finisher = Operation.objects.across_tenants().get(job=job, kind="finish").maker
    before = owed_to(finisher.organisation_id)
    decide(people, complain(people, founding.lines_of(order)[0], 2), cause="maker")
    assert owed_to(job.maker.organisation_id) == 0, "all its pieces were bad"
    assert owed_to(finisher.organisation_id) == before > 0


def several_jobs(people: People) -> Order:
    order = founding.order(people.buyer, (people.bracket, 6, NYLON))
    founding.accept_all(order)
    founding.make(order)
    (job,) = founding.jobs_of(order)
    journey.inspect(job, failed=2)
    journey.work_off([order])
    return order


def test_with_several_jobs_behind_a_line_the_cause_is_named(people: People) -> None:
    order = several_jobs(people)
    complaint = complain(people, founding.lines_of(order)[0], 1)
    with pytest.raises(Invalid) as refused:
        decide(people, complaint, cause="maker")
    assert refused.value.code == "job_needed"
    small = next(job for job in founding.jobs_of(order) if job.quantity == 2)
    decide(people, complaint, cause="maker", cause_job_uid=small.uid)
    assert Complaint.objects.across_tenants().get().cause_job == small


def test_the_chain_names_build_machine_and_material(people: People) -> None:
    order = several_jobs(people)
    chain = selectors.chain(founding.lines_of(order)[0])
    assert sorted(link.quantity for link in chain) == [2, 4]
    for link in chain:
        assert link.build_uid
        assert link.machine
        assert link.machine_model
        assert link.material == "pa12"


def test_an_owner_takes_it_on(people: People, line: OrderLine) -> None:
    complaint = complain(people, line)
    assert services.take_on(actor=people.operator, complaint_uid=complaint.uid).owner_id == people.operator.member_id
    assert [each.uid for each in selectors.open_complaints(people.operator)] == [complaint.uid]
    decide(people, complaint)
    assert not selectors.open_complaints(people.operator).exists()


def test_a_list_of_complaints_costs_the_same_for_many(
    people: People, line: OrderLine, django_assert_num_queries
) -> None:
    for _each in range(3):
        complain(people, line, 1, pictures=[picture()])
    with django_assert_num_queries(2):
        for complaint in selectors.complaints(people.operator):
            assert complaint.line.order.number
            assert len(complaint.pictures.all()) == 1


def test_the_admin_shows_the_chain_and_decides_nothing(people: People, line: OrderLine, client: Client) -> None:
    complaint = complain(people, line)
    client.force_login(User.objects.create_superuser("desk@example.org", "a long password"))
    detail = client.get(reverse("admin:quality_complaint_change", args=[complaint.pk])).content.decode()
    assert selectors.chain(line)[0].build_uid in detail
    listed = client.get(reverse("admin:quality_complaint_changelist")).content.decode()
    assert 'value="decide"' not in listed
