"""Quality rules of a column, and the check each becomes. An error rejects the record, a warning flags the row."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, Strict, StringConstraints, field_validator
from pydantic_core import PydanticCustomError

from definitions_to_dbt.duration import Duration


class Rule(BaseModel):
    """What all rules share."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    severity: Literal["error", "warning", "info"] = "error"
    is_active: bool = True
    description: str = ""


class NotNull(Rule):
    """The value must be there."""

    rule: Literal["not_null"]


class Unique(Rule):
    """No two rows share the value. A test on the table: one record cannot tell."""

    rule: Literal["unique"]


class AcceptedValues(Rule):
    """The value is one of a list."""

    rule: Literal["accepted_values"]
    values: Annotated[tuple[str | int | float | bool, ...], Strict(False)] = Field(min_length=1)


class Range(Rule):
    """The value lies between two bounds, each included."""

    rule: Literal["range"]
    min: int | float | str | None = None
    max: int | float | str | None = None


class Pattern(Rule):
    """The whole text fits a regular expression (PostgreSQL's and DuckDB's common ground)."""

    rule: Literal["pattern"]
    regex: Annotated[str, StringConstraints(min_length=1, max_length=500)]

    @field_validator("regex")
    @classmethod
    def is_plain(cls, regex: str) -> str:
        """Refuse what does not compile and what can take for ever: a repeated group that itself repeats."""
        try:
            re.compile(regex)
        except re.error as error:
            raise PydanticCustomError("E_REGEX", "not a regular expression: {error}", {"error": str(error)}) from None
        if re.search(r"\([^()]*[+*][^()]*\)[+*{]", regex):
            raise PydanticCustomError("E_REGEX", "a repeated group that itself repeats can take for ever")
        return regex


class Length(Rule):
    """The text has between min and max characters."""

    rule: Literal["length"]
    min: int | None = Field(None, ge=0)
    max: int | None = Field(None, ge=0)


class Reference(Rule):
    """The value stands in another object's column."""

    rule: Literal["reference"]
    to: Annotated[str, StringConstraints(pattern=r"^[a-z_][a-z0-9_]*\.[a-z_][a-z0-9_]*$")]


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
