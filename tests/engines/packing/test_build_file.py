"""The build file opens in the 3MF consortium's own library with every part in its place."""

from __future__ import annotations

import lib3mf
import numpy as np
import pytest
import trimesh

from penstock.engines.packing import Chamber, Item, Mesh, PackingError, build_file, pack


def mesh_of(solid: trimesh.Trimesh) -> Mesh:
    return Mesh(np.asarray(solid.vertices, dtype=np.float64), np.asarray(solid.faces, dtype=np.int64))


def wedge() -> Mesh:
    """A body whose corner is not at its origin and that looks different from every side."""
    solid = trimesh.creation.cone(radius=8, height=30, sections=12)
    solid.apply_translation((100, -40, 7))
    return mesh_of(solid)


def read_back(path) -> list[tuple[str, np.ndarray]]:
    """(part number, placed vertices) of every build item, as lib3mf sees them."""
    model = lib3mf.get_wrapper().CreateModel()
    reader = model.QueryReader("3mf")
    reader.SetStrictModeActive(True)
    reader.ReadFromFile(str(path))
    assert reader.GetWarningCount() == 0
    placed = []
    items = model.GetBuildItems()
    while items.MoveNext():
        item = items.GetCurrent()
        body = model.GetMeshObjectByID(item.GetObjectResourceID())
        assert body.IsManifoldAndOriented()
        vertices = np.array([list(vertex.Coordinates) for vertex in body.GetVertices()])
        fields = np.array([list(row) for row in item.GetObjectTransform().Fields])
        placed.append((item.GetPartNumber(), vertices @ fields[:3] + fields[3]))
    return placed


def test_placed_meshes_come_back_where_they_were_put(tmp_path):
    meshes = {"wedge": wedge(), "block & <co>": mesh_of(trimesh.creation.box((10, 20, 30)))}
    items = [Item(name, mesh=mesh, copies=3) for name, mesh in meshes.items()]
    packing = pack(items, Chamber((80, 80, 80), clearance_mm=2), deadline_s=0.0)
    build_file(packing, meshes, tmp_path / "build.3mf")
    found = read_back(tmp_path / "build.3mf")
    assert len(found) == len(packing.placements) == 6
    for placement, (label, vertices) in zip(packing.placements, found, strict=True):
        mesh = meshes[placement.item_id]
        expected = mesh.vertices @ placement.matrix[:3, :3].T + placement.matrix[:3, 3]
        assert label == f"{placement.item_id}#{placement.copy}"
        assert np.allclose(vertices, expected, atol=1e-3)


def test_items_packed_by_size_bring_meshes_in_their_own_coordinates(tmp_path):
    mesh = wedge()
    low, high = mesh.bounds_mm()
    packing = pack([Item("wedge", tuple((high - low).tolist()))], Chamber((80, 80, 80)), deadline_s=0.0)
    build_file(packing, {"wedge": mesh}, tmp_path / "build.3mf")
    [(_, vertices)] = read_back(tmp_path / "build.3mf")
    assert np.allclose(vertices.min(axis=0), 0.0, atol=1e-3)


def test_same_build_same_bytes_and_a_missing_mesh_is_named(tmp_path):
    packing = pack([Item("wedge", mesh=wedge())], Chamber((80, 80, 80)), deadline_s=0.0)
    for name in ("one.3mf", "two.3mf"):
        build_file(packing, {"wedge": wedge()}, tmp_path / name)
    assert (tmp_path / "one.3mf").read_bytes() == (tmp_path / "two.3mf").read_bytes()
    with pytest.raises(PackingError, match="wedge"):
        build_file(packing, {}, tmp_path / "three.3mf")
