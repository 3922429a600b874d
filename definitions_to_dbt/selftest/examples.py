"""Examples of a definition that do not say what the definition means: the payload gives another value than the row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from definitions_to_dbt.column import Column
from definitions_to_dbt.definition import ObjectModel
from definitions_to_dbt.selftest.interpret import interpret
from definitions_to_dbt.selftest.messages import as_text
from definitions_to_dbt.selftest.samples import SAMPLES
from definitions_to_dbt.selftest.values import Json, read
from definitions_to_dbt.selftest.verdicts import DoesNotFitError, UnjudgedError

_ONLY_TEXT = frozenset(SAMPLES) - {"oid", "money"}


def wrong_examples(model: ObjectModel) -> Iterator[tuple[str, str]]:
    """Where an example's row says something else than its payload gives, and what. Silent where nobody can tell."""
    columns = {column.name: column for column in model.columns}
    for place, example in enumerate(model.examples):
        yield from _not_text(columns, place, example.row)
        try:
            verdict = interpret(model, as_text(example.payload), example.raw_id)
        except UnjudgedError:
            continue
        values = verdict.values
        if example.row.get("_deleted", verdict.is_delete) != verdict.is_delete:
            yield f"/examples/{place}/row/_deleted", f"the payload gives {verdict.is_delete} for _deleted"
        for name, said in example.row.items():
            if verdict.is_delete and values.get(name) is None:
                continue  # what a delete does not send is known from the row before it, or set
            if name in columns and _differs(columns[name], said, values):
                step = name.replace("~", "~0").replace("/", "~1")
                given = _shown(values[name])
                read_as = "" if model.source.format == "json" else f", read as {model.source.format},"
                message = f"the payload{read_as} gives {given} for {name}, the row says {said!r}"
                yield f"/examples/{place}/row/{step}", message


def _differs(column: Column, said: Any, values: Mapping[str, Any]) -> bool:
    value = values[column.name]
    if said is None or value is None:
        return said is not value
    try:
        if column.pg_type.family == "json":
            return bool(Json(said) != value)
        if column.pg_type.family == "numeric":
            return bool(Decimal(str(said)) != value)
        return bool(read(said, column.pg_type, column.time_zone) != value)
    except (DoesNotFitError, InvalidOperation):
        return True
    except UnjudgedError:
        return False


def _not_text(columns: Mapping[str, Column], place: int, row: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Values that dbt could not cast: PostgreSQL takes an address, a range or a shape from text only."""
    for name, said in row.items():
        if name in columns and columns[name].pg_type.base in _ONLY_TEXT and isinstance(said, int | float):
            what = columns[name].pg_type.sql
            yield f"/examples/{place}/row/{name}", f"expected the text of a value of type {what}, the row says {said!r}"


def _shown(value: Any) -> str:
    return "nothing" if value is None else repr(value.value if isinstance(value, Json) else str(value))
