"""DDL of the tables dbt and landing write into, as idempotent SQL text. Runs nothing.

`schema` is a plain schema name, or a Jinja expression such as `{{ schema }}` which dbt fills in.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import replace

from definitions_to_dbt.definition import Column, ObjectModel
from definitions_to_dbt.indexes import column_list, index_statement, write_model_indexes
from definitions_to_dbt.lake import lake_view_ddl
from definitions_to_dbt.names import rejected, source_table, versions
from definitions_to_dbt.pg_type import PgType
from definitions_to_dbt.platform_columns import LAYER_2, LAYER_3, LEDGERS, REJECTED, VERSIONS, Ledger, PlatformColumn
from definitions_to_dbt.sql import bare_or_quoted, quote_literal
from definitions_to_dbt.storage import Storage
from definitions_to_dbt.templating import template
from definitions_to_dbt.widening import STEPS, Step

_PLATFORM = tuple(
    f"platform{part}.sql" for part in ("", "_views", "_shape", "_storage", "_rename", "_quality", "_overdue")
)


def platform_ddl(schema: str) -> str:
    """Schema, functions and ledgers that every object needs. Safe to run at any time, by several at once."""
    context = {
        "schema": _schema(schema),
        "schema_text": _schema_text(schema),
        "ledgers": [_ledger(ledger, schema) for ledger in LEDGERS],
        "steps": [_lattice_step(step) for step in STEPS],
        "platform_columns": _added_later(schema),
    }
    return "".join(template(name).render(context) for name in _PLATFORM)


def client_ddl(client: str | None, schema: str) -> str:
    """Notes whose overrides dbt's project was made with: the archiver must use the same."""
    said = "null" if client is None else quote_literal(client)
    return (
        f"\ninsert into {_schema(schema)}.platform (client) values ({said})\n"
        "on conflict (only_one) do update set client = excluded.client\n"
        "where platform.client is distinct from excluded.client;\n"
    )


def _ledger(ledger: Ledger, schema: str) -> Ledger:
    """The ledger with the schema in it, in which its own types stand."""
    columns = [replace(c, definition=c.definition.replace("{schema}", _schema(schema))) for c in ledger.columns]
    return replace(ledger, columns=tuple(columns))


def _lattice_step(step: Step) -> dict[str, str]:
    """A step of the lattice in the catalogue's words, as SQL literals."""
    old, new = (re.sub(r"\(.*\)", "", PgType(base, "other").catalogue_name) for base in (step.old, step.new))
    number = "null" if step.number is None else str(step.number)
    return {"old": old, "new": new, "fit": step.fit, "number": number, "in_arrays": str(step.in_arrays).lower()}


def _added_later(schema: str) -> list[dict[str, str]]:
    """The platform's columns as they are added to a table that stands: what is NOT NULL needs a default then."""
    layers = {"layer2": LAYER_2, "versions": (*LAYER_2, *VERSIONS), "rejected": REJECTED, "source": LAYER_3}
    return [
        {
            "layer": layer,
            "name": column.name,
            "type": column.pg_type.catalogue_name,
            "definition": _raw_sha256(schema)
            if column.name == "raw_sha256"
            else f"{column.type} {column.ddl}"
            if "default" in column.ddl or "check" in column.ddl
            else column.type,
        }
        for layer, columns in layers.items()
        for column in columns
    ]


def _raw_sha256(schema: str) -> str:
    return f"text generated always as ({_schema(schema)}.record_sha256(raw_data, raw_bytes)) stored"


def layer3_ddl(model: ObjectModel, schema: str) -> str:
    """`source_<table>` and its lake view."""
    quoted, name = _schema(schema), bare_or_quoted(source_table(model))
    columns = [_platform_line(column) for column in LAYER_3]
    digest = next(n for n, column in enumerate(LAYER_3) if column.name == "raw_sha256")
    columns[digest] = f"raw_sha256 {_raw_sha256(schema)}"
    columns.append("check (raw_data is not null or raw_bytes is not null)")
    return "".join(
        [
            _rename(model, quoted),
            _create_table(f"{quoted}.{name}", columns),
            f"select {quoted}.add_source_columns({quote_literal(source_table(model))});\n",
            f"select {quoted}.lift_raw_seq({quote_literal(source_table(model))});\n",
            index_statement(model, "unclaimed", f"{quoted}.{name}", "raw_seq", "where batch_id is null"),
            index_statement(model, "claimed", f"{quoted}.{name}", "batch_id", "where not processed"),
            index_statement(model, "unarchived", f"{quoted}.{name}", "raw_seq", "where archived_in is null"),
            index_statement(model, "ingested", f"{quoted}.{name}", "ingested_at"),
            lake_view_ddl(model, "source", quoted),
        ]
    )


def _rename(model: ObjectModel, schema: str) -> str:
    """All tables of an object that was called otherwise, before the first of them would be made anew."""
    if model.renamed_from is None:
        return ""
    return f"select {schema}.rename_object({quote_literal(model.table_name)}, {quote_literal(model.renamed_from)});\n"


