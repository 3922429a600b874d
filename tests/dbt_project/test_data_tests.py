"""`dbt test` alone guards the data: each limit that is crossed and each promise that is broken shows."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import psycopg
import pytest
from platform_under_test import SCHEMA, Platform, fresh_database
from running import REPOSITORY, Ended, Project

from definitions_to_dbt.embedded_postgres import EmbeddedPostgres

# Words of the test's name -> what it says of uneasy and of broken data.
EXPECTED = {
    "reject_rate_orders": ("warn", "fail"),
    "hours_since_last_batch_orders": ("warn", "fail"),
    "batch_volume_orders_8": ("warn", "pass"),
    "batch_volume_orders_50": ("pass", "fail"),
    "refers_to_orders_customer_id": ("warn", "warn"),
    "unique_and_present_orders_order_id": ("pass", "fail"),
    "keeps_its_rules_orders": ("pass", "fail"),
    "outcomes_add_up_orders": ("pass", "fail"),
    "outcomes_add_up_countries": ("pass", "fail"),
    "outcomes_add_up_ticks": ("pass", "fail"),
    "has_a_reason_rejected_orders": ("pass", "fail"),
    "one_current_version_customers_versions_customer_id": ("pass", "fail"),
    "newest_is_fresh_countries_checked_at": ("pass", "fail"),
    "resembles_its_past_orders": ("warn", "fail"),
    "layer1_object_models_name_what_exists": ("pass", "fail"),
}
# Of history, on DuckDB, where the catalogue names one file twice, whose row has an amount that is refused.
EXPECTED_OF_HISTORY = {
    "unique_together_archive_orders__raw_seq___deleted": "fail",
    "hot_and_cold_add_up_history_orders": "fail",
    "keeps_its_rules_history_orders": "warn",
}
# Each is shown to bite elsewhere.
ELSEWHERE = {"meets_benchmark"}



def order(key: int, **more: Any) -> dict[str, Any]:
    return {
        "order_id": key,
        "ordered_at": "2024-03-01T10:00:00Z",
        "version": 1,
        "amount": 1,
        "customer_id": "c1",
        **more,
    }


def now() -> str:
    return datetime.now(UTC).isoformat()


def close_batches_earlier(platform: Platform, hours: int) -> None:
    platform.execute(f"update {SCHEMA}.transform_batches set closed_at = now() - {hours} * interval '1 hour'")


def pretend_a_past(platform: Platform) -> None:
    """Eight batches of orders before the one there is, each like it."""
    same = "table_name, state, claimed, loaded, rejected, superseded, duplicate, closed_at, profile, judged_at"
    platform.execute(
        f"""insert into {SCHEMA}.transform_batches (batch_id, {same}) overriding system value
        select -n, {same} from {SCHEMA}.transform_batches cross join generate_series(1, 8) as n
        where table_name = 'orders' and batch_id > 0"""
    )


def archive_a_row_twice(platform: Platform, folder: Path) -> None:
    """One file of one row that the catalogue names under two paths, and of which it says that it holds two."""
    first = folder / "lake" / "one.parquet"
    first.parent.mkdir(exist_ok=True)
    duckdb.sql(
        "select 7::integer as order_id, '2024-03-01'::timestamptz as ordered_at, 999999::bigint as _raw_seq,"
        " 1::bigint as _source_order, false as _deleted, -5::integer as amount, 1 as _definition_version"
    ).write_parquet(str(first))
    digest = hashlib.sha256(first.read_bytes()).hexdigest()
    unit = platform.value(
        """insert into archive_catalog.units (unit_id, schema_name, table_name, kind, lo, hi, part_day, generation, state)
        values (gen_random_uuid(), %s, 'orders', 'analytics', '2024-03-01', '2024-03-02', '2024-03-01', 1, 'active')
        returning unit_id""",
        SCHEMA,
    )
    attempt = platform.value(
        """insert into archive_catalog.attempts (attempt_id, unit_id, state, predicate, fingerprint, definition_hash,
        owner_key, tool_version) values (gen_random_uuid(), %s, 'active', '', '', '', 1, '') returning attempt_id""",
        unit,
    )
    platform.execute("update archive_catalog.units set active_attempt = %s where unit_id = %s", attempt, unit)
    for name in ("one.parquet", "two.parquet"):
        shutil.copyfile(first, first.parent / name) if name != first.name else None
        platform.execute(
            """insert into archive_catalog.files (path, attempt_id, unit_id, part_day, row_count, byte_count, sha256)
            values (%s, %s, %s, '2024-03-01', 2, %s, %s)""",
            name, attempt, unit, first.stat().st_size, digest,
        )  # fmt: skip


class States:
    """What the tests say of the same platform while it gets worse."""

    def __init__(self, platform: Platform, folder: Path) -> None:
        self.platform, self.folder = platform, folder
        self.intact = self._make_intact()
        self.uneasy = self._make_uneasy()
        self.broken = self._make_broken()
        self.broken_history = self._make_broken_history()

    def _make_intact(self) -> Ended:
        self.platform.land("customers", {"customer_id": "c1", "name": "A", "updated_at": "2024-03-01T00:00:00Z"})
        self.platform.land("countries", {"code": "DE", "name": "Germany", "checked_at": now()})
        self.platform.land("ticks", {"at_time": "2024-03-01T00:00:00Z"})
        self.platform.land("orders", *map(order, range(20)))
        assert self.platform.project.dbt("build").success
        pretend_a_past(self.platform)
        return self.platform.project.dbt("test")

    def _make_uneasy(self) -> Ended:
        self.platform.land("orders", *map(order, range(20, 23)), order(23, customer_id="nobody"), order(24, amount=-1))
        assert self.platform.project.dbt("run").success
        close_batches_earlier(self.platform, 3)
        return self.platform.project.dbt("test")

    def _make_broken(self) -> Ended:
        self.platform.land("orders", *map(order, range(30, 60)), *(order(n, amount=-1) for n in range(60, 110)))
        assert self.platform.project.dbt("run").success
        close_batches_earlier(self.platform, 6)
        by_hand = f"insert into {SCHEMA}.orders (order_id, ordered_at, version, amount, _raw_seq, _source_order)"
        self.platform.execute(f"{by_hand} values (0, '2024-04-01', 1, 5, 1, 1), (1000, '2024-04-01', 1, -5, 1, 1)")
        self.platform.execute(f"update {SCHEMA}.source_orders set outcome = null where raw_seq = 1")
        self.platform.execute(f"update {SCHEMA}.source_ticks set processed = false")
        self.platform.execute(f"update {SCHEMA}.transform_batches set loaded = 7 where table_name = 'countries'")
        self.platform.execute(f"update {SCHEMA}.rejected_orders set reasons = '{{}}'")
        self.platform.execute(f"update {SCHEMA}.customers_versions set is_current = false")
        self.platform.execute(f"update {SCHEMA}.countries set checked_at = now() - interval '3 days'")
        self.platform.execute(f"update {SCHEMA}.layer1_object_models set module_code = 'NOWHERE'")
        return self.platform.project.dbt("test")

    def _make_broken_history(self) -> Ended:
        archive_a_row_twice(self.platform, self.folder)
        assert self.platform.project.dbt("run", target="duckdb").success
        return self.platform.project.dbt("test", target="duckdb")


@pytest.fixture(scope="module")
def states(
    server: EmbeddedPostgres, small_project: Project, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[States]:
    folder = tmp_path_factory.mktemp("data_tests")
    with fresh_database(server, folder), psycopg.connect(autocommit=True) as connection:
        yield States(Platform(small_project, connection).prepare(), folder)


def test_intact_data_passes_every_test(states: States) -> None:
    assert states.intact.failed == {}
    assert states.intact.success


@pytest.mark.parametrize("name", EXPECTED)
def test_a_limit_that_is_nearly_crossed_warns(states: States, name: str) -> None:
    assert states.uneasy.of(name) == EXPECTED[name][0]


@pytest.mark.parametrize("name", EXPECTED)
def test_what_is_broken_fails(states: States, name: str) -> None:
    assert states.broken.of(name) == EXPECTED[name][1]


def test_warnings_alone_let_dbt_succeed_and_failures_do_not(states: States) -> None:
    assert states.uneasy.success
    assert not states.broken.success


@pytest.mark.parametrize("name", EXPECTED_OF_HISTORY)
def test_history_that_is_broken_fails(states: States, name: str) -> None:
    assert states.broken_history.of(name) == EXPECTED_OF_HISTORY[name]


@pytest.mark.parametrize(("share", "status"), [(0.028, "pass"), (0.1, "warn")])
def test_what_was_never_seen_in_six_small_batches_is_odd_only_where_there_is_much_of_it(
    states: States, share: float, status: str
) -> None:
    """Two hours without wind among 72, where six days before had none, are not a defect."""
    states.platform.execute(f"delete from {SCHEMA}.transform_batches where table_name = 'orders'")
    states.platform.execute(
        f"insert into {SCHEMA}.transform_batches (table_name, state, claimed, loaded, rejected, superseded, duplicate,"
        " closed_at, profile) select 'orders', 'closed', 72, 72, 0, 0, 0, now(), jsonb_build_object('rows', 72, 'columns',"
        " jsonb_build_object('amount', jsonb_build_object('empty', case n when 7 then %s::numeric else 0 end)))"
        " from generate_series(1, 7) as n",
        share,
    )

    tested = states.platform.project.dbt("test", "--select", "resembles_its_past_orders*")

    assert tested.of("resembles_its_past_orders") == status


def test_every_kind_of_generated_test_is_shown_to_bite() -> None:
    kinds = {path.stem for path in (REPOSITORY / "dbt_project" / "tests" / "generic").glob("*.sql")} - ELSEWHERE
    shown = [*EXPECTED, *EXPECTED_OF_HISTORY]

    # The test of codes has a name of its own.
    assert {kind for kind in kinds if not any(name.startswith(kind) for name in shown)} == {"codes_exist"}
