"""Commands that must change nothing in Layers 2 and 3: whatever takes no batch from claim to close."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from platform_under_test import SCHEMA, Platform, fresh_database
from running import Project

from definitions_to_dbt.embedded_postgres import EmbeddedPostgres

COMMANDS = [
    "run --empty",
    "build --empty",
    "test",
    "compile",
    "docs generate",
    "show --select customers",
    "run --select customers",
    "run --select rejected_customers",
    "run --select customers_versions",
    "run --select rejected_customers customers",
    "build --select rejected_customers+ --exclude customers",
    "run --select stg_shop__customers",
    "ls",
]


@pytest.fixture(scope="module")
def with_new_records(
    server: EmbeddedPostgres, small_project: Project, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Platform]:
    """A platform in which a batch was closed, another is open, and records wait for the next. No test changes it."""
    with fresh_database(server, tmp_path_factory.mktemp("state")), psycopg.connect(autocommit=True) as connection:
        platform = Platform(small_project, connection).prepare()
        platform.land("customers", {"customer_id": "c1", "name": "A", "updated_at": "2024-03-01T00:00:00Z"}, "{}")
        platform.land("orders", {"order_id": 1})
        platform.land("countries", {"code": "DE", "name": "Germany"})
        assert platform.project.dbt("run").success and platform.project.dbt("seed").success
        for table in ("customers", "countries"):
            platform.land(table, {"customer_id": "c2", "name": "B", "updated_at": "2024-03-02T00:00:00Z"}, "[]")
        open_batch(platform, "customers")
        platform.land("customers", {"customer_id": "c3", "name": "C", "updated_at": "2024-03-02T00:00:00Z"})
        yield platform


def open_batch(platform: Platform, table: str) -> None:
    """What is left of a run that died after its claim."""
    batch = f"insert into {SCHEMA}.transform_batches (table_name, claimed) values (%s, 2) returning batch_id"
    batch_id = platform.value(batch, table)
    platform.execute(f"update {SCHEMA}.source_{table} set batch_id = %s where batch_id is null", batch_id)


def layers_2_and_3(platform: Platform) -> dict[str, str]:
    return {name: digest for name, digest in platform.contents().items() if not name.startswith("layer1_")}


@pytest.mark.parametrize("command", COMMANDS)
def test_the_command_changes_no_state(with_new_records: Platform, command: str) -> None:
    before = layers_2_and_3(with_new_records)

    ended = with_new_records.project.dbt(*command.split())

    assert layers_2_and_3(with_new_records) == before
    assert "error" not in ended.statuses.values(), ended.failed


def test_a_full_refresh_empties_nothing(platform: Platform) -> None:
    land_customer = ({"customer_id": "c1", "name": "A", "updated_at": "2024-03-01T00:00:00Z"}, "{}")
    platform.land("customers", *land_customer)
    platform.land("ticks", {"at_time": "2024-03-01T00:00:00Z"})
    assert platform.project.dbt("run").success
    before = platform.contents()

    assert platform.project.dbt("run", "--full-refresh").success

    assert platform.contents() == before


def test_a_full_refresh_with_new_records_only_adds(platform: Platform) -> None:
    platform.land("customers", {"customer_id": "c1", "name": "A", "updated_at": "2024-03-01T00:00:00Z"}, "{}")
    assert platform.project.dbt("run", "--select", "+customers").success
    kept = f"select t::text from {SCHEMA}.customers t where customer_id = 'c1'"
    before = platform.rows(kept)
    platform.land("customers", {"customer_id": "c2", "name": "B", "updated_at": "2024-03-02T00:00:00Z"}, "[]")

    assert platform.project.dbt("run", "--full-refresh", "--select", "+customers").success

    assert platform.rows(kept) == before
    assert platform.value(f"select count(*) from {SCHEMA}.customers") == 2
    assert platform.value(f"select count(*) from {SCHEMA}.customers_versions") == 2
    assert platform.value(f"select count(*) from {SCHEMA}.rejected_customers") == 2
