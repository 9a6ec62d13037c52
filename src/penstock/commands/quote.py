"""`penstock quote`: what the parts in model files cost, without any server or database.

Measures each file, prices it by every process and material that can make it from the price book, and prints a
table, or with --json one object per file with every price and its breakdown.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from penstock.engines.knowledge import Knowledge, KnowledgeError, default, load
from penstock.engines.knowledge.places import City, distance_km, find_city, suggest
from penstock.engines.pricing import (
    Obstacle,
    PartFacts,
    PriceBook,
    PriceBookError,
    PriceRow,
    carriage,
    carriage_days,
    default_book,
    price_table,
)
from penstock.errors import OperatorError

LADDER = (1, 10, 100)
DONE, REFUSED = 0, 2


def register(subparsers: Any) -> None:
    parser = subparsers.add_parser(
        "quote",
        help="price model files by every process and material",
        description="Prices model files from the price book, without a server. Exit status 2 when a file was refused.",
    )
    parser.add_argument("files", nargs="+", metavar="FILE", help="STL, 3MF, OBJ, PLY, OFF or STEP")
    parser.add_argument("--quantity", type=_positive, default=1, metavar="N", help="pieces of each (default 1)")
    parser.add_argument("--process", metavar="P", help="only this process, such as sls")
    parser.add_argument("--material", metavar="M", help="only this material, such as pa12")
    parser.add_argument("--finish", metavar="F", help="with this finish, such as dyeing")
    parser.add_argument("--to", metavar="CITY", help="add carriage to this city; `London, CA` names the country")
    parser.add_argument("--unit", metavar="U", help="unit of files that do not say: mm, cm, inch ...")
    parser.add_argument("--lead", default="standard", metavar="CLASS", help="economy, standard (default) or express")
    parser.add_argument("--book", type=Path, metavar="FILE", help="another price book (JSON or YAML)")
    parser.add_argument("--knowledge", type=Path, metavar="DIR", help="another directory of knowledge files")
    parser.add_argument("--json", action="store_true", help="one JSON object per file")


def run(args: argparse.Namespace) -> int:
    asked = _understand(args)
    show = _show_json if args.json else _show_table
    results = [show(file, _quote(file, asked), asked) for file in args.files]
    return DONE if all(results) else REFUSED


@dataclass(frozen=True, slots=True)
class _Asked:
    """The command line, understood: codes checked, files read, the place found."""

    quantity: int
    quantities: tuple[int, ...]
    process: str | None
    material: str | None
    finish: str | None
    unit: str | None
    lead_class: str
    to: City | None
    distance_km: float
    book: PriceBook
    knowledge: Knowledge


@dataclass(frozen=True, slots=True)
class _Quoted:
    """One file's answer: measurement and rows, or why it was refused."""

    measurement: Mapping[str, Any]
    part: PartFacts | None
    rows: tuple[PriceRow, ...]
    error: Mapping[str, str] | None = None


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return number


def _understand(args: argparse.Namespace) -> _Asked:
    try:
        knowledge = load(args.knowledge) if args.knowledge else default()
        book = _book(args.book)
    except (KnowledgeError, PriceBookError) as error:
        raise OperatorError(str(error)) from error
    _known("process", args.process, knowledge.processes)
    _known("material", args.material, knowledge.materials)
    _known("finish", args.finish, knowledge.finishes)
    _known("lead class", args.lead, book.lead_classes)
    place = _place(args.to) if args.to else None
    away_km = 0.0
    if place is not None:
        hub = find_city(book.hub_city, book.hub_country)
        if hub is None:
            raise OperatorError(f"the price book's hub, {book.hub_city}, is not a known city")
        away_km = distance_km(hub, place)
    return _Asked(
        quantity=args.quantity,
        quantities=tuple(sorted({*LADDER, args.quantity})),
        process=args.process,
        material=args.material,
        finish=args.finish,
        unit=args.unit,
        lead_class=args.lead,
        to=place,
        distance_km=away_km,
        book=book,
        knowledge=knowledge,
    )


