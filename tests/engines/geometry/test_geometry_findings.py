"""Findings: what they carry, and that they survive being stored."""

from __future__ import annotations

import json

from penstock.engines.geometry import Finding, Place


def test_a_finding_with_its_place_comes_back_from_json() -> None:
    place = Place(((0, 3), (7, 8)), (1.0, 2.0, 3.0), (0.0, 0.0, 1.0), 25.0)
    finding = Finding(
        "thin_wall", "warning", "Walls are thin.", {"wall_mm": 0.5}, "sls", 0.5, 0.7, "mm", "A page", "Thicken.", place
    )
    assert Finding.from_dict(json.loads(json.dumps(finding.to_dict()))) == finding


def test_a_finding_stored_before_findings_had_places_is_still_read() -> None:
    stored = {"code": "open_surface", "severity": "blocker", "message": "Holes.", "data": {}, "process": None}
    assert Finding.from_dict(stored) == Finding("open_surface", "blocker", "Holes.")
