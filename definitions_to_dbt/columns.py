"""What staging does with each column: where the text comes from, its cast, its rules. Text for the templates."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from definitions_to_dbt.checked_sql import checked
from definitions_to_dbt.dbt_text import never_rendered
from definitions_to_dbt.definition import Column, ObjectModel
from definitions_to_dbt.payload_field import payload_field
from definitions_to_dbt.quality import RECORD_RULES, AcceptedValues, ExpressionRule, Length, NotNull, Pattern, Range
from definitions_to_dbt.sql import bare_or_quoted, quote_literal
from definitions_to_dbt.types import PgType


@dataclass(frozen=True)
class StagedColumn:
    """One column as the staging template lays it out."""

    name: str
    field: str
    arguments: str
    fault_arguments: str
    expression: str = ""


@dataclass(frozen=True)
class RecordRule:
    """A condition on one record, and what is said where it does not hold."""

    column: str
    holds: str
    reason: str
    severity: str
    # True where every engine judges it alike: no pattern, no expression.
    is_plain: bool


def sent_columns(model: ObjectModel) -> list[StagedColumn]:
    """The columns whose value the payload holds."""
    return [_staged(model, column) for column in model.columns if column.expression is None]


def computed_columns(model: ObjectModel) -> list[StagedColumn]:
    """The columns that an expression over the sent ones gives."""
    types = column_types(model, computed=False)
    found = []
    for column in model.columns:
        if column.expression is not None:
            expression = checked(column.expression, types)
            if column.pg_type.base == "numeric" and column.pg_type.precision is not None:
                # A quotient has more digits than any column; only what is sent must fit exactly.
                expression = f"round(({expression})::numeric, {column.pg_type.scale or 0})"
            found.append(_staged(model, column, expression))
    return found


def column_types(model: ObjectModel, computed: bool = True) -> dict[str, PgType]:
    """The types of the columns that an expression may name."""
    return {c.name: c.pg_type for c in model.columns if computed or c.expression is None}


def is_required(model: ObjectModel, column: Column) -> bool:
    """True where a record without the value is rejected."""
    needed = (*model.physical_key, model.source.order)
    return column.name in needed or not column.nullable or any(is_needed(rule) for rule in column.quality)


def is_needed(rule: object) -> bool:
    """True for the rule that says no more than NOT NULL."""
    return isinstance(rule, NotNull) and rule.severity == "error" and rule.is_active


def _staged(model: ObjectModel, column: Column, expression: str = "") -> StagedColumn:
    name, pg_type = bare_or_quoted(column.name), quote_literal(column.pg_type.sql)
    text = quote_literal(f"{'reckoned' if expression else 'sent'}.{name}")
    has_zone = column.pg_type.base in ("timestamptz", "timestamp") and column.time_zone != "UTC"
    zone = f", {quote_literal(column.time_zone)}" if has_zone else ""
    if column.time_format != "iso" and not expression:
        time_format = f", time_format={quote_literal(column.time_format)}"
    else:
        time_format = ""
    required = ", required=true" if is_required(model, column) else ""
    relations = ", sent='reckoned', typed='computed'" if expression else ""
    # Of a delete only the key has to be there and to fit.
    unless = f", unless={quote_literal(('typed' if expression else 'sent') + '._deleted')}"
    excused = unless if model.tells_changes and column.name not in model.primary_key else ""
    fault = f"{quote_literal(name)}, {pg_type}{required}{relations}{time_format}{excused}"
    return StagedColumn(column.name, payload_field(column), f"{text}, {pg_type}{zone}{time_format}", fault, expression)


def record_rules(model: ObjectModel) -> Iterator[RecordRule]:
    """Every active rule that one record can be judged by, in the order of the columns."""
    for column in model.columns:
        for rule in column.quality:
            if isinstance(rule, RECORD_RULES) and rule.is_active and not is_needed(rule):
                holds, expectation = _condition(model, column, rule)
                reason = never_rendered(f"{column.name}: {expectation}")
                is_plain = isinstance(rule, (NotNull, AcceptedValues, Range, Length))
                yield RecordRule(column.name, never_rendered(holds), reason, rule.severity, is_plain)


def _condition(model: ObjectModel, column: Column, rule: object) -> tuple[str, str]:
    name = bare_or_quoted(column.name)
    if isinstance(rule, NotNull):
        return f"{name} is not null", "missing"
    if isinstance(rule, AcceptedValues):
        listed = ", ".join(_literal(value) for value in rule.values)
        return f"{name} in ({listed})", f"expected one of {', '.join(map(str, rule.values))}"
    if isinstance(rule, Range):
        return _bounds(name, rule.min, rule.max)
    if isinstance(rule, Length):
        return _bounds(f"char_length({name})", rule.min, rule.max, "characters")
    if isinstance(rule, Pattern):
        return f"{name} ~ {quote_literal(_anchored(rule.regex))}", f"does not fit {rule.regex}"
    if isinstance(rule, ExpressionRule):
        return checked(rule.sql, column_types(model)), f"does not hold: {rule.sql}"
    raise TypeError(f"no condition for {rule!r}")


def _anchored(regex: str) -> str:
    """The pattern so that the whole text must fit: in `^a|b$` each anchor holds one side, and `\\$` is a dollar."""
    is_whole = re.fullmatch(r"\^[^|]*[^|\\]\$", regex) is not None
    return regex if is_whole else f"^(?:{regex})$"


def _bounds(value: str, least: object, most: object, of_what: str = "") -> tuple[str, str]:
    """Both bounds are included."""
    if least is not None and most is not None:
        return (
            f"{value} between {_literal(least)} and {_literal(most)}",
            f"expected {least} to {most} {of_what}".rstrip(),
        )
    if most is not None:
        return f"{value} <= {_literal(most)}", f"expected at most {most} {of_what}".rstrip()
    return f"{value} >= {_literal(least)}", f"expected at least {least} {of_what}".rstrip()


def _literal(value: object) -> str:
    if isinstance(value, str):
        return quote_literal(value)
    return str(value).lower() if isinstance(value, bool) else str(value)
