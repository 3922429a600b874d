"""Names and calls that users already know, as they write them."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator

import psycopg
import pytest
from platform_under_test import Platform, fresh_database
from running import REPOSITORY, Project

from definitions_to_dbt.embedded_postgres import EmbeddedPostgres

RUN = ("run", "--select", "+scor_metrics_read", "+scor_processes_read")


@pytest.fixture(scope="module")
def committed(server: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """The committed SCOR definitions, built twice: in the default schema and in another beside it."""
    folder = tmp_path_factory.mktemp("words")
    for part in ("object_models/ascm_scor", "attributes"):
        shutil.copytree(REPOSITORY / "definitions" / part, folder / "definitions" / part)
    # Without its exposures, which speak of marts that only the whole project has.
    module = json.loads((REPOSITORY / "definitions/modules/ASCM_SCOR.json").read_bytes()) | {"exposures": []}
    (folder / "definitions" / "modules").mkdir()
    (folder / "definitions" / "modules" / "ASCM_SCOR.json").write_text(json.dumps(module))
    project = Project.of(folder, [])
    with fresh_database(server, folder), psycopg.connect(autocommit=True) as connection:
        platform = Platform(project, connection).prepare()
        # Word for word.
        platform.execute("""insert into analytics_service.source_scor_metrics (raw_id, raw_data, ingested_at, processed)
values ('old_scor_12345', '{"metric": "cycle_time", "val": 2.5}', now(), false);""")
        platform.execute("""insert into analytics_service.source_scor_metrics (raw_id, raw_data)
            values ('new', jsonb_build_object('metric_id', 'SCOR.P1.1.CYCLE_TIME', 'process_id', 'P1.1', 'value', 2.5,
                'timestamp', now()))""")
        ended = project.dbt(*RUN)
        assert ended.success, ended.failed
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("ANALYTICS_SCHEMA", "other")
            assert project.dbt(*RUN).success
        yield platform


def test_a_plain_insert_gets_an_outcome_and_its_reasons(committed: Platform) -> None:
    query = "select raw_id, outcome, reasons from analytics_service.source_scor_metrics"
    query += " left join analytics_service.rejected_scor_metrics using (raw_id) order by raw_id"

    assert committed.rows(query) == [
        ("new", "loaded", None),
        (
            "old_scor_12345",
            "rejected",
            ["metric_id: missing", "process_id: missing", "value: missing", "timestamp: missing"],
        ),
    ]


def test_the_last_90_days_can_be_asked_for_as_ever(committed: Platform) -> None:
    query = "select * from analytics_service.scor_metrics where timestamp > now() - interval '90 days';"

    (row,) = committed.rows(query)

    assert row[:2] == ("SCOR.P1.1.CYCLE_TIME", "P1.1")


@pytest.mark.parametrize("table", ["scor_processes", "scor_metrics"])
@pytest.mark.parametrize("schema", ["analytics_service", "other"])
def test_write_read_and_source_tables_have_the_names_that_users_know(
    committed: Platform, schema: str, table: str
) -> None:
    for name in (table, f"{table}_read", f"source_{table}"):
        assert committed.value("select to_regclass(%s)", f"{schema}.{name}") is not None, name


def test_a_schema_of_ones_own_holds_none_of_the_others_rows(committed: Platform) -> None:
    assert committed.value("select count(*) from other.source_scor_metrics") == 0
    assert committed.value("select count(*) from analytics_service.scor_metrics") == 1
