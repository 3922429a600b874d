"""The columns of `<table>_read`: what readers see of a row, and the names behind its foreign keys.

One list, from which the SQL, the contract, the docs and the lineage are made.
"""

from __future__ import annotations

from dataclasses import dataclass

from definitions_to_dbt.definition import Column, ObjectModel
from definitions_to_dbt.joined_names import JoinedName, Tables, joined_names
from definitions_to_dbt.lake import protected
from definitions_to_dbt.platform_columns import LAYER_2
from definitions_to_dbt.sql import bare_or_quoted

_SCHEMA = "{{ target.schema }}"
PLATFORM_COLUMNS = tuple(c for c in LAYER_2 if c.name in ("_loaded_at", "_quality_issues", "_quality_score"))


@dataclass(frozen=True)
class ReadColumn:
    """One column as readers see it: its SQL, its type, and the declared column it shows."""

    name: str
    sql: str
    data_type: str
    column: Column
    joined: JoinedName | None = None


@dataclass(frozen=True)
class Join:
    """One parent as the template lays it out: the columns it lends, and the pairs that join it."""

    table: str
    alias: str
    columns: tuple[str, ...]
    on: tuple[str, ...]
    key: str
    is_held_to_one_row: bool


def read_columns(model: ObjectModel, tables: Tables) -> list[ReadColumn]:
    """The declared columns in order, each name right behind the key it belongs to; dropped ones left out."""
    joined = {name.key_column: name for name in joined_names(model, tables)}
    relation = f"{bare_or_quoted(model.table_name)}." if joined else ""
    shown: list[ReadColumn] = []
    for column in model.columns:
        if column.pii != "drop":
            shown.append(_shown(column.name, column, relation))
        if name := joined.get(column.name):
            shown.append(_shown(name.name, name.column, f"{bare_or_quoted(name.alias)}.", name))
    return shown


def _shown(name: str, column: Column, relation: str, joined: JoinedName | None = None) -> ReadColumn:
    """The column as it is, or personal data as a token or mask."""
    if column.pii == "none":
        value, data_type = relation + bare_or_quoted(column.name), column.pg_type.sql
        is_named = name == column.name
    else:
        value, data_type, is_named = protected(column, _SCHEMA, relation), "text", False
    sql = value if is_named else f"{value} as {bare_or_quoted(name)}"
    return ReadColumn(name, sql, data_type, column, joined)


def joins(model: ObjectModel, tables: Tables) -> list[Join]:
    """How the parents are joined: left, so that a row stays where its parent is missing, and to one row at most."""
    return [_join(model, name) for name in joined_names(model, tables)]


def _join(model: ObjectModel, joined: JoinedName) -> Join:
    child, parent = bare_or_quoted(model.table_name), bare_or_quoted(joined.alias)
    pairs = [(bare_or_quoted(own), bare_or_quoted(theirs)) for own, theirs in joined.on]
    key = [theirs for _, theirs in pairs]
    return Join(
        table=joined.parent.table_name,
        alias=parent,
        columns=tuple(dict.fromkeys([*key, bare_or_quoted(joined.column.name)])),
        on=tuple(f"{child}.{own} = {parent}.{theirs}" for own, theirs in pairs),
        key=", ".join(key),
        is_held_to_one_row=joined.is_held_to_one_row,
    )


def joined_description(shown: ReadColumn) -> str:
    """What is said of a column that a parent gives; empty for the model's own."""
    if shown.joined is None:
        return ""
    text = shown.column.description or f"{shown.column.name.replace('_', ' ').capitalize()}."
    parent = shown.joined.parent
    return (
        f"{text} Of the row of {parent.table_name} that {shown.joined.key_column} names; "
        "null where there is none or it is deleted."
    )
