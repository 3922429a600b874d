"""The SQL of definitions, checked as it is loaded: column expressions, expression rules, formulas of KPIs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from definitions_to_dbt.checked_sql import named_columns
from definitions_to_dbt.definition import ObjectModel
from definitions_to_dbt.errors import Problem
from definitions_to_dbt.metadata import Kpi, Measure
from definitions_to_dbt.quality import ExpressionRule
from definitions_to_dbt.reading import Entry
from definitions_to_dbt.types import PgType
from definitions_to_dbt.validate_personal import computed_in_the_clear

Columns = Mapping[str, PgType]
_TEXT = PgType("text", "text")


def object_expressions(entry: Entry) -> Iterator[Problem]:
    """What is wrong with the expressions of one object model."""
    model: ObjectModel = entry.part
    types = {column.name: column.pg_type for column in model.columns}
    for place, column in enumerate(model.columns):
        at = f"/table_schema/columns/{place}"
        if column.expression is not None:
            yield from _column_expression(entry, f"{at}/expression", model, place)
        for number, rule in enumerate(column.quality):
            if isinstance(rule, ExpressionRule):
                yield from _judged(entry, f"{at}/quality/{number}/sql", rule.sql, types, _is_condition)
    for place, index in enumerate(model.table_schema.indexes):
        if index.where is not None:
            yield from _judged(entry, f"/table_schema/indexes/{place}/where", index.where, types, _is_immutable)


def kpi_expressions(entry: Entry, model: ObjectModel) -> Iterator[Problem]:
    """What is wrong with the formula of one KPI over its object."""
    kpi: Kpi = entry.part
    types = {column.name: column.pg_type for column in model.columns}
    for side in ("numerator", "denominator"):
        measure: Measure | None = getattr(kpi.formula, side)
        if measure is None:
            continue
        at = f"/formula/{side}"
        if measure.expression is not None:
            check = _is_number if measure.aggregation in ("sum", "avg") else _is_anything
            yield from _formula(entry, f"{at}/expression", measure.expression, model, types, check)
        if measure.filter is not None:
            yield from _formula(entry, f"{at}/filter", measure.filter, model, types, _is_condition)


def _formula(
    entry: Entry, at: str, sql: str, model: ObjectModel, types: Columns, check: Callable[[str, Columns], Any]
) -> Iterator[Problem]:
    """A formula reads what readers read: of personal data a text that says nothing but who is who, or not even that."""
    problems = list(_judged(entry, at, sql, types, check))
    yield from problems
    if problems:
        return
    personal = {column.name: column for column in model.columns if column.pii != "none"}
    for name in sorted(named_columns(sql) & set(personal)):
        if personal[name].pii == "drop":
            yield entry.problem(at, "E_PII", f"{name} is dropped as personal data: nobody can reckon with it")
            return
    shown = {name: _TEXT if name in personal else pg_type for name, pg_type in types.items()}
    for _ in _judged(entry, at, sql, shown, check):
        name = min(named_columns(sql) & set(personal))
        message = f"{name} is personal data: readers see text in its place, which cannot be reckoned with"
        yield entry.problem(at, "E_PII", message)


def _column_expression(entry: Entry, at: str, model: ObjectModel, place: int) -> Iterator[Problem]:
    """An expression sees what was sent: not its own column, and no other that is computed."""
    column = model.columns[place]
    expression = column.expression or ""
    sent = {other.name: other.pg_type for other in model.columns if other.expression is None}
    computed = {other.name: other.pg_type for other in model.columns if other.expression is not None}
    problems = list(_judged(entry, at, expression, sent | computed, _is_anything))
    yield from problems
    if problems:
        return
    named = named_columns(expression)
    for name in sorted(named & set(computed)):
        yield entry.problem(at, "E_SQL_COLUMN", f"{name} is computed too; an expression may name sent columns only")
    if message := computed_in_the_clear(model, column):
        yield entry.problem(at, "E_PII", message)


def _judged(
    entry: Entry, at: str, sql: str, columns: Columns, check: Callable[[str, Columns], Any]
) -> Iterator[Problem]:
    # Loaded with the first expression: it takes longer than to read a hundred definitions.
    from definitions_to_dbt.expressions import ExpressionError, checked

    try:
        checked(sql, columns)
        check(sql, columns)
    except ExpressionError as fault:
        yield entry.problem(at, fault.code, str(fault))


def _is_anything(sql: str, columns: Columns) -> None:
    from definitions_to_dbt.expression_types import kind_of

    kind_of(sql, columns)


def _is_condition(sql: str, columns: Columns) -> None:
    from definitions_to_dbt.expression_types import require

    require("boolean", sql, columns, "a rule or filter")


def _is_immutable(sql: str, columns: Columns) -> None:
    """The condition of an index: PostgreSQL takes none that another session could answer otherwise."""
    from definitions_to_dbt.expressions import require_immutable

    _is_condition(sql, columns)
    require_immutable(sql, columns)


def _is_number(sql: str, columns: Columns) -> None:
    from definitions_to_dbt.expression_types import require

    require("number", sql, columns, "what is added up")
