"""Definitions of many tables for measurements: twenty columns each, a third of them events. The same each run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from definitions_to_dbt.types import parse_type

COLUMNS = 20
_PER_MODULE = 50
_TYPES = ("String(64)", "Integer", "BigInteger", "numeric(18,6)", "Boolean", "timestamptz", "Date", "text", "JSONB",
          "UUID", "double precision", "varchar(255)")  # fmt: skip


def write_tables(root: Path, count: int) -> None:
    """Write the definitions of so many tables below `root`, fifty in each module."""
    modules = max(1, count // _PER_MODULE)
    for number in range(modules):
        _write(root / f"modules/m{number:03}.json", {"code": f"M{number:03}", "name": f"Module {number}"})
    for number in range(count):
        _write(file_of(root, number, count), table(number, f"M{number % modules:03}"))


def file_of(root: Path, number: int, count: int) -> Path:
    """The file of one of so many tables."""
    return root / f"object_models/m{number % max(1, count // _PER_MODULE):03}/table_{number:05}.json"


def table(number: int, module: str) -> dict[str, Any]:
    """One table. All but the first refer to the one before, so that there are names to join and tests between them."""
    columns: list[dict[str, Any]] = [
        {"name": "row_id", "type": "BigInteger", "primary_key": True, "description": "Number of the row."},
        {"name": "happened_at", "type": "timestamptz", "nullable": False, "description": "When it happened."},
    ]
    if number:
        before = f"table_{number - 1:05}.row_id"
        columns.append(
            {"name": "parent_id", "type": "BigInteger", "foreign_key": before, "description": "The one before."}
        )
    while len(columns) < COLUMNS:
        place = len(columns)
        said = f"Value {place} of table {number}, as the sender says it."
        columns.append({"name": f"column_{place:02}", "type": _TYPES[place % len(_TYPES)], "description": said})
    ageing = {"kind": "event", "time_column": "happened_at", "archive": {"analytics": {"retention": "90 days"}}}
    return {
        "code": f"TABLE_{number:05}", "name": f"Table {number}", "module": module,
        "description": f"One row per thing of kind {number}.", **(ageing if number % 3 == 0 else {}),
        "table_schema": {"table_name": f"table_{number:05}", "columns": columns},
    }  # fmt: skip


def contract(count: int) -> dict[str, Any]:
    """The same tables as one contract of the open data contract standard."""
    kinds = {"BigInteger": "integer", "Integer": "integer", "numeric(18,6)": "number", "Boolean": "boolean",
             "timestamptz": "date", "Date": "date", "JSONB": "object", "double precision": "number"}  # fmt: skip
    schema = []
    for number in range(count):
        own = table(number, "M")
        properties = [
            {
                "name": column["name"],
                "logicalType": kinds.get(column["type"], "string"),
                "physicalType": parse_type(column["type"]).sql,
                "description": column["description"],
                "required": not column.get("nullable", True),
            }
            for column in own["table_schema"]["columns"]
        ]
        name = own["table_schema"]["table_name"]
        schema.append({"name": name, "physicalName": name, "description": own["description"], "properties": properties})
    return {
        "apiVersion": "v3.0.2", "kind": "DataContract", "id": "bench", "name": "bench", "version": "1.0.0",
        "status": "active", "schema": schema,
        "servers": [{"server": "local", "type": "postgres", "host": "localhost", "port": 5432, "database": "postgres",
                     "schema": "public"}],
    }  # fmt: skip


def _write(path: Path, content: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=1), encoding="utf-8")
