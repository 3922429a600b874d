"""The YAML beside the models: descriptions, contracts, tests, and what the macros need to know. As plain objects."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from definitions_to_dbt import names
from definitions_to_dbt.audit import changes_columns
from definitions_to_dbt.dbt_text import as_yaml, never_rendered
from definitions_to_dbt.definition import Column, ObjectModel
from definitions_to_dbt.joined_names import Tables
from definitions_to_dbt.lake import lake_columns
from definitions_to_dbt.model_tests import history_tests, staging_tests, versions_tests, write_model_tests
from definitions_to_dbt.platform_columns import LAYER_2, LAYER_3, REJECTED, VERSIONS, PlatformColumn
from definitions_to_dbt.quality_meta import profile_meta
from definitions_to_dbt.read_model import PLATFORM_COLUMNS, ReadColumn, joined_description, read_columns
from definitions_to_dbt.source_freshness import freshness
from definitions_to_dbt.sql import bare_or_quoted
from definitions_to_dbt.storage import Storage
from definitions_to_dbt.unit_tests import unit_tests
from definitions_to_dbt.yaml_text import Shared

NOTICE = "Generated from the definitions: edit those, not this file."
# Spark knows schemas and no databases.
PGDATABASE = "{{ '' if target.type == 'spark' else env_var('PGDATABASE', 'postgres') }}"
SCHEMA = "{{ target.schema }}"


def sources_yaml(models: Sequence[ObjectModel], owner: str | None) -> str:
    """The raw tables of a module, each with the freshness its definition states."""
    tables: list[dict[str, Any]] = []
    for model in models:
        table: dict[str, Any] = {
            "name": names.source_table(model),
            "description": _text(f"Every record of {model.name} exactly as received. One row per record."),
        }
        table["config"] = {"meta": {"engine": "postgres"}}
        if spans := freshness(model):
            table["config"] |= {"loaded_at_field": "ingested_at", "freshness": spans}
        table["columns"] = [_platform(column) for column in LAYER_3]
        tables += _owned(model, owner, table)
    source = {
        "name": models[0].module.lower(),
        "description": _text(f"Layer 3 of {models[0].module}: raw records, kept for days, archived as they land."),
        "database": PGDATABASE,
        "schema": SCHEMA,
        # Without it no default selection holds a source, and `dbt source freshness` passes over all of them.
        "config": {"meta": {"engine": "postgres"}},
        "tables": tables,
    }
    return as_yaml({"sources": [source]}, NOTICE)


def staging_yaml(models: Sequence[ObjectModel], owner: str | None) -> str:
    """The typed views. They show records only while a batch is open."""
    content: dict[str, Any] = {"models": [one for model in models for one in _owned(model, owner, _staging(model))]}
    if examples := [test for model in models for test in unit_tests(model)]:
        content["unit_tests"] = examples
    return as_yaml(content, NOTICE)


def _staging(model: ObjectModel) -> dict[str, Any]:
    own = {"_raw_seq", "_source_order", "_deleted", "_batch_id", "_quality_issues", "_quality_score"}
    added = [_platform(column) for column in LAYER_2 if column.name in own]
    added += [
        _column("_raw_id", "The sender's own id of the record. Null where it cannot be read."),
        _column("_ingested_at", "When the record landed."),
        _column("_valid_from", "The source's own time of the record, else the time of arrival."),
        _column("_errors", "Why the record will be rejected, as column: reason. Empty where it will not."),
    ]
    if model.has_versions:
        added += [_platform(column) for column in VERSIONS if column.name == "_correlation_id"]
    if model.tells_changes:
        said = "True where the change names no order: it comes after all of its object that arrived before it."
        added.append(_column("_has_no_order", said))
    return {
        "name": names.staging(model),
        "description": _text(
            f"One row per claimed raw record of {model.name}, typed. A field that does not fit is null and named in "
            "_errors. Empty unless a batch is open."
        ),
        "config": {"meta": {"engine": "postgres"}},
        "data_tests": staging_tests(),
        "columns": [_declared(column) for column in model.columns] + added,
    }


def layer2_yaml(
    models: Sequence[ObjectModel],
    ageing: Collection[str],
    tables: Tables,
    readers: Collection[str],
    benchmarks: Mapping[str, list[dict[str, Any]]],
    owner: str | None,
) -> str:
    """Rejects, versions, write and read models of a module. `readers` may read all of the module.

    `benchmarks` are the tests of an object's KPIs by its code: they stand where the KPIs read.
    """
    entries: list[dict[str, Any]] = []
    for model in models:
        versions = [_versions(model), _changes(model)] if model.has_versions else []
        tests = [] if model.ages else benchmarks.get(model.code, [])
        read = _read_model(model, tables, {*readers, *model.readers}, tests)
        entries += _owned(model, owner, _rejected(model), *versions, _write_model(model, ageing), read)
    return as_yaml({"models": entries}, NOTICE)


def _owned(model: ObjectModel, owner: str | None, *entries: dict[str, Any]) -> tuple[dict[str, Any], ...]:
    """These with who answers for them: whom the object names, else its module."""
    if named := model.owner or owner:
        for entry in entries:
            entry["config"]["meta"]["owner"] = _text(named)
    return entries


def _meta(model: ObjectModel) -> dict[str, Any]:
    return {"engine": "postgres", "object_table": model.table_name}


def _contracted(meta: dict[str, Any]) -> dict[str, Any]:
    return {"contract": {"enforced": True}, "meta": meta}


def _incremental(meta: dict[str, Any]) -> dict[str, Any]:
    """Here and not in the SQL, because dbt checks the contract before it has read that."""
    return {"contract": {"enforced": True}, "on_schema_change": "append_new_columns", "meta": meta}


def _rejected(model: ObjectModel) -> dict[str, Any]:
    return {
        "name": names.rejected(model),
        "description": _text(f"One row per raw record of {model.name} that was rejected, with every reason."),
        "config": _incremental(_meta(model)),
        "data_tests": [{"has_a_reason": {}}],
        "columns": [_platform(column, with_type=True) for column in REJECTED],
    }


def _versions(model: ObjectModel) -> dict[str, Any]:
    added = [_platform(column, with_type=True) for column in (*LAYER_2, *VERSIONS)]
    return {
        "name": names.versions(model),
        "description": _text(f"One row per version a {model.name} had, by the source's own order (SCD2)."),
        "config": _incremental(_meta(model)),
        "data_tests": versions_tests(model),
        "columns": [_declared(column, with_type=True) for column in model.columns] + added,
    }


def _changes(model: ObjectModel) -> dict[str, Any]:
    """For readers: personal data stands there as in the read model."""
    return {
        "name": names.changes(model),
        "description": _text(
            f"One row per change a {model.name} went through: what was done, when and by whom, and from what to what. "
            "A record that says nothing new is no change."
        ),
        "config": _contracted(_meta(model)),
        "columns": [_column(name, description, data_type) for name, data_type, description in changes_columns(model)],
    }


def _write_model(model: ObjectModel, ageing: Collection[str]) -> dict[str, Any]:
    meta = _meta(model) | {
        "object_code": model.code,
        "business_key": list(model.primary_key),
        "source_order": model.source.order,
        "kind": model.kind,
        **({"source_format": model.source.format} if model.tells_changes else {}),
        **({"ages": True} if model.ages else {}),
        "definition_hash": model.definition_hash,
    }
    meta |= profile_meta(model)
    if model.is_cut_by_time:
        meta["cut_by"] = (model.storage or Storage()).interval
    config = _incremental(meta)
    if model.tags:
        config["tags"] = list(model.tags)
    return {
        "name": model.table_name,
        "description": _text(_paragraphs(model.description, _ageing(model))),
        "config": config,
        "data_tests": write_model_tests(model, ageing),
        "columns": [_declared(column, with_type=True) for column in model.columns]
        + [_platform(column, with_type=True) for column in LAYER_2],
    }


def _ageing(model: ObjectModel) -> str:
    """How long rows stay, in words for the docs site."""
    if model.ages and model.archive.analytics and model.archive.analytics.retention:
        kept = model.archive.analytics.retention.text
        return f"Rows older than {kept} by {model.time_column} are archived; history_{model.table_name} shows all."
    return "Rows stay: nothing of this table ages."


def _read_model(
    model: ObjectModel, tables: Tables, readers: Collection[str], tests: Sequence[dict[str, Any]]
) -> dict[str, Any]:
    columns = [_shown(shown) for shown in read_columns(model, tables)]
    return {
        "name": names.read_model(model),
        "description": _text(_paragraphs(model.description, "For readers: no deleted rows.")),
        # Here and on no model that ours read: dbt warns of every reader.
        **({"deprecation_date": model.deprecation_date.isoformat()} if model.deprecation_date else {}),
        "config": _contracted(_meta(model)) | ({"grants": {"select": sorted(readers)}} if readers else {}),
        **({"data_tests": tests} if tests else {}),
        "columns": columns + [_platform(column, with_type=True) for column in PLATFORM_COLUMNS],
    }


def _shown(shown: ReadColumn) -> dict[str, Any]:
    """A column as readers see it, under the type it has then."""
    if shown.joined:
        entry = _column(shown.name, joined_description(shown), shown.data_type)
    elif shown.column.pii == "none":
        return _declared(shown.column, with_type=True)
    else:
        entry = _declared(shown.column) | {"data_type": shown.data_type}
    return entry if shown.column.pii == "none" else entry | {"config": {"meta": {"pii": shown.column.pii}}}


def archive_yaml(
    models: Iterable[ObjectModel],
    ageing: Collection[str],
    benchmarks: Mapping[str, list[dict[str, Any]]],
    owner: str | None,
) -> str:
    """Archive and history of the objects that age."""
    entries: list[dict[str, Any]] = []
    for model in models:
        if model.ages:
            history = _history(model, ageing, benchmarks.get(model.code, []))
            entries += _owned(model, owner, _archive(model), history)
    return as_yaml({"models": entries}, NOTICE)


def _archive(model: ObjectModel) -> dict[str, Any]:
    return {
        "name": names.archive(model),
        "description": _text(
            f"One row per row of {model.name} that was ever archived, corrections and marks of deletion included. "
            "Raises an error once the archive has moved on since the view was built."
        ),
        "config": {"meta": {"engine": "duckdb", "object_table": model.table_name}},
        "data_tests": [{"unique_together": {"arguments": {"columns": ["_raw_seq", "_deleted"]}}}],
        "columns": _lake_columns(model),
    }


def _history(model: ObjectModel, ageing: Collection[str], benchmarks: Sequence[dict[str, Any]]) -> dict[str, Any]:
    return {
        "name": names.history(model),
        "description": _text(_paragraphs(model.description, "Current truth over hot and archived rows, each once.")),
        # By it dbt cuts history into batches, for models that are built micro-batch by micro-batch.
        "config": {
            "event_time": bare_or_quoted(str(model.time_column)),
            "meta": {"engine": "duckdb", "object_table": model.table_name},
        },
        "data_tests": [*history_tests(model, ageing), *benchmarks],
        "columns": _lake_columns(model),
    }


def _lake_columns(model: ObjectModel) -> list[dict[str, Any]]:
    described = {column.name: column.description for column in model.columns}
    described |= {column.name: column.description for column in LAYER_2}
    return [_column(column.name, described[column.name]) for column in lake_columns(model, "analytics")]


def _declared(column: Column, with_type: bool = False) -> dict[str, Any]:
    text = column.description or f"{column.name.replace('_', ' ').capitalize()}."
    if column.unit:
        text += f" Unit: {column.unit}."
    if column.pii_allowed_in_clear:
        text += f" Personal data that may be read: {column.pii_allowed_in_clear}"
    return _column(column.name, text, column.pg_type.sql if with_type else None)


def _platform(column: PlatformColumn, with_type: bool = False) -> dict[str, Any]:
    return _column(column.name, column.description, column.type if with_type else None)


@cache
def _column(name: str, description: str, data_type: str | None = None) -> dict[str, Any]:
    """One column as many models show it: the same words each time."""
    entry = {"name": name, "description": _text(description)}
    return Shared(entry if data_type is None else {**entry, "data_type": data_type})


def _text(text: str) -> str:
    return never_rendered(text)


def _paragraphs(description: str, added: str) -> str:
    """The description as it was written, and what the platform adds to it."""
    return f"{description}\n\n{added}" if description else added
