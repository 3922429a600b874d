"""The archive's columns in Spark's words: what a file is declared as, and what is read of it. Renders SQL text only.

A file is always read under a declared shape. Spark finds no schema where a column carries Parquet's mark for a UUID.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from definitions_to_dbt.definition import Column, ObjectModel
from definitions_to_dbt.lake import TOKEN, LakeColumn, Words, current_truth, hot_select, lake_columns
from definitions_to_dbt.sql import bare_or_quoted

_DECIMAL = re.compile(r"DECIMAL\((\d+),\s*(\d+)\)")
# As a file holds it, and as a model shows it.
_TYPES = {
    "BOOLEAN": ("boolean", "boolean"), "SMALLINT": ("smallint", "smallint"), "INTEGER": ("int", "int"),
    "BIGINT": ("bigint", "bigint"), "FLOAT": ("float", "float"), "DOUBLE": ("double", "double"),
    "DATE": ("date", "date"), "TIMESTAMP": ("timestamp_ntz", "timestamp_ntz"),
    "TIMESTAMPTZ": ("timestamp", "timestamp"), "TIME": ("time", "time"), "VARCHAR": ("string", "string"),
    "BLOB": ("binary", "binary"), "UUID": ("binary", "string"),
}  # fmt: skip
_UUID = "lower(regexp_replace(hex({value}), '^(.{8})(.{4})(.{4})(.{4})(.{12})$', '$1-$2-$3-$4-$5'))"


def quoted(name: str) -> str:
    """The name as Spark takes it: double quotes are a text there."""
    return name if bare_or_quoted(name) == name else "`" + name.replace("`", "``") + "`"


def literal(text: str) -> str:
    """A text as Spark takes it, in which a backslash begins an escape."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def stored_type(lake_type: str) -> str:
    """The type under which a file's column is declared."""
    found = _DECIMAL.fullmatch(lake_type)
    return f"decimal({found[1]}, {found[2]})" if found else _TYPES[lake_type][0]


def shown_type(lake_type: str) -> str:
    """The type that a model has."""
    found = _DECIMAL.fullmatch(lake_type)
    return f"decimal({found[1]}, {found[2]})" if found else _TYPES[lake_type][1]


def declared(stored: Mapping[str, str]) -> str:
    """The shape of a file, for `create table`: its columns' names and lake types."""
    return ", ".join(f"`{name}` {stored_type(lake_type)}" for name, lake_type in stored.items())


def selected(model: ObjectModel, stored: Mapping[str, str], platform: bool) -> str:
    """What is read of a file that has these columns: each column of today, under today's type and name."""
    columns = lake_columns(model, "analytics", platform)
    return ", ".join(f"{_value(model, column, stored)} as {quoted(column.name)}" for column in columns)


def _value(model: ObjectModel, column: LakeColumn, stored: Mapping[str, str]) -> str:
    found = [name for name in (column.name, column.formerly) if name is not None and name in stored]
    wanted = shown_type(column.lake_type)
    values = [_cast(_as_shown(name, stored[name]), shown_type(stored[name]), wanted) for name in found]
    if not values:
        return f"cast(null as {wanted})"
    value = values[0] if len(values) == 1 else f"coalesce({', '.join(values)})"
    return _protected(model, column, value) if column.is_protected else value


def _as_shown(name: str, lake_type: str) -> str:
    return _UUID.replace("{value}", quoted(name)) if lake_type == "UUID" else quoted(name)


def _cast(value: str, found: str, wanted: str) -> str:
    """What a type cannot hold is an error. dbt's Spark turns ANSI off, without which a cast would make it null."""
    if found == wanted:
        return value
    problem = literal(f"an archived value cannot be read as {wanted}; the file that holds it has the column as {found}")
    return f"case when {value} is not null then coalesce(try_cast({value} as {wanted}), raise_error({problem})) end"


def _protected(model: ObjectModel, column: LakeColumn, value: str) -> str:
    """Personal data of a file that may be older than the word that it is personal: a token or a mask, as elsewhere."""
    declared_column: Column = model.column(column.name)
    if declared_column.pii == "mask":
        return column.shown.replace("{value}", value)
    instead = "'***'"
    if column.name in model.primary_key:
        problem = (
            f"archived rows of {model.table_name} are older than the pii of {column.name} and hold it in the clear"
        )
        instead = f"raise_error({literal(problem)})"
    return f"case when {value} is null or {value} rlike '^{TOKEN}$' then {value} else {instead} end"


def spark_archive_columns(model: ObjectModel) -> Sequence[str]:
    """The names of the model's columns, as Spark takes them."""
    return [quoted(column.name) for column in lake_columns(model, "analytics")]


def history_for_engines(model: ObjectModel, cold: str, hot: str, handed_over: str, guard: str) -> str:
    """Current truth as a dbt model that both engines build: they differ in where the hot half comes from, and in words.

    What was handed over is under the lake's types already.
    """
    names = ",\n        ".join(spark_archive_columns(model))
    hot_half = (
        "    {% if target.type == 'spark' %}\n"
        f"    select\n        {names}\n    from {handed_over}\n"
        f"    {{% else %}}\n{hot_select(model, hot)}\n    {{% endif %}}"
    )
    return current_truth(model, cold, hot_half, guard=guard, words=_AS_DBT_WRITES)


def _quoted_by_dbt(name: str) -> str:
    return name if bare_or_quoted(name) == name else f"{{{{ adapter.quote('{name}') }}}}"


_AS_DBT_WRITES = Words(_quoted_by_dbt, lambda problem: f"{{{{ sql_error('{problem}') }}}}")
