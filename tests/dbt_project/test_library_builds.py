"""The whole committed library on an empty PostgreSQL: every model, data test and unit test, once."""

from __future__ import annotations

from pathlib import Path

import psycopg
from platform_under_test import fresh_database
from running import REPOSITORY, Project

from definitions_to_dbt.embedded_postgres import EmbeddedPostgres
from definitions_to_dbt.library import load_library


def test_the_whole_library_builds_and_every_example_becomes_its_row(server: EmbeddedPostgres, tmp_path: Path) -> None:
    project = Project(REPOSITORY / "dbt_project", tmp_path / "target", REPOSITORY / "definitions")
    models = load_library(project.definitions).objects

    with fresh_database(server, tmp_path), psycopg.connect(autocommit=True):
        ended = project.dbt("build")

    # Layer 1 may name rows, such as a process, that no source has sent yet: a warning.
    assert {name: said for name, said in ended.failed.items() if not said.startswith("warn")} == {}
    for model in models:
        assert ended.statuses[f"{model.table_name}_read"] == "success"
        assert ended.of("stg_", f"__{model.table_name}__examples") == "pass"
