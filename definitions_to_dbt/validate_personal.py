"""Personal data followed to wherever it would be read in the clear: keys, payloads, expressions, examples, KPIs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from definitions_to_dbt.checked_sql import named_columns
from definitions_to_dbt.definition import Column, ObjectModel
from definitions_to_dbt.errors import Problem
from definitions_to_dbt.quality import Reference
from definitions_to_dbt.reading import Entry
from definitions_to_dbt.source_path import Every, SourcePath, Step

_WAY_OUT = "say with pii how it is shown, or with pii_allowed_in_clear why it may be read"
# Where the messages around a row keep it.
_ROW_HOLDERS = ("payload", "before", "after", "data")
Tables = Mapping[str, ObjectModel]


def personal_problems(entries: Sequence[Entry]) -> Iterator[Problem]:
    """Every place of the object models where personal data would be in the clear."""
    tables: dict[str, ObjectModel] = {entry.part.table_name: entry.part for entry in entries}
    for entry in entries:
        model: ObjectModel = entry.part
        sent = [column for column in model.columns if is_personal(column) and column.expression is None]
        for place, column in enumerate(model.columns):
            at = f"/table_schema/columns/{place}"
            if column.pii_allowed_in_clear and column.pii != "none":
                message = f"{column.name} is shown with pii {column.pii!r} and may be read in the clear: one of the two"
                yield entry.problem(f"{at}/pii_allowed_in_clear", "E_PII", message)
            elif is_in_the_clear(column):
                yield from _same_value(entry, at, column, tables)
                yield from _same_place(entry, at, column, sent)
        yield from _examples(entry)


def is_personal(column: Column) -> bool:
    """True where readers may see the column as a token or mask only, or not at all."""
    return column.pii != "none"


def is_in_the_clear(column: Column) -> bool:
    """True where readers see the column as it is, and no owner has said that they may whatever it holds."""
    return column.pii == "none" and column.pii_allowed_in_clear is None


def computed_in_the_clear(model: ObjectModel, column: Column) -> str:
    """What is wrong with a computed column over personal data; empty where nothing is."""
    if column.expression is None or not is_in_the_clear(column):
        return ""
    named = named_columns(column.expression)
    personal = [other.name for other in model.columns if other.name in named and is_personal(other)]
    return f"{personal[0]} is personal data, and {column.name} is made of it: {_WAY_OUT}" if personal else ""


def _same_value(entry: Entry, at: str, column: Column, tables: Tables) -> Iterator[Problem]:
    """A column that points at a personal one holds its values."""
    targets = [(f"{at}/foreign_key", column.foreign_key)] if column.foreign_key else []
    rules = enumerate(column.quality)
    targets += [(f"{at}/quality/{place}/to", rule.to) for place, rule in rules if isinstance(rule, Reference)]
    for pointer, target in targets:
        table, _, name = target.partition(".")
        parent = tables.get(table)
        if parent and any(other.name == name and is_personal(other) for other in parent.columns):
            message = f"{target} is personal data, and {column.name} holds the same values: {_WAY_OUT}"
            yield entry.problem(pointer, "E_PII", message)


def _same_place(entry: Entry, at: str, column: Column, personal: Sequence[Column]) -> Iterator[Problem]:
    """A column whose place in the payload holds a personal one, lies within one, or is the same."""
    model: ObjectModel = entry.part
    if column.expression is not None:
        return
    for other in personal:
        # Of a payload that is kept whole, each field's own column says what it is.
        is_part_of_whole = not other.path.steps and bool(column.path.steps)
        if not is_part_of_whole and _overlap(model, column.path, other.path):
            given = next((key for key in ("source_path", "source_name") if getattr(column, key)), "name")
            message = f"{other.name} is personal data, and {column.name} is read from the same place: {_WAY_OUT}"
            yield entry.problem(f"{at}/{given}", "E_PII", message)
            return


def _overlap(model: ObjectModel, one: SourcePath, other: SourcePath) -> bool:
    """True where one of the two places is the other, or holds it."""
    # An unwrapped record is message and row in one.
    if one.from_envelope is other.from_envelope or model.source.format == "debezium_unwrapped":
        return _hold(one.steps, other.steps)
    around, row = (one, other) if one.from_envelope else (other, one)
    steps = list(around.steps)
    while steps and steps[0] in _ROW_HOLDERS:
        del steps[0]
    return (not steps or len(steps) < len(around.steps)) and _hold(steps, row.steps)


def _hold(one: Sequence[Step], other: Sequence[Step]) -> bool:
    return all(a == b or Every.ELEMENT in (a, b) for a, b in zip(one, other, strict=False))


def _examples(entry: Entry) -> Iterator[Problem]:
    """Examples are committed and become tests that anybody reads: what is personal in them must be made up."""
    model: ObjectModel = entry.part
    personal = [column for column in model.columns if is_personal(column)]
    for place, example in enumerate(model.examples):
        if example.is_invented:
            continue
        for column in personal:
            pointer = ""
            if example.row.get(column.name) is not None:
                pointer = f"/examples/{place}/row/{column.name}"
            elif column.expression is None and _is_in(example.payload, column.path):
                pointer = f"/examples/{place}/payload"
            if pointer:
                message = (
                    f"{column.name} is personal data, and examples are read by anybody: make it up and say is_invented"
                )
                yield entry.problem(pointer, "E_PII", message)


def _is_in(payload: dict[str, Any] | None, path: SourcePath) -> bool:
    """True where the payload, or a row that the message around it keeps, holds a value at the path."""
    rows: list[Any] = [payload]
    for row in rows if not path.from_envelope else ():
        rows += [row[holder] for holder in _ROW_HOLDERS if isinstance(row, dict) and holder in row]
    return any(_found(row, path.steps) is not None for row in rows)


def _found(payload: Any, steps: Sequence[Step]) -> Any:
    """What stands at this place of a payload; None where nothing does."""
    for place, step in enumerate(steps):
        if step is Every.ELEMENT:
            elements = payload if isinstance(payload, list) else []
            return next((found for one in elements if (found := _found(one, steps[place + 1 :])) is not None), None)
        if isinstance(step, int):
            payload = payload[step] if isinstance(payload, list) and step < len(payload) else None
        else:
            payload = payload.get(step) if isinstance(payload, dict) else None
    return payload
