"""Colours and metadata of 3MF files: kept as lib3mf writes and reads them, shown in the preview, bounded."""

from __future__ import annotations

import json
import locale
import struct
import zipfile
from pathlib import Path
from typing import Any

import lib3mf
import numpy as np
import pytest
from geometry_shapes import CUBE_FACES, CUBE_POINTS, mesh_xml, save, threemf

from penstock import cli
from penstock.engines import geometry
from penstock.engines.geometry.limits import Limits
from penstock.engines.geometry.readers.colours import MOST_COLOURS, MOST_LETTERS
from penstock.engines.geometry.readers.threemf import read_3mf

MATERIALS = "http://schemas.microsoft.com/3dmanufacturing/material/2015/02"
HEAD = f'unit="millimeter" xmlns:m="{MATERIALS}"'
RED, GREEN, BLUE = 0xFF0000, 0x00FF00, 0x0000FF


def written_by_lib3mf(folder: Path) -> Path:
    """A cube whose triangles have a base material, a colour of a group, or what their object has."""
    wrapper = lib3mf.get_wrapper()
    model = wrapper.CreateModel()
    for name, text in (("Title", "Würfel"), ("Designer", "A <b>person</b> & another")):
        model.GetMetaDataGroup().AddMetaData("", name, text, "xs:string", True)
    bases = model.AddBaseMaterialGroup()
    red = bases.AddMaterial("red", wrapper.RGBAToColor(255, 0, 0, 255))
    green = bases.AddMaterial("green", wrapper.RGBAToColor(0, 255, 0, 255))
    group = model.AddColorGroup()
    blue = group.AddColor(wrapper.RGBAToColor(0, 0, 255, 128))
    thing = model.AddMeshObject()
    thing.SetGeometry([_position(point) for point in CUBE_POINTS * 10], [_triangle(face) for face in CUBE_FACES])
    thing.SetObjectLevelProperty(bases.GetUniqueResourceID(), green)
    for number, (resource, of) in enumerate([(bases, red), (bases, red), (bases, red), (group, blue), (group, blue)]):
        properties = lib3mf.TriangleProperties()
        properties.ResourceID = resource.GetUniqueResourceID()
        properties.PropertyIDs[:] = [of] * 3
        thing.SetTriangleProperties(number, properties)
    model.AddBuildItem(thing, wrapper.GetIdentityTransform())
    path = folder / "colours.3mf"
    kept = locale.setlocale(locale.LC_ALL)
    model.QueryWriter("3mf").WriteToFile(str(path))
    locale.setlocale(locale.LC_ALL, kept)  # lib3mf leaves the process in another one, in which text files are ASCII
    return path


def _position(point: np.ndarray) -> lib3mf.Position:
    position = lib3mf.Position()
    position.Coordinates[:] = [float(value) for value in point]
    return position


def _triangle(face: np.ndarray) -> lib3mf.Triangle:
    triangle = lib3mf.Triangle()
    triangle.Indices[:] = [int(value) for value in face]
    return triangle


def seen_by_lib3mf(path: Path) -> tuple[list[int], dict[str, str]]:
    """(colour of each triangle of the first mesh, metadata), as the reference reads them."""
    wrapper = lib3mf.get_wrapper()
    model = wrapper.CreateModel()
    model.QueryReader("3mf").ReadFromFile(str(path))
    meshes = model.GetMeshObjects()
    meshes.MoveNext()
    thing = meshes.GetCurrentMeshObject()
    colours = []
    for each in thing.GetAllTriangleProperties():
        try:
            colour = model.GetBaseMaterialGroupByID(each.ResourceID).GetDisplayColor(each.PropertyIDs[0])
        except lib3mf.ELib3MFException:
            colour = model.GetColorGroupByID(each.ResourceID).GetColor(each.PropertyIDs[0])
        colours.append(colour.Red << 16 | colour.Green << 8 | colour.Blue)
    words = model.GetMetaDataGroup()
    entries = [words.GetMetaData(n) for n in range(words.GetMetaDataCount())]
    return colours, {entry.GetName(): entry.GetValue() for entry in entries}


def extras(glb: bytes) -> tuple[dict[str, Any], Any]:
    (length,) = struct.unpack_from("<I", glb, 12)
    document = json.loads(glb[20 : 20 + length])
    found = document["meshes"][0]["extras"]
    view = document["bufferViews"][found["colours"]]
    start = 28 + length + view["byteOffset"]
    return found, list(glb[start : start + view["byteLength"]])


