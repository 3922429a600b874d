"""Rows, columns and other archivers that come between export and commit; and each guard shown to be needed."""

from __future__ import annotations

import threading
from collections.abc import Callable

import psycopg
import pytest
from small_shop import SCHEMA, Shop

from archive_jobs import failpoints
from archive_jobs.catalogue import ensure_catalogue
from archive_jobs.lake import lake_identity
from archive_jobs.lake.store import Store
from definitions_to_dbt.errors import ProblemError


def elsewhere(statement: str) -> Callable[[], None]:
    """A statement that another session commits."""

    def act() -> None:
        with psycopg.connect(autocommit=True) as other:
            other.execute(statement)

    return act


LATE_SALE = (
    f"insert into {SCHEMA}.sales (sale_id, sold_at, _raw_seq, _source_order) values (77, '2024-01-01 12:00+00', 1, 1)"
)
LATE_RAW = (
    f"insert into {SCHEMA}.source_sales (raw_seq, raw_data, ingested_at) overriding system value"
    " values (5, '{}', '2024-06-01 11:00+00')"
)


def test_two_first_runs_at_once_do_not_take_the_lake_for_another_ones(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other one ties it to the schema right after this one has found nothing written there."""
    shop.add_sales(days=1)
    as_it_is, waiting = lake_identity._written, [True]

    def find(store: Store, schema: str) -> dict[str, str] | None:
        found = as_it_is(store, schema)
        if waiting and waiting.pop():
            lake_identity.claim_lake(shop.connection, store, schema)
        return found

    ensure_catalogue(shop.connection)
    monkeypatch.setattr(lake_identity, "_written", find)

    assert shop.run("analytics", objects=("SALE",)).tables[0].rows == 40


def test_a_row_that_comes_between_export_and_commit_makes_the_unit_try_again(shop: Shop) -> None:
    shop.add_sales(days=1)
    failpoints.interruptions["prepare.after"] = elsewhere(LATE_SALE)

    result = shop.run("analytics", objects=("SALE",))

    assert (result.tables[0].rows, result.tables[0].kept_hot) == (41, [])
    assert sum(shop.all_rows().values()) == 41
    states = shop.execute("select state, reason from archive_catalog.attempts order by created_at").fetchall()
    assert [state for state, _ in states] == ["swept", "active"]
    assert "rows have come, changed or gone" in states[0][1]


def test_a_raw_record_whose_insert_commits_late_is_not_marked_without_being_archived(shop: Shop) -> None:
    shop.add_raw(4)
    shop.add_raw(4)
    shop.execute(f"delete from {SCHEMA}.source_sales where raw_seq = 5")
    failpoints.interruptions["prepare.after"] = elsewhere(LATE_RAW)

    result = shop.run("source", objects=("SALE",))

    assert (result.tables[0].rows, result.tables[0].kept_hot) == (8, [])
    assert sum(shop.all_rows(kind="source").values()) == 8


@pytest.mark.parametrize(
    "statement",
    [
        f"update {SCHEMA}.sales set note = 'changed' where sale_id % 100000 = 7",
        f"delete from {SCHEMA}.sales where sale_id % 100000 = 7",
    ],
)
def test_a_row_changed_or_removed_meanwhile_is_as_the_other_session_left_it(shop: Shop, statement: str) -> None:
    shop.add_sales(days=1)
    failpoints.interruptions["commit.digest.after"] = elsewhere(statement)

    shop.run("analytics", objects=("SALE",))

    rows = shop.all_rows()
    assert sum(rows.values()) == (40 if statement.startswith("update") else 39)
    assert sum("changed" in line for line in rows) == (1 if statement.startswith("update") else 0)


def test_a_column_added_meanwhile_stops_the_commit(shop: Shop) -> None:
    shop.add_sales(days=1)
    failpoints.interruptions["prepare.after"] = elsewhere(f"alter table {SCHEMA}.sales add surprise text")

    result = shop.run("analytics", objects=("SALE",))

    assert "columns have changed" in str(shop.execute("select reason from archive_catalog.attempts").fetchall())
    assert result.tables[0].rows == 0
    assert shop.value(f"select count(*) from {SCHEMA}.sales") == 40


def test_two_archivers_at_once_archive_each_row_once(shop: Shop) -> None:
    shop.add_sales(days=12)
    before = shop.all_rows()
    errors: list[BaseException] = []

    def archive() -> None:
        try:
            shop.run("analytics", objects=("SALE",))
        except BaseException as error:
            errors.append(error)

    archivers = [threading.Thread(target=archive) for _ in range(2)]
    for archiver in archivers:
        archiver.start()
    for archiver in archivers:
        archiver.join()

    assert errors == []
    assert shop.all_rows() == before


def test_an_attempt_somebody_else_abandoned_is_never_committed(shop: Shop) -> None:
    shop.add_sales(days=1)
    failpoints.interruptions["prepare.after"] = elsewhere("update archive_catalog.attempts set state = 'abandoned'")

    shop.run("analytics", objects=("SALE",))

    assert shop.value(f"select count(*) from {SCHEMA}.sales") == 40
    assert shop.value("select count(*) from archive_catalog.readable_files") == 0


def test_a_running_archiver_is_not_disturbed_by_reconcile(shop: Shop) -> None:
    shop.add_sales(days=1)

    def reconcile_elsewhere() -> None:
        other = Shop(psycopg.connect(autocommit=True), shop.definitions, shop.lake)
        assert other.invoke("reconcile", "--definitions", str(shop.definitions))[0] == 0

    failpoints.interruptions["prepare.after"] = reconcile_elsewhere

    result = shop.run("analytics", objects=("SALE",))

    assert (result.tables[0].units, result.tables[0].kept_hot) == (1, [])


def test_a_server_process_that_dies_before_the_commit_leaves_the_unit_for_the_next_run(shop: Shop) -> None:
    shop.add_sales(days=1)
    before = shop.all_rows()
    failpoints.interruptions["commit.flip.after"] = elsewhere(
        "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database()"
        " and application_name = 'archive-jobs' and query like '%last_commit_seq%'"
    )

    with pytest.raises(ProblemError, match="closed the connection before the commit"):
        shop.run("analytics", objects=("SALE",))
    between = shop.all_rows()
    again = shop.run("analytics", objects=("SALE",))

    assert between == before == shop.all_rows()
    assert again.reconciled.resumed == 1


class TestEachGuardIsNeeded:
    """With a guard taken away, what it guards against does happen."""

    def test_7b_without_the_check_of_the_state_an_abandoned_attempt_goes_on(self, shop: Shop) -> None:
        shop.add_sales(days=1)
        failpoints.disabled_guards.add("7b")
        reached: list[str] = []
        failpoints.interruptions["commit.begin.after"] = elsewhere(
            "update archive_catalog.attempts set state = 'abandoned'"
        )
        failpoints.interruptions["commit.remove.after"] = lambda: reached.append("deleting")

        shop.run("analytics", objects=("SALE",))

        # Only the count of flipped rows, the last line, still stops it.
        assert reached == ["deleting"]
        assert shop.value(f"select count(*) from {SCHEMA}.sales") == 40

    def test_7c_without_the_fingerprint_a_column_added_meanwhile_is_lost(self, shop: Shop) -> None:
        shop.add_sales(days=1)
        failpoints.disabled_guards.add("7c")
        failpoints.interruptions["prepare.after"] = elsewhere(
            f"alter table {SCHEMA}.sales add surprise text default 'kept?'"
        )

        shop.run("analytics", objects=("SALE",))

        assert shop.value(f"select count(*) from {SCHEMA}.sales") == 0

    def test_7d_without_the_digest_a_late_row_is_deleted_unarchived_or_stopped_by_the_count(self, shop: Shop) -> None:
        shop.add_sales(days=1)
        failpoints.disabled_guards.update(("7d", "7e"))
        failpoints.interruptions["prepare.after"] = elsewhere(LATE_SALE)

        shop.run("analytics", objects=("SALE",))

        assert sum(shop.all_rows().values()) == 40

    def test_7e_without_the_count_a_row_that_a_trigger_kept_counts_twice(self, shop: Shop) -> None:
        shop.add_sales(days=1)
        failpoints.disabled_guards.update(("preflight", "7e"))
        failpoints.interruptions["prepare.after"] = elsewhere(
            f"create function {SCHEMA}.keep() returns trigger language plpgsql as 'begin return null; end';"
            f"create trigger keep before delete on {SCHEMA}.sales for each row when (old.sale_id % 2 = 0)"
            f" execute function {SCHEMA}.keep()"
        )

        shop.run("analytics", objects=("SALE",))

        assert max(shop.all_rows().values()) == 2

    def test_with_its_count_a_row_that_a_trigger_kept_stops_the_unit(self, shop: Shop) -> None:
        shop.add_sales(days=1)
        failpoints.disabled_guards.add("preflight")
        failpoints.interruptions["prepare.after"] = elsewhere(
            f"create function {SCHEMA}.keep() returns trigger language plpgsql as 'begin return null; end';"
            f"create trigger keep before delete on {SCHEMA}.sales for each row when (old.sale_id % 2 = 0)"
            f" execute function {SCHEMA}.keep()"
        )

        result = shop.run("analytics", objects=("SALE",))

        assert "40 rows were to leave, PostgreSQL removed 20" in result.tables[0].kept_hot[0]
        assert max(shop.all_rows().values()) == 1