def _book(path: Path | None) -> PriceBook:
    if path is None:
        return default_book()
    import yaml  # a JSON document is YAML too

    try:
        return PriceBook.from_dict(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise OperatorError(f"{path}: {error}") from error


def _known(kind: str, code: str | None, codes: Mapping[str, object]) -> None:
    if code is not None and code not in codes:
        raise OperatorError(f"there is no {kind} {code!r}; known are {', '.join(sorted(codes))}")


def _place(text: str) -> City:
    name, _, country = (part.strip() for part in text.partition(","))
    found = find_city(name, country or None)
    if found is None:
        close = ", ".join(f"{each.name} ({each.country})" for each in suggest(name))
        raise OperatorError(
            f"there is no city {text!r} in the gazetteer" + (f"; did you mean {close}?" if close else "")
        )
    return found


def _quote(file: str, asked: _Asked) -> _Quoted:
    from penstock.engines.geometry import Refused, measure

    try:
        measurement = measure(Path(file), unit=asked.unit).to_dict()
    except Refused as refused:
        return _Quoted({}, None, (), {"code": refused.code, "message": refused.message})
    part = PartFacts.from_measurement(measurement)
    rows = price_table(part, asked.quantities, asked.book, asked.knowledge, asked.process, asked.material, asked.finish)
    return _Quoted(measurement, part, rows)


def _show_json(file: str, quoted: _Quoted, asked: _Asked) -> bool:
    if quoted.error is not None:
        print(json.dumps({"file": file, "error": quoted.error}, ensure_ascii=False))
        return False
    answer = {
        "file": file,
        "measurement": quoted.measurement,
        "currency": asked.book.currency,
        "quantity": asked.quantity,
        "rows": [_row_dict(row, asked) for row in quoted.rows],
    }
    if asked.to is not None:
        answer["to"] = {
            "city": asked.to.name,
            "country": asked.to.country,
            "from": asked.book.hub_city,
            "distance_km": round(asked.distance_km, 1),
        }
    print(json.dumps(answer, ensure_ascii=False))
    return True


def _row_dict(row: PriceRow, asked: _Asked) -> dict[str, Any]:
    return {
        "process": row.recipe.process,
        "material": row.recipe.material,
        "finish": row.recipe.finish,
        "prices": [
            {**price.to_dict(), **_carriage_dict(price.mass_g * price.quantity, price.lead_class, asked)}
            for price in row.prices
        ],
        "obstacles": [_obstacle_dict(each) for each in row.obstacles],
        "warnings": [_obstacle_dict(each) for each in row.warnings],
    }


def _obstacle_dict(obstacle: Obstacle) -> dict[str, Any]:
    return {"code": obstacle.code, "message": obstacle.message, "data": dict(obstacle.data)}


def _carriage_dict(mass_g: float, lead_class: str, asked: _Asked) -> dict[str, Any]:
    if asked.to is None:
        return {}
    cost, days = _carriage(mass_g, lead_class, asked)
    return {"carriage": str(cost), "carriage_days": days}


def _carriage(mass_g: float, lead_class: str, asked: _Asked) -> tuple[Decimal, int]:
    """By the service of the lead class's own name, where the book has one."""
    service = lead_class if lead_class in asked.book.carriage else next(iter(asked.book.carriage))
    return (
        carriage(mass_g, asked.distance_km, service, asked.book),
        carriage_days(asked.distance_km, service, asked.book),
    )


def _show_table(file: str, quoted: _Quoted, asked: _Asked) -> bool:
    if quoted.error is not None:
        print(f"{file}\n  refused: {quoted.error['message']} [{quoted.error['code']}]\n")
        return False
    print(file)
    print(f"  {_described(quoted.measurement)}")
    for finding in quoted.measurement.get("findings", ()):
        print(f"  {finding['severity']}: {finding['message']} [{finding['code']}]")
    priced = [row for row in quoted.rows if row.prices]
    if priced:
        print(f"\n{_prices(priced, asked)}")
    for line in _by_process([row for row in quoted.rows if row.warnings], "look at", asked.knowledge):
        print(f"  {line}")
    for line in _by_process([row for row in quoted.rows if not row.prices], "no price by", asked.knowledge):
        print(f"  {line}")
    if asked.to is not None and priced:
        way = f"{asked.book.hub_city} to {asked.to.name}, {asked.distance_km:.0f} km"
        print(f"\n  carriage from {way}: {asked.quantity} of the part as one parcel")
    print()
    return True


def _described(measurement: Mapping[str, Any]) -> str:
    size = " x ".join(f"{side:.1f}" for side in measurement["size_mm"])
    return (
        f"{measurement['format']}, {size} mm, {float(measurement['volume_mm3'] or 0) / 1000:.2f} cm3, "
        f"{float(measurement['area_mm2']) / 100:.1f} cm2, {measurement['triangles']} triangles"
    )


def _prices(rows: Sequence[PriceRow], asked: _Asked) -> str:
    currency, many = asked.book.currency, asked.quantity
    head = ["process", "material", "finish", *(f"at {each}" for each in asked.quantities), f"{many} pcs", "days"]
    if asked.to is not None:
        head[-1:] = ["carriage", "all", "days"]
    lines = [head]
    for row in rows:
        process = asked.knowledge.process(row.recipe.process)
        own = row.at(many, asked.lead_class)
        if own is None:
            continue
        cells = [process.trade_name, asked.knowledge.material(row.recipe.material).name]
        cells.append(asked.knowledge.finish(row.recipe.finish).name if row.recipe.finish else "-")
        for each in asked.quantities:
            at = row.at(each, asked.lead_class)
            cells.append("" if at is None else f"{at.unit_price:,.2f}")
        cells.append(f"{own.total:,.2f}")
        if asked.to is None:
            cells.append(str(own.lead_days))
        else:
            cost, days = _carriage(own.mass_g * many, asked.lead_class, asked)
            cells += [f"{cost:,.2f}", f"{own.total + cost:,.2f}", str(own.lead_days + days)]
        lines.append(cells)
    title = f"  {currency} a piece without tax, {asked.lead_class} lead time"
    return f"{title}\n{_aligned(lines, texts=3)}"


def _aligned(lines: Sequence[Sequence[str]], texts: int) -> str:
    """Columns of one width; the first `texts` to the left, numbers to the right, two spaces between."""
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    return "\n".join(
        "  "
        + "  ".join(
            cell.ljust(width) if column < texts else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )


def _by_process(rows: Sequence[PriceRow], verb: str, knowledge: Knowledge) -> list[str]:
    """One line per process and reason: its materials mostly fail for the same one."""
    reasons: dict[tuple[str, str], list[str]] = {}
    for row in rows:
        for each in (*row.obstacles, *row.warnings):
            materials = reasons.setdefault((row.recipe.process, each.message), [])
            if row.recipe.material not in materials:
                materials.append(row.recipe.material)
    lines = []
    for (process, message), materials in reasons.items():
        every = len(materials) == len(knowledge.materials_for(process))
        of_what = "" if every else f" ({', '.join(materials)})"
        lines.append(f"{verb} {knowledge.process(process).trade_name}{of_what}: {message}")
    return lines
