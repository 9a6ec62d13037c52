"""One layer on a plate, by the parts' true outlines: resin, metal, filament."""

from penstock.engines.packing.plates.nest import pack_plate
from penstock.engines.packing.plates.outline import Outline, outline_of
from penstock.engines.packing.plates.rules import RULES, PlateRules

__all__ = ["RULES", "Outline", "PlateRules", "outline_of", "pack_plate"]
