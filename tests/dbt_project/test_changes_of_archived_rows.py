"""Changes of events whose rows have left for the archive: history tells the truth over hot and cold."""

from __future__ import annotations

import json
from typing import Any

import psycopg
import pytest
from change_library import SALE, sale
from platform_under_test import SCHEMA, Platform
from running import Project
from typer.testing import CliRunner

from archive_jobs.cli import app

HISTORY = """select sale_id, sold_at::date::varchar as day, amount::varchar as amount from {{ ref('history_sales') }}"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return Project.of(tmp_path_factory.mktemp("changes"), [SALE])


def build(project: Project) -> None:
    for target in ("postgres", "duckdb"):
        ended = project.dbt("run", target=target)
        assert ended.success, ended.failed or ended.warnings


def archive(project: Project) -> None:
    ended = CliRunner().invoke(app, ["run", "--yes", "--definitions", str(project.definitions)])
    assert ended.exit_code == 0, ended.output
    assert project.dbt("run", target="duckdb").success


def history(project: Project) -> dict[str, tuple[str, str]]:
    return {key: (day, amount) for key, day, amount in project.rows(HISTORY, "duckdb")}


def test_what_happens_to_archived_rows_reaches_history_and_stays(
    project: Project, connection: psycopg.Connection[Any]
) -> None:
    platform = Platform(project, connection).prepare()
    platform.land("sales", *(sale("insert", f"24/{n}", sale_id=f"s{n}") for n in range(1, 6)))
    build(project)
    before = history(project)
    archive(project)
    assert platform.value(f"select count(*) from {SCHEMA}.sales") == 0
    assert history(project) == before
    platform.land(
        "sales",
        sale("update", "24/12", "9.00", sale_id="s1"),
        {**sale("delete", "24/13"), "payload": {"sale_id": "s2"}},
        sale("update", "24/14", day=20, sale_id="s3"),
        sale("update", "23/1", "7.00", sale_id="s5"),
    )
    # A tombstone names no order; one for a key of which an older change came late as well.
    for key in ("s4", "s5"):
        platform.execute(f"insert into {SCHEMA}.source_sales (raw_id, raw_data) values (%s, 'null')", key)
    after = {"s1": ("2024-03-01", "9.00"), "s3": ("2024-03-20", "1.00")}

    build(project)

    assert history(project) == after
    archive(project)
    assert history(project) == after
    platform.land("sales", sale("insert", "24/20", "5.00", sale_id="s4"))
    build(project)
    assert history(project) == after | {"s4": ("2024-03-01", "5.00")}
    compared = CliRunner().invoke(app, ["compare", "sales", "--definitions", str(project.definitions)])
    assert (compared.exit_code, "They agree." in compared.output) == (0, True), compared.output
    assert set(platform.counts("sales")) == {"loaded", "superseded"}, json.dumps(platform.counts("sales"))


def test_history_says_so_where_a_column_was_widened_since_it_was_built(
    project: Project, connection: psycopg.Connection[Any]
) -> None:
    """The archive has not moved on; hot values would be rounded to the type that the model knows."""
    platform = Platform(project, connection).prepare()
    platform.land("sales", sale("insert", "24/1", sale_id="s1"))
    build(project)
    platform.execute(f"alter table {SCHEMA}.sales add column more text")
    assert history(project) == {"s1": ("2024-03-01", "1.00")}
    with connection.transaction():
        views = platform.value(f"select {SCHEMA}.take_down_views('{SCHEMA}.sales')")
        for change in (f"alter table {SCHEMA}.sales alter column amount type numeric(30,9)", *views):
            platform.execute(change)
    platform.execute(f"update {SCHEMA}.sales set amount = 1.004")

    shown = project.dbt("show", "--inline", HISTORY, target="duckdb")

    assert not shown.success
    assert "history_sales is behind its table, a column of which has another type" in str(shown.warnings)
