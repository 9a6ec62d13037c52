"""Which materials of the catalogue are metals."""

from __future__ import annotations

from penstock.engines import knowledge

METALS = frozenset({"aluminium", "cobalt", "copper", "nickel", "stainless", "steel", "titanium", "tool-steel"})


def is_metal(code: str) -> bool:
    material = knowledge.default().materials.get(code)
    return material is not None and material.family in METALS
