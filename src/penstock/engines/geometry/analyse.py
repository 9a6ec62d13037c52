"""From a file's triangles to its measurement: scale, weld, connect, resolve, judge. Runs inside the worker."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from .brep import Brep
from .extents import hull_and_box
from .facts import MAX_COLOURS, Finding, Measurement, Triple, UnitSource
from .findings.general import Facts, general_findings
from .findings.sharing import Overtime, at_most
from .findings.thickness import thin_wall
from .limits import Limits, Refused
from .machining.features import Machining
from .mesh import Floats, Ints, Mesh, RawModel
from .silhouette import silhouettes
from .solids import Solids, resolve
from .sums import ShellSums, bounds, shell_sums
from .threads import beside
from .topology import Topology, connect, drop_degenerate, drop_duplicates, join_seams
from .units import UNIT_MM, canonical_unit, guess_unit
from .weld import weld

SEAM_SHARE = 1e-6
# Exact and tessellated volume of the same solids differ less than this.
ALIKE = 0.02
# The share of a file's CPU time that looking for features may take.
FEATURES = 0.25


@dataclass(frozen=True, eq=False)
class Welded:
    """A model in millimetres with every distinct point once, and what was dropped on the way.

    kept: the number that each triangle had in the model; None where all of them are there.
    """

    vertices: Floats
    triangles: Ints
    topology: Topology
    stored: int
    degenerate: int
    duplicate: int
    joined: int
    unit: str
    unit_source: UnitSource
    kept: NDArray[np.int64] | None


def weld_model(model: RawModel, unit: str | None, limits: Limits) -> Welded:
    """Check the numbers, convert to millimetres and weld. A unit in the file prevails over `unit`."""
    _check_numbers(model, limits)
    source: UnitSource = "file" if model.unit else "given" if unit else "assumed"
    name = canonical_unit(model.unit or unit or "mm")
    first, number = weld(model.vertices, model.groups)
    vertices = model.vertices[first].astype(np.float64) * UNIT_MM[name]
    triangles = number.reshape(-1, 3) if model.triangles is None else number[model.triangles]
    whole = drop_degenerate(triangles)
    if not whole.any():
        raise Refused(
            "all_degenerate",
            "Every triangle of the file is a line or a point, so there is no surface; please export it again.",
        )
    every = bool(whole.all())
    surface = _Surface(vertices, triangles if every else triangles[whole], every and model.triangles is None)
    if surface.topology.open_edges or surface.topology.shared_edges:
        surface.mend()
    welded = Welded(
        vertices=surface.vertices,
        triangles=surface.triangles,
        topology=surface.topology,
        stored=model.triangle_count,
        degenerate=int((~whole).sum()),
        duplicate=surface.duplicate,
        joined=surface.joined,
        unit=name,
        unit_source=source,
        kept=surface.kept
        if every
        else np.flatnonzero(whole)[surface.kept if surface.kept is not None else slice(None)],
    )
    _check_size(welded, limits)
    return welded


class _Surface:
    """Points and triangles while they are being cleaned; most files need none of it."""

    def __init__(self, vertices: Floats, triangles: Ints, used: bool) -> None:
        self.duplicate = 0
        self.joined = 0
        self.kept: NDArray[np.int64] | None = None
        self.vertices = vertices
        self._settle(triangles, used)

    def mend(self) -> None:
        """Join seams that are open by rounding only, and count repeated triangles once."""
        # Exporters round the same point differently on two faces; a micrometre on a metre is such a gap.
        low, high = bounds(self.vertices)
        tolerance = float((high - low).max()) * SEAM_SHARE
        triangles = self.triangles
        if tolerance > 0 and (moved := join_seams(self.vertices, self.topology.rim, tolerance)) is not None:
            self.joined = int((moved != np.arange(len(moved))).sum())
            triangles = moved[triangles]
            self.kept = np.flatnonzero(drop_degenerate(triangles))
            triangles = triangles[self.kept]
        first = drop_duplicates(triangles)
        self.duplicate = int((~first).sum())
        if self.joined or self.duplicate:
            self.kept = np.flatnonzero(first) if self.kept is None else self.kept[first]
            self._settle(triangles[first])

    def _settle(self, triangles: Ints, all_used: bool = False) -> None:
        if not all_used:
            used = np.zeros(len(self.vertices), dtype=bool)
            used[triangles] = True
            if not used.all():
                triangles = (np.cumsum(used, dtype=np.int32) - 1)[triangles]
                self.vertices = self.vertices[used]
        self.triangles = np.ascontiguousarray(triangles)
        self.topology = connect(self.triangles, len(self.vertices))


def _check_numbers(model: RawModel, limits: Limits) -> None:
    # Judged by the extremes, which are NaN or infinite as soon as one coordinate is.
    low, high = float(model.vertices.min(initial=0)), float(model.vertices.max(initial=0))
    if not (np.isfinite(low) and np.isfinite(high)):
        raise Refused(
            "non_finite",
            "The file contains coordinates that are not numbers (NaN or infinite); please export it again.",
        )
    if max(-low, high) > limits.max_coordinate:
        raise Refused(
            "huge_coordinates",
            f"A coordinate of {max(-low, high):.3g} is far outside anything that can be made; "
            "please check the unit and the position of the part, and export it again.",
        )


def _check_size(welded: Welded, limits: Limits) -> None:
    low, high = bounds(welded.vertices)
    size = float((high - low).max())
    unit = f"(read in {welded.unit})"
    if size < limits.min_size_mm:
        raise Refused(
            "too_small",
            f"The part is only {size:.3g} mm long {unit}; please check the unit it was exported in.",
        )
    if size > limits.max_size_mm:
        raise Refused(
            "too_large",
            f"The part is {size / 1000:,.0f} m long {unit}; please check the unit it was exported in.",
        )


def outward_mesh(welded: Welded) -> Mesh:
    """The welded surface with normals outwards where that is defined."""
    return _mesh(welded, _solids(welded, _sums(welded)))


def _sums(welded: Welded) -> ShellSums:
    return shell_sums(welded.vertices, welded.triangles, welded.topology.shell, welded.topology.shells)


def _solids(welded: Welded, sums: ShellSums) -> Solids | None:
    if not (welded.topology.watertight and welded.topology.consistent_winding):
        return None
    return resolve(welded.vertices, welded.triangles, welded.topology, sums)


def _mesh(welded: Welded, solids: Solids | None) -> Mesh:
    triangles = welded.triangles
    if solids is not None and solids.flip.any():
        triangles = np.where(solids.flip[:, None], triangles[:, ::-1], triangles)
    return Mesh(welded.vertices, np.ascontiguousarray(triangles))


def analyse(
    model: RawModel, format_name: str, unit: str | None, limits: Limits, walls: bool = True
) -> tuple[Measurement, Mesh]:
    """All facts and general findings of a model, and its mesh in millimetres; wall thickness only if `walls`."""
    started = time.perf_counter()
    welded = weld_model(model, unit, limits)
    topology, sums = welded.topology, _sums(welded)
    solids = _solids(welded, sums)
    mesh = _painted(_mesh(welded, solids), model, welded)
    low, high = bounds(mesh.vertices)
    size = high - low
    volume, note = _volume(topology, solids, size)
    brep = _exact(model.brep, volume, solids)
    with beside() as other_core:
        # Neither needs the interpreter for most of its time.
        extents = other_core.submit(hull_and_box, mesh.vertices)
        shadows = silhouettes(mesh.vertices, mesh.triangles, solids is not None)
        wall, wall_note = _wall(mesh, volume) if walls else (None, None)
        hull_volume, box = extents.result()
    machining, machining_note = _machining(mesh, welded, model.brep if volume is not None else None, limits)
    guess = guess_unit(float(size.max())) if welded.unit_source == "assumed" else None
    findings = general_findings(
        Facts(
            welded_degenerate=welded.degenerate,
            welded_duplicate=welded.duplicate,
            welded_joined=welded.joined,
            unit=welded.unit,
            unit_source=welded.unit_source,
            unit_ignored=unit if unit and model.unit and canonical_unit(unit) != welded.unit else None,
            guess=guess,
            size_mm=_triple(size),
            topology=topology,
            solids=solids,
            volume_mm3=volume,
        )
    )
    findings = tuple(Finding(code, "notice", text, data) for code, text, data in model.notes) + findings
    measurement = Measurement(
        format=format_name,
        unit=welded.unit,
        unit_source=welded.unit_source,
        triangles=welded.stored,
        bodies=solids.bodies if solids else topology.shells,
        shells=topology.shells,
        size_mm=_triple(size),
        volume_mm3=brep.volume_mm3 if brep else volume,
        area_mm2=brep.area_mm2 if brep and brep.area_mm2 else float(sums.area.sum()),
        watertight=topology.watertight,
        consistent_winding=topology.consistent_winding,
        printable=volume is not None and volume > 0 and all(f.severity != "blocker" for f in findings),
        hull_volume_mm3=hull_volume,
        min_box_mm=box.sides_mm,
        min_box_kind=box.kind,
        projected_area_mm2=shadows,
        volume_note=note,
        volume_source="brep" if brep else "mesh",
        machining=machining,
        machining_note=machining_note,
        colours=_colours(mesh),
        metadata=model.metadata,
        centre_of_mass_mm=brep.centre_mm if brep else solids.centre if solids and volume is not None else None,
        void_volume_mm3=solids.void_volume if solids and volume is not None else None,
        overlapping=solids.overlapping if solids else None,
        signed_volume_mm3=solids.signed if solids else None,
        thin_wall_mm=wall,
        thin_wall_note=wall_note,
        unit_guess=guess[0] if guess else None,
        unit_guess_reason=guess[1] if guess else None,
        findings=findings,
        seconds=time.perf_counter() - started,
    )
    return measurement, mesh


def _painted(mesh: Mesh, model: RawModel, welded: Welded) -> Mesh:
    """The mesh with the colours that its triangles had in the file."""
    if model.colours is None:
        return mesh
    return replace(mesh, colours=model.colours if welded.kept is None else model.colours[welded.kept])


def _colours(mesh: Mesh) -> tuple[str, ...]:
    if mesh.colours is None:
        return ()
    codes, counts = np.unique(mesh.colours[mesh.colours >= 0], return_counts=True)
    return tuple(f"#{code:06x}" for code in codes[np.argsort(-counts, kind="stable")][:MAX_COLOURS].tolist())


def _exact(brep: Brep | None, volume: float | None, solids: Solids | None) -> Brep | None:
    """The CAD file's own sums, where they are of the same thing as those of its triangles."""
    if brep is None or brep.volume_mm3 is None or volume is None or solids is None:
        return None
    # Bodies that overlap count once, which only the mesh tells.
    if solids.overlapping is not False or abs(brep.volume_mm3 - volume) > ALIKE * volume:
        return None
    return brep


