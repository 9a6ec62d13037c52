"""A picture of a part without a GPU: orthographic z-buffer, three soft lights, shade in corners, drawn edges.

Everything is drawn OVERSAMPLING times as large and averaged, which smooths outlines, drawn edges and the noise of
the sampled shade alike. The background is transparent, the colours are readable on white and on near-black.
"""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .compiled import kernel
from .mesh import Floats, Mesh
from .raster import nearest
from .shading import pixel_normals

Array = NDArray[Any]

# Seen from the front right and above, z up, as CAD systems open a part.
EYE = np.array([0.62, -1.0, 0.72])
OVERSAMPLING = 3
MARGIN = 0.06
BASE = (0.57, 0.67, 0.77)  # steel blue
EDGE = (0.10, 0.15, 0.21)
EDGE_STRENGTH = 0.72
AMBIENT = 0.34
# Direction towards the light in view space (right, up, to the eye), then its strength.
LIGHTS = np.array([[-0.46, 0.69, 0.55, 0.60], [0.87, 0.10, 0.48, 0.20], [0.0, -0.89, 0.45, 0.10]], dtype=np.float32)
CREASE = float(np.cos(np.radians(25.0)))
# Shade in corners: directions around a pixel, radii as a share of the picture, and how dark it gets.
_TURNS = np.arange(10) * (2 * np.pi / 10) + 0.2
SPOKES = np.column_stack([np.cos(_TURNS), np.sin(_TURNS)]).astype(np.float32)
REACHES = (0.012, 0.04)
OCCLUSION = 1.35


def thumbnail(mesh: Mesh, size: int = 256) -> bytes:
    """PNG of `size` × `size` pixels with a transparent background."""
    from PIL import Image

    image = Image.fromarray(picture(mesh, size), "RGBA")
    buffer = io.BytesIO()
    image.save(buffer, "PNG", compress_level=6)
    return buffer.getvalue()


def picture(mesh: Mesh, size: int, eye: Floats = EYE) -> NDArray[np.uint8]:
    """(size, size, 4) RGBA of the mesh seen from the direction `eye`, filling the picture."""
    pixels = size * OVERSAMPLING
    view = view_axes(eye)
    seen = mesh.vertices @ view.T
    low, high = seen.min(axis=0), seen.max(axis=0)
    scale = pixels * (1 - 2 * MARGIN) / max(float((high - low)[:2].max()), 1e-12)
    seen = ((seen - (low + high) / 2) * (scale, -scale, scale) + (pixels / 2, pixels / 2, 0)).astype(np.float32)
    depth, winner = nearest(seen, mesh.triangles, pixels, pixels)
    facing = pixel_normals(mesh, winner, seen, view)
    edges = np.zeros(depth.shape, dtype=np.bool_)
    _find_edges(depth, facing, edges)
    painted = np.zeros((size, size, 4), dtype=np.uint8)
    _paint(depth, facing, edges, LIGHTS, painted)
    return painted


def view_axes(eye: Floats) -> Floats:
    """(3, 3) rows: right, up, towards the eye; z is up, and y where one looks straight down."""
    forward = eye / np.linalg.norm(eye)
    up = np.array([0.0, 0.0, 1.0]) if abs(forward[2]) < 0.999 else np.array([0.0, 1.0, 0.0])
    right = np.cross(up, forward)
    right /= np.linalg.norm(right)
    return np.array([right, np.cross(forward, right), forward])


@kernel("void(f4[:, ::1], f4[:, :, ::1], b1[:, ::1])")
def _find_edges(depth: Array, facing: Array, edges: Array) -> None:
    """Mark pixels where the surface turns sharply, steps back behind another, or ends."""
    rows, columns = depth.shape
    for row in range(rows):
        for column in range(columns):
            here = depth[row, column]
            for step in range(2):
                below, beside = (row + 1, column) if step == 0 else (row, column + 1)
                if below >= rows or beside >= columns:
                    continue
                there = depth[below, beside]
                if here == -np.inf or there == -np.inf:
                    if here != there:
                        edges[row, column] = edges[below, beside] = True
                    continue
                a, b = facing[row, column], facing[below, beside]
                if a[0] * b[0] + a[1] * b[1] + a[2] * b[2] < CREASE:
                    edges[row, column] = edges[below, beside] = True
                    continue
                # One pixel on, the plane of either pixel should have reached the other; y runs down in the picture.
                axis = 1 if step == 0 else 0
                sign = 1.0 if step == 0 else -1.0
                rise_a = sign * a[axis] / max(a[2], 0.05)
                rise_b = sign * b[axis] / max(b[2], 0.05)
                gap = there - here
                slack = 1.5 + 0.5 * max(abs(rise_a), abs(rise_b))
                if abs(gap - rise_a) > slack and abs(gap - rise_b) > slack:
                    edges[row, column] = edges[below, beside] = True


