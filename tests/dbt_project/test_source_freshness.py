"""`dbt source freshness` says of raw records what the definition says of them: fresh, stale, too old."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml
from platform_under_test import SCHEMA, Platform, fresh_database
from running import Project
from small_library import ORDER, write_definitions
from test_data_tests import order

from definitions_to_dbt.embedded_postgres import EmbeddedPostgres
from definitions_to_dbt.library import load_library
from definitions_to_dbt.model_yaml import sources_yaml


@pytest.fixture(scope="module")
def platform(
    server: EmbeddedPostgres, small_project: Project, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Platform]:
    """The definition says of orders: warn after 2 hours, an error after 5."""
    with fresh_database(server, tmp_path_factory.mktemp("freshness")), psycopg.connect(autocommit=True) as connection:
        platform = Platform(small_project, connection).prepare()
        platform.land("orders", order(1), order(2))
        yield platform


@pytest.mark.parametrize(
    ("hours", "status", "is_done"), [(0, "pass", True), (1, "pass", True), (3, "warn", True), (6, "error", False)]
)
def test_the_newest_record_decides_and_only_an_error_ends_with_another_status(
    platform: Platform, hours: int, status: str, is_done: bool
) -> None:
    age = f"case raw_seq when 1 then 100 else {hours} end * interval '1 hour'"
    platform.execute(f"update {SCHEMA}.source_orders set ingested_at = now() - {age}")

    ended = platform.project.dbt("source", "freshness")

    # The other sources state nothing, and nothing is said of them.
    found = {name: said for name, said in ended.statuses.items() if name.startswith("source_")}
    assert found == {"source_orders": status}
    assert ended.success == is_done


@pytest.mark.parametrize(
    ("written", "told"),
    [("36 hours", (36, "hour")), ("2 days", (2, "day")), ("2 weeks", (14, "day")), ("1 month", (31, "day"))],
)
def test_every_span_of_a_definition_is_one_that_dbt_counts(written: str, told: Any, tmp_path: Path) -> None:
    stale = ORDER | {"source": {"freshness": {"error_after": written}}}
    columns = [{k: v for k, v in c.items() if k != "foreign_key"} for c in ORDER["table_schema"]["columns"]]
    stale["table_schema"] = ORDER["table_schema"] | {"columns": columns}
    library = load_library(write_definitions(tmp_path, [stale]))

    (source,) = yaml.safe_load(sources_yaml(library.objects, None))["sources"]

    count, period = told
    assert source["tables"][0]["config"]["freshness"] == {"error_after": {"count": count, "period": period}}
