"""A platform for one folder of definitions, from landing to history, and dbt and archive-jobs run in it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from platform_under_test import Platform, fresh_database
from running import Ended, Project
from typer.testing import CliRunner

from archive_jobs.cli import app
from definitions_to_dbt.embedded_postgres import EmbeddedPostgres
from definitions_to_dbt.library import load_library
from landing import LoadResult, load_file


class Flow(Platform):
    """What a user does, one call per command."""

    def land(self, code: str, path: Path) -> LoadResult:  # type: ignore[override]
        return load_file(self.connection, load_library(self.project.definitions).object(code), path)

    def build(self, target: str = "postgres") -> Ended:
        return self.project.dbt("build", target=target)

    def archive(self, *words: str) -> str:
        """Run `archive-jobs run --yes`; return what it prints."""
        ended = CliRunner().invoke(app, ["run", "--yes", "--definitions", str(self.project.definitions), *words])
        assert ended.exit_code == 0, (ended.output, ended.exception)
        return ended.output

    def history(self, query: str) -> list[tuple[Any, ...]]:
        """What a query over the models of DuckDB gives."""
        return self.project.rows(query, target="duckdb")


@contextmanager
def flow_of(server: EmbeddedPostgres, definitions: Path, folder: Path) -> Iterator[Flow]:
    """Generate the project below `folder` and open a fresh database for it."""
    project = Project(folder / "dbt_project", folder / "target", definitions)
    project.generate()
    with fresh_database(server, folder), psycopg.connect(autocommit=True) as connection:
        yield Flow(project, connection)
