"""Files that are no good, too big, or not a solid: what the buyer is told and how the road goes on."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

import founding
from buyers import box_stl, measured
from founding import People
from penstock.demo import journey
from penstock.hub.core.errors import Conflict, Invalid, NotFound
from penstock.hub.ledger.reading import held
from penstock.hub.orders.models import BasketLine
from penstock.hub.parts import selectors as parts
from penstock.hub.parts.models import Part
from penstock.hub.quotes import services as quotes


def test_garbage_is_refused_with_a_sentence_and_a_better_file_takes_its_place(people: People) -> None:
    refused = founding.upload(people.buyer, b"\x00\x01 not a model " * 400, "gear.stl")
    assert refused.state == "refused"
    assert refused.refusal["code"]
    assert len(refused.refusal["message"]) > 20
    with pytest.raises(Conflict):
        quotes.quote(actor=people.buyer, revision_uid=refused.uid)

    better = measured(people.buyer, part_uid=refused.part.uid)
    assert (better.state, better.number) == ("ready", 2)
    order = founding.order(people.buyer, (better, 1, founding.NYLON))
    journey.work_off([order])
    assert founding.at_state(order) == "settled", founding.where(order)


POINTS = b"""ply
format ascii 1.0
element vertex 3
property float x
property float y
property float z
end_header
0 0 0
10 0 0
0 10 0
"""


def test_points_without_a_surface_are_refused_in_words_a_buyer_understands(people: People) -> None:
    refused = founding.upload(people.buyer, POINTS, "scan.ply")
    assert (refused.state, refused.refusal["code"]) == ("refused", "no_triangles")
    assert "export" in refused.refusal["message"]
    with pytest.raises(Conflict):  # a person can be asked, but prices nothing that could not be read
        journey.ask_for_price(
            people.buyer, people.operator, refused, 1, process="sls", material="pa12", unit_price=Decimal(9)
        )


def wavy_plate(path: Path, side: int) -> int:
    """A closed plate with a wavy top as binary STL, 4 × side² triangles and a rim; returns the file's size in bytes.

    Heights are sines, so that no two files of different size share their bytes.
    """
    at = np.linspace(0.0, 100.0, side + 1, dtype="<f4")
    x, y = np.meshgrid(at, at, indexing="ij")
    top = np.stack([x, y, 10 + np.sin(x) * np.cos(y)], axis=-1).astype("<f4")
    floor = np.stack([x, y, np.zeros_like(x)], axis=-1).astype("<f4")

    def sheet(points: np.ndarray, *, up: bool) -> np.ndarray:
        a, b, c, d = points[:-1, :-1], points[1:, :-1], points[1:, 1:], points[:-1, 1:]
        halves = [(a, b, c), (a, c, d)] if up else [(a, c, b), (a, d, c)]
        return np.concatenate([np.stack(half, axis=2).reshape(-1, 3, 3) for half in halves])

    def wall(upper: np.ndarray, lower: np.ndarray) -> np.ndarray:
        a, b, c, d = lower[:-1], lower[1:], upper[1:], upper[:-1]
        return np.concatenate([np.stack([a, b, c], axis=1), np.stack([a, c, d], axis=1)])

    corners = np.concatenate(
        [
            sheet(top, up=True),
            sheet(floor, up=False),
            wall(top[:, 0], floor[:, 0]),
            wall(top[::-1, -1], floor[::-1, -1]),
            wall(top[0, ::-1], floor[0, ::-1]),
            wall(top[-1, :], floor[-1, :]),
        ]
    )
    records = np.zeros(len(corners), dtype=[("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("attribute", "<u2")])
    records["corners"] = corners
    path.write_bytes(b"plate".ljust(80, b" ") + np.uint32(len(corners)).tobytes() + records.tobytes())
    return path.stat().st_size


def test_a_hundred_megabytes_are_measured_priced_and_ordered(people: People, tmp_path: Path) -> None:
    path = tmp_path / "plate.stl"
    assert wavy_plate(path, 710) > 100_000_000
    revision = journey.upload(people.buyer, path)
    assert revision.state == "ready", revision.refusal
    assert revision.measurement["watertight"]
    assert revision.measurement["triangles"] > 2_000_000
    assert revision.measurement["volume_mm3"] == pytest.approx(100_000, rel=0.01)
    order = founding.order(people.buyer, (revision, 1, founding.MILLED))
    journey.work_off([order])
    assert founding.at_state(order) == "settled", founding.where(order)


def test_a_file_beyond_the_limit_is_refused_before_it_is_kept(people: People, tmp_path: Path, settings) -> None:
    settings.MAX_MODEL_FILE_BYTES = 100_000
    path = tmp_path / "plate.stl"
    assert wavy_plate(path, 40) > 100_000
    before = Part.objects.across_tenants().count()
    with pytest.raises(Invalid) as refused:
        journey.upload(people.buyer, path)
    assert refused.value.code == "file_too_large"
    assert Part.objects.across_tenants().count() == before


def test_what_is_no_solid_is_priced_by_a_person_and_made(people: People) -> None:
    """A single open sheet: nothing to price by rule, but somebody can say what it costs."""
    sheet = box_stl(30, 30, 30)
    open_sheet = sheet[:80] + (2).to_bytes(4, "little") + sheet[84 : 84 + 100]
    revision = founding.upload(people.buyer, open_sheet, "sheet.stl")
    assert revision.state == "ready"
    assert not revision.measurement["printable"]
    priced = journey.cheapest_price(people.buyer, revision, 2)
    assert priced is None

    price = journey.ask_for_price(
        people.buyer,
        people.operator,
        revision,
        2,
        process="sheet-laser",
        material="steel-304",
        unit_price=Decimal("480.00"),
    )
    journey.put_in_basket(people.buyer, price)
    order = journey.place(people.buyer, method="account")
    request = price.option.quote.request
    request.refresh_from_db()
    assert request.state == "ordered"
    journey.work_off([order])
    assert founding.at_state(order) == "settled", founding.where(order)
    assert order.net == Decimal("960.00")
    assert held(order.uid) == 0


def test_nobody_elses_file_can_be_quoted_or_put_in_a_basket(people: People) -> None:
    with pytest.raises(NotFound):
        quotes.quote(actor=people.other_buyer, revision_uid=people.bracket.uid)
    with pytest.raises(NotFound):
        parts.revision(people.other_buyer, people.bracket.uid)
    assert not BasketLine.objects.visible_to(people.other_buyer).exists()
