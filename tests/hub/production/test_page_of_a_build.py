"""A build's page: reports with one click, mistakes taken back, the second of two people told kindly."""

from __future__ import annotations

import io
from datetime import timedelta

import numpy as np
import pytest
import trimesh
from django.test import Client
from django.utils import timezone

from penstock.hub.core.actors import SYSTEM
from penstock.hub.core.models import Event
from penstock.hub.parts import blobs
from penstock.hub.parts.models import Revision
from penstock.hub.production import services
from penstock.hub.production.models import Build, BuildCheck, Job, Offer
from workshops import Network, Workshop, browser_of, organisation

HTMX = {"HX-Request": "true"}


@pytest.fixture
def network(db: None) -> Network:
    organisation("Operator", "operator")
    made = Network.start()
    made.workshop("Suzhou", "eos-p396", finishes=("dyeing",))
    return made


@pytest.fixture
def workshop(network: Network) -> Workshop:
    return network.workshops["Suzhou"]


@pytest.fixture
def li_na(workshop: Workshop) -> Client:
    return browser_of(workshop.maker.organisation)


@pytest.fixture
def offer(network: Network) -> Offer:
    return network.accepted(4, 2)


def text_of(answer) -> str:
    return answer.content.decode()


def state_of(build: Build) -> str:
    return Build.objects.across_tenants().get(pk=build.pk).state


def steps(client: Client, build: Build) -> dict[str, str]:
    return {step.code: step.state for step in client.get(f"/builds/{build.uid}").context["steps"]}


def with_files(scale: float = 1.0) -> None:
    """Give every model a real file: a bracket as an L, so that two of them lie closer than their boxes."""
    solid = trimesh.util.concatenate(
        [
            trimesh.creation.box(bounds=[[0, 0, 0], [40, 30, 4]]),
            trimesh.creation.box(bounds=[[0, 0, 4], [4, 30, 20]]),
        ]
    )
    solid.apply_scale(scale)
    content = solid.export(file_type="stl")
    size = {"size_mm": solid.extents.tolist(), "volume_mm3": solid.volume, "unit": "mm"}
    for revision in Revision.objects.across_tenants():
        revision.blob, revision.measurement = blobs.store(io.BytesIO(content)), size
        revision.save(update_fields=["blob", "measurement"])


def test_each_step_is_reported_with_one_click_and_becomes_done(li_na, offer):
    build = offer.build
    assert steps(li_na, build)["files"] == "now"
    li_na.post(f"/builds/{build.uid}/report", {"step": "files"})
    li_na.post(f"/builds/{build.uid}/report", {"step": "material", "note": "PA12-0815"})
    page = text_of(li_na.get(f"/builds/{build.uid}"))
    assert "PA12-0815" in page
    assert "Li Na" in page
    assert steps(li_na, build)["start"] == "now"
    li_na.post(f"/builds/{build.uid}/start")
    assert state_of(build) == "running"
    jobs = list(Job.objects.across_tenants().order_by("pk"))
    li_na.post(f"/builds/{build.uid}/finish", {f"good-{jobs[0].uid}": "3"})
    assert state_of(build) == "finished"
    assert steps(li_na, build) == {
        "files": "done", "material": "done", "start": "done", "unpack": "done", "inspect": "now", "pack": "later",
    }  # fmt: skip
    jobs[0].refresh_from_db()
    assert jobs[0].quantity == 3


def test_a_tick_and_a_start_can_be_taken_back(li_na, offer):
    build = offer.build
    li_na.post(f"/builds/{build.uid}/report", {"step": "files"})
    li_na.post(f"/builds/{build.uid}/take-back", {"step": "files"})
    assert not BuildCheck.objects.across_tenants().exists()
    li_na.post(f"/builds/{build.uid}/start")
    answer = li_na.post(f"/builds/{build.uid}/take-back", {"step": "start"}, headers=HTMX)
    assert "Taken back." in text_of(answer)
    assert state_of(build) == "accepted"
    assert set(Job.objects.across_tenants().values_list("state", flat=True)) == {"accepted"}
    told = Event.objects.filter(kind="production.build_start_taken_back").get()
    assert "Making has not started yet" in text_of(browser_of_buyer(offer).get(f"/orders/{told.order_uid}"))
    # And it can begin again.
    li_na.post(f"/builds/{build.uid}/start")
    assert state_of(build) == "running"


def browser_of_buyer(offer: Offer) -> Client:
    job = Job.objects.across_tenants().select_related("line__order__organisation").first()
    return browser_of(job.line.order.organisation, "Anna")


