"""KPIs as dbt's semantic layer: a semantic model per object that has some, and one metric per KPI (MetricFlow).

The formula comes from kpis.py, so that a metric and a mart cannot come apart.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from definitions_to_dbt.columns import column_types
from definitions_to_dbt.dbt_text import as_yaml, never_rendered
from definitions_to_dbt.definition import ObjectModel
from definitions_to_dbt.kpis import NOTICE, MeasureSql, measure_sql, relation_of, time_of, utc_time
from definitions_to_dbt.library import Library
from definitions_to_dbt.metadata import METRIC_NAME, PERIODS, Kpi, Measure
from definitions_to_dbt.sql import bare_or_quoted

TIME_SPINE = "metricflow_time_spine"
_AGGREGATIONS = {"avg": "average"}
_RESERVED = (*PERIODS, "metric_time", "mf_internal_uuid")


def metrics_yaml(library: Library, module: str) -> str:
    """The semantic models of the module's objects, and the metrics of its KPIs. Empty where there are none."""
    content: dict[str, Any] = {}
    models = [(model, kpis_of(library, model)) for model in library.of_module(module)]
    if described := [_semantic_model(model, kpis) for model, kpis in models if kpis]:
        content["semantic_models"] = described
    labels = Counter(kpi.label or kpi.name for kpi in library.kpis)
    metrics = [metric for kpi in library.kpis if kpi.module == module for metric in _metrics(kpi, labels)]
    if metrics:
        content["metrics"] = metrics
    return as_yaml(content, NOTICE) if content else ""


def kpis_of(library: Library, model: ObjectModel) -> list[Kpi]:
    """The KPIs that are reckoned from the object."""
    return [kpi for kpi in library.kpis if kpi.formula.object == model.code]


def time_spine_yaml() -> str:
    """The days that MetricFlow fills gaps with."""
    column = {"name": "date_day", "description": "The day.", "data_type": "date", "granularity": "day"}
    spine = {
        "name": TIME_SPINE,
        "description": "One row per day from 2000 to 2099: what MetricFlow joins to show periods without rows.",
        "config": {"contract": {"enforced": True}, "meta": {"engine": "postgres", "owner": "Data platform"}},
        "time_spine": {"standard_granularity_column": "date_day"},
        "columns": [column],
    }
    return as_yaml({"models": [spine]}, "Comes with the tool: edit the tool, not this file.")


def _semantic_model(model: ObjectModel, kpis: Sequence[Kpi]) -> dict[str, Any]:
    entity = _entity(model)
    names = _dimension_names(model, kpis, entity)
    key = model.primary_key
    described: dict[str, Any] = {
        "name": model.table_name,
        "description": never_rendered(model.description),
        "model": f"ref('{relation_of(model)}')",
        "config": {"meta": {"object_code": model.code}},
        "defaults": {"agg_time_dimension": names[time_of(kpis[0], model)]},
    }
    if len(key) == 1 and _is_shown(model, key[0]):
        described["entities"] = [{"name": entity, "type": "primary", "expr": bare_or_quoted(key[0])}]
    else:
        described["primary_entity"] = entity
    described["dimensions"] = [_dimension(model, column, name) for column, name in names.items()]
    described["measures"] = [
        _measure(kpi, side, measure_sql(measure, model), names[time_of(kpi, model)])
        for kpi in kpis
        for side, measure in _sides(kpi)
    ]
    return described


def _is_shown(model: ObjectModel, name: str) -> bool:
    return model.column(name).pii != "drop"


def _sides(kpi: Kpi) -> list[tuple[str, Measure]]:
    sides = [("numerator", kpi.formula.numerator), ("denominator", kpi.formula.denominator)]
    return [(side, measure) for side, measure in sides if measure is not None]


def _entity(model: ObjectModel) -> str:
    return _plain_name(model.code.lower()) or f"row_of_{_plain_name(model.table_name)}"


def _plain_name(name: str) -> str:
    """The name as MetricFlow takes it, empty where it takes none like it."""
    plain = re.sub(r"_+", "_", name).strip("_")
    return plain if re.fullmatch(METRIC_NAME, plain) and plain not in _RESERVED else ""