def test_colours_and_words_are_those_of_lib3mf(tmp_path: Path) -> None:
    path = written_by_lib3mf(tmp_path)
    colours, words = seen_by_lib3mf(path)
    model = read_3mf(path.read_bytes(), Limits())
    assert model.colours is not None
    assert model.colours.tolist() == colours == [RED] * 3 + [BLUE] * 2 + [GREEN] * 7
    measured, _, glb = geometry.measure_and_render(path)
    assert {name: measured.metadata[name] for name in ("Title", "Designer")} == {
        name: words[name] for name in ("Title", "Designer")
    }
    assert measured.colours == ("#00ff00", "#ff0000", "#0000ff")
    found, runs = extras(glb)
    assert found["palette"] == ["#00ff00", "#ff0000", "#0000ff"]
    assert runs == [2, 3, 3, 2, 1, 7]
    assert geometry.Measurement.from_dict(json.loads(json.dumps(measured.to_dict()))) == measured


def test_the_table_says_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["measure", str(written_by_lib3mf(tmp_path))]) == 0
    said = capsys.readouterr().out
    assert "Title: Würfel" in said
    assert "colours: #00ff00, #ff0000, #0000ff" in said


def test_each_placed_copy_keeps_its_colour_and_a_plain_body_has_none(tmp_path: Path) -> None:
    resources = (
        '<basematerials id="1"><base name="a" displaycolor="#0000FFFF"/></basematerials>'
        f'<object id="2" pid="1" pindex="0">{mesh_xml()}</object><object id="3">{mesh_xml()}</object>'
        '<object id="4"><components><component objectid="2"/>'
        '<component objectid="3" transform="1 0 0 0 1 0 0 0 1 50 0 0"/></components></object>'
    )
    build = '<item objectid="4"/><item objectid="2" transform="-1 0 0 0 1 0 0 0 1 -50 0 0"/>'
    model = read_3mf(threemf(resources, build), Limits())
    assert model.colours is not None
    assert model.colours.tolist() == [BLUE] * 12 + [-1] * 12 + [BLUE] * 12


@pytest.mark.parametrize(
    ("lists", "attributes"),
    [
        ('<m:colorgroup id="1"><m:color color="#12345"/></m:colorgroup>', 'pid="1" pindex="0"'),
        ('<m:colorgroup id="1"><m:color/></m:colorgroup>', 'pid="1" pindex="0"'),
        ('<m:colorgroup id="1"><m:color color="#GG0000"/></m:colorgroup>', 'pid="1" pindex="0"'),
        ('<m:colorgroup id="1"><m:color color="#FF0000"/></m:colorgroup>', 'pid="1" pindex="-1"'),
        ('<m:colorgroup id="1"><m:color color="#FF0000"/></m:colorgroup>', 'pid="1" pindex="99999999999999999999"'),
        ('<m:colorgroup id="1"><m:color color="#FF0000"/></m:colorgroup>', 'pid="7" pindex="0"'),
        ('<m:colorgroup id="1"><m:color color="#FF0000"/></m:colorgroup>', 'pid="1"'),
        ('<m:colorgroup/><m:color color="#FF0000"/>', 'pindex="x"'),
    ],
)  # fmt: skip
def test_odd_colours_are_passed_over(lists: str, attributes: str) -> None:
    resources = f'{lists}<object id="2" {attributes}>{mesh_xml()}</object>'
    assert read_3mf(threemf(resources, '<item objectid="2"/>', attributes=HEAD), Limits()).colours is None


def test_there_is_a_ceiling_for_colours_and_words(tmp_path: Path) -> None:
    colours = '<m:color color="#010203"/>' * (MOST_COLOURS + 10)
    words = "".join(f'<metadata name="{name}">{"x " * 4000}</metadata>' for name in ("Title", "Title", "Secret:Key"))
    resources = (
        f'<m:colorgroup id="1">{colours}</m:colorgroup>'
        f'<object id="2" pid="1" pindex="{MOST_COLOURS + 5}">{mesh_xml()}</object>'
    )
    package = threemf(resources + words, '<item objectid="2"/>', attributes=HEAD, compression=zipfile.ZIP_STORED)
    model = read_3mf(package, Limits())
    assert model.colours is None
    assert list(model.metadata) == ["Title"]
    assert len(model.metadata["Title"]) <= MOST_LETTERS
    assert geometry.measure(save(tmp_path, "many.3mf", package)).metadata == model.metadata


def test_words_are_one_line_that_can_be_shown() -> None:
    words = '<metadata name="Title"> a\n\tb &#x202E;c </metadata><metadata name="Designer"> </metadata>'
    model = read_3mf(threemf(f'{words}<object id="2">{mesh_xml()}</object>', '<item objectid="2"/>'), Limits())
    assert model.metadata == {"Title": "a b c"}
