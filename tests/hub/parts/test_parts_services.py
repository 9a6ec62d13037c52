"""Uploads are kept or refused as a whole; measuring happens once; nobody else's part is to be seen."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from django.core.files.storage import default_storage
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from buyers import acting_for, box_stl, firm, measured, uploaded
from penstock.hub.core import jobs
from penstock.hub.core.actors import READ, SYSTEM, Actor
from penstock.hub.core.errors import Conflict, Forbidden, Invalid, NotFound
from penstock.hub.core.models import Event
from penstock.hub.parties.models import Organisation
from penstock.hub.parts import blobs, measuring, selectors, services
from penstock.hub.parts.models import Blob, Grant, Part, Revision

pytestmark = pytest.mark.django_db


@pytest.fixture
def buyer() -> Organisation:
    return firm()


@pytest.fixture
def actor(buyer: Organisation) -> Actor:
    return acting_for(buyer)


def test_an_upload_becomes_a_measured_part(actor: Actor) -> None:
    revision = measured(actor, filename="C:\\drawings\\bracket v2.stl")
    assert revision.state == "ready"
    assert revision.part.name == "bracket v2"
    assert revision.filename == "bracket v2.stl"
    assert revision.measurement["volume_mm3"] == pytest.approx(8000, rel=1e-6)
    assert revision.thumbnail.size > 100
    assert blobs.opened(revision.thumbnail).read(4) == b"\x89PNG"
    kinds = list(Event.objects.filter(part_uid=revision.part.uid).order_by("pk").values_list("kind", flat=True))
    assert kinds == ["parts.uploaded", "parts.measured"]


def test_garbage_is_refused_with_a_reason_and_the_part_takes_a_better_file(actor: Actor) -> None:
    refused = measured(actor, b"this is no model at all", "bracket.stl")
    assert refused.state == "refused"
    assert refused.refusal["code"]
    assert refused.refusal["message"]
    assert refused.measurement is None
    better = measured(actor, part_uid=refused.part.uid)
    assert (better.number, better.state, better.part) == (2, "ready", refused.part)


@pytest.mark.parametrize(("content", "code"), [(b"", "empty_file"), (b"x" * 1001, "file_too_large")])
def test_what_is_empty_or_too_large_leaves_nothing_behind(actor: Actor, settings, content: bytes, code: str) -> None:
    settings.MAX_MODEL_FILE_BYTES = 1000
    with pytest.raises(Invalid) as refused:
        services.upload(actor=actor, file=io.BytesIO(content), filename="a.stl")
    assert refused.value.code == code
    assert not Part.objects.across_tenants().exists()
    assert not Blob.objects.exists()
    assert jobs.waiting() == 0


def test_the_same_bytes_are_kept_once(actor: Actor) -> None:
    one, two = uploaded(actor, filename="a.stl"), uploaded(actor, filename="b.stl")
    assert one.blob == two.blob
    assert one.part != two.part
    directory = blobs.path_of(one.blob.sha256).rsplit("/", 1)[0]
    assert default_storage.listdir(directory)[1] == [one.blob.sha256]


def test_bytes_half_written_by_a_crash_are_written_again(actor: Actor) -> None:
    content = box_stl(11)
    one = uploaded(actor, content)
    path = blobs.path_of(one.blob.sha256)
    one.part.delete()
    one.blob.delete()
    default_storage.delete(path)
    default_storage.save(path, io.BytesIO(content[:100]))
    two = uploaded(actor, content)
    assert blobs.opened(two.blob).read() == content


def test_measuring_twice_has_one_effect(actor: Actor) -> None:
    revision = uploaded(actor)
    assert measuring.measure_revision(revision.pk) is True
    assert measuring.measure_revision(revision.pk) is False
    # Both workers had parsed the file before either wrote.
    other = uploaded(actor, box_stl(5))
    outcome = measuring.parse(other)
    assert measuring._conclude(other.pk, "", outcome) is True
    assert measuring._conclude(other.pk, "", outcome) is False
    assert Event.objects.filter(kind="parts.measured").count() == 2


def test_a_worker_that_dies_while_writing_leaves_the_revision_waiting(actor: Actor, monkeypatch) -> None:
    revision = uploaded(actor)

    def killed(*args: object, **kwargs: object) -> None:
        raise SystemExit

    with monkeypatch.context() as dying:
        dying.setattr(measuring, "record", killed)
        with pytest.raises(SystemExit):
            measuring.measure_revision(revision.pk)
    revision.refresh_from_db()
    assert (revision.state, revision.measurement) == ("uploaded", None)
    assert measuring.measure_revision(revision.pk) is True


def test_a_unit_said_before_measuring_counts(actor: Actor) -> None:
    revision = measured(actor, unit="inch")
    assert revision.measurement["size_mm"][0] == pytest.approx(508)
    with pytest.raises(Invalid):
        services.confirm_unit(actor=actor, revision_uid=revision.uid, unit="parsec")


def test_another_unit_makes_another_revision_and_leaves_the_first(actor: Actor) -> None:
    first = measured(actor)
    second = services.confirm_unit(actor=actor, revision_uid=first.uid, unit="cm")
    jobs.drain()
    first.refresh_from_db()
    second.refresh_from_db()
    assert second.number == 2
    assert second.measurement["size_mm"][0] == pytest.approx(200)
    assert (first.state, first.measurement["size_mm"][0]) == ("ready", pytest.approx(20))


def test_the_unit_that_was_assumed_is_confirmed_in_place(actor: Actor) -> None:
    first = measured(actor)
    assert first.measurement["unit_source"] == "assumed"
    services.confirm_unit(actor=actor, revision_uid=first.uid, unit="mm")
    jobs.drain()
    first.refresh_from_db()
    assert (first.number, first.measurement["unit_source"]) == (1, "given")
    assert Revision.objects.across_tenants().count() == 1


def test_a_unit_said_while_it_is_measured_prevails(actor: Actor) -> None:
    revision = uploaded(actor)
    in_millimetres = measuring.parse(revision)
    services.confirm_unit(actor=actor, revision_uid=revision.uid, unit="cm")
    assert measuring._conclude(revision.pk, "", in_millimetres) is False
    jobs.drain()
    revision.refresh_from_db()
    assert revision.measurement["size_mm"][0] == pytest.approx(200)


def test_a_file_that_states_its_unit_keeps_it(actor: Actor, hostile_models) -> None:
    revision = measured(actor, (hostile_models / "3mf_inch.3mf").read_bytes(), "a.3mf")
    assert revision.measurement["unit_source"] == "file"
    with pytest.raises(Conflict) as refused:
        services.confirm_unit(actor=actor, revision_uid=revision.uid, unit="mm")
    assert refused.value.code == "unit_in_file"


def test_another_organisation_sees_and_changes_nothing(actor: Actor) -> None:
    revision = measured(actor)
    stranger = acting_for(firm("Nosy"))
    part_uid = revision.part.uid
    for attempt in (
        lambda: selectors.part(stranger, part_uid),
        lambda: selectors.revision(stranger, revision.uid),
        lambda: uploaded(stranger, part_uid=part_uid),
        lambda: services.rename_part(actor=stranger, part_uid=part_uid, name="Mine"),
        lambda: services.archive_part(actor=stranger, part_uid=part_uid),
        lambda: services.confirm_unit(actor=stranger, revision_uid=revision.uid, unit="cm"),
    ):
        with pytest.raises(NotFound):
            attempt()
    assert list(selectors.parts(stranger)) == []


def test_a_grant_opens_the_file_and_nothing_else(actor: Actor) -> None:
    revision = measured(actor)
    workshop = firm("Workshop", kinds=("maker",))
    maker = acting_for(workshop)
    for _ in range(2):
        services.grant(actor=SYSTEM, revision_id=revision.pk, organisation_id=workshop.pk, reason_uid="job_1")
    services.grant(actor=SYSTEM, revision_id=revision.pk, organisation_id=workshop.pk, reason_uid="job_2")
    assert selectors.revision(maker, revision.uid) == revision
    for attempt in (
        lambda: selectors.part(maker, revision.part.uid),
        lambda: services.confirm_unit(actor=maker, revision_uid=revision.uid, unit="cm"),
        lambda: selectors.own_revision(maker, revision.uid),
    ):
        with pytest.raises(NotFound):
            attempt()
    assert services.revoke(actor=SYSTEM, reason_uid="job_1") == 1
    assert selectors.revision(maker, revision.uid) == revision
    assert services.revoke(actor=SYSTEM, reason_uid="job_2", organisation_id=workshop.pk) == 1
    with pytest.raises(NotFound):
        selectors.revision(maker, revision.uid)
    assert not Grant.objects.across_tenants().exists()


def test_who_may_only_look_does_not_upload(buyer: Organisation) -> None:
    with pytest.raises(Forbidden):
        uploaded(acting_for(buyer, READ))


def test_archived_parts_leave_the_list_and_come_back(actor: Actor) -> None:
    part = uploaded(actor).part
    services.archive_part(actor=actor, part_uid=part.uid)
    assert list(selectors.parts(actor)) == []
    assert list(selectors.parts(actor, archived=True)) == [part]
    services.restore_part(actor=actor, part_uid=part.uid)
    services.rename_part(actor=actor, part_uid=part.uid, name="  Pump   housing ")
    assert [p.name for p in selectors.parts(actor, "HOUSING")] == ["Pump housing"]
    assert [p.name for p in selectors.parts(actor, "brack")] == ["Pump housing"]
    assert list(selectors.parts(actor, "nothing")) == []


def test_a_list_costs_the_same_however_long(actor: Actor, django_assert_max_num_queries) -> None:
    for size in range(1, 7):
        revision = uploaded(actor, box_stl(size))
        uploaded(actor, box_stl(size, 2), part_uid=revision.part.uid)
    with django_assert_max_num_queries(2):
        assert [p.latest.number for p in selectors.parts(actor)] == [2] * 6


def test_a_file_that_no_job_measures_any_more_is_refused(actor: Actor) -> None:
    revision = uploaded(actor)
    Revision.objects.across_tenants().filter(pk=revision.pk).update(created_at=timezone.now() - timedelta(hours=2))
    assert measuring.refuse_abandoned() == 0  # its job still waits
    ProcrastinateJob._base_manager.all().delete()
    assert measuring.refuse_abandoned() == 1
    revision.refresh_from_db()
    assert (revision.state, revision.refusal["code"]) == ("refused", "given_up")
    assert measuring.refuse_abandoned() == 0
