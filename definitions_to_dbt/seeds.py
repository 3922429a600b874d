"""Layer 1 as seeds: one CSV for each kind of metadata, so that SQL, tests and docs can see the definitions."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from typing import Any

from definitions_to_dbt.benchmark_tests import threshold_of
from definitions_to_dbt.dbt_text import as_yaml, never_rendered
from definitions_to_dbt.library import Library
from definitions_to_dbt.quality_rules import rule_rows
from definitions_to_dbt.seed_tables import CODES_OF, KEY_LENGTHS, NAMES, SEEDS

NOTICE = "Generated from the definitions: edit those, not this file."


def seed_files(library: Library) -> dict[str, str]:
    """The CSV files and the YAML that describes them."""
    rows = _rows(library)
    files = {f"seeds/layer1/{name}.csv": _csv(name, rows[name]) for name in SEEDS}
    files["seeds/layer1/_layer1__seeds.yml"] = as_yaml({"seeds": [_seed(library, name) for name in SEEDS]}, NOTICE)
    return files


def _rows(library: Library) -> dict[str, list[Sequence[Any]]]:
    return {
        "layer1_modules": [(m.code, m.name, m.description, m.owner) for m in library.modules],
        "layer1_object_models": [_object_row(model) for model in library.objects],
        "layer1_attributes": [
            (a.code, a.name, a.pg_type.sql, a.unit, a.pii, a.description) for a in library.attributes
        ],
        "layer1_columns": [row for model in library.objects for row in _column_rows(model)],
        "layer1_kpis": [_kpi_row(kpi) for kpi in library.kpis],
        "layer1_benchmarks": [_benchmark_row(benchmark, library) for benchmark in library.benchmarks],
        "layer1_industries": [(i.code, i.name, i.parent, i.description) for i in library.industries],
        "layer1_value_chains": [(chain.code, chain.name, chain.description) for chain in library.value_chains],
        "layer1_value_chain_stages": [
            (chain.code, stage.code, place, stage.name, stage.description)
            for chain in library.value_chains
            for place, stage in enumerate(chain.stages, 1)
        ],
        "layer1_clients": [_client_row(client) for client in library.clients],
        "layer1_associations": _associations(library),
        "data_quality_rules": rule_rows(library.objects),
    }


def _object_row(model: Any) -> Sequence[Any]:
    analytics = model.archive.analytics
    retention = analytics.retention.text if model.ages and analytics else None
    row = (model.code, model.module, model.table_name, model.name, model.kind, model.time_column, model.owner)
    return (*row, model.version, retention, model.description, model.definition_hash)


def _client_row(client: Any) -> Sequence[Any]:
    overrides = {code: said.model_dump(mode="json", exclude_unset=True) for code, said in client.overrides.items()}
    written = json.dumps(overrides, sort_keys=True) if overrides else None
    return (client.code, client.name, client.tenant_id, client.industry, written, client.description)


def _column_rows(model: Any) -> list[Sequence[Any]]:
    return [
        (model.code, column.name, column.attribute, place, column.pg_type.sql,
         _word(column.name in model.primary_key), _word(column.nullable), column.unit, column.pii,
         column.path.written, column.description)
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


def _benchmark_row(benchmark: Any, library: Library) -> Sequence[Any]:
    places = [benchmark.percentiles.get(name) for name in ("p10", "p25", "p50", "p75", "p90")]
    period = (benchmark.period.start.isoformat(), benchmark.period.end.isoformat())
    row = (benchmark.code, benchmark.kpi, benchmark.industry, *period, *places)
    kpi = next((kpi for kpi in library.kpis if kpi.code == benchmark.kpi), None)
    threshold = threshold_of(benchmark, kpi) if kpi else ""
    severity = benchmark.threshold.severity if benchmark.threshold else "warning"
    return (*row, benchmark.source, benchmark.description, threshold, severity if threshold else "")


def _associations(library: Library) -> list[Sequence[Any]]:
    """Those that are stated, and those that other definitions imply, under codes with dots."""
    rows: list[Sequence[Any]] = []
    for model in library.objects:
        for link in model.table_schema.relationships:
            ends = ("object_model", model.code, None, link.type, "object_model", link.target_entity, None)
            rows.append((f"object_model.{model.code}.{link.name}", *ends, link.description))
    for chain in library.value_chains:
        rows += [_implied("value_chain", chain.code, "is_described_by", code) for code in chain.modules]
    for client in library.clients:
        rows += [_implied("client", client.code, "uses", code) for code in client.modules]
    for stated in library.associations:
        one, other = ((end.kind, end.code, end.stage or end.row) for end in (stated.from_, stated.to))
        rows.append((stated.code, *one, stated.type, *other, stated.description))
    return sorted(rows, key=lambda row: row[0])


def _implied(kind: str, code: str, how: str, module: str) -> Sequence[Any]:
    return (f"{kind}.{code}.{how}.{module}", kind, code, None, how, "module", module, None, None)


def _csv(name: str, rows: list[Sequence[Any]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([column for column, _, _ in SEEDS[name][1]])
    writer.writerows(rows)
    return text.getvalue()


def _word(value: bool) -> str:
    return "true" if value else "false"


def _seed(library: Library, name: str) -> dict[str, Any]:
    description, columns = SEEDS[name]
    key = [column for column, _, _ in columns[: KEY_LENGTHS.get(name, 1)]]
    tests: list[dict[str, Any]] = [{"unique_and_present": {"arguments": {"columns": key}}}]
    if codes := _codes(name):
        tests.append({"codes_exist": {"name": f"{name}_name_what_exists", "arguments": {"codes": codes}}})
    if name == "layer1_associations" and (rows := _rows_named(library)):
        # Layer 1 may know of a process that no source has sent yet.
        named = {"name": f"{name}_name_rows_that_exist", "arguments": {"codes": rows}, "config": {"severity": "warn"}}
        tests.append({"codes_exist": named})
    return {
        "name": name,
        "description": never_rendered(description),
        "config": {
            "column_types": {column: data_type for column, data_type, _ in columns},
            "meta": {"engine": "postgres", "owner": "Data platform"},
        },
        "data_tests": tests,
        "columns": [{"name": column, "description": meaning} for column, _, meaning in columns],
    }


def _codes(name: str) -> list[dict[str, Any]]:
    """Which columns of the seed hold codes, and where those are."""
    if name != "layer1_associations":
        named = [(column, CODES_OF[kind]) for column, kind in NAMES.get(name, ())]
        return [{"column": column, "to": to, "field": field} for column, (to, field) in named]
    return [
        {"column": f"{side}_code", "to": to, "field": field, "where": {f"{side}_kind": kind}}
        for side in ("from", "to")
        for kind, (to, field) in CODES_OF.items()
    ]


def _rows_named(library: Library) -> list[dict[str, Any]]:
    """The objects of which associations name single rows."""
    named = {
        (side, end.code)
        for stated in library.associations
        for side, end in (("from", stated.from_), ("to", stated.to))
        if end.row is not None
    }
    found = []
    for side, code in sorted(named):
        model = library.object(code)
        where = {f"{side}_kind": "object_model", f"{side}_code": code}
        found.append({"column": f"{side}_part", "to": model.table_name, "field": model.primary_key[0], "where": where})
    return found
