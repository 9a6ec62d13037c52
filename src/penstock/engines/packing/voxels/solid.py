"""Which cells of a grid a mesh, grown by half the clearance, touches: never too few of them.

A cell counts when the mesh comes nearer to it than `grow` mm. Two parts whose cells differ are then at least
2·`grow` apart: were two of their points nearer, the point halfway between would be within `grow` of both, and the
cell that holds it would belong to both. Cells from which the outside cannot be reached count as well (what lies
there could never be taken out), and cells inside by winding number, so that a lid missing from a mesh does not make
it hollow.

The triangle-cell test is the separating-axis test of Akenine-Möller (Fast 3D Triangle-Box Overlap Testing, Journal of
Graphics Tools 6, 2001), every axis widened by the support of a ball of radius `grow`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from penstock.engines.packing.compiled import compiled
from penstock.engines.packing.model import FloatArray, IntArray

Cells = NDArray[np.bool_]

SLACK_MM = 1e-7
"""Added to `grow`, so that rounding never loses a cell."""

# Rays run a hair beside the cells' centres: never through the vertices and edges of parts drawn on round numbers.
BESIDE_U, BESIDE_V = 0.00031731, 0.00047119


@compiled
def _apart(axis_x: float, axis_y: float, axis_z: float, corners: FloatArray, half: float, grow: float) -> bool:
    """Whether the axis separates the triangle (corners relative to the cell's centre) from the grown cell."""
    a = axis_x * corners[0, 0] + axis_y * corners[0, 1] + axis_z * corners[0, 2]
    b = axis_x * corners[1, 0] + axis_y * corners[1, 1] + axis_z * corners[1, 2]
    c = axis_x * corners[2, 0] + axis_y * corners[2, 1] + axis_z * corners[2, 2]
    length = np.sqrt(axis_x * axis_x + axis_y * axis_y + axis_z * axis_z)
    reach = half * (abs(axis_x) + abs(axis_y) + abs(axis_z)) + grow * length
    return bool(min(a, b, c) > reach or max(a, b, c) < -reach)


@compiled
def touches(corners: FloatArray, half: float, grow: float) -> bool:
    """Whether a triangle comes within `grow` of the cube |x|, |y|, |z| ≤ `half` (it may say so a little early)."""
    for axis in range(3):
        low = min(corners[0, axis], corners[1, axis], corners[2, axis])
        high = max(corners[0, axis], corners[1, axis], corners[2, axis])
        if low > half + grow or high < -half - grow:
            return False
    e0x, e0y, e0z = corners[1, 0] - corners[0, 0], corners[1, 1] - corners[0, 1], corners[1, 2] - corners[0, 2]
    e1x, e1y, e1z = corners[2, 0] - corners[1, 0], corners[2, 1] - corners[1, 1], corners[2, 2] - corners[1, 2]
    if _apart(e0y * e1z - e0z * e1y, e0z * e1x - e0x * e1z, e0x * e1y - e0y * e1x, corners, half, grow):
        return False
    e2x, e2y, e2z = -e0x - e1x, -e0y - e1y, -e0z - e1z
    for edge in range(3):
        x, y, z = (e0x, e0y, e0z) if edge == 0 else ((e1x, e1y, e1z) if edge == 1 else (e2x, e2y, e2z))
        if (
            _apart(0.0, -z, y, corners, half, grow)
            or _apart(z, 0.0, -x, corners, half, grow)
            or _apart(-y, x, 0.0, corners, half, grow)
        ):
            return False
    return True


@compiled
def mark_surface(
    vertices: FloatArray, triangles: IntArray, low: FloatArray, pitch: float, grow: float, cells: Cells
) -> None:
    """Set the cells that any triangle comes within `grow` of. `cells` (nx, ny, nz) starts at `low`."""
    half = pitch / 2.0
    corners = np.empty((3, 3))
    first = np.empty(3, dtype=np.int64)
    last = np.empty(3, dtype=np.int64)
    for number in range(triangles.shape[0]):
        a, b, c = triangles[number, 0], triangles[number, 1], triangles[number, 2]
        for axis in range(3):
            least = min(vertices[a, axis], vertices[b, axis], vertices[c, axis])
            most = max(vertices[a, axis], vertices[b, axis], vertices[c, axis])
            first[axis] = max(int(np.floor((least - grow - low[axis]) / pitch)), 0)
            last[axis] = min(int(np.floor((most + grow - low[axis]) / pitch)), cells.shape[axis] - 1)
        ux, uy, uz = vertices[b, 0] - vertices[a, 0], vertices[b, 1] - vertices[a, 1], vertices[b, 2] - vertices[a, 2]
        vx, vy, vz = vertices[c, 0] - vertices[a, 0], vertices[c, 1] - vertices[a, 1], vertices[c, 2] - vertices[a, 2]
        nx, ny, nz = uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx
        size = np.sqrt(nx * nx + ny * ny + nz * nz)
        steep = size <= 0.0 or abs(nz) < 1e-3 * size
        for ix in range(first[0], last[0] + 1):
            x = low[0] + (ix + 0.5) * pitch
            for iy in range(first[1], last[1] + 1):
                y = low[1] + (iy + 0.5) * pitch
                bottom, top = first[2], last[2]
                if not steep:
                    # Only where the triangle's plane passes.
                    z = vertices[a, 2] - (nx * (x - vertices[a, 0]) + ny * (y - vertices[a, 1])) / nz
                    spread = (half * (abs(nx) + abs(ny)) + grow * size) / abs(nz) + half
                    bottom = max(bottom, int(np.floor((z - spread - low[2]) / pitch - 0.5)))
                    top = min(top, int(np.ceil((z + spread - low[2]) / pitch - 0.5)))
                for iz in range(bottom, top + 1):
                    if cells[ix, iy, iz]:
                        continue
                    z = low[2] + (iz + 0.5) * pitch
                    for k in range(3):
                        corner = a if k == 0 else (b if k == 1 else c)
                        corners[k, 0] = vertices[corner, 0] - x
                        corners[k, 1] = vertices[corner, 1] - y
                        corners[k, 2] = vertices[corner, 2] - z
                    if touches(corners, half, grow):
                        cells[ix, iy, iz] = True


@compiled
def count_windings(
    vertices: FloatArray, triangles: IntArray, low: FloatArray, pitch: float, axis: int, inside: NDArray[np.int8]
) -> None:
    """Add one to `inside` (nx, ny, nz) wherever the winding number along rays parallel to `axis` is not zero."""
    first_axis, second_axis = (axis + 1) % 3, (axis + 2) % 3
    n = inside.shape
    crossings = np.zeros((n[first_axis], n[second_axis], n[axis] + 1), dtype=np.int16)
    for number in range(triangles.shape[0]):
        a, b, c = triangles[number, 0], triangles[number, 1], triangles[number, 2]
        au = (vertices[a, first_axis] - low[first_axis]) / pitch - 0.5 - BESIDE_U
        av = (vertices[a, second_axis] - low[second_axis]) / pitch - 0.5 - BESIDE_V
        bu = (vertices[b, first_axis] - low[first_axis]) / pitch - 0.5 - BESIDE_U
        bv = (vertices[b, second_axis] - low[second_axis]) / pitch - 0.5 - BESIDE_V
        cu = (vertices[c, first_axis] - low[first_axis]) / pitch - 0.5 - BESIDE_U
        cv = (vertices[c, second_axis] - low[second_axis]) / pitch - 0.5 - BESIDE_V
        area = (bu - au) * (cv - av) - (bv - av) * (cu - au)
        if area == 0.0:
            continue
        sign = 1 if area > 0 else -1
        aw = (vertices[a, axis] - low[axis]) / pitch - 0.5
        bw = (vertices[b, axis] - low[axis]) / pitch - 0.5
        cw = (vertices[c, axis] - low[axis]) / pitch - 0.5
        for u in range(
            max(int(np.ceil(min(au, bu, cu))), 0), min(int(np.floor(max(au, bu, cu))), n[first_axis] - 1) + 1
        ):
            for v in range(
                max(int(np.ceil(min(av, bv, cv))), 0), min(int(np.floor(max(av, bv, cv))), n[second_axis] - 1) + 1
            ):
                wa = sign * ((bu - u) * (cv - v) - (bv - v) * (cu - u))
                wb = sign * ((cu - u) * (av - v) - (cv - v) * (au - u))
                wc = sign * ((au - u) * (bv - v) - (av - v) * (bu - u))
                if wa < 0 or wb < 0 or wc < 0:
                    continue
                w = (wa * aw + wb * bw + wc * cw) / (sign * area)
                crossings[u, v, min(max(int(np.ceil(w)), 0), n[axis])] += sign
    cell = np.empty(3, dtype=np.int64)
    for u in range(n[first_axis]):
        for v in range(n[second_axis]):
            winding = 0
            for w in range(n[axis]):
                winding += crossings[u, v, w]
                if winding != 0:
                    cell[first_axis], cell[second_axis], cell[axis] = u, v, w
                    inside[cell[0], cell[1], cell[2]] += 1


@compiled
def fill_unreachable(cells: Cells) -> None:
    """Set every cell that no chain of free cells (face to face) joins to the outside."""
    nx, ny, nz = cells.shape
    reached = np.zeros((nx, ny, nz), dtype=np.bool_)
    stack = np.empty(nx * ny * nz + 1, dtype=np.int64)
    depth = 0
    for x in range(nx):
        for y in range(ny):
            edge = x == 0 or y == 0 or x == nx - 1 or y == ny - 1
            for z in range(nz):
                if (edge or z == 0 or z == nz - 1) and not cells[x, y, z]:
                    reached[x, y, z] = True
                    stack[depth] = (x * ny + y) * nz + z
                    depth += 1
    while depth:
        depth -= 1
        place = stack[depth]
        z = place % nz
        y = place // nz % ny
        x = place // (nz * ny)
        for side in range(6):
            step = 1 if side % 2 else -1
            px = x + step if side < 2 else x
            py = y + step if 2 <= side < 4 else y
            pz = z + step if side >= 4 else z
            if 0 <= px < nx and 0 <= py < ny and 0 <= pz < nz and not cells[px, py, pz] and not reached[px, py, pz]:
                reached[px, py, pz] = True
                stack[depth] = (px * ny + py) * nz + pz
                depth += 1
    for x in range(nx):
        for y in range(ny):
            for z in range(nz):
                cells[x, y, z] = not reached[x, y, z]


def cover(
    vertices: FloatArray, triangles: IntArray, pitch: float, grow: float, low: FloatArray, shape: tuple[int, int, int]
) -> Cells:
    """The cells (nx, ny, nz) of the grid from `low` that the mesh grown by `grow` mm touches or encloses."""
    cells = np.zeros(shape, dtype=np.bool_)
    inside = np.zeros(shape, dtype=np.int8)
    mark_surface(vertices, triangles, low, pitch, grow + SLACK_MM, cells)
    for axis in range(3):
        count_windings(vertices, triangles, low, pitch, axis, inside)
    cells |= inside >= 2
    fill_unreachable(cells)
    return cells


def tight_grid(vertices: FloatArray, pitch: float, grow: float) -> tuple[FloatArray, tuple[int, int, int]]:
    """(lower corner, shape) of the smallest grid that holds the grown mesh, its lower corner on the box's."""
    low, high = vertices.min(axis=0) - grow, vertices.max(axis=0) + grow
    nx, ny, nz = np.maximum(np.ceil((high - low) / pitch - 1e-8), 1).astype(np.int64).tolist()
    return low, (nx, ny, nz)
