"""The other kinds of Layer 1, one file each: all that is no object model. Checks what one file can tell by itself."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from definitions_to_dbt.column import MAX_SIZE
from definitions_to_dbt.definition import DefinitionFile
from definitions_to_dbt.exposure import Exposure
from definitions_to_dbt.overrides import Override
from definitions_to_dbt.parts import Code, Fault, Identifier, Many, Part, Plain, Role, Tag, Text, raise_faults
from definitions_to_dbt.pg_type import PgType
from definitions_to_dbt.quality import ExpressionRule, QualityRule, Reference, rule_faults
from definitions_to_dbt.table_schema import WINDOWS_NAMES
from definitions_to_dbt.types import UnknownTypeError, parse_type


class Module(DefinitionFile):
    """A group of objects that one team answers for."""

    code: Code
    name: Text = Field(min_length=1)
    description: Text = ""
    owner: Text | None = None
    tags: Many[Tag] = ()
    readers: Many[Role] = ()
    exposures: Many[Exposure] = ()

    @model_validator(mode="after")
    def can_be_a_folder(self) -> Self:
        """The code names folders and models, on every system."""
        if self.code.lower() in WINDOWS_NAMES:
            message = f"{self.code!r} cannot be the name of a folder on Windows"
            raise_faults([Fault("/code", "E_RESERVED", message)])
        return self


class Attribute(DefinitionFile):
    """What columns of many objects have in common. A column names it, and inherits what it does not say itself."""

    code: Code
    name: Text = Field(min_length=1)
    description: Text = ""
    type: Plain
    length: int | None = Field(None, gt=0, le=MAX_SIZE)
    precision: int | None = Field(None, gt=0, le=1000)
    scale: int | None = Field(None, ge=-1000, le=1000)
    unit: Text | None = None
    pii: Literal["none", "tokenize", "mask", "drop"] = "none"
    quality: Many[QualityRule] = ()

    @property
    def pg_type(self) -> PgType:
        """The PostgreSQL type of every column that names the attribute."""
        return parse_type(self.type, self.length, self.precision, self.scale)

    @model_validator(mode="after")
    def fits_every_column(self) -> Self:
        """Type and rules agree, and no rule speaks of what only a table has."""
        raise_faults(self._faults())
        return self

    def _faults(self) -> Iterator[Fault]:
        try:
            pg_type = self.pg_type
        except UnknownTypeError as error:
            yield Fault("/type", "E_TYPE_MAP", str(error))
            return
        for place, rule in enumerate(self.quality):
            at = f"/quality/{place}"
            if isinstance(rule, ExpressionRule | Reference):
                message = f"{rule.rule!r} speaks of a table; a shared attribute has none: state the rule in the column"
                yield Fault(f"{at}/rule", "E_ATTRIBUTE", message)
            for fault in rule_faults(rule, pg_type):
                yield Fault(at + fault.at, fault.code, fault.message)


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


# What MetricFlow takes for a name, and the words it keeps for spans of time.
METRIC_NAME = r"[a-z](?:(?!__)[a-z0-9_])*[a-z0-9]"
PERIODS = (
    "nanosecond",
    "microsecond",
    "millisecond",
    "second",
    "minute",
    "hour",
    "day",
    "week",
    "month",
    "quarter",
    "year",
)
_MAX_METRIC = 50  # its numerator's name, and what MetricFlow adds to that, fit 63 bytes


class Kpi(DefinitionFile):
    """A figure that somebody steers by. It becomes a metric of the same name."""

    code: Code
    name: Text = Field(min_length=1)
    label: Text | None = Field(None, min_length=1)
    module: Code
    description: Text = ""
    formula: Formula
    unit: Text = Field(min_length=1)
    direction: Literal["higher_is_better", "lower_is_better", "target"]
    grain: Literal["day", "week", "month", "quarter", "year"]
    time_column: Identifier | None = None
    dimensions: Many[Identifier] = ()
    owner: Text | None = None

    @model_validator(mode="after")
    def can_be_a_metric(self) -> Self:
        """Its code in lower case is the name of a metric, and no name is taken twice."""
        name = self.code.lower()
        if len(name) > _MAX_METRIC:
            message = f"expected a code of at most {_MAX_METRIC} letters, found {len(name)}"
            raise_faults([Fault("/code", "E_IDENT_LEN", message)])
        if name in PERIODS or not re.fullmatch(METRIC_NAME, name) or name.endswith(("_numerator", "_denominator")):
            message = f"{name!r} cannot be the name of a metric: MetricFlow or the platform needs it"
            raise_faults([Fault("/code", "E_RESERVED", message)])
        return self

    @model_validator(mode="after")
    def names_each_dimension_once(self) -> Self:
        """Two columns of one name cannot stand in one table of figures."""
        raise_faults(_twice("/dimensions/{}", self.dimensions))
        return self


class Period(Part):
    """The days a benchmark speaks of, both included."""

    start: date
    end: date


class Threshold(Part):
    """What a figure is held to: a percentile that the benchmark states, and how loud it is where it is missed."""

    percentile: Literal["p10", "p25", "p50", "p75", "p90"]
    severity: Literal["error", "warning"] = "warning"


class Benchmark(DefinitionFile):
    """What others reach: percentiles of a KPI in one industry and period."""

    code: Code
    name: Text = ""
    kpi: Code
    industry: Code
    period: Period
    percentiles: dict[Literal["p10", "p25", "p50", "p75", "p90"], float] = Field(min_length=1)
    threshold: Threshold | None = None
    source: Text = ""
    description: Text = ""

    @model_validator(mode="after")
    def threshold_is_stated(self) -> Self:
        """A figure cannot be held to a percentile that nobody gave."""
        if self.threshold is not None and self.threshold.percentile not in self.percentiles:
            message = f"the benchmark states no {self.threshold.percentile}, only {', '.join(sorted(self.percentiles))}"
            raise_faults([Fault("/threshold/percentile", "E_REQUIRED", message)])
        return self

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

    @model_validator(mode="after")
    def names_each_once(self) -> Self:
        """A stage or module stands once."""
        raise_faults([*_twice("/modules/{}", self.modules), *_twice("/stages/{}/code", [s.code for s in self.stages])])
        return self


class Client(DefinitionFile):
    """A tenant: which modules it uses. Overrides of retention and quality are kept for its tenant."""

    code: Code
    name: Text = Field(min_length=1)
    description: Text = ""
    modules: Many[Code] = ()
    industry: Code | None = None
    tenant_id: Plain | None = None
    overrides: dict[str, Override] = Field(default_factory=dict)

    @model_validator(mode="after")
    def names_each_once(self) -> Self:
        """A module stands once."""
        raise_faults(_twice("/modules/{}", self.modules))
        return self


def _twice(at: str, codes: Sequence[str]) -> Iterator[Fault]:
    for place, code in enumerate(codes):
        if code in codes[:place]:
            yield Fault(at.format(place), "E_DUP", f"{code!r} stands twice")


class End(Part):
    """One end of an association: a piece of Layer 1, or one row of an object, or one stage of a value chain."""

    kind: Literal["industry", "value_chain", "module", "object_model", "attribute", "kpi", "benchmark", "client"]
    code: Code
    stage: Code | None = None
    row: Plain | None = None

    @model_validator(mode="after")
    def has_such_parts(self) -> Self:
        """Only value chains have stages, only objects rows."""
        for key, kind in (("stage", "value_chain"), ("row", "object_model")):
            if getattr(self, key) is not None and self.kind != kind:
                message = f"only a {kind} has a {key}, and this is of kind {self.kind}"
                raise_faults([Fault(f"/{key}", "E_UNKNOWN_KEY", message)])
        return self


class Association(DefinitionFile):
    """How one piece of Layer 1 stands to another: an industry to a module, a stage to a module, a KPI to a process."""

    code: Code
    from_: End = Field(alias="from")
    to: End
    type: Identifier
    description: Text = ""
