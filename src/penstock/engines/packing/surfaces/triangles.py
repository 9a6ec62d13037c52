"""Distance between two triangles, exact to rounding: zero where they meet, else the least over corner–face and
edge–edge distances (Ericson, Real-Time Collision Detection, 2005, 5.1.5, 5.1.9 and 5.3.6).

Points are tuples of three floats: the compiler keeps them in registers.
"""

from __future__ import annotations

from penstock.engines.packing.compiled import compiled

Point = tuple[float, float, float]


@compiled
def minus(a: Point, b: Point) -> Point:
    return a[0] - b[0], a[1] - b[1], a[2] - b[2]


@compiled
def dot(a: Point, b: Point) -> float:
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


@compiled
def cross(a: Point, b: Point) -> Point:
    return a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]


@compiled
def point_to_triangle_sq(p: Point, a: Point, b: Point, c: Point) -> float:
    """Squared distance of a point from a triangle; of no area too."""
    ab, ac, ap = minus(b, a), minus(c, a), minus(p, a)
    d1, d2 = dot(ab, ap), dot(ac, ap)
    if d1 <= 0.0 and d2 <= 0.0:
        return dot(ap, ap)
    bp = minus(p, b)
    d3, d4 = dot(ab, bp), dot(ac, bp)
    if d3 >= 0.0 and d4 <= d3:
        return dot(bp, bp)
    cp = minus(p, c)
    d5, d6 = dot(ab, cp), dot(ac, cp)
    if d6 >= 0.0 and d5 <= d6:
        return dot(cp, cp)
    vc = d1 * d4 - d3 * d2
    if vc <= 0.0 and d1 >= 0.0 and d3 <= 0.0 and d1 - d3 > 0.0:
        t = d1 / (d1 - d3)
        gap = (ap[0] - t * ab[0], ap[1] - t * ab[1], ap[2] - t * ab[2])
        return dot(gap, gap)
    vb = d5 * d2 - d1 * d6
    if vb <= 0.0 and d2 >= 0.0 and d6 <= 0.0 and d2 - d6 > 0.0:
        t = d2 / (d2 - d6)
        gap = (ap[0] - t * ac[0], ap[1] - t * ac[1], ap[2] - t * ac[2])
        return dot(gap, gap)
    va = d3 * d6 - d5 * d4
    if va <= 0.0 and d4 - d3 >= 0.0 and d5 - d6 >= 0.0 and (d4 - d3) + (d5 - d6) > 0.0:
        t = (d4 - d3) / ((d4 - d3) + (d5 - d6))
        bc = minus(c, b)
        gap = (bp[0] - t * bc[0], bp[1] - t * bc[1], bp[2] - t * bc[2])
        return dot(gap, gap)
    whole = va + vb + vc
    if whole <= 0.0:
        # No area: the corners' distances bound it, its edges are compared with the other's edges elsewhere.
        return min(dot(ap, ap), min(dot(bp, bp), dot(cp, cp)))
    v, w = vb / whole, vc / whole
    gap = (
        ap[0] - v * ab[0] - w * ac[0],
        ap[1] - v * ab[1] - w * ac[1],
        ap[2] - v * ab[2] - w * ac[2],
    )
    return dot(gap, gap)


@compiled
def _within(value: float) -> float:
    return min(max(value, 0.0), 1.0)


@compiled
def edge_to_edge_sq(p1: Point, q1: Point, p2: Point, q2: Point) -> float:
    """Squared distance of two segments."""
    d1, d2, r = minus(q1, p1), minus(q2, p2), minus(p1, p2)
    a, e, f = dot(d1, d1), dot(d2, d2), dot(d2, r)
    if a <= 0.0 and e <= 0.0:
        return dot(r, r)
    if a <= 0.0:
        s, t = 0.0, _within(f / e)
    else:
        c = dot(d1, r)
        if e <= 0.0:
            s, t = _within(-c / a), 0.0
        else:
            b = dot(d1, d2)
            denominator = a * e - b * b
            s = _within((b * f - c * e) / denominator) if denominator > 0.0 else 0.0
            t = (b * s + f) / e
            if t < 0.0:
                s, t = _within(-c / a), 0.0
            elif t > 1.0:
                s, t = _within((b - c) / a), 1.0
    gap = (
        r[0] + s * d1[0] - t * d2[0],
        r[1] + s * d1[1] - t * d2[1],
        r[2] + s * d1[2] - t * d2[2],
    )
    return dot(gap, gap)


@compiled
def _pierces(p: Point, q: Point, a: Point, b: Point, c: Point) -> bool:
    """Whether the segment p–q goes through the triangle's inside (Möller & Trumbore, 1997)."""
    ab, ac, d = minus(b, a), minus(c, a), minus(q, p)
    h = cross(d, ac)
    determinant = dot(ab, h)
    if determinant == 0.0:
        return False
    s = minus(p, a)
    u = dot(s, h) / determinant
    if u < 0.0 or u > 1.0:
        return False
    k = cross(s, ab)
    v = dot(d, k) / determinant
    if v < 0.0 or u + v > 1.0:
        return False
    t = dot(ac, k) / determinant
    return bool(0.0 <= t <= 1.0)


@compiled
def triangles_apart_sq(a: Point, b: Point, c: Point, p: Point, q: Point, r: Point) -> float:
    """Squared distance of the triangles a–b–c and p–q–r."""
    first, second = (a, b, c), (p, q, r)
    best = point_to_triangle_sq(a, p, q, r)
    for i in range(3):
        i_next = (i + 1) % 3
        best = min(best, point_to_triangle_sq(first[i], p, q, r))
        best = min(best, point_to_triangle_sq(second[i], a, b, c))
        for j in range(3):
            best = min(best, edge_to_edge_sq(first[i], first[i_next], second[j], second[(j + 1) % 3]))
        if _pierces(first[i], first[i_next], p, q, r) or _pierces(second[i], second[i_next], a, b, c):
            return 0.0
    return best
