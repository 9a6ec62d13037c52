"""Knowledge: processes, materials, finishes and machine models as data files with a source for each number.

from penstock.engines.knowledge import default, load

catalogue = default()                # the shipped data, loaded once
catalogue = load(Path("my-data"))    # another directory of the same form; KnowledgeError lists all faults
"""

from penstock.engines.knowledge.catalogue import (
    Fact,
    Finish,
    Knowledge,
    KnowledgeError,
    Limit,
    MachineModel,
    Material,
    Process,
    Source,
)
from penstock.engines.knowledge.loading import default, load

__all__ = [
    "Fact",
    "Finish",
    "Knowledge",
    "KnowledgeError",
    "Limit",
    "MachineModel",
    "Material",
    "Process",
    "Source",
    "default",
    "load",
]
