"""KPIs of the definitions as SQL pieces that marts can loop over. One formula, written once."""

from __future__ import annotations

from definitions_to_dbt import names
from definitions_to_dbt.checked_sql import checked
from definitions_to_dbt.columns import column_types
from definitions_to_dbt.definition import ObjectModel
from definitions_to_dbt.library import Library
from definitions_to_dbt.metadata import Kpi, Measure
from definitions_to_dbt.sql import bare_or_quoted
from definitions_to_dbt.templating import template

NOTICE = "Generated from the KPIs in the definitions: edit those, not this file."


def kpi_macro(library: Library) -> str:
    """The macro `kpi_formulas()`: a list of code, relation, numerator, denominator, scale, grain and time column."""
    return template("kpi_formulas.sql").render(notice=NOTICE, kpis=kpi_list(library))


def kpi_list(library: Library) -> list[dict[str, str | float]]:
    """What the macro returns."""
    return [_formula(kpi, library.object(kpi.formula.object)) for kpi in library.kpis]


def _formula(kpi: Kpi, model: ObjectModel) -> dict[str, str | float]:
    time_column = kpi.time_column or model.time_column or "_loaded_at"
    return {
        "code": kpi.code,
        "module": kpi.module,
        "relation": names.history(model) if model.ages else names.read_model(model),
        "numerator": _measure(kpi.formula.numerator, model),
        "denominator": _measure(kpi.formula.denominator, model) if kpi.formula.denominator else "",
        "scale": kpi.formula.scale,
        "grain": kpi.grain,
        "time_column": bare_or_quoted(time_column),
    }


def _measure(measure: Measure, model: ObjectModel) -> str:
    types = column_types(model)
    inner = checked(measure.expression, types, dialect="duckdb") if measure.expression else "*"
    is_distinct = measure.aggregation == "count_distinct"
    text = f"count(distinct {inner})" if is_distinct else f"{measure.aggregation}({inner})"
    if measure.filter:
        text += f" filter (where {checked(measure.filter, types, dialect='duckdb')})"
    return text
