"""`definitions-to-dbt verdict`: a change is tried beside production, over its records, and production notices nothing."""

from __future__ import annotations

import copy
import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from platform_under_test import SCHEMA, Platform, fresh_database
from running import REPOSITORY, Project
from small_library import CUSTOMER, MODULE, ORDER, Definition, write_definitions
from typer.testing import CliRunner

from archive_jobs.cli import app as archiving
from definitions_to_dbt.cli import app
from definitions_to_dbt.embedded_postgres import EmbeddedPostgres

MARTS = Path("dbt_project/models/marts")


@dataclass
class Production:
    """A repository, and the platform that was built from its first commit."""

    platform: Platform

    def change(self, **rules: Any) -> None:
        """ORDER with other rules for its amount, generated again. Without rules, as production has it."""
        order: Definition = copy.deepcopy(ORDER)
        if rules:
            order["table_schema"]["columns"][3]["quality"] = [rules]
        write_definitions(self.platform.project.definitions, [CUSTOMER, order], MODULE)

    def ask(self, *words: str, generate: bool = True) -> tuple[int, dict[str, str], str]:
        """The status, what each step found, and all that was printed."""
        if generate:
            self.platform.project.generate()
        ended = CliRunner().invoke(app, ["verdict", "--against", "HEAD", "--json", *words])
        said = json.loads(ended.stdout) if ended.exit_code < 2 and ended.stdout else {"steps": []}
        return ended.exit_code, {step["step"]: step["found"] for step in said["steps"]}, str(ended.exception)

    @property
    def schemas(self) -> list[str]:
        found = self.platform.rows("select nspname from pg_namespace where nspname like 'ci%%' and nspname <> 'civic'")
        return [name for (name,) in found]


@pytest.fixture(scope="module")
def production(server: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Production]:
    folder = tmp_path_factory.mktemp("verdict")
    with (
        fresh_database(server, folder),
        psycopg.connect(autocommit=True) as connection,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.chdir(folder)
        patch.setenv("DBT_PROFILES_DIR", str(REPOSITORY))
        project = Project.of(folder, [CUSTOMER, ORDER])
        (folder / MARTS).mkdir(parents=True)
        (folder / MARTS / "mart_days.sql").write_text(
            "{{ config(materialized='table', meta={'engine': 'duckdb'}) }}\n"
            "select cast(ordered_at as date) as day, count(*) as orders from {{ ref('history_orders') }}\n"
            "where cast(ordered_at as date) in (select day from {{ ref('mart_calendar') }}) group by 1\n"
        )
        (folder / MARTS / "mart_calendar.sql").write_text(
            "{{ config(materialized='table', meta={'engine': 'duckdb'}) }}\nselect date '2024-04-01' as day\n"
        )
        for words in ("init -q", "add .", "-c user.name=x -c user.email=x@x commit -qm production"):
            subprocess.run(["git", *words.split()], cwd=folder, check=True)
        platform = Platform(project, connection).prepare()
        platform.land("orders", *({"order_id": n, "ordered_at": "2024-04-01T10:00:00Z", "version": 1,
                                   "amount": n, "status": "open"} for n in range(20)))  # fmt: skip
        assert project.dbt("build").success
        patch.setenv("ARCHIVE_URL", str(folder / "lake"))
        archived = CliRunner().invoke(archiving, ["run", "--type", "analytics", "--yes"])
        assert archived.exit_code == 0, archived.output
        yield Production(platform)


@pytest.fixture(autouse=True)
def as_it_was(production: Production) -> Iterator[None]:
    """Production's rows are the same after each verdict, and nothing is left beside it."""
    before = production.platform.contents()
    yield
    production.change()
    assert production.platform.contents() == before
    assert production.schemas == []


def test_what_changed_is_built_over_productions_records_and_all_else_is_read_where_it_stands(
    production: Production,
) -> None:
    production.change(rule="range", min=0, max=500)

    status, found, _ = production.ask()

    assert status == 0, list(found.values())[-1]
    assert found["production's raw records"] == "20 of orders"
    assert "ORDER changed against HEAD" in found["change"]
    assert "models and seeds built" in found["dbt build on postgres"]
    # The view over history, what it stands on, the mart on top and the calendar beside it; nothing of the customers.
    assert found["dbt build on duckdb"].startswith("4 models and seeds built")


def test_a_column_that_came_with_the_change_is_in_the_history_of_the_sample(production: Production) -> None:
    order = copy.deepcopy(ORDER)
    order["table_schema"]["columns"].append({"name": "note", "type": "text", "description": "What was said."})
    write_definitions(production.platform.project.definitions, [CUSTOMER, order], MODULE)

    status, found, _ = production.ask()

    assert status == 0, list(found.values())[-1]
    # Archived rows have no such column, and those in production's table neither: both would be a column that is missing.
    assert found["dbt build on duckdb"].startswith("4 models and seeds built")
    import duckdb

    with duckdb.connect(".local/verdict/ci_lake.duckdb", read_only=True) as lake:
        assert lake.execute("select orders from ci.mart_days").fetchall() == [(20,)]


def test_a_rule_that_turns_productions_records_away_is_not_good(production: Production) -> None:
    production.change(rule="range", min=15)

    status, found, _ = production.ask()

    assert status == 1
    assert "reject_rate" in list(found.values())[-1]
    assert "dbt build on duckdb" not in found


def test_a_mart_alone_is_built_over_productions_history(production: Production) -> None:
    mart = MARTS / "mart_days.sql"
    before = mart.read_text()
    mart.write_text(before.replace("count(*) as orders", "count(*) + 0 as orders"))

    status, found, _ = production.ask("--keep")
    mart.write_text(before)
    production.platform.execute("drop schema if exists ci cascade")

    assert (status, found["change"]) == (0, "no definition changed against HEAD")
    assert found["dbt build on postgres"] == "nothing to build"
    import duckdb

    with duckdb.connect(".local/verdict/ci_lake.duckdb", read_only=True) as lake:
        assert lake.execute("select orders from ci.mart_days").fetchall() == [(20,)]


def test_a_definition_that_was_not_generated_ends_the_verdict_before_anything_is_built(production: Production) -> None:
    production.change(rule="range", min=1)

    status, found, _ = production.ask(generate=False)

    assert status == 1
    assert list(found) == ["definitions", "generated files"]
    assert found["generated files"].endswith("differ; run `definitions-to-dbt generate`")


def test_a_breaking_change_has_to_be_meant(production: Production) -> None:
    order = copy.deepcopy(ORDER)
    order["table_schema"]["columns"][4]["type"] = "integer"
    order["table_schema"]["columns"][4].pop("quality")
    write_definitions(production.platform.project.definitions, [CUSTOMER, order], MODULE)

    status, found, _ = production.ask("--without-server")
    meant, _, _ = production.ask("--without-server", "--breaking-is-meant")

    assert (status, meant) == (1, 0)
    assert "breaking: ORDER" in found["change"]


def test_a_schema_that_is_not_its_own_is_left_alone(production: Production) -> None:
    production.platform.execute("create schema civic")

    for schema, said in (("civic", "stands already, and no verdict made it"), (SCHEMA, "which is production's")):
        status, _, error = production.ask("--schema", schema)
        assert status == 1 and said in error

    production.platform.execute("drop schema civic")
