"""What users write already: the five policies, and the plain table_schema of metadata services, just as they are."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from shop_of_things import SHELF, THING, changed, loaded, problems_in, without, write_library

from definitions_to_dbt.bare_table import NO_MODULE
from definitions_to_dbt.policy import ArchivePolicy
from definitions_to_dbt.render import render

POLICIES = [
    ('{"table_name": "scor_metrics", "retention_days": 90, "archive_format": "parquet", "compression": "snappy", '
     '"partition_by": "day"}',
     ("analytics", "90 days", None, None, "snappy", "day")),
    ('{"source_layer": "layer_2", "archive_type": "analytics", "table_name": "scor_metrics", '
     '"retention_in_layer_2": "90 days", "archive_after": "90 days", "archive_retention": "7 years", '
     '"archive_format": "parquet", "compression": "snappy", "partition_by": "day"}',
     ("analytics", "90 days", "90 days", "7 years", "snappy", "day")),
    ('{"source_layer": "layer_3", "archive_type": "source", "table_name": "source_scor_metrics", '
     '"retention_in_layer_3": "7 days", "archive_after": "immediate", "archive_retention": "7 years", '
     '"archive_format": "parquet", "compression": "snappy", "partition_by": "ingestion_date", '
     '"preserve_raw_format": true}',
     ("source", "7 days", "0 days", "7 years", "snappy", "ingestion_date")),
    ('{"name": "analytics_data_archival", "source_layer": "layer_2", "archive_type": "analytics", '
     '"retention_days": 90, "archive_format": "parquet"}',
     ("analytics", "90 days", None, None, "zstd", "day")),
    ('{"layer": "source", "retention_in_timescaledb": "7 days", "archive_to_layer_2a": true, '
     '"archive_retention": "7 years", "archive_format": "parquet", "partition_by": "ingestion_date"}',
     ("source", "7 days", None, "7 years", "zstd", "ingestion_date")),
]  # fmt: skip


@pytest.mark.parametrize(("written", "meant"), POLICIES)
def test_a_policy_that_users_write_loads_unchanged(written: str, meant: tuple[Any, ...]) -> None:
    policy = ArchivePolicy.model_validate_json(written)

    spans = [span and span.text for span in (policy.retention, policy.archive_after, policy.archive_retention)]
    assert (policy.kind, *spans, policy.compression, policy.partition_by) == meant
    assert policy.format == "parquet"


@pytest.mark.parametrize(("written", "meant"), POLICIES)
def test_a_policy_that_users_write_stands_in_a_definition_too(
    written: str, meant: tuple[Any, ...], tmp_path: Path
) -> None:
    policy = json.loads(written.replace("scor_metrics", "things"))

    library = loaded(
        tmp_path, {"object_models/shop/thing.json": changed(THING, f"/archive/{meta_slot(meant)}", policy)}
    )

    found = getattr(library.object("THING").archive, meta_slot(meant))
    assert found.retention.text == meant[1]


def meta_slot(meant: tuple[Any, ...]) -> str:
    return str(meant[0])


BARE = THING["table_schema"]
META = {"entity_name": "A thing", "entity_code": "THING", "description": "What it is.", "module": "SHOP"}


def test_a_bare_table_with_metadata_is_the_object_it_speaks_of(tmp_path: Path) -> None:
    library = loaded(tmp_path, {"object_models/shop/thing.json": {**BARE, "_metadata": META}})

    model = library.object("things")
    assert (model.code, model.name, model.module, model.description) == ("THING", "A thing", "SHOP", "What it is.")


def test_a_bare_table_takes_what_it_does_not_say_from_what_it_does(tmp_path: Path) -> None:
    bare = {**BARE, "class_name": "Thing", "description": "What it is."}

    library = loaded(tmp_path, {"object_models/shop/thing.json": bare, "kpis/amount.json": None})

    model = library.object("things")
    assert (model.code, model.name, model.module, model.description) == ("THINGS", "Thing", "SHOP", "What it is.")


@pytest.mark.parametrize("meta", [{}, {"_metadata": {}}, {"_metadata": {"entity_name": "Thing", "module": None}}])
def test_a_bare_table_in_no_module_is_accepted(meta: dict[str, Any], tmp_path: Path) -> None:
    files = {"object_models/shop/thing.json": None, "kpis/amount.json": None, "object_models/x.json": {**BARE, **meta}}

    library = loaded(tmp_path, files)

    assert library.object("things").module == NO_MODULE
    assert f"models/staging/{NO_MODULE.lower()}/stg_{NO_MODULE.lower()}__things.sql" in render(library)


def test_a_table_schema_alone_in_its_key_is_accepted(tmp_path: Path) -> None:
    files = {"object_models/shop/thing.json": {"table_schema": BARE, "_metadata": META}}

    assert loaded(tmp_path, files).object("THING").name == "A thing"


@pytest.mark.parametrize(
    ("content", "code", "pointer", "line_holds"),
    [
        (changed(BARE, "/columns/4/type", "txt"), "E_TYPE_MAP", "/columns/4/type", '"txt"'),
        (changed(BARE, "/columns/5/foreign_key", "shelfs.shelf_id"), "E_REF", "/columns/5/foreign_key", "shelfs"),
        (changed(BARE, "/table_name", "select"), "E_RESERVED", "/table_name", '"select"'),
        (changed(BARE, "/table_name", 5), "E_TYPE", "/table_name", "5"),
        (changed(BARE, "/colums", []), "E_UNKNOWN_KEY", "/colums", '"colums"'),
        (without(BARE, "/columns"), "E_REQUIRED", "/columns", "{"),
        ({**BARE, "_metadata": {**META, "module": "SHPO"}}, "E_REF", "/_metadata/module", '"SHPO"'),
        ({**BARE, "_metadata": {**META, "module": "shop"}}, "E_IDENT", "/_metadata/module", '"shop"'),
        ({**BARE, "_metadata": {**META, "entity_cod": "X"}}, "E_UNKNOWN_KEY", "/_metadata/entity_cod", "entity_cod"),
        ({**BARE, "_metadata": [1]}, "E_TYPE", "/_metadata", '"_metadata"'),
        ({**BARE, "_metadata": {**META, "entity_code": "SHELF"}}, "E_DUP", "/_metadata/entity_code", '"SHELF"'),
        (
            {"table_schema": changed(BARE, "/columns/4/type", "txt")},
            "E_TYPE_MAP",
            "/table_schema/columns/4/type",
            "txt",
        ),
    ],
)
def test_a_problem_of_a_bare_table_is_shown_where_it_stands_in_that_file(
    content: dict[str, Any], code: str, pointer: str, line_holds: str, tmp_path: Path
) -> None:
    root = write_library(tmp_path, {"object_models/shop/thing.json": content, "kpis/amount.json": None})

    problems = [problem for problem in problems_in(root) if problem.file.name == "thing.json"]

    assert [(problem.code, problem.pointer) for problem in problems] == [(code, pointer)]
    assert line_holds in problems[0].file.read_text().split("\n")[problems[0].line - 1]


def test_a_bare_table_becomes_the_same_project_as_the_object_around_it(tmp_path: Path) -> None:
    whole = {**SHELF, "code": "SHELVES", "name": "Shelf", "description": "x"}
    bare = {**SHELF["table_schema"], "_metadata": {"entity_name": "Shelf", "description": "x"}}
    other = {"object_models/shop/thing.json": None, "kpis/amount.json": None}

    first = render(loaded(tmp_path / "a" / "d", {**other, "object_models/shop/shelf.json": whole}))
    second = render(loaded(tmp_path / "b" / "d", {**other, "object_models/shop/shelf.json": bare}))

    assert first == second
