"""A STEP file written by hand, so that the tests need no CAD system and no file of anybody else's."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np


def step_block(size: tuple[float, float, float] = (10.0, 20.0, 30.0), unit: str = "mm") -> bytes:
    """A block as ISO 10303-21 manifold solid B-rep, written out by hand."""
    lines: list[str] = []

    def add(text: str) -> str:
        lines.append(f"#{len(lines) + 1}={text};")
        return f"#{len(lines)}"

    def triple(kind: str, values: Iterable[float]) -> str:
        return add(f"{kind}('',({','.join(repr(float(v)) for v in values)}))")

    corners = [np.array([x, y, z]) * np.array(size) for z in (0, 1) for y in (0, 1) for x in (0, 1)]
    vertices = [add(f"VERTEX_POINT('',{triple('CARTESIAN_POINT', p)})") for p in corners]
    edges: dict[tuple[int, int], str] = {}

    def edge(a: int, b: int) -> str:
        if (a, b) not in edges and (b, a) not in edges:
            along = corners[b] - corners[a]
            vector = add(f"VECTOR('',{triple('DIRECTION', along / np.linalg.norm(along))},1.)")
            line = add(f"LINE('',{triple('CARTESIAN_POINT', corners[a])},{vector})")
            edges[a, b] = add(f"EDGE_CURVE('',{vertices[a]},{vertices[b]},{line},.T.)")
        forward = (a, b) in edges
        return add(f"ORIENTED_EDGE('',*,*,{edges[(a, b) if forward else (b, a)]},{'.T.' if forward else '.F.'})")

    faces = []
    for loop in ([0, 2, 3, 1], [4, 5, 7, 6], [0, 1, 5, 4], [2, 6, 7, 3], [0, 4, 6, 2], [1, 3, 7, 5]):
        sides = [edge(a, b) for a, b in zip(loop, loop[1:] + loop[:1], strict=True)]
        outline = add(f"EDGE_LOOP('',({','.join(sides)}))")
        bound = add(f"FACE_OUTER_BOUND('',{outline},.T.)")
        u, v = corners[loop[1]] - corners[loop[0]], corners[loop[3]] - corners[loop[0]]
        normal = np.cross(u, v)
        frame = add(
            f"AXIS2_PLACEMENT_3D('',{triple('CARTESIAN_POINT', corners[loop[0]])},"
            f"{triple('DIRECTION', normal / np.linalg.norm(normal))},{triple('DIRECTION', u / np.linalg.norm(u))})"
        )
        plane = add(f"PLANE('',{frame})")
        faces.append(add(f"ADVANCED_FACE('',({bound}),{plane},.T.)"))
    shell = add(f"CLOSED_SHELL('',({','.join(faces)}))")
    solid = add(f"MANIFOLD_SOLID_BREP('',{shell})")
    frame = add(
        f"AXIS2_PLACEMENT_3D('',{triple('CARTESIAN_POINT', (0, 0, 0))},"
        f"{triple('DIRECTION', (0, 0, 1))},{triple('DIRECTION', (1, 0, 0))})"
    )
    metre = "$" if unit == "m" else ".MILLI."
    length = add(f"(LENGTH_UNIT()NAMED_UNIT(*)SI_UNIT({metre},.METRE.))")
    if unit == "inch":
        ratio = add(f"LENGTH_MEASURE_WITH_UNIT(LENGTH_MEASURE(25.4),{length})")
        dimensions = add("DIMENSIONAL_EXPONENTS(1.,0.,0.,0.,0.,0.,0.)")
        length = add(f"(CONVERSION_BASED_UNIT('INCH',{ratio})LENGTH_UNIT()NAMED_UNIT({dimensions}))")
    angle = add("(NAMED_UNIT(*)PLANE_ANGLE_UNIT()SI_UNIT($,.RADIAN.))")
    sphere = add("(NAMED_UNIT(*)SI_UNIT($,.STERADIAN.)SOLID_ANGLE_UNIT())")
    accuracy = add(f"UNCERTAINTY_MEASURE_WITH_UNIT(LENGTH_MEASURE(1.E-07),{length},'accuracy','')")
    context = add(
        "(GEOMETRIC_REPRESENTATION_CONTEXT(3)"
        f"GLOBAL_UNCERTAINTY_ASSIGNED_CONTEXT(({accuracy}))"
        f"GLOBAL_UNIT_ASSIGNED_CONTEXT(({length},{angle},{sphere}))REPRESENTATION_CONTEXT('',''))"
    )
    shape = add(f"ADVANCED_BREP_SHAPE_REPRESENTATION('',({frame},{solid}),{context})")
    application = add("APPLICATION_CONTEXT('automotive design')")
    product_context = add(f"PRODUCT_CONTEXT('',{application},'mechanical')")
    product = add(f"PRODUCT('block','block','',({product_context}))")
    formation = add(f"PRODUCT_DEFINITION_FORMATION('','',{product})")
    view = add(f"PRODUCT_DEFINITION_CONTEXT('part definition',{application},'design')")
    definition = add(f"PRODUCT_DEFINITION('design','',{formation},{view})")
    owner = add(f"PRODUCT_DEFINITION_SHAPE('','',{definition})")
    add(f"SHAPE_DEFINITION_REPRESENTATION({owner},{shape})")
    head = "ISO-10303-21;\nHEADER;\nFILE_DESCRIPTION((''),'2;1');\nFILE_NAME('','',(''),(''),'','','');\n"
    head += "FILE_SCHEMA(('AUTOMOTIVE_DESIGN'));\nENDSEC;\nDATA;\n"
    return (head + "\n".join(lines) + "\nENDSEC;\nEND-ISO-10303-21;\n").encode()


def iges_sheet(width: float = 10.0, depth: float = 20.0, unit: tuple[int, str] = (2, "MM")) -> bytes:
    """A flat ruled surface between two lines as IGES 5.3, written out by hand; `unit`: flag and name."""

    def section(letter: str, texts: Iterable[str]) -> list[str]:
        return [f"{text:<72}{letter}{n:>7}\n" for n, text in enumerate(texts, start=1)]

    named = f"{len(unit[1])}H{unit[1]}"
    general = (
        "1H,,1H;,4Htest,8Htest.igs,4Hnone,4Hnone,32,38,6,308,15,4Htest,1.,"
        f"{unit[0]},{named},1,0.01,15H20200101.000000,1E-07,40.,4Hnone,4Hnone,11,0,15H20200101.000000;"
    )
    parameters = [f"110,0.,0.,0.,{width},0.,0.;", f"110,0.,{depth},0.,{width},{depth},0.;", "118,1,3,0,0;"]
    directory: list[str] = []
    for n, (kind, status, form) in enumerate(
        [(110, "00010000", 0), (110, "00010000", 0), (118, "00000000", 1)], start=1
    ):
        directory += [
            f"{kind:>8}{n:>8}{0:>8}{1:>8}{0:>8}{0:>8}{0:>8}{0:>8}{status}",
            f"{kind:>8}{0:>8}{0:>8}{1:>8}{form:>8}{'':>8}{'':>8}{'':>8}{0:>8}",
        ]
    starts = section("S", ["a test"])
    globals_ = section("G", [general[k : k + 72] for k in range(0, len(general), 72)])
    entries = section("D", directory)
    values = section("P", [f"{text:<64} {2 * n + 1:>7}" for n, text in enumerate(parameters)])
    end = f"S{len(starts):>7}G{len(globals_):>7}D{len(entries):>7}P{len(values):>7}"
    return "".join([*starts, *globals_, *entries, *values, *section("T", [end])]).encode()
