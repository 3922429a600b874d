"""Quality rules of a column, and the check each becomes. An error rejects the record, a warning flags the row."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import Field, StringConstraints, field_validator, model_validator
from pydantic_core import PydanticCustomError

from definitions_to_dbt.duration import Duration
from definitions_to_dbt.parts import ColumnOf, Fault, Many, Part, Text, raise_faults
from definitions_to_dbt.patterns import pattern_fault
from definitions_to_dbt.types import PgType

Value = str | int | float | bool


class Rule(Part):
    """What all rules share."""

    severity: Literal["error", "warning", "info"] = "error"
    is_active: bool = True
    description: Text = ""


class NotNull(Rule):
    """The value must be there."""

    rule: Literal["not_null"]


class Unique(Rule):
    """No two rows share the value. A test on the table: one record cannot tell."""

    rule: Literal["unique"]


class AcceptedValues(Rule):
    """The value is one of a list."""

    rule: Literal["accepted_values"]
    values: Many[Value] = Field(min_length=1, max_length=1000)


class Range(Rule):
    """The value lies between two bounds, each included."""

    rule: Literal["range"]
    min: int | float | str | None = None
    max: int | float | str | None = None

    @model_validator(mode="after")
    def bounds_something(self) -> Self:
        """One bound at least, and the lower one first."""
        raise_faults(_bounds_faults(self.min, self.max))
        return self


class Pattern(Rule):
    """The whole text fits a regular expression (PostgreSQL's and DuckDB's common ground)."""

    rule: Literal["pattern"]
    regex: Annotated[str, StringConstraints(min_length=1, max_length=500)]

    @field_validator("regex")
    @classmethod
    def is_plain(cls, regex: str) -> str:
        """Refuse what one of the engines does not read, and what can take for ever."""
        if fault := pattern_fault(regex):
            raise PydanticCustomError("E_REGEX", "{fault}", {"fault": fault})
        return regex


class Length(Rule):
    """The text has between min and max characters."""

    rule: Literal["length"]
    min: int | None = Field(None, ge=0, le=1_000_000_000)
    max: int | None = Field(None, ge=0, le=1_000_000_000)

    @model_validator(mode="after")
    def bounds_something(self) -> Self:
        """One bound at least, and the lower one first."""
        raise_faults(_bounds_faults(self.min, self.max))
        return self


class Reference(Rule):
    """The value stands in another object's column."""

    rule: Literal["reference"]
    to: ColumnOf


class FreshnessRule(Rule):
    """The newest value is no older than this."""

    rule: Literal["freshness"]
    max_age: Duration


class ExpressionRule(Rule):
    """A checked SQL condition over the row's columns."""

    rule: Literal["expression"]
    sql: Annotated[str, StringConstraints(min_length=1, max_length=10_000)]


QualityRule = Annotated[
    NotNull | Unique | AcceptedValues | Range | Pattern | Length | Reference | FreshnessRule | ExpressionRule,
    Field(discriminator="rule"),
]

# Rules one record can be judged by; the others are tests on the table.
RECORD_RULES: tuple[type[Any], ...] = (NotNull, AcceptedValues, Range, Pattern, Length, ExpressionRule)


def _bounds_faults(least: Value | None, most: Value | None) -> Iterator[Fault]:
    if least is None and most is None:
        yield Fault("", "E_REQUIRED", "expected min, max or both")
    elif least is None or most is None:
        return
    elif isinstance(least, str) is not isinstance(most, str):
        yield Fault("/max", "E_TYPE", f"min is {least!r} and max {most!r}: expected two numbers or two texts")
    elif least > most:  # type: ignore[operator]  # both texts or both numbers
        yield Fault("/max", "E_RANGE", f"max {most!r} is below min {least!r}")


def rule_faults(rule: Any, pg_type: PgType) -> Iterator[Fault]:
    """What makes the rule impossible for a column of this type. Otherwise PostgreSQL would fail the whole batch."""
    if isinstance(rule, Pattern | Length) and pg_type.family != "text":
        yield Fault("/rule", "E_TYPE", f"{rule.rule} needs a column of text, found {pg_type.sql}")
    elif isinstance(rule, FreshnessRule) and pg_type.family not in ("date", "instant"):
        yield Fault("/rule", "E_TYPE", f"freshness needs a column of times, found {pg_type.sql}")
    elif isinstance(rule, Unique | Reference) and not pg_type.has_order:
        yield Fault("/rule", "E_TYPE", f"{rule.rule} needs a type with an order, found {pg_type.sql}")
    elif isinstance(rule, AcceptedValues):
        for place, value in enumerate(rule.values):
            if expected := _expected(pg_type, value):
                yield Fault(f"/values/{place}", "E_TYPE", f"expected {expected}, found {value!r}")
    elif isinstance(rule, Range):
        for name, bound in (("min", rule.min), ("max", rule.max)):
            expected = _expected(pg_type, bound) if pg_type.family != "boolean" else "a type with an order"
            if bound is not None and expected:
                yield Fault(f"/{name}", "E_TYPE", f"expected {expected}, found {bound!r}")


def _expected(pg_type: PgType, value: Value | None) -> str:
    """What a literal for a column of this type should be; empty where the value is that."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if pg_type.family in ("integer", "numeric", "float"):
        return "" if is_number else f"a number for a column of type {pg_type.sql}"
    if pg_type.family == "boolean":
        return "" if isinstance(value, bool) else f"true or false for a column of type {pg_type.sql}"
    if pg_type.family == "text":
        return "" if isinstance(value, str) else f"a text for a column of type {pg_type.sql}"
    read = {"date": date.fromisoformat, "instant": datetime.fromisoformat, "uuid": UUID}.get(
        pg_type.base if pg_type.base == "uuid" else pg_type.family
    )
    if read is None:
        return f"a rule of another kind: values of type {pg_type.sql} are compared with expression rules only"
    return "" if isinstance(value, str) and _reads(read, value) else f"a {pg_type.base} as text (ISO 8601)"


def _reads(read: Any, value: str) -> bool:
    try:
        read(value)
    except ValueError:
        return False
    return value.isascii() and not value.startswith("{") and "W" not in value
