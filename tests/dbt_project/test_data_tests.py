"""`dbt test` alone guards the data: each limit that is crossed and each promise that is broken shows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from platform_under_test import SCHEMA, Platform, fresh_database
from running import Ended, Project

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
}


def order(key: int, **more: Any) -> dict[str, Any]:
    return {
        "order_id": key,
        "ordered_at": "2024-03-01T10:00:00Z",
        "version": 1,
        "amount": 1,
        "customer_id": "c1",
        **more,
    }


def close_batches_earlier(platform: Platform, hours: int) -> None:
    platform.execute(f"update {SCHEMA}.transform_batches set closed_at = now() - {hours} * interval '1 hour'")


class States:
    """What the tests say of the same platform while it gets worse."""

    def __init__(self, platform: Platform) -> None:
        self.platform = platform
        self.intact = self._make_intact()
        self.uneasy = self._make_uneasy()
        self.broken = self._make_broken()

    def _make_intact(self) -> Ended:
        self.platform.land("customers", {"customer_id": "c1", "name": "A", "updated_at": "2024-03-01T00:00:00Z"})
        self.platform.land("countries", {"code": "DE", "name": "Germany"})
        self.platform.land("ticks", {"at_time": "2024-03-01T00:00:00Z"})
        self.platform.land("orders", *map(order, range(20)))
        assert self.platform.project.dbt("build").success
        return self.platform.project.dbt("test")

    def _make_uneasy(self) -> Ended:
        self.platform.land("orders", *map(order, range(20, 23)), order(23, customer_id="nobody"), order(24, amount=-1))
        assert self.platform.project.dbt("run").success
        close_batches_earlier(self.platform, 3)
        return self.platform.project.dbt("test")

    def _make_broken(self) -> Ended:
        self.platform.land("orders", *map(order, range(30, 60)), *(order(n, amount=-1) for n in range(60, 90)))
        assert self.platform.project.dbt("run").success
        close_batches_earlier(self.platform, 6)
        by_hand = f"insert into {SCHEMA}.orders (order_id, ordered_at, version, amount, _raw_seq, _source_order)"
        self.platform.execute(f"{by_hand} values (0, '2024-04-01', 1, 5, 1, 1), (1000, '2024-04-01', 1, -5, 1, 1)")
        self.platform.execute(f"update {SCHEMA}.source_orders set outcome = null where raw_seq = 1")
        self.platform.execute(f"update {SCHEMA}.source_ticks set processed = false")
        self.platform.execute(f"update {SCHEMA}.transform_batches set loaded = 7 where table_name = 'countries'")
        self.platform.execute(f"update {SCHEMA}.rejected_orders set reasons = '{{}}'")
        self.platform.execute(f"update {SCHEMA}.customers_versions set is_current = false")
        return self.platform.project.dbt("test")


@pytest.fixture(scope="module")
def states(
    server: EmbeddedPostgres, small_project: Project, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[States]:
    with fresh_database(server, tmp_path_factory.mktemp("data_tests")), psycopg.connect(autocommit=True) as connection:
        yield States(Platform(small_project, connection).prepare())


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
