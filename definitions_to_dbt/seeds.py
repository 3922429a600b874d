"""Layer 1 as seeds: one CSV for each kind of metadata, so that SQL, tests and docs can see the definitions."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Any

from definitions_to_dbt.dbt_text import as_yaml, never_rendered
from definitions_to_dbt.library import Library

NOTICE = "Generated from the definitions: edit those, not this file."

# seed -> what one row is, then name, type and meaning of each column
_SEEDS: dict[str, tuple[str, tuple[tuple[str, str, str], ...]]] = {
    "layer1_modules": ("One row per module: a group of objects one team answers for.", (
        ("module_code", "text", "Code of the module."), ("module_name", "text", "Name for people."),
        ("description", "text", "What the module is for."), ("owner", "text", "Who answers for it."),
    )),
    "layer1_object_models": ("One row per business object.", (
        ("object_code", "text", "Code of the object."), ("module_code", "text", "Module it belongs to."),
        ("table_name", "text", "Its write model in Layer 2."), ("object_name", "text", "Name for people."),
        ("kind", "text", "event, entity or reference."),
        ("time_column", "text", "Column by which rows age; empty if none do."),
        ("owner", "text", "Who answers for it."), ("version", "integer", "Version of the definition."),
        ("retention", "text", "How long rows stay in Layer 2; empty for ever."),
        ("description", "text", "What one row is."),
        ("definition_hash", "text", "SHA-256 of the definition."),
    )),
    "layer1_attributes": ("One row per column of a business object.", (
        ("object_code", "text", "Object the column belongs to."), ("attribute_name", "text", "Name of the column."),
        ("position", "integer", "Place in the table, from 1."), ("data_type", "text", "PostgreSQL type."),
        ("is_key", "boolean", "True where the column is part of the business key."),
        ("is_nullable", "boolean", "False where a record without it is rejected."),
        ("unit", "text", "Unit of measure."),
        ("pii", "text", "What happens to personal data: none, tokenize, mask or drop."),
        ("source_path", "text", "Where the value stands in the payload."), ("description", "text", "What it means."),
    )),
    "layer1_kpis": ("One row per KPI.", (
        ("kpi_code", "text", "Code of the KPI."), ("module_code", "text", "Module it belongs to."),
        ("kpi_name", "text", "Name for people."), ("object_code", "text", "Object it is reckoned from."),
        ("numerator", "text", "What is counted, as SQL over the object's columns."),
        ("denominator", "text", "What it is divided by; empty if nothing."), ("unit", "text", "Unit of the figure."),
        ("direction", "text", "higher_is_better, lower_is_better or target."), ("grain", "text", "Span of one figure."),
        ("description", "text", "What it tells."),
    )),
    "layer1_benchmarks": ("One row per benchmark: what others reach in one industry and period.", (
        ("benchmark_code", "text", "Code of the benchmark."), ("kpi_code", "text", "KPI it speaks of."),
        ("industry_code", "text", "Industry it was taken in."), ("period_start", "date", "First day it speaks of."),
        ("period_end", "date", "Last day it speaks of."), ("p10", "numeric", "One in ten is below."),
        ("p25", "numeric", "One in four is below."), ("p50", "numeric", "The median."),
        ("p75", "numeric", "Three in four are below."), ("p90", "numeric", "Nine in ten are below."),
        ("source", "text", "Where the figures come from."), ("description", "text", "What it tells."),
    )),
    "layer1_industries": ("One row per industry.", (
        ("industry_code", "text", "Code of the industry."), ("industry_name", "text", "Name for people."),
        ("parent_code", "text", "The wider industry; empty at the top."),
        ("description", "text", "What belongs to it."),
    )),
    "layer1_value_chains": ("One row per stage of a value chain.", (
        ("value_chain_code", "text", "Code of the value chain."), ("value_chain_name", "text", "Name for people."),
        ("stage_position", "integer", "Place of the stage, from 1."), ("stage_code", "text", "Code of the stage."),
        ("stage_name", "text", "Name of the stage."), ("description", "text", "What happens in the stage."),
    )),
    "layer1_clients": ("One row per client: a tenant and what it uses.", (
        ("client_code", "text", "Code of the client."), ("client_name", "text", "Name for people."),
        ("tenant_id", "text", "Tenant whose rows are the client's."), ("industry_code", "text", "Its industry."),
        ("description", "text", "Who it is."),
    )),
    "layer1_associations": ("One row per link between two pieces of metadata.", (
        ("from_kind", "text", "Kind of the first."), ("from_code", "text", "Code of the first."),
        ("association", "text", "How the first stands to the second."), ("to_kind", "text", "Kind of the second."),
        ("to_code", "text", "Code of the second."),
    )),
}  # fmt: skip


def seed_files(library: Library) -> dict[str, str]:
    """The nine CSV files and the YAML that describes them."""
    rows = _rows(library)
    files = {f"seeds/layer1/{name}.csv": _csv(name, rows[name]) for name in _SEEDS}
    files["seeds/layer1/_layer1__seeds.yml"] = as_yaml({"seeds": [_seed(name) for name in _SEEDS]}, NOTICE)
    return files


def _rows(library: Library) -> dict[str, list[Sequence[Any]]]:
    return {
        "layer1_modules": [(m.code, m.name, m.description, m.owner) for m in library.modules],
        "layer1_object_models": [_object_row(model) for model in library.objects],
        "layer1_attributes": [row for model in library.objects for row in _attribute_rows(model)],
        "layer1_kpis": [_kpi_row(kpi) for kpi in library.kpis],
        "layer1_benchmarks": [_benchmark_row(benchmark) for benchmark in library.benchmarks],
        "layer1_industries": [(i.code, i.name, i.parent, i.description) for i in library.industries],
        "layer1_value_chains": [
            (chain.code, chain.name, place, stage.code, stage.name, stage.description)
            for chain in library.value_chains
            for place, stage in enumerate(chain.stages, 1)
        ],
        "layer1_clients": [(c.code, c.name, c.tenant_id, c.industry, c.description) for c in library.clients],
        "layer1_associations": _associations(library),
    }


def _object_row(model: Any) -> Sequence[Any]:
    analytics = model.archive.analytics
    retention = analytics.retention.text if model.ages and analytics else None
    row = (model.code, model.module, model.table_name, model.name, model.kind, model.time_column, model.owner)
    return (*row, model.version, retention, model.description, model.definition_hash)


def _attribute_rows(model: Any) -> list[Sequence[Any]]:
    return [
        (model.code, column.name, place, column.pg_type.sql, column.name in model.primary_key, column.nullable,
         column.unit, column.pii, column.path.written, column.description)
        for place, column in enumerate(model.columns, 1)
    ]  # fmt: skip


def _kpi_row(kpi: Any) -> Sequence[Any]:
    numerator, denominator = _measure(kpi.formula.numerator), _measure(kpi.formula.denominator)
    row = (kpi.code, kpi.module, kpi.name, kpi.formula.object, numerator, denominator)
    return (*row, kpi.unit, kpi.direction, kpi.grain, kpi.description)


def _measure(measure: Any) -> str | None:
    if measure is None:
        return None
    how = measure.aggregation
    what = f"count(distinct {measure.expression})" if how == "count_distinct" else f"{how}({measure.expression or '*'})"
    return f"{what} filter (where {measure.filter})" if measure.filter else what


def _benchmark_row(benchmark: Any) -> Sequence[Any]:
    places = [benchmark.percentiles.get(name) for name in ("p10", "p25", "p50", "p75", "p90")]
    period = (benchmark.period.start.isoformat(), benchmark.period.end.isoformat())
    row = (benchmark.code, benchmark.kpi, benchmark.industry, *period, *places)
    return (*row, benchmark.source, benchmark.description)


def _associations(library: Library) -> list[Sequence[Any]]:
    rows: list[tuple[str, ...]] = []
    for model in library.objects:
        for link in model.table_schema.relationships:
            rows.append(("object_model", model.code, link.type, "object_model", link.target_entity))
    for chain in library.value_chains:
        rows += [("value_chain", chain.code, "is_described_by", "module", code) for code in chain.modules]
    for client in library.clients:
        rows += [("client", client.code, "uses", "module", code) for code in client.modules]
    # Two foreign keys to one object are one association.
    return list[Sequence[Any]](sorted(set(rows)))


def _csv(name: str, rows: list[Sequence[Any]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([column for column, _, _ in _SEEDS[name][1]])
    writer.writerows([[_cell(value) for value in row] for row in rows])
    return text.getvalue()


def _cell(value: Any) -> Any:
    return str(value).lower() if isinstance(value, bool) else value


def _seed(name: str) -> dict[str, Any]:
    description, columns = _SEEDS[name]
    key = [column for column, _, _ in columns[: _KEY_LENGTHS.get(name, 1)]]
    return {
        "name": name,
        "description": never_rendered(description),
        "config": {
            "column_types": {column: data_type for column, data_type, _ in columns},
            "meta": {"engine": "postgres"},
        },
        "data_tests": [{"unique_and_present": {"arguments": {"columns": key}}}],
        "columns": [{"name": column, "description": meaning} for column, _, meaning in columns],
    }


_KEY_LENGTHS = {"layer1_attributes": 2, "layer1_value_chains": 3, "layer1_associations": 5}
