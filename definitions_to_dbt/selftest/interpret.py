"""One payload by one definition: the row it becomes, or why it is rejected. Reads the definition and nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from definitions_to_dbt.column import Column
from definitions_to_dbt.definition import ObjectModel
from definitions_to_dbt.quality import AcceptedValues, ExpressionRule, Length, NotNull, Pattern, Range
from definitions_to_dbt.selftest import pattern
from definitions_to_dbt.selftest.expression import evaluate
from definitions_to_dbt.selftest.opened import Opened, Shape, opened
from definitions_to_dbt.selftest.payload import ENVELOPE, path_of, value_at
from definitions_to_dbt.selftest.reckoning import Inexact
from definitions_to_dbt.selftest.values import json_text, read, read_json, round_to, text_of
from definitions_to_dbt.selftest.verdicts import DoesNotFitError, UnjudgedError

_CALL = re.compile(
    r"[a-z_][\w.]*\s*\(.*\)|current_(?:timestamp|date|time)|localtime(?:stamp)?", re.IGNORECASE | re.DOTALL
)
_JUDGED_BY_RECORD = (NotNull, AcceptedValues, Range, Length, Pattern, ExpressionRule)
# An entry of an index holds 2,704 bytes; the platform refuses from 2,000 on, and PostgreSQL adds some of its own.
_SHORT_ENOUGH, _TOO_LONG = 1_900, 2_100
_NEVER_TOO_LONG = 2_600  # with four bytes a character


@dataclass(frozen=True)
class Verdict:
    """What becomes of one payload: the columns that reasons and warnings name, once for each."""

    values: Mapping[str, Any]
    reasons: tuple[str, ...]
    issues: tuple[str, ...]
    rules: int
    change: Opened | None = None

    @property
    def is_accepted(self) -> bool:
        """True where nothing speaks against it."""
        return not self.reasons

    @property
    def is_delete(self) -> bool:
        """True where the record says that the object is gone."""
        return self.change is not None and self.change.is_delete

    @property
    def score(self) -> Decimal:
        """The share of the rules that hold, to two digits."""
        return round_to(1 - Decimal(len(self.issues)) / max(1, self.rules), 2)


def interpret(model: ObjectModel, text: str | bytes, raw_id: str | None = None) -> Verdict:
    """The verdict on a record as it was received. Raises UnjudgedError where this interpreter cannot tell."""
    told = _the_row_itself(text) if model.source.format == "json" else opened(_shape(model), text, raw_id)
    reasons: list[str] = [told.fault] if told.fault else []
    values: dict[str, Any] = {}
    for column in sorted(model.columns, key=lambda column: column.expression is not None):
        values[column.name], fault = _value(model, column, told, values)
        # Of a delete only the key has to be there and to fit.
        if fault and not told.fault and (not told.is_delete or column.name in key_of(model)):
            reasons.append(column.name)
    issues: list[str] = []
    for column, rule in () if told.is_delete else record_rules(model):
        if holds(column, rule, values) is False:
            (reasons if rule.severity == "error" else issues).append(column.name)
    reasons += _too_long_for_an_index(model, values)
    change = None if model.source.format == "json" else told
    return Verdict(values, tuple(reasons), tuple(issues), sum(1 for _ in record_rules(model)), change)


def _the_row_itself(text: str | bytes) -> Opened:
    try:
        row = read_json(text) if isinstance(text, str) else None
    except DoesNotFitError:
        row = None
    return Opened(row, row) if isinstance(row, dict) else Opened({}, None, fault="payload")


def _shape(model: ObjectModel) -> Shape:
    """Where the key is fields of the row by plain names, a text or a subject can name a row too."""
    paths = [path_of(c) if c.expression is None else () for c in map(model.column, key_of(model))]
    fields = [str(path[0]) for path in paths if len(path) == 1 and re.fullmatch(r"[\w .-]+", str(path[0]), re.ASCII)]
    has_fields = len(fields) == len(paths)
    return Shape(model.source.format, fields if has_fields else None, model.source.delete_types)


def is_required(model: ObjectModel, column: Column) -> bool:
    """True where a record without the value cannot stand: keys, a keyed event's time, the order, and what says so."""
    keys = {*key_of(model), model.source.order}
    if key_of(model) and model.kind == "event":
        keys.add(model.time_column)
    says_so = any(isinstance(r, NotNull) and r.severity == "error" and r.is_active for r in column.quality)
    return column.name in keys or not column.nullable or says_so


def key_of(model: ObjectModel) -> tuple[str, ...]:
    """What makes two records speak of the same thing."""
    return model.source.business_key or tuple(column.name for column in model.columns if column.primary_key)


def record_rules(model: ObjectModel) -> Iterator[tuple[Column, Any]]:
    """The rules one record is judged by. One that says a value must be there is part of reading it."""
    for column in model.columns:
        for rule in column.quality:
            is_reading = isinstance(rule, NotNull) and rule.severity == "error"
            if isinstance(rule, _JUDGED_BY_RECORD) and rule.is_active and rule.severity != "info" and not is_reading:
                yield column, rule


