"""Loading the data files into a checked `Knowledge`, or a `KnowledgeError` that lists everything wrong.

The layout of a data directory: sources.yaml, machines.yaml, finishes.yaml, processes/*.yaml (one process with
its limits each) and materials/*.yaml (a list of materials each).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol, TypeVar

import yaml

from penstock.engines.knowledge.catalogue import (
    Finish,
    Knowledge,
    KnowledgeError,
    Limit,
    MachineModel,
    Material,
    Process,
    Source,
)
from penstock.engines.knowledge.reading import Problems, Reader, read_fact
from penstock.engines.knowledge.units import (
    FINISH_FACTS,
    LIMITS,
    MACHINE_FACTS,
    MATERIAL_FACTS,
    MATERIAL_FLAGS,
    QUALITIES,
    SHAPE_RULES,
)

DATA = Path(__file__).with_name("data")
DRIVERS = frozenset({"line", "part", "area"})


class _Coded(Protocol):
    @property
    def code(self) -> str: ...


_T = TypeVar("_T", bound=_Coded)


def load(root: Path | None = None) -> Knowledge:
    """The catalogue read from `root` (the shipped data when None). Raises KnowledgeError with every fault
    found, each as "file, entry, why"."""
    root = DATA if root is None else Path(root)
    problems = Problems()
    files = _Files(root, problems)

    sources = _collect(problems, files.readers("sources.yaml"), _source)
    limits: list[Limit] = []
    processes = _collect(problems, files.readers("processes/*.yaml"), lambda at: _process(at, sources, limits))
    materials = _collect(problems, files.readers("materials/*.yaml"), lambda at: _material(at, sources))
    finishes = _collect(problems, files.readers("finishes.yaml"), lambda at: _finish(at, sources))
    machines = _collect(problems, files.readers("machines.yaml"), lambda at: _machine(at, sources))
    knowledge = Knowledge(files.version(), sources, processes, materials, finishes, machines, tuple(limits))
    _check_references(knowledge, files.origin, problems)
    if problems.found:
        raise KnowledgeError(tuple(problems.found))
    return knowledge


@lru_cache(maxsize=1)
def default() -> Knowledge:
    """The catalogue shipped with Penstock, loaded once per process."""
    return load()


class _Files:
    """The data files of one directory; remembers where each entry came from and what was read."""

    def __init__(self, root: Path, problems: Problems) -> None:
        self.root = root
        self.problems = problems
        self.origin: dict[str, str] = {}
        self._digest = hashlib.sha256()

    def readers(self, pattern: str) -> Iterator[Reader]:
        paths = sorted(self.root.glob(pattern))
        if not paths:
            self.problems.note(pattern, "-", f"no such file in {self.root}")
        for path in paths:
            file = path.relative_to(self.root).as_posix()
            for index, raw in enumerate(self._entries(path, file)):
                code = raw.get("code") if isinstance(raw, dict) else None
                entry = str(code) if code else f"entry {index + 1}"
                self.origin.setdefault(entry, file)
                yield Reader(file, entry, raw, self.problems)

    def version(self) -> str:
        return self._digest.hexdigest()[:12]

    def _entries(self, path: Path, file: str) -> list[Any]:
        content = path.read_bytes()
        self._digest.update(file.encode() + b"\0" + content)
        try:
            document = yaml.load(content, Loader=_SAFE_LOADER)
        except yaml.YAMLError as error:
            self.problems.note(file, "-", f"not YAML: {' '.join(str(error).split())}")
            return []
        if isinstance(document, list):
            return document
        if isinstance(document, dict):
            return [document]
        self.problems.note(file, "-", "expected a list of entries or one entry")
        return []


# The C loader reads the same safe subset some ten times faster, where the platform has it.
_SAFE_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def _collect(problems: Problems, readers: Iterable[Reader], read: Callable[[Reader], _T]) -> dict[str, _T]:
    found: dict[str, _T] = {}
    for at in readers:
        thing = read(at)
        at.done()
        if thing.code in found:
            at.note(f"the code {thing.code!r} is used twice")
        elif thing.code:
            found[thing.code] = thing
    return found


def _source(at: Reader) -> Source:
    return Source(at.text("code"), at.text("title"), at.text("url", optional=True), at.text("quality", among=QUALITIES))


def _process(at: Reader, sources: dict[str, Source], limits: list[Limit]) -> Process:
    process = Process(
        code=at.text("code"),
        iso=at.text("iso", optional=True),
        name=at.text("name"),
        trade_name=at.text("trade_name"),
        shape_rule=at.text("shape_rule", among=SHAPE_RULES),
        pooled=at.flag("pooled"),
        good_for=at.text("good_for"),
        not_for=at.text("not_for"),
        default_finishes=at.texts("default_finishes", optional=True),
    )
    for raw in at.entries("limits"):
        limits.extend(_limit(at, process.code, raw, sources))
    return process


def _limit(at: Reader, process: str, raw: Any, sources: dict[str, Source]) -> list[Limit]:
    entry = dict(raw) if isinstance(raw, dict) else {}
    code = entry.pop("code", None)
    message = entry.pop("message", None)
    if code not in LIMITS or not isinstance(message, str):
        at.note(f"a limit needs a message and a code among {', '.join(LIMITS)}; found {raw!r}")
        return []
    fact = read_fact(at, code, entry, LIMITS[code], sources)
    sense = "max" if code.startswith(("max_", "shots_")) else "min"
    return [] if fact is None else [Limit(process, code, sense, fact, message)]


def _material(at: Reader, sources: dict[str, Source]) -> Material:
    material = Material(
        code=at.text("code"),
        name=at.text("name"),
        family=at.text("family"),
        processes=at.texts("processes"),
        colours=at.texts("colours", optional=True),
        facts=at.facts("facts", MATERIAL_FACTS, sources),
        flags=at.facts("flags", MATERIAL_FLAGS, sources),
    )
    if "density" not in material.facts:
        at.note("`density` is missing: nothing can be weighed without it")
    return material


def _finish(at: Reader, sources: dict[str, Source]) -> Finish:
    finish = Finish(
        code=at.text("code"),
        name=at.text("name"),
        processes=at.texts("processes"),
        families=at.texts("families"),
        drivers=at.texts("drivers"),
        effect=at.text("effect"),
        facts=at.facts("facts", FINISH_FACTS, sources),
    )
    for driver in finish.drivers:
        if driver not in DRIVERS:
            at.note(f"`drivers` has {driver!r}, known are {', '.join(sorted(DRIVERS))}")
    if "days" not in finish.facts:
        at.note("`days` is missing: no delivery can be promised without it")
    return finish


def _machine(at: Reader, sources: dict[str, Source]) -> MachineModel:
    machine = MachineModel(
        code=at.text("code"),
        maker=at.text("maker"),
        name=at.text("name"),
        process=at.text("process"),
        facts=at.facts("facts", MACHINE_FACTS, sources),
    )
    if "build_volume" not in machine.facts:
        at.note("`build_volume` is missing: nothing can be placed in it")
    return machine


def _check_references(knowledge: Knowledge, origin: dict[str, str], problems: Problems) -> None:
    """Every code that an entry names must exist."""
    families = {material.family for material in knowledge.materials.values()}
    named: list[tuple[str, str, Iterable[str], Iterable[str]]] = [
        *((each.code, "finish", each.default_finishes, knowledge.finishes) for each in knowledge.processes.values()),
        *((each.code, "process", each.processes, knowledge.processes) for each in knowledge.materials.values()),
        *((each.code, "process", each.processes, knowledge.processes) for each in knowledge.finishes.values()),
        *((each.code, "material family", each.families, families) for each in knowledge.finishes.values()),
        *((each.code, "process", (each.process,), knowledge.processes) for each in knowledge.machines.values()),
    ]
    for entry, kind, codes, known in named:
        for code in codes:
            if code not in known:
                problems.note(origin.get(entry, "-"), entry, f"names the {kind} {code!r}, which does not exist")
