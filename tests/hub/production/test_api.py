"""Production's JSON door and admin: makers work, buyers cancel, the operator distributes; nobody sees more."""

from __future__ import annotations

import io
import zipfile
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from buyers import acting_for, box_stl, client_of, measured, operator_firm
from penstock.hub.core.actors import SYSTEM
from penstock.hub.core.errors import Conflict, Forbidden
from penstock.hub.core.models import Event
from penstock.hub.orders.models import OrderLine
from penstock.hub.parties.models import User
from penstock.hub.parts.models import Grant
from penstock.hub.production import selectors, services
from penstock.hub.production.models import Build, Job, Machine, Offer
from workshops import Network

pytestmark = pytest.mark.django_db


@pytest.fixture
def maker(network: Network) -> Client:
    return client_of(network.workshops["Suzhou"].maker.organisation)


@pytest.fixture
def operator() -> Client:
    return client_of(operator_firm())


def post(client: Client, path: str, body: dict | None = None, status: int = 200, **headers: str) -> dict:
    answer = client.post(f"/api/v1{path}", body or {}, content_type="application/json", headers=headers)
    assert answer.status_code == status, answer.content
    return answer.json()


def get(client: Client, path: str, status: int = 200):
    answer = client.get(f"/api/v1{path}")
    assert answer.status_code == status, answer.content
    return answer.json()


def test_a_maker_works_from_offer_to_finished_build(network: Network, maker: Client, operator: Client) -> None:
    network.pooled(4)
    assert get(operator, "/pools")[0]["pieces"] == 4
    wave = post(operator, "/waves", {"hold_back": False}, status=201)
    assert wave["result"]["assigned"][0]["reasons"]
    (offer,) = get(maker, "/offers?state=open")["items"]
    assert (offer["payout"], offer["pieces"], offer["kind"]) == ("40.04", 4, "build")
    assert offer["reasons"]
    accepted = post(maker, f"/offers/{offer['uid']}/accept", **{"Idempotency-Key": "a"})
    assert post(maker, f"/offers/{offer['uid']}/accept", **{"Idempotency-Key": "a"}) == accepted
    post(maker, f"/offers/{offer['uid']}/accept", status=409)
    uid = offer["build"]["uid"]
    post(maker, f"/builds/{uid}/start")
    build = post(maker, f"/builds/{uid}/finish", {"good": {}})
    assert (build["state"], len(build["jobs"])) == ("finished", 1)
    (listed,) = get(maker, "/builds")["items"]
    assert (listed["job_count"], listed["pieces"], listed["has_file"]) == (1, 4, True)
    (job,) = get(maker, "/jobs")["items"]
    assert (job["state"], job["held_here"], job["payout"]) == ("made", True, "40.04")
    assert get(operator, "/dispatch/jobs")["items"][0]["alternatives"] == []
    assert get(operator, f"/waves/{wave['uid']}")["result"]["builds"] == [uid]


def test_a_maker_sees_its_own_steps_and_payout_only(network: Network, maker: Client) -> None:
    finisher = network.workshop("Hangzhou", finishes=["dyeing"])
    network.accepted(4, finish="dyeing")
    (mine,) = get(maker, "/jobs")["items"]
    (theirs,) = get(client_of(finisher.maker.organisation), "/jobs")["items"]
    assert [step["kind"] for step in mine["operations"]] == ["make"]
    assert [step["kind"] for step in theirs["operations"]] == ["finish", "inspect", "ship"]
    assert Decimal(mine["payout"]) + Decimal(theirs["payout"]) == Decimal("40.04")


def test_others_see_nothing(network: Network, operator: Client) -> None:
    network.workshop("Hangzhou")
    offer = network.offered(1)
    stranger = client_of(network.workshops["Hangzhou"].maker.organisation)
    for path in ("/offers", "/builds", "/jobs"):
        assert get(stranger, path)["items"] == []
    machine = Machine.objects.across_tenants().get()
    job = Job.objects.across_tenants().get()
    for path in (
        f"/offers/{offer.uid}", f"/builds/{offer.build.uid}", f"/builds/{offer.build.uid}/file", f"/jobs/{job.uid}",
        f"/machines/{machine.uid}", f"/makers/{offer.maker.organisation.uid}/record",
    ):  # fmt: skip
        get(stranger, path, status=404)
    post(stranger, f"/builds/{offer.build.uid}/start", status=404)
    for path in ("/pools", "/waves", "/dispatch/jobs", "/dispatch/exceptions", "/dispatch/policy"):
        get(stranger, path, status=403)
    post(stranger, "/waves", {}, status=403)


def test_a_buyer_reads_no_payout_in_the_journal(network: Network) -> None:
    offer = network.accepted(2)
    actor = network.actor_of(offer.maker)
    services.start_build(actor=actor, build_uid=offer.build.uid)
    services.fail_build(actor=actor, build_uid=offer.build.uid, reason="crash")
    told = Event.objects.filter(kind__startswith="production.", organisation_ids__contains=[network.buyer.pk])
    assert told.count() >= 4
    for event in told:
        assert not {"payout", "alternatives", "cost"} & set(event.payload)


