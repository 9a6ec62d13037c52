"""One reader per format: bytes of a file in, `RawModel` out, `Refused` with a sentence if it cannot be.

Readers run inside the guarded worker. They never open another file, whatever the model refers to, check every
count against the bytes that are really there before allocating, and leave units, welding and judgement to
later steps.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from ..limits import Limits, Refused
from ..mesh import RawModel

Reader = Callable[[bytes, Limits], RawModel]

# Named, not imported: a worker that only ever sees STL files should not pay for the others.
READERS: dict[str, tuple[str, str]] = {
    "stl": ("stl", "read_stl"),
    "3mf": ("threemf", "read_3mf"),
    "amf": ("amf", "read_amf"),
    "obj": ("obj", "read_obj"),
    "ply": ("ply", "read_ply"),
    "off": ("off", "read_off"),
    "step": ("cad", "read_step"),
    "iges": ("cad", "read_iges"),
}

# Read by a large C++ library: the worker that parsed one is not used again for another person's file.
NATIVE_FORMATS = frozenset({"step", "iges"})


def read(data: bytes, format_name: str, limits: Limits) -> RawModel:
    """Parse `data` as `format_name`; refuse a result without triangles or with unusable numbers in indices."""
    module_name, function_name = READERS[format_name]
    reader: Reader = getattr(import_module(f".{module_name}", __name__), function_name)
    model = reader(data, limits)
    if model.triangle_count == 0:
        raise Refused("no_triangles", "The file contains no surface at all; please check the export.")
    check_triangle_count(model.triangle_count, limits)
    return model


def check_triangle_count(count: int, limits: Limits) -> None:
    """Refuse more triangles than the limit, before anything is allocated for them."""
    if count > limits.triangles:
        raise Refused(
            "too_many_triangles",
            f"The file has {count:,} triangles and the limit is {limits.triangles:,}; "
            "please export with a coarser resolution.",
        )
