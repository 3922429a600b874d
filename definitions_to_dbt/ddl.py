"""DDL of the tables dbt and landing write into, as idempotent SQL text. Runs nothing.

`schema` is a plain schema name, or a Jinja expression such as `{{ schema }}` which dbt fills in.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import replace

from definitions_to_dbt.definition import Column, ObjectModel
from definitions_to_dbt.lake import lake_view_ddl
from definitions_to_dbt.names import rejected, source_table, versions
from definitions_to_dbt.pg_type import PgType
from definitions_to_dbt.platform_columns import LAYER_2, LAYER_3, LEDGERS, REJECTED, VERSIONS, Ledger, PlatformColumn
from definitions_to_dbt.sql import bare_or_quoted, quote_literal
from definitions_to_dbt.templating import template
from definitions_to_dbt.widening import STEPS, Step

_PLATFORM = ("platform.sql", "platform_views.sql", "platform_shape.sql")
_LAYER_3_INDEXES = ("unclaimed", "claimed", "unarchived", "ingested")


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


def catalogue_ddl() -> str:
    """The archive's catalogue, so that history can be built before anything was archived."""
    return template("archive_catalog.sql").render()


def layer3_ddl(model: ObjectModel, schema: str) -> str:
    """`source_<table>` and its lake view."""
    quoted, name = _schema(schema), bare_or_quoted(source_table(model))
    columns = [_platform_line(column) for column in LAYER_3]
    digest = next(n for n, column in enumerate(LAYER_3) if column.name == "raw_sha256")
    columns[digest] = f"raw_sha256 {_raw_sha256(schema)}"
    columns.append("check (raw_data is not null or raw_bytes is not null)")
    return "".join(
        [
            _create_table(f"{quoted}.{name}", columns),
            f"select {quoted}.add_source_columns({quote_literal(source_table(model))});\n",
            _index(model, "unclaimed", f"{quoted}.{name}", "raw_seq", "where batch_id is null"),
            _index(model, "claimed", f"{quoted}.{name}", "batch_id", "where not processed"),
            _index(model, "unarchived", f"{quoted}.{name}", "raw_seq", "where archived_in is null"),
            _index(model, "ingested", f"{quoted}.{name}", "ingested_at"),
            lake_view_ddl(model, "source", quoted),
        ]
    )


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
    columns = _declared_lines(model, model.physical_key) + [_platform_line(column) for column in LAYER_2]
    if model.physical_key:
        columns.append(f"primary key ({_list(model.physical_key)})")
    parts = [_create_table(table, columns)]
    if not model.physical_key:
        # A multiset has no key of its own; a raw record still becomes one row only.
        parts.append(_index(model, "raw_seq", table, "_raw_seq", unique=True))
    parts += [_index(model, suffix, table, names) for suffix, names in _index_columns(model)]
    return "".join(parts)


def _index_columns(model: ObjectModel) -> list[tuple[str, str]]:
    """Suffix and columns of each index. None is unique: a broken promise is a failing test, not a failing batch."""
    found = [(index.name, _list(index.columns)) for index in model.table_schema.indexes]
    found += [(column.name, bare_or_quoted(column.name)) for column in model.columns if column.index]
    if model.time_column and model.physical_key[:1] != (model.time_column,):
        found.append((model.time_column, bare_or_quoted(model.time_column)))
    return list(dict(found).items())


def index_names(model: ObjectModel) -> list[tuple[str, str]]:
    """Every index of the object and where the definition asks for it. Indexes share their names with tables."""
    at = "/table_schema/table_name"
    found = [(_plain_index_name(model, suffix), at) for suffix in _LAYER_3_INDEXES]
    found += [(_plain_index_name(model, "versions_key"), at)] if model.has_versions else []
    found += [] if model.physical_key else [(_plain_index_name(model, "raw_seq"), at)]
    pointers = {index.name: f"/table_schema/indexes/{n}/name" for n, index in enumerate(model.table_schema.indexes)}
    columns = {column.name: f"/table_schema/columns/{n}/name" for n, column in enumerate(model.columns)}
    for suffix, _ in _index_columns(model):
        found.append((_plain_index_name(model, suffix), pointers.get(suffix) or columns[suffix]))
    return found


def _versions_ddl(model: ObjectModel, schema: str) -> str:
    table = f"{schema}.{bare_or_quoted(versions(model))}"
    added = (*LAYER_2, *VERSIONS)
    columns = _declared_lines(model, ()) + [_platform_line(column) for column in added]
    columns.append("primary key (_raw_seq)")
    return "".join(
        [
            _create_table(table, columns),
            _index(model, "versions_key", table, f"{_list(model.primary_key)}, valid_from"),
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
        "kind": model.kind,
        "time_column": model.time_column,
        "key": sorted(model.primary_key),
        "physical_key": model.physical_key,
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


def _index(model: ObjectModel, suffix: str, table: str, columns: str, where: str = "", *, unique: bool = False) -> str:
    schema, condition = table.partition(".")[0], f" {where}" if where else ""
    name = quote_literal(_plain_index_name(model, suffix))
    only_once = ", true" if unique else ""
    return f"select {schema}.ensure_index({name}, $index${table} ({columns}){condition}$index${only_once});\n"


def _plain_index_name(model: ObjectModel, suffix: str) -> str:
    name = suffix if suffix.startswith(("ix_", "idx_")) else f"ix_{model.table_name}_{suffix}"
    return name[:63]


def _list(names: Sequence[str]) -> str:
    return ", ".join(bare_or_quoted(name) for name in names)


def _schema(schema: str) -> str:
    return schema if "{{" in schema else bare_or_quoted(schema)


def _schema_text(schema: str) -> str:
    return f"'{schema}'" if "{{" in schema else quote_literal(schema)