def _dimension_names(model: ObjectModel, kpis: Sequence[Kpi], entity: str) -> dict[str, str]:
    """Column -> its name as a dimension: its own, or with `own_` before it where MetricFlow keeps that for itself.

    Short, for a column of an answer is `<object>__<dimension>`, and PostgreSQL cuts names at 63 bytes.
    """
    columns = [name for kpi in kpis for name in (*kpi.dimensions, time_of(kpi, model))]
    columns += [model.tenant_column] if model.tenant_column else []
    found: dict[str, str] = {}
    for column in dict.fromkeys(columns):
        name = _plain_name(column)
        taken = {entity, *found.values()}
        own = f"own_{re.sub('_+', '_', column).strip('_')}"
        found[column] = next(n for n in (name, own, f"{entity}_{own}") if n and n not in taken)
    return found


def _dimension(model: ObjectModel, column: str, name: str) -> dict[str, Any]:
    written = utc_time(column, model)
    pg_type = column_types(model).get(column)
    entry: dict[str, Any] = {"name": name, "type": "categorical"}
    if column == "_loaded_at" or (pg_type and pg_type.family in ("date", "instant")):
        entry |= {"type": "time", "type_params": {"time_granularity": "day"}}
    return entry | ({"expr": written} if written != name else {})


def _measure(kpi: Kpi, side: str, sql: MeasureSql, time: str) -> dict[str, Any]:
    return {
        "name": f"{kpi.code.lower()}_{side}",
        "agg": _AGGREGATIONS.get(sql.aggregation, sql.aggregation),
        "expr": sql.value_per_row,
        "agg_time_dimension": time,
    }


def _metrics(kpi: Kpi, labels: Mapping[str, int]) -> list[dict[str, Any]]:
    """The KPI's metric, and before it those it is reckoned from, where it is more than one measure."""
    name, scale, label = kpi.code.lower(), kpi.formula.scale, kpi.label or kpi.name
    # dbt takes each label once.
    label = f"{label} ({kpi.code})" if labels[label] > 1 else label
    if kpi.formula.denominator is None and scale == 1:
        return [_metric(kpi, label, "simple", {"measure": f"{name}_numerator"})]
    parts = [f"{name}_{side}" for side, _ in _sides(kpi)]
    steps = [_step(kpi, side, {"measure": part}) for part, (side, _) in zip(parts, _sides(kpi), strict=True)]
    if scale == 1:
        ratio = {"numerator": parts[0], "denominator": parts[1]}
        return [*steps, _metric(kpi, label, "ratio", ratio)]
    text = f"{scale} * cast({parts[0]} as double precision)"
    text += f" / nullif(cast({parts[1]} as double precision), 0)" if len(parts) > 1 else ""
    derived = {"expr": text, "metrics": [{"name": part} for part in parts]}
    return [*steps, _metric(kpi, label, "derived", derived)]


def _metric(kpi: Kpi, label: str, kind: str, parameters: dict[str, Any]) -> dict[str, Any]:
    meta: dict[str, Any] = {"kpi_code": kpi.code, "unit": never_rendered(kpi.unit), "direction": kpi.direction}
    meta |= _owner(kpi)
    return {
        "name": kpi.code.lower(),
        "label": never_rendered(label),
        "description": never_rendered(kpi.description),
        "type": kind,
        "type_params": parameters,
        "time_granularity": kpi.grain,
        "config": {"meta": meta},
    }


def _step(kpi: Kpi, side: str, parameters: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": f"{kpi.code.lower()}_{side}",
        "label": f"{kpi.code} ({side})",
        "description": f"The {side} of {kpi.code}.",
        "type": "simple",
        "type_params": parameters,
        "time_granularity": kpi.grain,
        "config": {"meta": {"kpi_code": kpi.code, **_owner(kpi)}},
    }


def _owner(kpi: Kpi) -> dict[str, str]:
    return {"owner": never_rendered(kpi.owner)} if kpi.owner else {}
