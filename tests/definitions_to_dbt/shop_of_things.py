"""A library of three files to spoil: one event, one entity it refers to, one KPI."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

from definitions_to_dbt.errors import DefinitionsError, Problem
from definitions_to_dbt.library import Library, load_library
from definitions_to_dbt.metadata_checks import Written

THING: dict[str, Any] = {
    "code": "THING",
    "name": "Thing",
    "module": "SHOP",
    "description": "One thing that happened.",
    "kind": "event",
    "time_column": "happened_at",
    "source": {"system": "till", "order": "changed_at"},
    "archive": {"analytics": {"retention": "90 days"}, "source": {"retention": "7 days"}},
    "table_schema": {
        "table_name": "things",
        "columns": [
            {"name": "thing_id", "type": "uuid", "primary_key": True, "nullable": False},
            {"name": "happened_at", "type": "timestamptz", "nullable": False},
            {"name": "changed_at", "type": "timestamptz", "nullable": False},
            {"name": "amount", "type": "numeric(10,2)"},
            {"name": "label", "type": "text"},
            {"name": "shelf_id", "type": "integer", "foreign_key": "shelves.shelf_id"},
        ],
        "relationships": [
            {"name": "shelf", "type": "many_to_one", "target_entity": "SHELF", "foreign_key": "shelf_id"}
        ],
    },
}
SHELF: dict[str, Any] = {
    "code": "SHELF",
    "name": "Shelf",
    "module": "SHOP",
    "table_schema": {
        "table_name": "shelves",
        "columns": [
            {"name": "shelf_id", "type": "integer", "primary_key": True},
            {"name": "height", "type": "integer"},
        ],
    },
}
KPI: dict[str, Any] = {
    "code": "AMOUNT",
    "name": "Amount",
    "module": "SHOP",
    "formula": {"object": "THING", "numerator": {"aggregation": "sum", "expression": "amount"}},
    "unit": "EUR",
    "direction": "higher_is_better",
    "grain": "day",
    "dimensions": ["shelf_id"],
}
FILES: dict[str, Any] = {
    "modules/SHOP.json": {"code": "SHOP", "name": "Shop"},
    "object_models/shop/thing.json": THING,
    "object_models/shop/shelf.json": SHELF,
    "kpis/amount.json": KPI,
}
THING_FILE = "object_models/shop/thing.json"


def write_library(root: Path, changed: dict[str, Any] | None = None) -> Path:
    """Write the library below `root`, with some files changed: bytes as they are, None for no file, else JSON."""
    for path, content in {**FILES, **(changed or {})}.items():
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, bytes):
            file.write_bytes(content)
        elif content is not None:
            file.write_text(json.dumps(content, indent=1, ensure_ascii=False), encoding="utf-8")
    return root


def changed(document: dict[str, Any], pointer: str, value: Any) -> dict[str, Any]:
    """A copy with the value at the pointer replaced or added. `/-` appends to a list."""
    result = copy.deepcopy(document)
    *steps, last = pointer.split("/")[1:]
    place: Any = result
    for step in steps:
        place = place[int(step)] if isinstance(place, list) else place.setdefault(step, {})
    if isinstance(place, list) and last == "-":
        place.append(value)
    else:
        place[int(last) if isinstance(place, list) else last] = value
    return result


def without(document: dict[str, Any], pointer: str) -> dict[str, Any]:
    """A copy with the value at the pointer taken out."""
    result = copy.deepcopy(document)
    *steps, last = pointer.split("/")[1:]
    place: Any = result
    for step in steps:
        place = place[int(step)] if isinstance(place, list) else place[step]
    del place[int(last) if isinstance(place, list) else last]
    return result


def problems_in(root: Path, written: Written = None) -> tuple[Problem, ...]:
    """Every problem that loading finds. Empty where the library loads."""
    try:
        load_library(root, written)
    except DefinitionsError as errors:
        return errors.problems
    return ()


def loaded(root: Path, files: dict[str, Any] | None = None) -> Library:
    """The library with some files changed, loaded."""
    return load_library(write_library(root, files))