def test_a_start_of_long_ago_stays(li_na, offer):
    build = offer.build
    li_na.post(f"/builds/{build.uid}/start")
    Build.objects.across_tenants().filter(pk=build.pk).update(started_at=timezone.now() - timedelta(hours=1))
    assert "Take back" not in text_of(li_na.get(f"/builds/{build.uid}"))
    answer = li_na.post(
        f"/builds/{build.uid}/take-back", {"step": "start"},
        headers={"Referer": f"http://testserver/builds/{build.uid}"}, follow=True,
    )  # fmt: skip
    assert "too long ago" in text_of(answer)
    assert state_of(build) == "running"


@pytest.mark.parametrize(("verb", "data"), [("start", {}), ("report", {"step": "files"})])
def test_the_second_of_two_people_is_told_who_was_faster(network, workshop, li_na, offer, verb, data):
    wei = browser_of(workshop.maker.organisation, "Wei")
    li_na.post(f"/builds/{offer.build.uid}/{verb}", data, headers=HTMX)
    second = wei.post(f"/builds/{offer.build.uid}/{verb}", data, headers=HTMX)
    assert second.status_code == 200
    assert "Li Na was faster" in text_of(second)
    assert "X-Penstock-Refusal" not in second.headers


def test_a_failed_build_needs_a_reason(li_na, offer):
    build = offer.build
    li_na.post(f"/builds/{build.uid}/start")
    li_na.post(f"/builds/{build.uid}/fail", {"reason": " "})
    assert state_of(build) == "running"
    li_na.post(f"/builds/{build.uid}/fail", {"reason": "Lamp broke"})
    assert state_of(build) == "failed"
    assert "Nothing is left here" in text_of(li_na.get(f"/builds/{build.uid}"))


def test_strangers_see_nothing_and_viewers_get_no_button(network, workshop, offer):
    stranger = browser_of(network.workshop("Shanghai", "eos-p396").maker.organisation, "Wang")
    for page in ("", "/scene", "/sheet", "/travellers", "/file"):
        assert stranger.get(f"/builds/{offer.build.uid}{page}").status_code == 404
    viewer = browser_of(workshop.maker.organisation, "Guest", role="viewer")
    page = text_of(viewer.get(f"/builds/{offer.build.uid}"))
    assert 'name="step"' not in page
    assert viewer.post(f"/builds/{offer.build.uid}/start", headers=HTMX).status_code == 403


def test_the_scene_holds_every_copy_where_the_plan_put_it(li_na, offer):
    scene = li_na.get(f"/builds/{offer.build.uid}/scene").json()
    assert [len(part["copies"]) for part in scene["parts"]] == [4, 2]
    assert len(scene["chamber"]) == 3
    for part in scene["parts"]:
        corner = np.array([*(np.array(part["origin"]) + part["size"]), 1.0])
        for copy in part["copies"]:
            placed = np.array(copy["matrix"]).reshape(4, 4) @ corner
            assert (placed[:3] >= 0).all()
            assert (placed[:3] <= np.array(scene["chamber"])).all()


def test_sheet_travellers_and_file_come_as_attachments(li_na, offer):
    with_files()
    for page, kind in (("sheet", b"%PDF"), ("travellers", b"%PDF"), ("file", b"PK")):
        answer = li_na.get(f"/builds/{offer.build.uid}/{page}")
        assert answer.content.startswith(kind)
        assert "attachment" in answer["Content-Disposition"]
        assert answer.content == li_na.get(f"/builds/{offer.build.uid}/{page}").content, "the same build, the same file"


def test_a_sheet_is_drawn_of_boxes_where_the_models_cannot_be_read(li_na, offer):
    assert li_na.get(f"/builds/{offer.build.uid}/sheet").content.startswith(b"%PDF")


def test_an_accepted_build_is_nested_by_true_shape(network, workshop, li_na, settings):
    """L-shaped parts lie into each other: the build gets lower than the boxes of the plan."""
    order = network.order(12)
    with_files(scale=4)
    services.decompose(order.pk)
    services.run_wave(actor=SYSTEM)
    offer = Offer.objects.across_tenants().get()
    planned = Build.objects.across_tenants().get(pk=offer.build_id)
    services.accept_offer(actor=workshop.actor, offer_uid=offer.uid)
    settings.NEST_SECONDS = 2
    assert services.nest_build(build_uid=planned.uid)
    nested = Build.objects.across_tenants().get(pk=planned.pk)
    assert nested.height_mm < planned.height_mm
    assert len(nested.layout) == 12
    assert li_na.get(f"/builds/{planned.uid}/file").content.startswith(b"PK")
    services.start_build(actor=workshop.actor, build_uid=planned.uid)
    assert not services.nest_build(build_uid=planned.uid), "a running build stays as it is"


def test_a_build_whose_models_cannot_be_read_stays_as_planned(network, settings):
    offer = network.accepted(3)
    settings.NEST_SECONDS = 1
    assert not services.nest_build(build_uid=offer.build.uid)
    assert Build.objects.across_tenants().get(pk=offer.build_id).layout == offer.build.layout
