"""The other kinds of Layer 1: modules, KPIs, benchmarks, industries, value chains and clients, one file each."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from definitions_to_dbt.definition import DefinitionFile
from definitions_to_dbt.parts import Code, Fault, Identifier, Many, Part, Plain, Tag, Text, raise_faults
from definitions_to_dbt.table_schema import WINDOWS_NAMES


class Module(DefinitionFile):
    """A group of objects that one team answers for."""

    code: Code
    name: Text = Field(min_length=1)
    description: Text = ""
    owner: Text | None = None
    tags: Many[Tag] = ()

    @model_validator(mode="after")
    def can_be_a_folder(self) -> Self:
        """The code names folders and models, on every system."""
        if self.code.lower() in WINDOWS_NAMES:
            message = f"{self.code!r} cannot be the name of a folder on Windows"
            raise_faults([Fault("/code", "E_RESERVED", message)])
        return self


class Measure(Part):
    """One side of a formula: an aggregation of an expression over the object's rows."""

    aggregation: Literal["sum", "count", "count_distinct", "avg", "min", "max"]
    expression: str | None = None
    filter: str | None = None

    @model_validator(mode="after")
    def says_what_it_adds_up(self) -> Self:
        """Only a count needs no expression."""
        if self.expression is None and self.aggregation != "count":
            raise PydanticCustomError("E_REQUIRED", "{how} needs an expression", {"how": self.aggregation})
        return self


class Formula(Part):
    """Numerator over denominator; without a denominator, the numerator alone."""

    object: Code
    numerator: Measure
    denominator: Measure | None = None
    scale: float = 1.0


class Kpi(DefinitionFile):
    """A figure that somebody steers by."""

    code: Code
    name: Text = Field(min_length=1)
    module: Code
    description: Text = ""
    formula: Formula
    unit: Text = Field(min_length=1)
    direction: Literal["higher_is_better", "lower_is_better", "target"]
    grain: Literal["day", "week", "month", "quarter", "year"]
    time_column: Identifier | None = None
    dimensions: Many[Identifier] = ()
    owner: Text | None = None


class Period(Part):
    """The days a benchmark speaks of, both included."""

    start: date
    end: date


class Benchmark(DefinitionFile):
    """What others reach: percentiles of a KPI in one industry and period."""

    code: Code
    name: Text = ""
    kpi: Code
    industry: Code
    period: Period
    percentiles: dict[Literal["p10", "p25", "p50", "p75", "p90"], float] = Field(min_length=1)
    source: Text = ""
    description: Text = ""

    @model_validator(mode="after")
    def percentiles_rise(self) -> Self:
        """A higher percentile is never the smaller number, and a period does not end before it begins."""
        values = [self.percentiles[name] for name in sorted(self.percentiles)]
        if values != sorted(values):
            raise PydanticCustomError("E_RANGE", "expected percentiles that do not fall from p10 to p90")
        if self.period.end < self.period.start:
            raise PydanticCustomError("E_RANGE", "expected a period that does not end before it starts")
        return self


class Industry(DefinitionFile):
    """A branch that benchmarks are taken in."""

    code: Code
    name: Text = Field(min_length=1)
    description: Text = ""
    parent: Code | None = None


class Stage(Part):
    """One step of a value chain."""

    code: Code
    name: Text = Field(min_length=1)
    description: Text = ""


class ValueChain(DefinitionFile):
    """The steps through which a business makes its value, and the modules that describe them."""

    code: Code
    name: Text = Field(min_length=1)
    description: Text = ""
    modules: Many[Code] = ()
    stages: Many[Stage] = ()


class Client(DefinitionFile):
    """A tenant: which modules it uses. Overrides of retention and quality are kept for its tenant."""

    code: Code
    name: Text = Field(min_length=1)
    description: Text = ""
    modules: Many[Code] = ()
    industry: Code | None = None
    tenant_id: Plain | None = None
    overrides: dict[str, Any] = Field(default_factory=dict)
