"""A picture of a part without a GPU: orthographic z-buffer, soft three-light shading, drawn edges."""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray

from .mesh import Floats, Mesh
from .raster import nearest

# Seen from the front right and above, z up, as CAD systems open a part.
EYE = np.array([0.62, -1.0, 0.72])
OVERSAMPLING = 2
MARGIN = 0.06
BASE = np.array([0.56, 0.66, 0.76])  # mid steel blue: readable on white and on near-black
EDGE = np.array([0.13, 0.18, 0.25])
AMBIENT = 0.30
# (direction towards the light in view space: right, up, to the eye; strength)
LIGHTS = (
    (np.array([-0.5, 0.75, 0.6]), 0.62),
    (np.array([0.9, 0.1, 0.5]), 0.22),
    (np.array([0.0, -0.8, 0.4]), 0.10),
)
CREASE = np.cos(np.radians(22.0))


def thumbnail(mesh: Mesh, size: int = 256) -> bytes:
    """PNG of `size` × `size` pixels with a transparent background."""
    from PIL import Image

    pixels = size * OVERSAMPLING
    colour, alpha = _paint(mesh, pixels)
    # Averaging must not let the colour of empty pixels bleed in, so it is weighted by alpha.
    blocks = (size, OVERSAMPLING, size, OVERSAMPLING)
    opacity = alpha.reshape(blocks).mean(axis=(1, 3))
    weighted = (colour * alpha[..., None]).reshape(*blocks, 3).mean(axis=(1, 3))
    rgb = weighted / np.maximum(opacity, 1e-6)[..., None]
    rgba = np.dstack([rgb, opacity])
    image = Image.fromarray((np.clip(rgba, 0, 1) * 255 + 0.5).astype(np.uint8), "RGBA")
    buffer = io.BytesIO()
    image.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def _paint(mesh: Mesh, pixels: int) -> tuple[Floats, Floats]:
    """(pixels, pixels, 3) colour and (pixels, pixels) alpha, both 0 … 1."""
    view = _view_axes()
    seen = (mesh.vertices @ view.T)[mesh.triangles]
    low, high = seen.min(axis=(0, 1)), seen.max(axis=(0, 1))
    scale = pixels * (1 - 2 * MARGIN) / max(float((high - low)[:2].max()), 1e-12)
    centre = (low + high) / 2
    flat = np.empty((len(seen), 3, 2))
    flat[:, :, 0] = (seen[:, :, 0] - centre[0]) * scale + pixels / 2
    flat[:, :, 1] = pixels / 2 - (seen[:, :, 1] - centre[1]) * scale
    depth, winner = nearest(flat, seen[:, :, 2] * scale, pixels, pixels)
    normals = np.cross(seen[:, 1] - seen[:, 0], seen[:, 2] - seen[:, 0])
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-300)
    # An open surface may show its back; it is lit like a front.
    normals *= np.where(normals[:, 2:] < 0, -1.0, 1.0)
    filled = winner >= 0
    facing = normals[np.maximum(winner, 0)]
    colour = BASE * _light(facing)[..., None] + _gloss(facing)[..., None]
    edge = _edges(depth, facing, filled)[..., None]
    return colour * (1 - 0.75 * edge) + EDGE * 0.75 * edge, filled.astype(np.float64)


def _view_axes() -> Floats:
    """(3, 3) rows: right, up, towards the eye."""
    forward = EYE / np.linalg.norm(EYE)
    right = np.cross([0.0, 0.0, 1.0], forward)
    right /= np.linalg.norm(right)
    return np.array([right, np.cross(forward, right), forward])


def _light(facing: Floats) -> Floats:
    total = np.full(facing.shape[:-1], AMBIENT)
    for direction, strength in LIGHTS:
        total += strength * np.clip(facing @ (direction / np.linalg.norm(direction)), 0, None)
    return total


def _gloss(facing: Floats) -> Floats:
    half = LIGHTS[0][0] / np.linalg.norm(LIGHTS[0][0]) + np.array([0.0, 0.0, 1.0])
    shine: Floats = 0.16 * np.clip(facing @ (half / np.linalg.norm(half)), 0, None) ** 24
    return shine


def _edges(depth: Floats, facing: Floats, filled: NDArray[np.bool_]) -> Floats:
    """1 where a pixel and its right or lower neighbour differ in direction, depth or presence."""
    edge = np.zeros(depth.shape)
    for axis in (0, 1):
        here = (slice(None, -1), slice(None)) if axis == 0 else (slice(None), slice(None, -1))
        there = (slice(1, None), slice(None)) if axis == 0 else (slice(None), slice(1, None))
        both = filled[here] & filled[there]
        crease = (facing[here] * facing[there]).sum(axis=-1) < CREASE
        # A step in depth larger than the steepest visible slope can explain hides something behind it.
        slope = 2.0 + 2.0 / np.maximum(np.minimum(facing[here][..., 2], facing[there][..., 2]), 0.08)
        with np.errstate(invalid="ignore"):
            jump = abs(np.where(both, depth[here] - depth[there], 0.0)) > slope
        edge[here] = np.maximum(edge[here], (both & (crease | jump)) | (filled[here] & ~filled[there]))
        edge[there] = np.maximum(edge[there], filled[there] & ~filled[here])
    return edge
