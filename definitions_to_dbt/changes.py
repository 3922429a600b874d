"""What staging says of a record besides its columns: which is newer, since when it holds, what a delete sets."""

from __future__ import annotations

from definitions_to_dbt.definition import TIME_TYPES, Column, ObjectModel
from definitions_to_dbt.sql import bare_or_quoted, quote_literal

DELETED_AT = "deleted_at"
_HAPPENED = "coalesce(_changed_at, _ingested_at)"


def own_order(model: ObjectModel) -> str:
    """The order that the record itself names; of a change it may be null."""
    if model.source.order is None:
        return "_order" if model.tells_changes else "_raw_seq"
    name, base = bare_or_quoted(model.source.order), model.column(model.source.order).pg_type.base
    if base in TIME_TYPES:
        return f"(extract(epoch from {name}) * 1000000)::bigint"
    return f"({name} - '0/0'::pg_lsn)::bigint" if base == "pg_lsn" else f"{name}::bigint"


def valid_from(model: ObjectModel) -> str:
    """The source's own time where its order is one, else the time of the change or of arrival."""
    happened = _HAPPENED if model.tells_changes else "_ingested_at"
    order = model.source.order
    if order is None or model.column(order).pg_type.family not in ("instant", "date"):
        return happened
    base, name = model.column(order).pg_type.base, bare_or_quoted(order)
    held = name if base == "timestamptz" else f"({name}::timestamp at time zone 'UTC')"
    # A delete is sent with the row as it last was, so that its times are those of the change before.
    return f"case when _deleted then {happened} else {held} end" if model.tells_changes else held


def given_by_delete(model: ObjectModel) -> dict[str, str]:
    """What a delete sets where it sends nothing: when it happened. An event needs a time to stand at."""
    wanted = [column for column in model.columns if column.name == DELETED_AT]
    if model.kind == "event" and model.time_column and model.time_column not in model.primary_key:
        wanted.append(model.column(model.time_column))
    return {column.name: _as_type(column) for column in wanted if column.pg_type.base in TIME_TYPES}


def _as_type(column: Column) -> str:
    if column.pg_type.base == "timestamptz":
        return f"{_HAPPENED}::{column.pg_type.sql}"
    zone = quote_literal(column.time_zone if column.pg_type.base == "timestamp" else "UTC")
    return f"({_HAPPENED} at time zone {zone})::{column.pg_type.sql}"