def _value(model: ObjectModel, column: Column, told: Opened, values: Mapping[str, Any]) -> tuple[Any, bool]:
    """The column's value, and whether something is wrong with it."""
    try:
        if column.expression is not None:
            value = _computed(column, evaluate(column.expression, values))
        else:
            sent = _sent(column, told)
            value = None if sent is None else _read_sent(sent, column)
    except DoesNotFitError:
        return None, True
    return value, value is None and is_required(model, column)


def _read_sent(sent: Any, column: Column) -> Any:
    return read(sent, column.pg_type, column.time_zone, column.time_format)


def _sent(column: Column, told: Opened) -> Any:
    """What was sent for the column, None for nothing: words that mean nothing, and the default in their place."""
    path = path_of(column)
    is_around = told.envelope is not None and path[:1] == (ENVELOPE,)
    value = value_at(told.envelope, path[1:]) if is_around else value_at(told.row, path)
    nothing = set(column.null_values) | (set() if column.pg_type.family in ("text", "json") else {""})
    if column.pg_type.family in ("json", "array"):
        return None if isinstance(value, str) and value in nothing else value
    text = None if value is None or json_text(value) in nothing else json_text(value)
    default = column.default
    if text is None and default is not None and not (isinstance(default, str) and _CALL.fullmatch(default.strip())):
        return str(default).lower() if isinstance(default, bool) else str(default)
    return text


def _computed(column: Column, value: Any) -> Any:
    """What an expression gave, as a value of the column. A quotient is rounded to the column's scale."""
    pg_type = column.pg_type
    if value is None:
        return None
    if pg_type.family in ("json", "array") or not isinstance(value, bool | Decimal | date | str | UUID):
        raise UnjudgedError(f"a computed column of type {pg_type.sql}")
    if isinstance(value, Decimal):
        if pg_type.base == "numeric" and pg_type.precision is not None:
            value = round_to(Decimal(value), pg_type.scale or 0)
        elif isinstance(value, Inexact):
            raise UnjudgedError(f"a quotient as {pg_type.sql}")
    return read(text_of(value), pg_type, column.time_zone)


def holds(column: Column, rule: Any, values: Mapping[str, Any]) -> bool | None:
    """Whether the rule holds for the row; None where a null leaves it open, which is no fault."""
    if isinstance(rule, ExpressionRule):
        found: bool | None = evaluate(rule.sql, values)
        return found
    value = values[column.name]
    if isinstance(rule, NotNull):
        return value is not None
    if value is None:
        return None
    if isinstance(rule, AcceptedValues):
        return any(_compare(value, _bound(column, one)) == 0 for one in rule.values)
    if isinstance(rule, Range):
        above = rule.min is None or _compare(value, _bound(column, rule.min)) >= 0
        return above and (rule.max is None or _compare(value, _bound(column, rule.max)) <= 0)
    if isinstance(rule, Length):
        return (rule.min is None or len(value) >= rule.min) and (rule.max is None or len(value) <= rule.max)
    if isinstance(rule, Pattern):
        return pattern.fits(value, rule.regex)
    raise UnjudgedError(f"a rule of kind {rule.rule}")


def _bound(column: Column, literal: Any) -> Any:
    """A value that a rule names, as a value of the column's type."""
    base, family = column.pg_type.base, column.pg_type.family
    if family == "float":
        return float(literal)
    if family in ("integer", "numeric"):
        return Decimal(str(literal))
    if family == "date":
        return date.fromisoformat(literal)
    if family == "instant":
        found = datetime.fromisoformat(literal)
        if base == "timestamp":
            return found.replace(tzinfo=None)
        return found if found.tzinfo else found.replace(tzinfo=UTC)
    if base == "uuid":
        return UUID(literal).int
    return literal.rstrip(" ") if base == "char" else literal


def _compare(value: Any, bound: Any) -> int:
    if isinstance(value, UUID):
        value = value.int
    if value != value:  # NaN is above every number
        return 1
    return 0 if value == bound else -1 if value < bound else 1


def _too_long_for_an_index(model: ObjectModel, values: Mapping[str, Any]) -> Iterator[str]:
    """The columns of an index whose texts together are longer than an entry may be."""
    indexes = [tuple(sorted(index.columns)) for index in model.table_schema.indexes if index.method != "gin"]
    indexes += [(column.name,) for column in model.columns if column.index]
    if key_of(model):
        timed = {model.time_column} if model.kind == "event" and model.time_column else set()
        indexes.append(tuple(sorted({*key_of(model), *timed})))
    for names in sorted(set(indexes)):
        columns = [model.column(name) for name in names]
        texts = [c for c in columns if c.pg_type.family == "text"]
        if sum(4 * (c.pg_type.length or 1000) for c in texts) <= _NEVER_TOO_LONG:
            continue
        size = sum(len(str(values[c.name] or "").encode()) for c in texts)
        if size > _TOO_LONG:
            yield ", ".join(c.name for c in columns if c.pg_type.family == "text")
        elif size > _SHORT_ENOUGH:
            raise UnjudgedError("texts about as long as an index may hold")
