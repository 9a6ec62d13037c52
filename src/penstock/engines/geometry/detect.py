"""Which format a file is in, decided by its content; the name only breaks ties.

Runs in the parent process, so it looks at the first few kilobytes and the size and parses nothing.
"""

from __future__ import annotations

import re
import struct

from .limits import Refused

HEAD_BYTES = 4096

ACCEPTED = "STL, 3MF, OBJ, PLY, OFF, AMF, STEP or IGES"

# Formats we recognise in order to say a helpful word, and do not read.
UNSUPPORTED_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"glTF", "glTF"),
    (b"Kaydara FBX Binary", "FBX"),
    (b"SolidWorks", "SolidWorks"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "SolidWorks or other OLE"),
    (b"BLENDER", "Blender"),
    (b"%PDF", "PDF"),
    (b"\x89PNG", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"Rar!", "RAR"),
    (b"7z\xbc\xaf", "7z"),
    (b"\x1f\x8b", "gzip"),
    (b"#VRML", "VRML"),
    (b"DRACO", "Draco"),
)
UNSUPPORTED_SUFFIX = {
    ".gltf": "glTF",
    ".glb": "glTF",
    ".fbx": "FBX",
    ".dae": "COLLADA",
    ".x3d": "X3D",
    ".wrl": "VRML",
    ".3dm": "Rhino",
    ".sldprt": "SolidWorks",
    ".ipt": "Inventor",
    ".prt": "NX or Creo",
    ".catpart": "CATIA",
    ".x_t": "Parasolid",
    ".x_b": "Parasolid",
    ".dxf": "DXF",
    ".dwg": "DWG",
    ".f3d": "Fusion",
    ".blend": "Blender",
    ".skp": "SketchUp",
    ".gcode": "G-code",
}
FORMATS_BY_SUFFIX = {".stl": "stl", ".obj": "obj", ".ply": "ply", ".off": "off"}

_OFF = re.compile(rb"\s*(?:ST)?C?N?4?n?OFF(?=[\s\d#])")
_OBJ_LINE = re.compile(rb"(?m)^\s*(?:v|vn|vt|f|o|g|mtllib|usemtl)[ \t]+\S")


def detect(head: bytes, size: int, suffix: str) -> str:
    """One of stl, 3mf, obj, ply, off, amf, step, iges, from the first HEAD_BYTES bytes, size and `.suffix`.

    Raises Refused('empty_file' | 'unsupported_format' | 'unknown_format').
    """
    if size == 0:
        raise Refused("empty_file", "The file is empty (0 bytes); please export and upload it again.")
    if head.startswith(b"PK\x03\x04"):
        return "3mf"
    if _is_binary_stl(head, size):
        return "stl"
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    for magic, name in UNSUPPORTED_MAGIC:
        if head.startswith(magic):
            raise _unsupported(name)
    if b"ISO-10303-21" in head[:1024]:
        return "step"
    if text[:5].lower() == b"solid":
        return "stl"
    if re.match(rb"ply\s", text):
        return "ply"
    if _OFF.match(text):
        return "off"
    if text.startswith(b"<"):
        return "amf" if suffix == ".amf" else _xml_format(text)
    if len(head) >= 73 and head[72:73] == b"S" and head[64:72].strip() == b"":
        return "iges"
    if suffix in UNSUPPORTED_SUFFIX or text.startswith(b'{"asset"'):
        raise _unsupported(UNSUPPORTED_SUFFIX.get(suffix, "glTF"))
    if suffix in FORMATS_BY_SUFFIX:
        return FORMATS_BY_SUFFIX[suffix]
    if b"\0" not in head and _OBJ_LINE.search(head):
        return "obj"
    raise Refused("unknown_format", f"This does not look like a 3D model; please upload {ACCEPTED}.")


def _is_binary_stl(head: bytes, size: int) -> bool:
    """Header, count and records add up to the file's size to the byte: nothing else looks like that."""
    return len(head) >= 84 and size > 84 and size == 84 + 50 * struct.unpack_from("<I", head, 80)[0]


def _xml_format(text: bytes) -> str:
    if re.search(rb"<(?:\w+:)?amf[\s>]", text) or b"<!DOCTYPE amf" in text:
        return "amf"
    if re.search(rb"<!DOCTYPE|<!ENTITY", text):
        raise Refused("xml_dtd", "The file contains a document type definition, which models never need.")
    raise Refused("unknown_format", f"This XML is not a 3D model we know; please upload {ACCEPTED}.")


def _unsupported(name: str) -> Refused:
    return Refused("unsupported_format", f"{name} files cannot be read; please export as {ACCEPTED}.")
