"""The formula of each KPI as SQL pieces, for marts that loop over them and for metrics. One formula, written once."""

from __future__ import annotations

from dataclasses import dataclass

from definitions_to_dbt import names
from definitions_to_dbt.checked_sql import checked
from definitions_to_dbt.columns import column_types
from definitions_to_dbt.definition import ObjectModel
from definitions_to_dbt.library import Library
from definitions_to_dbt.metadata import Kpi, Measure
from definitions_to_dbt.sql import bare_or_quoted
from definitions_to_dbt.templating import template

NOTICE = "Generated from the KPIs in the definitions: edit those, not this file."


@dataclass(frozen=True)
class MeasureSql:
    """One side of a formula, in SQL that PostgreSQL and DuckDB read alike."""

    aggregation: str
    expression: str
    condition: str

    @property
    def aggregate(self) -> str:
        """The whole aggregation: sum(amount) filter (where amount > 0)."""
        function, word = ("count", "distinct ") if self.aggregation == "count_distinct" else (self.aggregation, "")
        text = f"{function}({word}{self.expression or '*'})"
        return f"{text} filter (where {self.condition})" if self.condition else text

    @property
    def value_per_row(self) -> str:
        """What is aggregated, null in rows that the filter leaves out: no aggregation counts those."""
        value = self.expression or "1"
        return f"case when {self.condition} then {value} end" if self.condition else value


def measure_sql(measure: Measure, model: ObjectModel) -> MeasureSql:
    """The checked pieces of one side of a formula."""
    types = column_types(model)
    written = [checked(sql, types, "either") if sql else "" for sql in (measure.expression, measure.filter)]
    return MeasureSql(measure.aggregation, *written)


def relation_of(model: ObjectModel) -> str:
    """What a KPI of this object reads: hot and archived rows where rows age, else what readers see."""
    return names.history(model) if model.ages else names.read_model(model)


def time_of(kpi: Kpi, model: ObjectModel) -> str:
    """The column by which the KPI's rows fall into periods."""
    return kpi.time_column or model.time_column or "_loaded_at"


def utc_time(column: str, model: ObjectModel) -> str:
    """The column as the clock of UTC shows it, whatever zone a session is in."""
    written, pg_type = bare_or_quoted(column), column_types(model).get(column)
    is_instant = column == "_loaded_at" or (pg_type is not None and pg_type.base == "timestamptz")
    return f"{written} at time zone 'UTC'" if is_instant else written


def kpi_macro(library: Library) -> str:
    """The macro `kpi_formulas()`: a list of code, relation, numerator, denominator, scale, grain and time column."""
    return template("kpi_formulas.sql").render(notice=NOTICE, kpis=kpi_list(library))


def kpi_list(library: Library) -> list[dict[str, str | float]]:
    """What the macro returns."""
    return [_formula(kpi, library.object(kpi.formula.object)) for kpi in library.kpis]


def _formula(kpi: Kpi, model: ObjectModel) -> dict[str, str | float]:
    denominator = kpi.formula.denominator
    return {
        "code": kpi.code,
        "module": kpi.module,
        "relation": relation_of(model),
        "numerator": measure_sql(kpi.formula.numerator, model).aggregate,
        "denominator": measure_sql(denominator, model).aggregate if denominator else "",
        "scale": kpi.formula.scale,
        "grain": kpi.grain,
        "time_column": bare_or_quoted(time_of(kpi, model)),
        "utc_time": utc_time(time_of(kpi, model), model),
    }
