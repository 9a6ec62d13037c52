"""A plan file: jobs, makers and policy as JSON, read into what `plan` takes; and a plan written as JSON.

The schema is read off the dataclasses, so that file, schema and library cannot drift apart: every field of
`JobSpec`, `MakerSpec` … is a key of the same name. Every fault names the entry and the field.
"""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import MISSING, asdict, dataclass, fields, is_dataclass
from datetime import date, datetime
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from penstock.engines.dispatch.model import DispatchError, JobSpec, MakerSpec, Policy
from penstock.engines.dispatch.planner import DEFAULT_POLICY
from penstock.engines.dispatch.result import Plan

FAULTS_SHOWN = 20


@dataclass(frozen=True)
class PlanFile:
    """What a plan file says. `now`: the moment of the wave. `forecast`: box volume in mm³ an hour by
    "process/material"."""

    now: datetime
    jobs: tuple[JobSpec, ...]
    makers: tuple[MakerSpec, ...]
    policy: Policy = DEFAULT_POLICY
    forecast: Mapping[str, float] | None = None


def read_plan_file(document: Any) -> PlanFile:
    """Raises DispatchError naming every entry and field that is wrong (the first twenty)."""
    faults: list[str] = []
    found = _read(PlanFile, document, "", faults)
    if faults:
        more = f" and {len(faults) - FAULTS_SHOWN} more" if len(faults) > FAULTS_SHOWN else ""
        raise DispatchError("; ".join(faults[:FAULTS_SHOWN]) + more)
    assert isinstance(found, PlanFile)
    return found


def forecast_of(file: PlanFile) -> dict[tuple[str, str], float] | None:
    if file.forecast is None:
        return None
    return {(key.partition("/")[0], key.partition("/")[2]): value for key, value in file.forecast.items()}


def schema() -> dict[str, Any]:
    """The JSON schema of a plan file."""
    definitions: dict[str, Any] = {}
    top = _schema(PlanFile, definitions)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Penstock dispatch plan file",
        "$defs": definitions,
        **top,
    }


def plan_to_dict(plan: Plan, *, layouts: bool = True) -> dict[str, Any]:
    """A plan as plain data: moments as ISO text, reasons with their sentence, layouts as 4 × 4 matrices."""
    builds = []
    for build in plan.builds:
        row = {name: getattr(build, name) for name in build.__dataclass_fields__ if name != "packing"}
        row["lines"] = [asdict(line) for line in build.lines]
        if layouts and build.packing is not None:
            row["placements"] = [
                {"job": each.item_id, "copy": each.copy, "matrix": each.matrix.tolist()}
                for each in build.packing.placements
            ]
        builds.append(row)
    told: dict[str, Any] = {
        "assignments": [_plain(each) for each in plan.assignments],
        "builds": builds,
        "waiting": [_plain(each) for each in plan.waiting],
        "unassigned": [_plain(each) for each in plan.unassigned],
        "shipments": [_plain(each) for each in plan.shipments],
        "cost": plan.cost.as_dict() | {"total": plan.cost.total},
        "offers_until": plan.offers_until,
        "seconds": plan.seconds,
        "seed": plan.seed,
    }
    return told


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        row = {name: _plain(getattr(value, name)) for name in value.__dataclass_fields__}
        if "code" in row and "data" in row:
            row["text"] = str(value)
        return row
    if isinstance(value, tuple | list):
        return [_plain(each) for each in value]
    return dict(value) if isinstance(value, Mapping) else value


