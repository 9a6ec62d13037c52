"""Parts + build chamber → placements, and the build file a machine's software opens."""

from penstock.engines.packing.build_file import build_file
from penstock.engines.packing.gaps import fill_gaps
from penstock.engines.packing.layout import Layout, Prepared, prepare
from penstock.engines.packing.model import (
    Box,
    Chamber,
    FitEstimate,
    Item,
    Mesh,
    Objective,
    Orientation,
    Packing,
    PackingError,
    PackingMetrics,
    Placement,
    PoolStats,
    Progress,
    ProgressCallback,
    StopCallback,
    Unplaced,
    Vector,
    Violation,
)
from penstock.engines.packing.nest import Nested, nest
from penstock.engines.packing.pack import pack
from penstock.engines.packing.plates import RULES, PlateRules
from penstock.engines.packing.poses import Poses, poses_of
from penstock.engines.packing.predict import (
    expected_box_density,
    expected_fill,
    expected_nested_fill,
    fits,
    stats_of,
)
from penstock.engines.packing.removal import interlocked
from penstock.engines.packing.surfaces import Openings, box_mesh, openings
from penstock.engines.packing.verify import verify

__all__ = [
    "RULES",
    "Box",
    "Chamber",
    "FitEstimate",
    "Item",
    "Layout",
    "Mesh",
    "Nested",
    "Objective",
    "Openings",
    "Orientation",
    "Packing",
    "PackingError",
    "PackingMetrics",
    "Placement",
    "PlateRules",
    "PoolStats",
    "Poses",
    "Prepared",
    "Progress",
    "ProgressCallback",
    "StopCallback",
    "Unplaced",
    "Vector",
    "Violation",
    "box_mesh",
    "build_file",
    "expected_box_density",
    "expected_fill",
    "expected_nested_fill",
    "fill_gaps",
    "fits",
    "interlocked",
    "nest",
    "openings",
    "pack",
    "poses_of",
    "prepare",
    "stats_of",
    "verify",
]