def layer2_ddl(model: ObjectModel, schema: str, shape_text: str = "") -> str:
    """Rejects, versions (entities) and the write model with its indexes and lake view.

    What stands already is brought to its shape first. `shape_text` is a Jinja expression that gives the shape.
    """
    quoted = _schema(schema)
    stated = shape_text or shape(model)
    parts = [
        f"select {quoted}.ensure_shape({quote_literal(model.table_name)}, $shape${stated}$shape$);\n",
        _create_table(f"{quoted}.{bare_or_quoted(rejected(model))}", [_platform_line(c) for c in REJECTED]),
    ]
    if model.has_versions:
        parts.append(_versions_ddl(model, quoted))
    parts.append(_write_model_ddl(model, quoted))
    parts.append(lake_view_ddl(model, "analytics", quoted))
    return "\n".join(parts)


def _write_model_ddl(model: ObjectModel, schema: str) -> str:
    table = f"{schema}.{bare_or_quoted(model.table_name)}"
    required = model.physical_key
    if model.is_cut_by_time and model.every_row_has_a_time and model.time_column not in required:
        required = (*required, str(model.time_column))
    columns = _declared_lines(model, required) + [_platform_line(column) for column in LAYER_2]
    if model.physical_key:
        columns.append(f"primary key ({column_list(model.physical_key)})")
    parts = [_cut_by_time(model, schema, columns) if model.is_cut_by_time else _create_table(table, columns)]
    if not model.physical_key:
        # A multiset has no key of its own; a raw record still becomes one row only.
        unique = ("_raw_seq", str(model.time_column)) if model.is_cut_by_time else ("_raw_seq",)
        parts.append(index_statement(model, "raw_seq", table, column_list(unique), unique=True))
    parts += [index_statement(model, index.suffix, table, index.body) for index in write_model_indexes(model)]
    return "".join(parts)


def _cut_by_time(model: ObjectModel, schema: str, lines: Sequence[str]) -> str:
    """The table of an event, and the partitions of the time to come. What the database can do decides how."""
    storage = model.storage or Storage()
    name, time, span = (quote_literal(word) for word in (model.table_name, str(model.time_column), storage.interval))
    body = ",\n    ".join(lines)
    return (
        f"select {schema}.make_event_table(\n    {name}, '{storage.layout}', {time}, {span},"
        f" {str(model.every_row_has_a_time).lower()}, $table$\n    {body}\n$table$);\n"
        f"select {schema}.make_partitions({name}, {span}, {storage.ahead});\n"
    )


def _versions_ddl(model: ObjectModel, schema: str) -> str:
    table = f"{schema}.{bare_or_quoted(versions(model))}"
    added = (*LAYER_2, *VERSIONS)
    columns = _declared_lines(model, ()) + [_platform_line(column) for column in added]
    columns.append("primary key (_raw_seq)")
    return "".join(
        [
            _create_table(table, columns),
            index_statement(model, "versions_key", table, f"{column_list(model.primary_key)}, valid_from"),
        ]
    )


def _declared_lines(model: ObjectModel, key: Sequence[str]) -> list[str]:
    """Only keys are NOT NULL in the table: a deleted object may keep nothing but its key."""
    return [
        f"{bare_or_quoted(column.name)} {column.pg_type.sql}" + (" not null" if column.name in key else "")
        for column in model.columns
    ]


def _platform_line(column: PlatformColumn) -> str:
    return f"{bare_or_quoted(column.name)} {column.type} {column.ddl}".rstrip()


def shape(model: ObjectModel) -> str:
    """What tables that stand are compared with, as JSON that a person can read."""
    columns = ",\n        ".join(json.dumps(_shape_of(column)) for column in model.columns)
    promises = {
        **({"renamed_from": model.renamed_from} if model.renamed_from else {}),
        "kind": model.kind,
        "time_column": model.time_column,
        "key": sorted(model.primary_key),
        "physical_key": model.physical_key,
        # Nobody is reminded of what the definition does not say.
        "layout": None if model.storage is None else model.storage.layout,
    }
    lines = [f'"{name}": {json.dumps(value)}' for name, value in promises.items()]
    return "{\n    " + ",\n    ".join([*lines, f'"columns": [\n        {columns}\n    ]']) + "\n}"


def _shape_of(column: Column) -> dict[str, str]:
    found = {"name": column.name, "type": column.pg_type.catalogue_name}
    if "time_zone" in column.model_fields_set:
        found["zone"] = column.time_zone
    return found if column.renamed_from is None else {**found, "renamed_from": column.renamed_from}


def _create_table(table: str, lines: Sequence[str]) -> str:
    body = ",\n    ".join(lines)
    return f"create table if not exists {table} (\n    {body}\n);\n"


def _schema(schema: str) -> str:
    return schema if "{{" in schema else bare_or_quoted(schema)


def _schema_text(schema: str) -> str:
    return f"'{schema}'" if "{{" in schema else quote_literal(schema)
