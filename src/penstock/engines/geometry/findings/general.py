"""General findings: what is worth telling about a part before any process is chosen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ..facts import Finding, Triple
from ..solids import Solids
from ..topology import Topology

VERY_SMALL_MM = 1.0
VERY_LARGE_MM = 1000.0


@dataclass(frozen=True, eq=False)
class Facts:
    """What the rules below look at."""

    welded_degenerate: int
    welded_duplicate: int
    welded_joined: int
    unit: str
    unit_source: str
    unit_ignored: str | None
    guess: tuple[str, str] | None
    size_mm: Triple
    topology: Topology
    solids: Solids | None
    volume_mm3: float | None


def general_findings(facts: Facts) -> tuple[Finding, ...]:
    """Every rule that applies, the ones that stop an order first."""
    found = [*_surface(facts), *_bodies(facts), *_unit(facts), *_size(facts), *_triangles(facts)]
    order = ("blocker", "warning", "notice")
    return tuple(sorted(found, key=lambda finding: order.index(finding.severity)))


def _surface(facts: Facts) -> Iterator[Finding]:
    topology, solids = facts.topology, facts.solids
    if not topology.watertight:
        yield Finding(
            "open_surface",
            "blocker",
            f"The surface has holes: {topology.open_edges:,} edges border on nothing, so the part has no "
            "defined inside. Please close the model and upload it again.",
            {"open_edges": topology.open_edges},
        )
    if not topology.consistent_winding:
        yield Finding(
            "inconsistent_winding",
            "blocker",
            f"Some triangles face the wrong way (along {topology.miswound_edges:,} edges), so inside and "
            "outside cannot be told apart. Please repair the normals and upload it again.",
            {"edges": topology.miswound_edges},
        )
    if solids is not None and facts.volume_mm3 is None:
        yield Finding(
            "no_volume",
            "blocker",
            "The surface is closed but flat: it encloses no material. Please give the part a thickness.",
        )
    if topology.shared_edges:
        yield Finding(
            "shared_edges",
            "notice",
            f"Surfaces touch along {topology.shared_edges:,} edges without joining; the part has no strength there.",
            {"edges": topology.shared_edges},
        )
    if solids is not None and solids.inverted:
        yield Finding(
            "inverted",
            "notice",
            "The whole model was inside out; it was turned for measuring and the volume is correct.",
        )


def _bodies(facts: Facts) -> Iterator[Finding]:
    solids = facts.solids
    if solids is None:
        if facts.topology.shells > 1:
            yield _multiple(facts.topology.shells)
        return
    if solids.flipped_bodies:
        yield Finding(
            "inverted_body",
            "warning",
            f"{solids.flipped_bodies:,} of {solids.bodies:,} bodies were inside out; they are measured as solid. "
            "If they were meant as hollows, please cut them out of the part.",
            {"bodies": solids.flipped_bodies, "of": solids.bodies},
        )
    if solids.voids:
        yield Finding(
            "closed_void",
            "notice",
            f"The part encloses {_count(solids.voids, 'hollow')} without an opening "
            f"({solids.void_volume:,.0f} mm³); powder or resin would stay trapped inside.",
            {"voids": solids.voids, "void_volume_mm3": solids.void_volume},
        )
    if solids.bodies > 1:
        yield _multiple(solids.bodies)
    if solids.overlapping:
        yield Finding(
            "overlapping_bodies",
            "warning",
            "Bodies of the model overlap; the shared material is counted once.",
            {"signed_volume_mm3": solids.signed, "union_volume_mm3": solids.volume},
        )
    elif solids.overlapping is None:
        yield Finding(
            "overlap_not_checked",
            "warning",
            "The bodies are too many or too intricate to check for overlaps; overlapping material would be "
            "counted twice.",
            {"bodies": solids.bodies},
        )


def _multiple(bodies: int) -> Finding:
    return Finding(
        "multiple_bodies",
        "notice",
        f"The file contains {bodies:,} separate bodies; they are priced together as one part.",
        {"bodies": bodies},
    )


def _unit(facts: Facts) -> Iterator[Finding]:
    longest = max(facts.size_mm)
    if facts.unit_source == "assumed" and facts.guess is not None:
        unit, reason = facts.guess
        yield Finding(
            "unit_suspect",
            "warning",
            f"The file does not state its unit. {reason} Please confirm the unit.",
            {"assumed": facts.unit, "suggested": unit, "longest_mm": longest},
        )
    elif facts.unit_source == "assumed":
        yield Finding(
            "unit_assumed",
            "notice",
            f"The file does not state its unit; millimetres are assumed ({longest:.4g} mm long).",
            {"assumed": facts.unit, "longest_mm": longest},
        )
    if facts.unit_ignored is not None:
        yield Finding(
            "unit_ignored",
            "notice",
            f"The file states its unit ({facts.unit}); the unit given ({facts.unit_ignored}) was not used.",
            {"unit": facts.unit, "given": facts.unit_ignored},
        )


def _size(facts: Facts) -> Iterator[Finding]:
    longest = max(facts.size_mm)
    if longest < VERY_SMALL_MM:
        yield Finding(
            "very_small",
            "warning",
            f"The part is only {longest:.3g} mm long; please check the unit.",
            {"longest_mm": longest, "limit_mm": VERY_SMALL_MM},
        )
    if longest > VERY_LARGE_MM:
        yield Finding(
            "very_large",
            "notice",
            f"The part is {longest:,.0f} mm long; please check the unit.",
            {"longest_mm": longest, "limit_mm": VERY_LARGE_MM},
        )


def _triangles(facts: Facts) -> Iterator[Finding]:
    if facts.welded_degenerate:
        yield Finding(
            "degenerate_triangles",
            "notice",
            f"{_count(facts.welded_degenerate, 'triangle')} without area left out; the shape is not affected.",
            {"triangles": facts.welded_degenerate},
        )
    if facts.welded_duplicate:
        yield Finding(
            "duplicate_triangles",
            "notice",
            f"{_count(facts.welded_duplicate, 'repeated triangle')} counted once.",
            {"triangles": facts.welded_duplicate},
        )

    if facts.welded_joined:
        yield Finding(
            "points_joined",
            "notice",
            f"{_count(facts.welded_joined, 'point')} on the rim of a gap of less than a millionth of the part's "
            "length joined to their neighbours.",
            {"points": facts.welded_joined},
        )


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" + ("" if number == 1 else "s")
