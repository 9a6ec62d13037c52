"""An import-linter contract: a room of the hub is entered by its doors only.

Of another room a module may import the doors (services, selectors, …), never its API, pages, admin or jobs.
The order of the rooms is a matter of import-linter's own layers contract; see pyproject.toml.
"""

from __future__ import annotations

from typing import Any

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output


class RoomDoors(Contract):
    """Options: `rooms` (packages), `doors` (module names) and `open_rooms` (entered anywhere)."""

    type_name = "room_doors"

    rooms = fields.ListField(subfield=fields.StringField())
    doors = fields.SetField(subfield=fields.StringField())
    open_rooms = fields.SetField(subfield=fields.StringField(), required=False)

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        rooms: list[str] = self.rooms  # fields become values when loaded
        entered = [room for room in rooms if room not in (self.open_rooms or set())]
        wrong = [
            (importer, imported)
            for room in entered
            for imported in sorted(graph.find_descendants(room))
            if imported.removeprefix(f"{room}.").split(".")[0] not in self.doors
            for importer in sorted(graph.find_modules_that_directly_import(imported))
            if any(importer.startswith(f"{other}.") for other in rooms if other != room)
        ]
        return ContractCheck(kept=not wrong, metadata={"wrong": wrong})

    def render_broken_contract(self, check: ContractCheck) -> None:
        wrong: list[tuple[Any, Any]] = check.metadata["wrong"]
        for importer, imported in wrong:
            output.print_error(f"{importer} imports {imported}, which is no door of its room.", bold=False)