def _read(kind: Any, value: Any, path: str, faults: list[str]) -> Any:
    """`value` as `kind`, or None with a fault noted."""
    origin, arguments = get_origin(kind), get_args(kind)
    here = path or "the file"
    if origin in (Union, types.UnionType):
        if value is None:
            return None
        return _read(next(each for each in arguments if each is not type(None)), value, path, faults)
    if is_dataclass(kind):
        return _read_record(kind, value, path, faults)
    if origin is Literal:
        if value in arguments:
            return value
        faults.append(f"{here} is {value!r}, not one of {', '.join(map(str, arguments))}")
    elif origin in (tuple, frozenset):
        if not isinstance(value, list):
            faults.append(f"{here} is not a list")
        elif origin is tuple and arguments[-1] is not Ellipsis:
            if len(value) == len(arguments):
                return tuple(
                    _read(k, v, f"{path}[{n}]", faults) for n, (k, v) in enumerate(zip(arguments, value, strict=True))
                )
            faults.append(f"{here} has {len(value)} entries, not {len(arguments)}")
        else:
            return origin([_read(arguments[0], each, f"{path}[{n}]", faults) for n, each in enumerate(value)])
    elif origin is not None and issubclass(origin, Mapping):
        if isinstance(value, dict):
            return {key: _read(arguments[1], each, f"{path}.{key}", faults) for key, each in value.items()}
        faults.append(f"{here} is not an object")
    else:
        return _read_plain(kind, value, here, faults)
    return None


def _read_record(kind: Any, value: Any, path: str, faults: list[str]) -> Any:
    here = path or "the file"
    if not isinstance(value, dict):
        faults.append(f"{here} is not an object")
        return None
    hints = get_type_hints(kind)
    before = len(faults)
    known = {each.name for each in fields(kind)}
    faults += [f"{path + '.' if path else ''}{name} is not known" for name in value if name not in known]
    given: dict[str, Any] = {}
    for each in fields(kind):
        inner = f"{path}.{each.name}" if path else each.name
        if each.name in value:
            given[each.name] = _read(hints[each.name], value[each.name], inner, faults)
        elif each.default is MISSING and each.default_factory is MISSING:
            faults.append(f"{inner} is missing")
    return kind(**given) if len(faults) == before else None


def _read_plain(kind: Any, value: Any, here: str, faults: list[str]) -> Any:
    if kind is datetime or kind is date:
        try:
            moment = kind.fromisoformat(value)
        except (TypeError, ValueError):
            faults.append(f"{here} is {value!r}, not a {'moment' if kind is datetime else 'day'} as in 2026-03-02")
            return None
        if isinstance(moment, datetime) and moment.tzinfo is None:
            faults.append(f"{here} has no time zone (2026-03-02T09:00:00+08:00)")
        return moment
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if (kind is float and is_number) or (kind is int and is_number and float(value).is_integer()):
        return kind(value)
    if kind in (str, bool) and isinstance(value, kind):
        return value
    faults.append(f"{here} is {value!r}, not {NAMES[kind]}")
    return None


NAMES = {float: "a number", int: "a whole number", str: "text", bool: "true or false"}
TYPES = {float: "number", int: "integer", str: "string", bool: "boolean"}


def _schema(kind: Any, definitions: dict[str, Any]) -> dict[str, Any]:
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        inner = next(each for each in arguments if each is not type(None))
        return {"anyOf": [_schema(inner, definitions), {"type": "null"}]}
    if is_dataclass(kind):
        hints = get_type_hints(kind)
        must = [e.name for e in fields(kind) if e.default is MISSING and e.default_factory is MISSING]
        record = {
            "type": "object",
            "description": " ".join((kind.__doc__ or "").split()),
            "properties": {each.name: _schema(hints[each.name], definitions) for each in fields(kind)},
            "required": must,
            "additionalProperties": False,
        }
        name = getattr(kind, "__name__", "")
        if kind is PlanFile:
            return record
        definitions[name] = record
        return {"$ref": f"#/$defs/{name}"}
    if origin is Literal:
        return {"enum": list(arguments)}
    if origin is tuple and arguments[-1] is not Ellipsis:
        inner_schemas = [_schema(each, definitions) for each in arguments]
        return {"type": "array", "prefixItems": inner_schemas, "minItems": len(arguments), "maxItems": len(arguments)}
    if origin in (tuple, frozenset):
        return {"type": "array", "items": _schema(arguments[0], definitions)}
    if origin is not None and issubclass(origin, Mapping):
        return {"type": "object", "additionalProperties": _schema(arguments[1], definitions)}
    if kind is datetime or kind is date:
        return {"type": "string", "format": "date-time" if kind is datetime else "date"}
    return {"type": TYPES[kind]}
