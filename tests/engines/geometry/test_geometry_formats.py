"""Every format gives the same block; units come from the file, the caller, or an assumption that is said."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from geometry_shapes import (
    ascii_stl,
    ball,
    binary_stl,
    block,
    mesh_xml,
    obj,
    off,
    ply,
    save,
    threemf,
)

from geometry_step import iges_sheet, step_block
from penstock.engines import geometry

AMF_MESH = (
    "<mesh><vertices>"
    + "".join(
        f"<vertex><coordinates><x>{10 * (n & 1)}</x><y>{10 * (n >> 1 & 1)}</y>"
        f"<z>{10 * (n >> 2)}</z></coordinates></vertex>"
        for n in range(8)
    )
    + "</vertices><volume>"
    + "".join(
        f"<triangle><v1>{a}</v1><v2>{b}</v2><v3>{c}</v3></triangle>"
        for a, b, c in [
            (0, 2, 3), (0, 3, 1), (4, 5, 7), (4, 7, 6), (0, 1, 5), (0, 5, 4),
            (2, 6, 7), (2, 7, 3), (0, 4, 6), (0, 6, 2), (1, 3, 7), (1, 7, 5),
        ]
    )
    + "</volume></mesh>"
)  # fmt: skip
ONE_OBJECT = f'<object id="1" type="model">{mesh_xml()}</object>'
ONE_ITEM = '<item objectid="1"/>'

CUBES = {
    "cube.stl": binary_stl(block()),
    "solid.stl": binary_stl(block(), header=b"solid looks like ascii"),
    "picture.stl": binary_stl(block(), header=b'<svg xmlns="http://www.w3.org/2000/svg" onload="x()"/>'),
    "ascii.stl": ascii_stl(block(), name="Model with a multi word name"),
    "crlf.stl": ascii_stl(block(), newline="\r\n"),
    "cr.stl": ascii_stl(block(), newline="\r"),
    "upper.stl": ascii_stl(block()).upper(),
    "two.stl": ascii_stl(block()[:6], "a") + ascii_stl(block()[6:], "b"),
    "wrong_name.dat": binary_stl(block()),
    "cube.obj": obj(),
    "materials.obj": obj("mtllib ../../../../etc/passwd\nusemtl x\n"),
    "cube.off": off(),
    "ascii.ply": ply("ascii"),
    "little.ply": ply("binary_little_endian"),
    "big.ply": ply("binary_big_endian"),
    "quads.ply": ply("binary_little_endian", quads=True),
    "ascii_quads.ply": ply("ascii", quads=True),
    "cube.3mf": threemf(ONE_OBJECT, ONE_ITEM),
    "cube.amf": f'<?xml version="1.0"?><amf unit="millimeter"><object id="1">{AMF_MESH}</object></amf>'.encode(),
}


@pytest.mark.parametrize("name", CUBES)
def test_a_ten_millimetre_cube_is_the_same_in_every_format(name: str, tmp_path: Path) -> None:
    measured = geometry.measure(save(tmp_path, name, CUBES[name]))
    assert measured.size_mm == pytest.approx((10, 10, 10))
    assert measured.volume_mm3 == pytest.approx(1000)
    assert measured.area_mm2 == pytest.approx(600)
    assert (measured.triangles, measured.bodies) == (12, 1)
    assert measured.watertight
    assert measured.consistent_winding
    assert measured.printable
    mesh = geometry.load_mesh(tmp_path / name)
    assert mesh.vertices.shape == (8, 3)
    assert mesh.vertices.dtype == np.float64
    assert mesh.triangles.shape == (12, 3)
    assert mesh.triangles.dtype == np.int32


@pytest.mark.parametrize(("unit", "scale"), [("mm", 1.0), ("inch", 25.4), ("m", 1000.0)])
def test_step_units_become_millimetres(unit: str, scale: float, tmp_path: Path) -> None:
    measured = geometry.measure(save(tmp_path, "block.step", step_block((1.0, 2.0, 3.0), unit)))
    assert measured.format == "step"
    assert measured.unit_source == "file"
    assert measured.size_mm == pytest.approx((scale, 2 * scale, 3 * scale), rel=1e-6)
    assert measured.volume_mm3 == pytest.approx(6 * scale**3, rel=1e-6)


@pytest.mark.parametrize(("unit", "scale"), [((2, "MM"), 1.0), ((1, "INCH"), 25.4), ((6, "M"), 1000.0)])
def test_iges_units_become_millimetres(unit: tuple[int, str], scale: float, tmp_path: Path) -> None:
    measured = geometry.measure(save(tmp_path, "sheet.igs", iges_sheet(1.0, 2.0, unit)))
    assert (measured.format, measured.unit_source) == ("iges", "file")
    assert measured.size_mm == pytest.approx((scale, 2 * scale, 0))
    assert measured.area_mm2 == pytest.approx(2 * scale**2)
    assert not measured.watertight


@pytest.mark.parametrize(("unit", "scale"), [("micron", 0.001), ("centimeter", 10), ("inch", 25.4), ("meter", 1000)])
def test_3mf_units_become_millimetres(unit: str, scale: float, tmp_path: Path) -> None:
    path = save(tmp_path, "a.3mf", threemf(ONE_OBJECT, ONE_ITEM, attributes=f'unit="{unit}"'))
    assert geometry.measure(path).volume_mm3 == pytest.approx(1000 * scale**3)


def test_a_given_unit_counts_where_the_file_has_none(tmp_path: Path) -> None:
    path = save(tmp_path, "a.stl", binary_stl(block((1, 1, 1))))
    assumed, given = geometry.measure(path), geometry.measure(path, unit="inch")
    assert (assumed.unit, assumed.unit_source) == ("mm", "assumed")
    assert assumed.unit_guess == "inch"
    assert "25.4 mm" in (assumed.unit_guess_reason or "")
    assert "unit_suspect" in [finding.code for finding in assumed.findings]
    assert (given.unit, given.unit_source, given.unit_guess) == ("inch", "given", None)
    assert given.volume_mm3 == pytest.approx(25.4**3)


def test_a_unit_in_the_file_prevails_and_says_so(tmp_path: Path) -> None:
    measured = geometry.measure(save(tmp_path, "a.3mf", threemf(ONE_OBJECT, ONE_ITEM)), unit="inch")
    assert measured.volume_mm3 == pytest.approx(1000)
    assert "unit_ignored" in [finding.code for finding in measured.findings]


def test_3mf_components_at_any_depth_with_transforms_and_without_supports(tmp_path: Path) -> None:
    def moved(object_id: int, x: int) -> str:
        return f'<component objectid="{object_id}" transform="1 0 0 0 1 0 0 0 1 {x} 0 0"/>'

    levels = [ONE_OBJECT]
    for level in range(2, 6):
        step = 20 * 3 ** (level - 2)
        three = "".join(moved(level - 1, n * step) for n in range(3))
        levels.append(f'<object id="{level}" type="model"><components>{three}</components></object>')
    support = f'<object id="90" type="support">{mesh_xml()}</object><object id="91" type="other">{mesh_xml()}</object>'
    build = '<item objectid="5"/><item objectid="1" transform="-2 0 0 0 1 0 0 0 1 0 50 0"/><item objectid="90"/>'
    measured = geometry.measure(save(tmp_path, "a.3mf", threemf("".join(levels) + support, build)))
    assert measured.bodies == 82
    assert measured.volume_mm3 == pytest.approx(81 * 1000 + 2000)
    assert "support_excluded" in [finding.code for finding in measured.findings]


def test_3mf_touching_items_stay_two_bodies(tmp_path: Path) -> None:
    build = '<item objectid="1"/><item objectid="1" transform="1 0 0 0 1 0 0 0 1 10 0 0"/>'
    measured = geometry.measure(save(tmp_path, "a.3mf", threemf(ONE_OBJECT, build)))
    assert (measured.bodies, measured.volume_mm3, measured.overlapping) == (2, pytest.approx(2000), False)


def test_3mf_production_extension_reads_other_parts(tmp_path: Path) -> None:
    other = threemf(ONE_OBJECT, "")  # only its model text is wanted
    import io
    import zipfile

    text = zipfile.ZipFile(io.BytesIO(other)).read("3D/3dmodel.model").decode()
    assembly = '<object id="7"><components><component objectid="1" p:path="/3D/Objects/a.model"/></components></object>'
    data = threemf(assembly, '<item objectid="7"/>', parts={"3D/Objects/a.model": text})
    assert geometry.measure(save(tmp_path, "a.3mf", data)).volume_mm3 == pytest.approx(1000)


def test_amf_constellation_places_copies(tmp_path: Path) -> None:
    instance = "<instance objectid='1'><deltax>{}</deltax><deltay>0</deltay><deltaz>0</deltaz><rz>90</rz></instance>"
    text = f"<amf unit='inch'><object id='1'>{AMF_MESH}</object><constellation id='2'>"
    text += instance.format(0) + instance.format(30) + "</constellation></amf>"
    measured = geometry.measure(save(tmp_path, "a.amf", text.encode()))
    assert measured.bodies == 2
    assert measured.size_mm == pytest.approx((40 * 25.4, 254, 254))


def test_written_stl_is_read_back_the_same(tmp_path: Path) -> None:
    mesh = geometry.load_mesh(save(tmp_path, "a.stl", binary_stl(ball())))
    geometry.write_stl(mesh, tmp_path / "b.stl")
    first, second = geometry.measure(tmp_path / "a.stl"), geometry.measure(tmp_path / "b.stl")
    assert second.volume_mm3 == pytest.approx(first.volume_mm3, rel=1e-12)
    assert second.triangles == first.triangles


def test_measurement_survives_json(tmp_path: Path) -> None:
    import json

    measured = geometry.measure(save(tmp_path, "a.stl", binary_stl(block()[1:])))
    assert measured.volume_mm3 is None
    assert measured.volume_note
    assert not measured.printable
    assert geometry.Measurement.from_dict(json.loads(json.dumps(measured.to_dict()))) == measured