def test_a_buyer_cancels_through_production(network: Network) -> None:
    offer = network.offered(1, 1)
    buyer = client_of(network.buyer)
    first, second = OrderLine.objects.across_tenants().order_by("pk")
    assert post(buyer, f"/order-lines/{first.uid}/cancel")["state"] == "cancelled"
    post(client_of(offer.maker.organisation), f"/orders/{second.order.uid}/cancel", status=404)
    assert post(buyer, f"/orders/{second.order.uid}/cancel")["state"] == "cancelled"


def test_a_workshop_keeps_its_machines_and_calendar(network: Network, maker: Client) -> None:
    machine = post(maker, "/machines", {"model": "eos-p110", "materials": ["pa12"]}, status=201)
    path = f"/machines/{machine['uid']}"
    assert post(maker, path, {"loaded_material": "pa12"})["loaded_material"] == "pa12"
    now = timezone.now()
    block = {"starts_at": now.isoformat(), "ends_at": (now + timezone.timedelta(days=2)).isoformat()}
    block = post(maker, f"{path}/blocks", block, status=201)
    assert [each["uid"] for each in get(maker, path)["blocks"]] == [block["uid"]]
    assert maker.delete(f"/api/v1/blocks/{block['uid']}").status_code == 204
    assert post(maker, f"{path}/retire")["state"] == "retired"
    post(maker, path, {"in_service": True}, status=409)
    firm = network.workshops["Suzhou"].maker.organisation.uid
    changed = post(maker, f"/makers/{firm}", {"working_hours": {"open_hour": 7, "close_hour": 22}})
    assert changed["working_hours"]["open_hour"] == 7
    post(maker, f"/makers/{firm}", {"working_hours": {"open_hour": 22, "close_hour": 7}}, status=422)
    post(maker, f"/makers/{firm}", {"cost_factor": 9}, status=403)
    assert len(get(maker, f"/makers/{firm}/record")["explanation"]) == 4


@pytest.mark.parametrize("path", ["/offers", "/builds", "/jobs", "/machines", "/makers"])
def test_lists_take_as_many_queries_for_many_rows_as_for_few(network: Network, operator: Client, path: str) -> None:
    network.workshop("Hangzhou", "eos-p396", finishes=["dyeing"])
    network.offered(1, 1, finish="dyeing")
    get(operator, path)
    with CaptureQueriesContext(connection) as few:
        get(operator, path)
    network.workshop("Shenzhen", "eos-p396", "eos-p110")
    for _again in range(3):
        network.pooled(1, 2, finish="dyeing")
        services.run_wave(actor=SYSTEM)
    with CaptureQueriesContext(connection) as many:
        assert len(get(operator, path)["items"]) > 1
    assert len(many) == len(few)


def test_the_build_file_holds_every_copy_in_its_place(network: Network, maker: Client) -> None:
    offer = network.offered(3)
    revision = measured(acting_for(network.buyer), box_stl(40, 30, 20))
    OrderLine.objects.across_tenants().update(revision=revision)
    Grant.objects.across_tenants().update(revision=revision)
    answer = maker.get(f"/api/v1/builds/{offer.build.uid}/file")
    assert answer.status_code == 200, answer.content
    assert answer["Content-Disposition"].startswith("attachment")
    model = zipfile.ZipFile(io.BytesIO(answer.content)).read("3D/3dmodel.model").decode()
    assert (model.count("<object "), model.count("<item ")) == (1, 3)


def test_a_build_that_was_declined_gives_no_models_out(network: Network, maker: Client) -> None:
    offer = network.offered(2)
    revision = measured(acting_for(network.buyer), box_stl(40, 30, 20))
    OrderLine.objects.across_tenants().update(revision=revision)
    Grant.objects.across_tenants().update(revision=revision)
    services.decline_offer(actor=network.actor_of(offer.maker), offer_uid=offer.uid)
    assert get(maker, f"/builds/{offer.build.uid}/file", status=409)["code"] == "files_closed"


def test_a_maker_does_not_read_who_else_could_make_it_and_for_how_much(network: Network, maker: Client) -> None:
    rival = network.workshop("Shenzhen", "eos-p396").maker.organisation
    network.offered(4)
    (offer,) = get(maker, "/offers")["items"]
    assert any("able machines" in reason for reason in offer["reasons"])
    assert rival.name not in str(offer)
    assert "less than" not in str(offer)
    (job,) = Job.objects.across_tenants()
    assert any(rival.name in reason for reason in job.reasons), "the operator reads it"


def test_a_build_made_piece_by_piece_has_no_file(network: Network, maker: Client) -> None:
    offer = network.offered(1)
    Build.objects.across_tenants().update(layout=[])
    get(maker, f"/builds/{offer.build.uid}/file", status=409)


