"""A repaired file is a revision of its own: the original stays, and counts again when the repair is undone."""

from __future__ import annotations

import pytest

from buyers import acting_for, box_stl, firm, measured
from penstock.hub.core import jobs
from penstock.hub.core.actors import Actor
from penstock.hub.core.errors import Conflict, Invalid, NotFound
from penstock.hub.core.models import Event
from penstock.hub.parts import blobs, posing, repairing, selectors
from penstock.hub.parts.comparing import compare
from penstock.hub.parts.models import Part, Revision

pytestmark = pytest.mark.django_db


@pytest.fixture
def actor() -> Actor:
    return acting_for(firm())


def open_box() -> bytes:
    """A box of 60 × 40 × 8 mm that lost its last triangle."""
    whole = box_stl(60, 40, 8)
    count = int.from_bytes(whole[80:84], "little") - 1
    return whole[:80] + count.to_bytes(4, "little") + whole[84 : 84 + 50 * count]


def repaired(actor: Actor) -> tuple[Revision, Revision]:
    original = measured(actor, open_box(), "lid.stl")
    made = repairing.repair_revision(actor=actor, revision_uid=original.uid)
    jobs.drain()
    made.refresh_from_db()
    return original, made


def test_a_repair_is_the_next_revision_and_says_what_it_changed(actor: Actor) -> None:
    original, made = repaired(actor)
    assert (made.number, made.state, made.repaired_from, made.unit) == (2, "ready", original, "mm")
    assert made.filename == "lid (repaired).stl"
    assert made.measurement["volume_mm3"] == pytest.approx(60 * 40 * 8)
    assert made.repair["holes_closed"] == 1
    assert made.repair["volume_before_mm3"] is None
    assert selectors.may_be_repaired(original)
    assert not selectors.may_be_repaired(made)
    assert blobs.opened(original.blob).read() == open_box()
    assert Event.objects.filter(kind="parts.repaired", payload__from_number=1).count() == 1
    rows = {row.label: row for row in compare(original, made)}
    assert (rows["Closed"].before, rows["Closed"].after, rows["Closed"].change) == ("no", "yes", "changed")
    assert rows["Triangles"].change == "+1"
    assert rows["Size"].change == ""


def test_undoing_makes_the_original_count_again(actor: Actor) -> None:
    original, made = repaired(actor)
    assert selectors.latest_ready(original.part) == made
    assert repairing.undo_repair(actor=actor, revision_uid=made.uid) == original
    part = selectors.parts(actor).get()
    assert part.latest == original
    assert Part.objects.across_tenants().get().latest == original
    assert selectors.latest_ready(part) == original
    with pytest.raises(Conflict):
        repairing.undo_repair(actor=actor, revision_uid=made.uid)
    with pytest.raises(Conflict) as refused:
        repairing.undo_repair(actor=actor, revision_uid=original.uid)
    assert refused.value.code == "not_a_repair"


def test_what_cannot_be_repaired_changes_nothing(actor: Actor) -> None:
    sound = measured(actor)
    with pytest.raises(Invalid) as refused:
        repairing.repair_revision(actor=actor, revision_uid=sound.uid)
    assert refused.value.code == "nothing_to_repair"
    assert not selectors.may_be_repaired(sound)
    assert Revision.objects.across_tenants().count() == 1
    with pytest.raises(NotFound):
        repairing.try_repair(actor=acting_for(firm("Somebody else")), revision_uid=sound.uid)


def test_poses_are_worked_out_once(actor: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    revision = measured(actor, box_stl(60, 40, 8))
    found = posing.poses(revision, "sls")
    assert found["poses"][0]["height_mm"] == pytest.approx(8)
    assert "height" in found["poses"][0]["best_for"]
    monkeypatch.setattr(posing.geometry, "orient", None)
    assert posing.poses(revision, "sls") == found
