"""What a stranger's file may cost us, and how a file is turned away."""

from __future__ import annotations

from dataclasses import dataclass

MIB = 1 << 20


class Refused(Exception):
    """A model file that is not accepted.

    `code` is stable snake_case for programs; `message` is one sentence for the buyer: what is wrong, where
    it was found and what to do about it.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message

    def __reduce__(self) -> tuple[type[Refused], tuple[str, str]]:
        return Refused, (self.code, self.message)


@dataclass(frozen=True)
class Limits:
    """Ceilings for one file. The defaults let a valid 100 MB STL through and hold hostile files under 20 s.

    `cpu_seconds` (reading and analysing each get as many) and `memory_bytes` are enforced by the kernel on the
    parsing process, `wall_seconds` by the parent; the rest is checked by the readers before they allocate.
    """

    file_bytes: int = 256 * MIB
    memory_bytes: int = 4096 * MIB
    cpu_seconds: int = 18
    wall_seconds: float = 60.0
    output_bytes: int = 512 * MIB
    triangles: int = 6_000_000
    inflated_bytes: int = 1024 * MIB
    zip_ratio: int = 100
    zip_members: int = 4096
    xml_depth: int = 64
    component_depth: int = 64
    instances: int = 20_000
    min_size_mm: float = 1e-3
    max_size_mm: float = 1e5
    max_coordinate: float = 1e9