@pytest.fixture
def desk() -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("operator@example.org", "a long password"))
    return client


@pytest.mark.parametrize(
    "model",
    ["maker", "machine", "calendarblock", "job", "build", "offer", "wave", "dispatchpolicy"],
)
def test_the_admin_lists_and_shows_everything(network: Network, desk: Client, model: str) -> None:
    network.offered(1)
    answer = desk.get(reverse(f"admin:production_{model}_changelist"))
    assert answer.status_code == 200


def test_the_admin_admits_a_workshop(network: Network, desk: Client) -> None:
    maker = network.workshops["Suzhou"].maker
    page = reverse("admin:production_maker_change", args=[maker.pk])
    form = {"finishes": "", "working_hours": "{}", "cost_factor": "1.0", "is_accepting": "on"}
    form |= {f"machines-{name}_FORMS": "0" for name in ("TOTAL", "INITIAL")}
    for answer, admitted in ((form, False), (form | {"is_admitted": "on"}, True)):
        assert desk.post(page, answer).status_code == 302
        maker.refresh_from_db()
        assert maker.is_admitted is admitted


def test_the_admin_runs_a_wave_and_answers_by_telephone(network: Network, desk: Client) -> None:
    (job,) = network.pooled(1)
    desk.post(reverse("admin:production_job_changelist"), {"action": "distribute", "_selected_action": [job.pk]})
    offer = Offer.objects.across_tenants().get()
    assert desk.get(reverse("admin:production_offer_change", args=[offer.pk])).status_code == 200
    assert desk.get(reverse("admin:production_job_change", args=[job.pk])).status_code == 200
    desk.post(reverse("admin:production_offer_changelist"), {"action": "accept", "_selected_action": [offer.pk]})
    offer.refresh_from_db()
    assert offer.state == "accepted"
    assert Event.objects.get(kind="production.offer_accepted").actor_name == "operator@example.org"


def test_the_admin_shows_why_a_policy_is_refused_and_publishes_a_sound_one(network: Network, desk: Client) -> None:
    add = reverse("admin:production_dispatchpolicy_add")
    assert desk.get(add).status_code == 200
    answer = desk.post(add, {"document": '{"offer_hours": -1}', "note": "x"}, follow=True)
    assert "offer_hours" in answer.content.decode()
    before = selectors.current_policy().number
    desk.post(add, {"document": '{"offer_hours": 2}', "note": "shorter"}, follow=True)
    assert (selectors.current_policy().number, selectors.current_rules().offer_hours) == (before + 1, 2)


def test_the_admin_asks_for_the_reason_before_it_declines(network: Network, desk: Client) -> None:
    offer = network.offered(1)
    offers = reverse("admin:production_offer_changelist")
    chosen = {"action": "decline", "_selected_action": [offer.pk]}
    assert b'name="reason"' in desk.post(offers, chosen).content
    assert b"This field is required" in desk.post(offers, chosen | {"answered": "1", "reason": ""}).content
    offer.refresh_from_db()
    assert offer.state == "open"
    desk.post(offers, chosen | {"answered": "1", "reason": "No powder left."})
    offer.refresh_from_db()
    assert (offer.state, offer.answer_reason) == ("declined", "No powder left.")


def test_the_admin_shows_a_refusal_as_a_sentence(network: Network, desk: Client) -> None:
    offer = network.accepted(1)
    asked = {"action": "accept", "_selected_action": [offer.pk]}
    answer = desk.post(reverse("admin:production_offer_changelist"), asked, follow=True)
    assert b"This cannot be done any more" in answer.content


def test_the_admin_blocks_a_time_and_refuses_one_that_ends_first(network: Network, desk: Client) -> None:
    machine = Machine.objects.across_tenants().get()
    add = reverse("admin:production_calendarblock_add")
    times = {"starts_at_0": "2031-01-02", "starts_at_1": "08:00", "ends_at_1": "10:00", "machine": machine.pk}
    desk.post(add, times | {"ends_at_0": "2031-01-01"}, follow=True)
    assert not machine.blocks.exists()
    desk.post(add, times | {"ends_at_0": "2031-01-02"}, follow=True)
    assert machine.blocks.count() == 1


def test_who_refused_is_asked_again_when_the_operator_says_so(network: Network) -> None:
    offer = network.offered(1)
    services.decline_offer(actor=network.actor_of(offer.maker), offer_uid=offer.uid)
    services.run_wave(actor=SYSTEM)
    job = Job.objects.across_tenants().get()
    assert job.state == "pooled"
    with pytest.raises(Forbidden):
        services.ask_everybody(actor=network.actor_of(offer.maker), job_uid=job.uid)
    services.ask_everybody(actor=SYSTEM, job_uid=job.uid)
    services.run_wave(actor=SYSTEM)
    job.refresh_from_db()
    assert (job.state, job.maker_id) == ("offered", offer.maker_id)
    with pytest.raises(Conflict):
        services.ask_everybody(actor=SYSTEM, job_uid=job.uid)
