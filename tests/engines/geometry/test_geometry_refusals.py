"""Hostile and broken files, made here by rule: each is refused with its code, none harms or hangs."""

from __future__ import annotations

import os
import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest
from geometry_shapes import ascii_stl, binary_stl, block, mesh_xml, obj, ply, save, threemf

from penstock.engines import geometry

ONE = f'<object id="1" type="model">{mesh_xml()}</object>'
ITEM = '<item objectid="1"/>'
LAUGHS = '<!DOCTYPE m [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
XXE = '<!DOCTYPE m [<!ENTITY a SYSTEM "file:///etc/passwd">]>'


def with_count(count: int, data: bytes = binary_stl(block())) -> bytes:
    return data[:80] + struct.pack("<I", count) + data[84:]


def with_value(value: float) -> bytes:
    corners = block()
    corners[3, 1, 2] = value
    return binary_stl(corners)


def chain(length: int, copies: int = 1) -> str:
    objects = [ONE]
    for n in range(2, length + 2):
        parts = f'<component objectid="{n - 1}"/>' * copies
        objects.append(f'<object id="{n}"><components>{parts}</components></object>')
    return "".join(objects)


def changed(text: str, old: str, new: str) -> str:
    assert old in text
    return text.replace(old, new, 1)


REFUSED: dict[str, tuple[str, bytes]] = {
    "empty.stl": ("empty_file", b""),
    "short.stl": ("truncated", b"a" * 83),
    "zero.stl": ("no_triangles", bytes(84)),
    "lying_count.stl": ("truncated", with_count(2**32 - 1)),
    "cut.stl": ("truncated", binary_stl(block())[:-77]),
    "low_count.stl": ("count_mismatch", with_count(3)),
    "nan.stl": ("non_finite", with_value(np.nan)),
    "infinite.stl": ("non_finite", with_value(np.inf)),
    "huge.stl": ("huge_coordinates", with_value(3e38)),
    "tiny.stl": ("too_small", binary_stl(block((1e-5, 1e-5, 1e-5)))),
    "giant.stl": ("too_large", binary_stl(block((1e7, 1e7, 1e7)))),
    "degenerate.stl": ("all_degenerate", binary_stl(np.zeros((1000, 3, 3)))),
    "lines.stl": ("all_degenerate", binary_stl(np.tile([[0, 0, 0], [1, 0, 0], [1, 0, 0]], (5, 1, 1)))),
    "overflow.stl": ("non_finite", ascii_stl(block()).replace(b"10.0", b"1e400", 1)),
    "comma.stl": ("decimal_comma", ascii_stl(block(), point=",")),
    "words.stl": ("malformed", ascii_stl(block()).replace(b"10.0", b"ten", 1)),
    "two_corners.stl": ("malformed", ascii_stl(block()).replace(b" vertex 0.0 0.0 0.0\n", b"", 1)),
    "nothing.stl": ("no_triangles", b"solid Empty\nendsolid Empty"),
    "zip.stl": ("bad_zip", b"PK\x03\x04" + bytes(range(256)) * 2),
    "text.txt": ("unknown_format", b"Dear Sir or Madam,\n"),
    "page.html": ("unknown_format", b"<html><body>hello</body></html>"),
    "scene.gltf": ("unsupported_format", b'{"asset":{"version":"2.0"},"buffers":[{"uri":"file:///etc/passwd"}]}'),
    "scene.glb": ("unsupported_format", b"glTF\x02\x00\x00\x00" + bytes(100)),
    "index.obj": ("bad_index", b"v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 999999999\n"),
    "zero_index.obj": ("bad_index", b"v 0 0 0\nv 1 0 0\nv 0 1 0\nf 0 1 2\n"),
    "long_index.obj": ("bad_index", b"v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 99999999999999999999999\n"),
    "comma.obj": ("decimal_comma", obj().replace(b"10.0", b"10,0", 1)),
    "count.ply": ("truncated", ply("binary_little_endian").replace(b"vertex 8", b"vertex 4000000000")),
    "negative.ply": ("malformed", ply("ascii").replace(b"vertex 8", b"vertex -8")),
    "cut.ply": ("truncated", ply("binary_big_endian")[:-20]),
    "nohead.ply": ("malformed", b"ply\nformat ascii 1.0\n"),
    "count.off": ("truncated", b"OFF\n3 4000000000 0\n0 0 0\n1 0 0\n0 1 0\n"),
    "bad.off": ("malformed", b"OFF\n3 1 0\n0 0 0\n1 0 0\n0 1 0\n9 0 1 2\n"),
    "laughs.amf": ("xml_dtd", f'<?xml version="1.0"?>{LAUGHS}<amf>&b;</amf>'.encode()),
    "cycle.amf": (
        "component_cycle",
        b'<amf><constellation id="1"><instance objectid="1"><deltax>0</deltax></instance></constellation></amf>',
    ),
    "garbage.step": (
        "unreadable_cad",
        b"ISO-10303-21;\nHEADER;\nENDSEC;\nDATA;\n#1=ADVANCED_FACE('',(#1),#1,.T.);\nENDSEC;\nEND-ISO-10303-21;\n",
    ),
    "cut.step": ("truncated", b"ISO-10303-21;\nHEADER;\nENDSEC;\nDATA;\n#1=CARTESIAN_POINT('',(0.,"),
    "index.3mf": ("bad_index", threemf(changed(ONE, 'v1="0"', 'v1="4000000000"'), ITEM)),
    "nan.3mf": ("non_finite", threemf(changed(ONE, 'x="10.0"', 'x="nan"'), ITEM)),
    "missing.3mf": ("malformed", threemf(changed(ONE, 'x="10.0"', ""), ITEM)),
    "laughs.3mf": ("xml_dtd", threemf(ONE, ITEM, prolog=LAUGHS)),
    "xxe.3mf": ("xml_dtd", threemf(ONE, ITEM, prolog=XXE)),
    "deep.3mf": ("component_depth", threemf(chain(3000), '<item objectid="3001"/>')),
    "bomb.3mf": ("too_many_instances", threemf(chain(9, 10), '<item objectid="10"/>')),
    "cycle.3mf": (
        "component_cycle",
        threemf(
            '<object id="1"><components><component objectid="2"/></components></object>'
            '<object id="2"><components><component objectid="1"/></components></object>',
            ITEM,
        ),
    ),
    "dangling.3mf": ("bad_reference", threemf(ONE, '<item objectid="5"/>')),
    "nobuild.3mf": ("no_triangles", threemf(ONE, "")),
    "onlysupport.3mf": ("no_triangles", threemf(ONE.replace('"model"', '"support"'), ITEM)),
    "nesting.3mf": ("xml_depth", threemf(ONE + "<x>" * 5000 + "</x>" * 5000, ITEM)),
    "ratio.3mf": ("zip_ratio", threemf(f"<!--{' ' * 3_000_000}-->{ONE}", ITEM)),
    "broken.3mf": ("malformed", threemf(ONE + "<object", ITEM)),
    "extension.3mf": (
        "unsupported_extension",
        threemf(ONE, ITEM, attributes='xmlns:b="http://x/beamlattice/2017/02" requiredextensions="b"'),
    ),
    "lattice.3mf": (
        "unsupported_extension",
        threemf(ONE.replace("</mesh>", '<b:beamlattice xmlns:b="http://x/b"/></mesh>'), ITEM),
    ),
    "unit.3mf": ("unknown_unit", threemf(ONE, ITEM, attributes='unit="parsec"')),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused_with_its_code_and_a_sentence(name: str, tmp_path: Path) -> None:
    code, data = REFUSED[name]
    with pytest.raises(geometry.Refused) as refusal:
        geometry.measure(save(tmp_path, name, data))
    assert refusal.value.code == code
    assert refusal.value.message.endswith(".")
    assert len(refusal.value.message) < 300


def test_members_outside_the_archive_are_never_written(tmp_path: Path) -> None:
    path = save(tmp_path, "a.3mf", threemf(ONE, ITEM, parts={"../evil.txt": "x"}))
    assert geometry.measure(path).volume_mm3 == pytest.approx(1000)
    assert sorted(p.name for p in tmp_path.rglob("*")) == ["a.3mf"]
    assert not (tmp_path.parent / "evil.txt").exists()


def test_an_archive_that_is_not_3mf(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.3mf", "w") as archive:
        archive.writestr("readme.txt", "hello")
    with pytest.raises(geometry.Refused, match="bad_package"):
        geometry.measure(tmp_path / "a.3mf")


def test_limits_on_file_members_and_triangles(tmp_path: Path) -> None:
    path = save(tmp_path, "a.stl", binary_stl(block()))
    for limits, code in [
        (geometry.Limits(file_bytes=100), "too_large_file"),
        (geometry.Limits(triangles=11), "too_many_triangles"),
    ]:
        with pytest.raises(geometry.Refused, match=code):
            geometry.measure(path, limits=limits)
    package = save(tmp_path, "a.3mf", threemf(ONE, ITEM))
    for limits, code in [
        (geometry.Limits(zip_members=1), "zip_members"),
        (geometry.Limits(inflated_bytes=500), "zip_too_large"),
    ]:
        with pytest.raises(geometry.Refused, match=code):
            geometry.measure(package, limits=limits)


def test_what_is_not_a_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.stl")
    for path, code in [
        (tmp_path / "none.stl", "not_found"),
        (tmp_path, "not_a_file"),
        (tmp_path / "pipe.stl", "not_a_file"),
    ]:
        with pytest.raises(geometry.Refused, match=code):
            geometry.measure(path)


@pytest.mark.parametrize("padding", [bytes(100), bytes(4096), b"\r\n"])
def test_padding_after_the_last_triangle_does_not_matter(padding: bytes, tmp_path: Path) -> None:
    for name, data in [("a.stl", binary_stl(block())), ("b.stl", ascii_stl(block()))]:
        assert geometry.measure(save(tmp_path, name, data + padding)).volume_mm3 == pytest.approx(1000)


def test_ply_with_lists_among_its_points(tmp_path: Path) -> None:
    plain = ply("ascii").decode().replace("property uchar red", "property list uchar int near")
    rows = [line.removesuffix("7") + "2 7 5" if "." in line.split()[0] else line for line in plain.splitlines()]
    path = save(tmp_path, "a.ply", "\n".join(rows).encode())
    assert geometry.measure(path).volume_mm3 == pytest.approx(1000)
    path.write_bytes("\n".join(rows).replace("property float x", "property list uchar float x").encode())
    with pytest.raises(geometry.Refused):
        geometry.measure(path)


def test_trailing_bytes_are_ignored_with_a_notice(tmp_path: Path) -> None:
    measured = geometry.measure(save(tmp_path, "a.stl", binary_stl(block()) + b"colour"))
    assert measured.volume_mm3 == pytest.approx(1000)
    assert "trailing_data" in [finding.code for finding in measured.findings]