@kernel("f4(f4[:, ::1], f4[:, :, ::1], i8, i8)")
def _occlusion(depth: Array, facing: Array, row: int, column: int) -> np.float32:
    """Share of the directions above a pixel that nearby surface stands in the way of, 0 … about 1."""
    rows, columns = depth.shape
    here = depth[row, column]
    nx, ny, nz = facing[row, column, 0], facing[row, column, 1], facing[row, column, 2]
    total = np.float32(0)
    for spoke in range(len(SPOKES)):
        for share in REACHES:
            radius = share * rows
            x, y = column + int(SPOKES[spoke, 0] * radius), row + int(SPOKES[spoke, 1] * radius)
            if x < 0 or y < 0 or x >= columns or y >= rows:
                continue
            there = depth[y, x]
            if there == -np.inf:
                continue
            vx, vy, vz = np.float32(x - column), np.float32(row - y), there - here
            length = np.sqrt(vx * vx + vy * vy + vz * vz)
            if length > 0:
                rise = (nx * vx + ny * vy + nz * vz) / length - np.float32(0.12)
                if rise > 0:
                    total += rise / (1 + (length / (np.float32(2.5) * radius)) ** 2)
    return np.float32(total / (len(SPOKES) * len(REACHES)))


@kernel("void(f4[:, ::1], f4[:, :, ::1], b1[:, ::1], f4[:, ::1], u1[:, :, ::1])")
def _paint(depth: Array, facing: Array, edges: Array, lights: Array, painted: Array) -> None:
    """Light every pixel and average blocks of them; colours are weighted by what is covered."""
    size = len(painted)
    for block_row in range(size):
        for block_column in range(size):
            covered, red, green, blue = 0, 0.0, 0.0, 0.0
            shade = 1.0
            for inner in range(OVERSAMPLING * OVERSAMPLING):
                row = block_row * OVERSAMPLING + inner // OVERSAMPLING
                column = block_column * OVERSAMPLING + inner % OVERSAMPLING
                if depth[row, column] == -np.inf:
                    continue
                if covered == 0:  # changes slowly: one pixel of the block speaks for all
                    shade = 1 - min(OCCLUSION * float(_occlusion(depth, facing, row, column)), 0.75)
                covered += 1
                nx, ny, nz = facing[row, column, 0], facing[row, column, 1], facing[row, column, 2]
                light = AMBIENT + 0.06 * ny
                for n in range(len(lights)):
                    light += lights[n, 3] * max(nx * lights[n, 0] + ny * lights[n, 1] + nz * lights[n, 2], 0.0)
                # Half-way between the first light and the eye the surface gleams a little.
                gleam = 0.14 * max(-0.26 * nx + 0.39 * ny + 0.88 * nz, 0.0) ** 24
                rim = 0.10 * (1 - nz) ** 3
                light *= shade
                ink = EDGE_STRENGTH if edges[row, column] else 0.0
                red += (BASE[0] * light + gleam + rim) * (1 - ink) + EDGE[0] * ink
                green += (BASE[1] * light + gleam + rim) * (1 - ink) + EDGE[1] * ink
                blue += (BASE[2] * light + gleam + rim) * (1 - ink) + EDGE[2] * ink
            if covered:
                painted[block_row, block_column, 0] = int(min(max(red / covered, 0.0), 1.0) * 255 + 0.5)
                painted[block_row, block_column, 1] = int(min(max(green / covered, 0.0), 1.0) * 255 + 0.5)
                painted[block_row, block_column, 2] = int(min(max(blue / covered, 0.0), 1.0) * 255 + 0.5)
                painted[block_row, block_column, 3] = int(255 * covered / (OVERSAMPLING * OVERSAMPLING) + 0.5)