def _machining(mesh: Mesh, welded: Welded, brep: Brep | None, limits: Limits) -> tuple[Machining | None, str | None]:
    if brep is None:
        return None, None
    from .machining.recognise import recognise

    face = brep.of_triangle if welded.kept is None else brep.of_triangle[welded.kept]
    try:
        with at_most(FEATURES * limits.cpu_seconds):
            found = recognise(mesh, face, brep)
    except Overtime:
        found = None
    return found, None if found else "The file has too many faces to look for holes and pockets."


def _wall(mesh: Mesh, volume: float | None) -> tuple[float | None, str | None]:
    if volume is None:
        return None, "Wall thickness needs a defined volume."
    return thin_wall(mesh)


def _triple(values: Floats) -> Triple:
    x, y, z = (float(value) for value in values)
    return x, y, z


def _volume(topology: Topology, solids: Solids | None, size: Floats) -> tuple[float | None, str | None]:
    if solids is None:
        if not topology.watertight:
            return None, f"The surface is not closed: {topology.open_edges:,} edges have no neighbour."
        return None, f"Neighbouring triangles face opposite ways along {topology.miswound_edges:,} edges."
    # A sheet folded onto itself is closed too, but the numbers left over from rounding are not a volume.
    if solids.volume <= 1e-9 * float(np.prod(np.maximum(size, size.max() * 1e-3))):
        return None, "The surface is closed but encloses nothing."
    return solids.volume, None
