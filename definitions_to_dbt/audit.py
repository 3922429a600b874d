"""The history of changes of an entity, made of its versions: SQL parts for the template, and columns for the YAML."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from definitions_to_dbt.definition import Column, ObjectModel
from definitions_to_dbt.lake import protected
from definitions_to_dbt.sql import bare_or_quoted

_SCHEMA = "{{ target.schema }}"
# A function of PostgreSQL takes 100 arguments.
_MOST_PAIRS = 50

AUDIT_COLUMNS: tuple[tuple[str, str, str], ...] = (
    ("version", "integer", "Number of the change, from 1 for the first of the object."),
    ("operation", "text", "insert, update or delete. An object that comes back after a delete is inserted again."),
    ("changed_at", "timestamptz", "When it was done, by the source's own clock."),
    ("changed_by", "text", "Account that did it, where the source says so."),
    ("changed_columns", "text[]", "Names of the columns an update changed, personal ones included."),
    ("old_values", "jsonb", "What an update changed, as it was; before a delete all. Personal data as readers see it."),
    ("new_values", "jsonb", "What an update made of it; all values of an insert. Personal data as readers see it."),
    ("correlation_id", "text",
     "What the change came with: the sender's transaction or correlation id, else the load in ingestion_runs."),
    ("created_at", "timestamptz", "When the object was made; again, where it came back after a delete."),
    ("created_by", "text", "Account that made it, where the source says so."),
    ("deleted_at", "timestamptz", "When it was deleted, in the row that deletes it."),
    ("_raw_seq", "bigint", "The raw record that brought the change."),
)  # fmt: skip


@dataclass(frozen=True)
class ColumnValue:
    """A column's name, and the SQL for what is said of it."""

    name: str
    value: str


def changes_context(model: ObjectModel) -> dict[str, Any]:
    """What the template of the history of changes needs."""
    columns = [column for column in model.columns if column.pii != "drop"]
    shown = [ColumnValue(column.name, _readable(column)) for column in columns]
    return {
        "keys": [f"{_key_value(column)} as {alias}" if alias else name for name, alias, column in _keys(model)],
        "shown": [shown[start : start + _MOST_PAIRS] for start in range(0, len(shown), _MOST_PAIRS)],
        "compared": [
            ColumnValue(column.name, _comparable(column)) for column in model.columns if not _is_key(model, column)
        ],
        "said_by": {what: _account(model, what) for what in ("created", "updated", "deleted")},
    }


def changes_columns(model: ObjectModel) -> list[tuple[str, str, str]]:
    """Name, type and meaning of every column, in order."""
    keys = [
        (alias.strip('"') or column.name, column.pg_type.sql if column.pii == "none" else "text", column.description)
        for _, alias, column in _keys(model)
    ]
    return [*keys, *AUDIT_COLUMNS]


def _keys(model: ObjectModel) -> list[tuple[str, str, Column]]:
    """The business key as readers see it: its name, the alias it needs (empty: none), the column."""
    taken = {name for name, _, _ in AUDIT_COLUMNS}
    found = []
    for name in model.primary_key:
        column = model.column(name)
        if column.pii == "drop":
            continue
        alias = f"key_{name}" if name in taken else name if column.pii != "none" else ""
        found.append((bare_or_quoted(name), bare_or_quoted(alias) if alias else "", column))
    return found


def _key_value(column: Column) -> str:
    return bare_or_quoted(column.name) if column.pii == "none" else protected(column, _SCHEMA)


def _is_key(model: ObjectModel, column: Column) -> bool:
    return column.name in model.primary_key


def _readable(column: Column) -> str:
    if column.pii != "none":
        return protected(column, _SCHEMA)
    # A text that is JSON to PostgreSQL may hold an escape that jsonb cannot.
    return bare_or_quoted(column.name) + ("::text" if column.pg_type.base == "json" else "")


def _comparable(column: Column) -> str:
    without_equality = (
        "json", "xml", "point", "line", "lseg", "box", "path", "polygon", "circle", "interval", "jsonpath",
        "pg_snapshot", "txid_snapshot",
    )  # fmt: skip
    return bare_or_quoted(column.name) + ("::text" if column.pg_type.base in without_equality else "")


def _account(model: ObjectModel, what: str) -> str:
    """The column that says who did it. A delete that names nobody is no reason to name who wrote before."""
    named = {column.name for column in model.columns if column.pii == "none"}
    candidates = (f"{what}_by", "updated_by") if what == "created" else (f"{what}_by",)
    found = [f"{bare_or_quoted(name)}::text" for name in candidates if name in named]
    return f"coalesce({', '.join(found)})" if len(found) > 1 else found[0] if found else "null::text"
