"""Mutated valid files: every own reader answers or refuses; nothing else is raised and nothing takes long.

`PENSTOCK_FUZZ_SECONDS` makes each format's run that long instead of a fixed few dozen files; `PENSTOCK_FUZZ_SEED`
starts elsewhere. A file that fails is printed as hexadecimal, to be kept as a test of its own.
"""

from __future__ import annotations

import io
import itertools
import os
import random
import time
import zipfile
from collections.abc import Callable

import numpy as np
import pytest
from geometry_shapes import ascii_stl, ball, binary_stl, block, inside_out, mesh_xml, obj, off, ply, threemf

from penstock.engines.geometry.analyse import analyse
from penstock.engines.geometry.detect import HEAD_BYTES, detect
from penstock.engines.geometry.limits import Limits, Refused
from penstock.engines.geometry.readers import read

SECONDS = float(os.environ.get("PENSTOCK_FUZZ_SECONDS", 0))
SEED = int(os.environ.get("PENSTOCK_FUZZ_SEED", 20))
FILES = 40
# Small, so that a mutation which only asks for too much is told from one that gets it.
LIMITS = Limits(inflated_bytes=8 << 20, triangles=20_000, instances=200)

PART = np.concatenate([ball(5, 6, 8), inside_out(block((1, 1, 1))), block((3, 4, 5), at=(9, 0, 0))])
AMF = (
    '<?xml version="1.0"?><amf unit="millimeter"><object id="0"><mesh><vertices>'
    + "".join(
        f"<vertex><coordinates><x>{x}</x><y>{y}</y><z>{z}</z></coordinates></vertex>"
        for x, y, z in [(0, 0, 0), (9, 0, 0), (0, 9, 0), (0, 0, 9)]
    )
    + "</vertices><volume>"
    + "".join(
        f"<triangle><v1>{a}</v1><v2>{b}</v2><v3>{c}</v3></triangle>"
        for a, b, c in [(0, 2, 1), (0, 1, 3), (0, 3, 2), (1, 2, 3)]
    )
    + "</volume></mesh></object><constellation id='1'><instance objectid='0'><deltax>3</deltax><rz>30</rz></instance>"
    "</constellation></amf>"
).encode()
NESTED = threemf(
    f'<object id="1" type="model">{mesh_xml()}</object><object id="3" type="support">{mesh_xml()}</object>'
    '<object id="2"><components><component objectid="1" transform="-1 0 0 0 1 0 0 0 1 30 0 0"/>'
    '<component objectid="1"/></components></object>',
    '<item objectid="2"/><item objectid="3"/><item objectid="1" transform="1 0 0 0 1 0 0 0 1 0 50 0"/>',
    compression=zipfile.ZIP_STORED,
)

SAMPLES: dict[str, list[bytes]] = {
    "binary.stl": [binary_stl(PART), binary_stl(PART, b"solid \xff")],
    "ascii.stl": [ascii_stl(PART), ascii_stl(block(), newline="\r"), ascii_stl(block()).upper()],
    "model.3mf": [NESTED],
    "model.amf": [AMF],
    "model.obj": [obj("mtllib a.mtl\n# a part\n")],
    "model.ply": [ply("ascii"), ply("binary_little_endian"), ply("binary_big_endian", quads=True), ply("ascii", True)],
    "model.off": [off()],
}
NUMBERS = [b"nan", b"-inf", b"1e999", b"-0", b"1e-320", b"99999999999999999999", b"-1", b"", b"1,5", b"0x1p3", b"\xb2"]
BYTES = [b"\0", b"\xff", b"\r", b"<", b'"', b"/", b" ", b"\n\n", b"\xff\xff\xff\xff", b"\0\0\xc0\x7f", b"\0\0\x80\xff"]


def mutated(data: bytes, chance: random.Random) -> bytes:
    """One to four changes: bits, bytes, cut, doubled or swapped pieces, numbers put for numbers."""
    for _ in range(chance.randint(1, 4)):
        at, length = chance.randrange(len(data) + 1), chance.choice([1, 2, 4, 12, 50, 300])
        match chance.randrange(7):
            case 0:
                data = data[:at] + bytes([chance.randrange(256)]) + data[at + 1 :]
            case 1:
                data = data[:at] + data[at + length :]
            case 2:
                data = data[:at] + data[at : at + length] * chance.choice([2, 3, 200]) + data[at + length :]
            case 3:
                data = data[:at]
            case 4:
                data = data[:at] + chance.choice(BYTES) + data[at + chance.choice([0, 1, 4]) :]
            case 5:
                words = data[at : at + 400].split()
                if words:
                    data = data[:at] + data[at:].replace(chance.choice(words), chance.choice(NUMBERS), 1)
            case 6:
                other = chance.randrange(len(data) + 1)
                data = data[:at] + data[other : other + length] + data[at + length :]
        data = data or b"\0"
    return data


def mutated_member(data: bytes, chance: random.Random) -> bytes:
    """A package whose model part is mutated, packed properly again so that the mutation reaches the reader."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as package, zipfile.ZipFile(buffer, "w") as changed:
        for name in package.namelist():
            text = package.read(name)
            changed.writestr(name, mutated(text, chance) if chance.random() < 0.8 else text)
    return buffer.getvalue()


def answer(data: bytes, suffix: str) -> None:
    """What the worker does with a file."""
    try:
        name = detect(data[:HEAD_BYTES], len(data), suffix)
        if name in ("step", "iges"):
            return
        measurement, mesh = analyse(read(data, name, LIMITS), name, None, LIMITS)
    except Refused:
        return
    assert np.isfinite(mesh.vertices).all()
    assert np.isfinite([measurement.area_mm2, *measurement.size_mm, measurement.hull_volume_mm3]).all()
    assert (measurement.volume_mm3 is None) == (measurement.volume_note is not None)
    assert measurement.volume_mm3 is None or 0 < measurement.volume_mm3 < 2 * np.prod(measurement.size_mm)


@pytest.mark.parametrize("name", SAMPLES)
def test_a_mutated_file_is_answered_or_refused(name: str) -> None:
    chance = random.Random(f"{name} {SEED}")
    change: list[Callable[[bytes, random.Random], bytes]] = [mutated]
    if name.endswith("3mf"):
        change += [mutated_member] * 3
    started = time.monotonic()
    for n in itertools.count():
        if time.monotonic() - started > SECONDS if SECONDS else n == FILES:
            break
        data = chance.choice(change)(chance.choice(SAMPLES[name]), chance)
        used = time.process_time()
        try:
            answer(data, "." + name.rpartition(".")[2])
        except Exception:
            print(data.hex())
            raise
        assert time.process_time() - used < 20, data.hex()
