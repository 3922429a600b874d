"""Whose personal data a raw record is: the SQL that takes the subject out of a payload, as staging takes the column.

Text only; the archiver runs it in PostgreSQL, where the record lies.
"""

from __future__ import annotations

from collections.abc import Mapping

from definitions_to_dbt.columns import sent_columns
from definitions_to_dbt.dbt_macros import rendered
from definitions_to_dbt.definition import ObjectModel
from definitions_to_dbt.formats import ChangeFormat, change_format
from definitions_to_dbt.sql import bare_or_quoted

# What stands between two subjects of one record. No text of a sender makes a key of more people than it names.
BETWEEN = "\x1f"
_BETWEEN = "chr(31)"
# A record whose row changed hands tells of both, before and after.
_BOTH_IMAGES = ("debezium",)


def subject_kind(model: ObjectModel, tables: Mapping[str, ObjectModel]) -> str:
    """Whose values these are, as table.column: a foreign key is followed to where it leads. 42 may be two people."""
    table, column = model.table_name, str(model.subject_column)
    seen: set[tuple[str, str]] = set()
    while table in tables and (table, column) not in seen:
        seen.add((table, column))
        link = next((c.foreign_key for c in tables[table].columns if c.name == column), None)
        if link is None:
            break
        table, _, column = str(link).partition(".")
    return f"{table}.{column}"


def subject_text(model: ObjectModel, value: str) -> str:
    """The one way of writing a subject of the column's type: 7.0 and 7 are the same person."""
    pg_type = model.column(str(model.subject_column)).pg_type
    return f"trim_scale({value})::text" if pg_type.base == "numeric" else f"({value})::text"


def subject_expression(model: ObjectModel, schema: str) -> str:
    """A scalar subquery over raw_id and raw_data of a raw record: its subject as text, null where none can be told."""
    staged = next(column for column in sent_columns(model) if column.name == model.subject_column)
    change = change_format(model)
    # The text of staging's cast names the relation `sent`.
    field, cast, name = staged.field, f"{{{{ cast_or_null({staged.arguments}) }}}}", bare_or_quoted(staged.name)
    last = "told" if change else "claimed"
    text = _written(model, cast)
    before = ""
    if change and model.source.format in _BOTH_IMAGES:
        last, before = "images", _written(model, cast.replace("sent.", "was."))
        both = f"{before} || {_BETWEEN} || {text}"
        text = f"case when {before} <> {text} then {both} else coalesce({text}, {before}) end"
    sql = f"select {text} from {_sent(last, field, name)}"
    if before:
        sql += f" cross join lateral (select {field.replace('_payload', '_before')} as {name} offset 0) as was"
    return rendered("(" + _with_payload(sql, change) + ")", schema)


def _written(model: ObjectModel, cast: str) -> str:
    # Separators are taken out, so that no sender can name a second person.
    return f"replace({subject_text(model, cast)}, {_BETWEEN}, '')"


def _sent(last: str, field: str, name: str) -> str:
    return f"{last} cross join lateral (select {field} as {name} offset 0) as sent"


def _with_payload(sql: str, change: ChangeFormat | None) -> str:
    """The steps of staging down to the row in the payload; OFFSET 0 keeps each from being worked out again."""
    message = "case when {{ is_readable('raw_data') }} then raw_data::jsonb end"
    if change is None:
        return f"with claimed as (select {message} as _payload offset 0) {sql}"
    steps = [
        f"claimed as (select {message} as _message, raw_id as _raw_id offset 0)",
        f"received as (select _raw_id, {change.envelope} as _envelope, {change.key} as _key from claimed offset 0)",
        f"said as (select _envelope, _key, coalesce({change.is_delete}, false) as _deleted from received offset 0)",
        f"told as (select _envelope, {change.row} as _payload from said offset 0)",
        "images as (select *, case when jsonb_typeof(_envelope -> 'before') = 'object'"
        " then _envelope -> 'before' end as _before from told offset 0)",
    ]
    return f"with {', '.join(steps)} {sql}"


def subject_of_text(model: ObjectModel, schema: str) -> str:
    """SQL over `given.value`, a text that a person wrote: the subject as payloads of the object name it, or null."""
    pg_type = model.column(str(model.subject_column)).pg_type.sql
    return rendered(subject_text(model, f"{{{{ cast_or_null('given.value', '{pg_type}') }}}}"), schema)
