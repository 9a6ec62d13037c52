"""Pictures of a build for its sheet: seen from above, from the front, from a corner, or cut at a height.

Parallel projection with a depth buffer, one colour for each part, lit from above the eye. Small and self-contained:
no window system, no graphics card.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from penstock.engines.packing.compiled import compiled
from penstock.engines.packing.model import FloatArray, Mesh, Vector

View = Literal["top", "front", "side", "corner"]
Pixels = NDArray[np.uint8]

# Colours that stay apart in print and for most eyes (after Okabe & Ito, 2008).
PALETTE = (
    *((230, 159, 0), (86, 180, 233), (0, 158, 115), (204, 121, 167)),
    *((0, 114, 178), (213, 94, 0), (240, 228, 66), (136, 136, 146)),
)
PAPER, CUT = 255, 0.55
AMBIENT = 0.45
# From above the right shoulder of the eye: right, up, towards it.
LIGHT = np.array([0.25, 0.35, 0.9]) / np.linalg.norm([0.25, 0.35, 0.9])


@dataclass(frozen=True, eq=False)
class Shown:
    """A copy in the build: `colour` picks from the palette."""

    mesh: Mesh
    matrix: FloatArray
    colour: int


@dataclass(frozen=True, eq=False)
class Picture:
    """`pixels` (height, width, 3); `anchors` (n, 2): where the middle of each copy is, in pixels from the upper left,
    `visible` whether its surface is seen there or near."""

    pixels: Pixels
    anchors: FloatArray
    visible: NDArray[np.bool_]


def _frame(view: View) -> FloatArray:
    """Rows: right, up and towards the eye, in the chamber's axes."""
    if view == "top":
        return np.eye(3)
    if view == "front":
        return np.array([[1.0, 0, 0], [0, 0, 1], [0, -1, 0]])
    if view == "side":
        return np.array([[0.0, 1, 0], [0, 0, 1], [1, 0, 0]])
    eye = np.array([0.62, -1.0, 0.72]) / np.linalg.norm([0.62, -1.0, 0.72])
    right = np.cross((0, 0, 1), eye)
    right /= np.linalg.norm(right)
    return np.array([right, np.cross(eye, right), eye])


def picture(
    parts: Sequence[Shown], chamber_mm: Vector, view: View, *, below_mm: float | None = None, pixels: int = 900
) -> Picture:
    """Draw the build in its chamber, `pixels` along the longer edge; `below_mm` takes off what is higher."""
    frame = _frame(view)
    x, y, z = chamber_mm
    box = np.array([[a, b, c] for a in (0, x) for b in (0, y) for c in (0, z)], dtype=np.float64)
    seen = box @ frame.T
    low, high = seen.min(axis=0), seen.max(axis=0)
    scale = (pixels - 1) / float((high - low)[:2].max())
    width, height = (int(np.ceil(span * scale)) + 1 for span in (high - low)[:2])
    depth = np.full((height, width), -np.inf)
    image = np.full((height, width, 3), PAPER, dtype=np.uint8)
    owner = np.full((height, width), -1, dtype=np.int64)
    anchors = np.zeros((len(parts), 2))
    for number, part in enumerate(parts):
        placed = part.mesh.vertices @ part.matrix[:3, :3].T + part.matrix[:3, 3]
        middle = ((placed.min(axis=0) + placed.max(axis=0)) / 2.0) @ frame.T
        anchors[number] = (middle[0] - low[0]) * scale, (high[1] - middle[1]) * scale
        corners = np.ascontiguousarray(placed[part.mesh.triangles])
        if below_mm is not None:
            corners = corners[corners[:, :, 2].min(axis=1) < below_mm]
        on_screen = corners @ frame.T
        on_screen[:, :, 0] = (on_screen[:, :, 0] - low[0]) * scale
        on_screen[:, :, 1] = (high[1] - on_screen[:, :, 1]) * scale
        colour = np.array(PALETTE[part.colour % len(PALETTE)], dtype=np.float64)
        ceiling = np.inf if below_mm is None else below_mm
        _draw(on_screen, corners, colour, frame.T @ LIGHT, ceiling, number, depth, owner, image)
    rows = np.clip(anchors[:, 1].astype(int), 0, height - 1)
    columns = np.clip(anchors[:, 0].astype(int), 0, width - 1)
    visible = np.array([owner[r, c] == n for n, (r, c) in enumerate(zip(rows, columns, strict=True))], dtype=np.bool_)
    return Picture(image, anchors, visible)


@compiled
def _draw(
    screen: FloatArray, corners: FloatArray, colour: FloatArray, light: FloatArray, ceiling: float, number: int,
    depth: FloatArray, owner: NDArray[np.int64], image: Pixels,
) -> None:  # fmt: skip
    height, width = depth.shape
    for t in range(len(screen)):
        ax, ay, az = screen[t, 0, 0], screen[t, 0, 1], screen[t, 0, 2]
        bx, by, bz = screen[t, 1, 0], screen[t, 1, 1], screen[t, 1, 2]
        cx, cy, cz = screen[t, 2, 0], screen[t, 2, 1], screen[t, 2, 2]
        area = (bx - ax) * (cy - ay) - (cx - ax) * (by - ay)
        if area == 0.0:
            continue
        u, v = corners[t, 1] - corners[t, 0], corners[t, 2] - corners[t, 0]
        nx, ny, nz = u[1] * v[2] - u[2] * v[1], u[2] * v[0] - u[0] * v[2], u[0] * v[1] - u[1] * v[0]
        length = max(np.sqrt(nx * nx + ny * ny + nz * nz), 1e-300)
        shade = AMBIENT + (1.0 - AMBIENT) * abs(nx * light[0] + ny * light[1] + nz * light[2]) / length
        if area > 0.0:
            shade *= CUT  # the inside of a wall, seen where it is cut open
        for row in range(max(int(min(ay, by, cy)), 0), min(int(max(ay, by, cy)) + 2, height)):
            for column in range(max(int(min(ax, bx, cx)), 0), min(int(max(ax, bx, cx)) + 2, width)):
                s = ((column - ax) * (cy - ay) - (cx - ax) * (row - ay)) / area
                r = ((bx - ax) * (row - ay) - (column - ax) * (by - ay)) / area
                if s < -1e-9 or r < -1e-9 or s + r > 1.0 + 1e-9:
                    continue
                z = az + s * (bz - az) + r * (cz - az)
                if z <= depth[row, column]:
                    continue
                up = corners[t, 0, 2] + s * u[2] + r * v[2]
                if up > ceiling:
                    continue
                depth[row, column] = z
                owner[row, column] = number
                for k in range(3):
                    image[row, column, k] = np.uint8(colour[k] * shade)
