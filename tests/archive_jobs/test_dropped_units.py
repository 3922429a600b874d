"""Whole partitions are dropped with their rows archived, and never with a row that is not."""

from __future__ import annotations

import threading
from collections.abc import Callable

import psycopg
import pytest
from killed_runs import KILLED_AT, kill_at, left_over
from months_of_sales import JANUARY, add_late, elsewhere, make_months
from small_shop import SCHEMA, Shop

from archive_jobs import failpoints
from archive_jobs.reading.read_back import open_reader


@pytest.fixture
def january(shop: Shop) -> Shop:
    """A shop with two days of sales in a partition of January 2024."""
    make_months(shop, "2024-01", "2024-02")
    shop.add_sales(days=2)
    return shop


LATE = (
    f"insert into {SCHEMA}.sales (sale_id, sold_at, _raw_seq, _source_order) values (77, '2024-01-01 12:00+00', 1, 1)"
)


class TestDropping:
    """What becomes of a partition while others read and write."""

    def test_the_partition_is_gone_and_every_row_reads_back(self, january: Shop) -> None:
        before = january.all_rows()

        result = january.run("analytics", objects=("SALE",))

        assert (result.tables[0].units, result.tables[0].kept_hot) == (1, [])
        assert january.value("select to_regclass(%s)", JANUARY) is None
        assert january.all_rows() == before
        assert january.value("select mode from archive_catalog.units") == "partition"
        days = january.execute("select part_day::text from archive_catalog.files order by 1").fetchall()
        assert days == [("2024-01-01",), ("2024-01-02",)]
        assert january.invoke("verify", "--deep")[0] == 0

    def test_rows_that_come_late_make_further_generations_also_in_a_partition_made_again(self, january: Shop) -> None:
        january.run("analytics", objects=("SALE",))
        add_late(january, 1)
        january.run("analytics", objects=("SALE",))
        make_months(january, "2024-01")
        add_late(january, 2)
        january.run("analytics", objects=("SALE",))

        units = january.execute("select mode, generation, row_count from archive_catalog.units order by created_at")
        assert units.fetchall() == [("partition", 1, 80), ("delete", 1, 1), ("partition", 2, 1)]
        assert sum(january.all_rows().values()) == 82
        assert january.value(f"select count(*) from {SCHEMA}.sales") == 0

    @pytest.mark.long
    def test_killed_at_any_point_no_row_is_lost_and_none_doubled(self, shop: Shop) -> None:
        for number, point in enumerate(KILLED_AT):
            month = f"{2010 + number // 12}-{1 + number % 12:02}"
            make_months(shop, month)
            shop.add_sales(days=1, per_day=10, first=f"{month}-01")
            before = shop.all_rows()
            kill_at(shop, point)

        result = shop.run("analytics")

        assert shop.all_rows() == before
        assert not [reason for table in result.tables for reason in table.kept_hot]
        assert left_over(shop) == []
        assert set(shop.execute("select mode from archive_catalog.units where kind = 'analytics'")) == {("partition",)}

    def test_a_row_between_export_and_commit_is_archived_too_or_stays(self, january: Shop) -> None:
        failpoints.interruptions["prepare.after"] = elsewhere(LATE)

        result = january.run("analytics", objects=("SALE",))

        assert (result.tables[0].rows, result.tables[0].kept_hot) == (81, [])
        assert sum(january.all_rows().values()) == 81

    def test_a_reader_who_has_begun_keeps_its_partition_and_the_archiver_tries_later(
        self, january: Shop, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("ARCHIVE_JOBS_COMMIT_TRIES", "1")
        model = january.library.object("SALE")
        with open_reader(january.settings, january.store) as reader:
            result = january.run("analytics", objects=("SALE",))
            seen = reader.engine.execute(f"select count(*) from ({reader.rows(model, 'analytics')})").fetchone()

        assert seen == (80,)
        assert "its rows are being changed" in result.tables[0].kept_hot[0]
        assert january.run("analytics", objects=("SALE",)).tables[0].units == 1

    def test_while_rows_are_compared_all_may_be_read_and_only_they_cannot_be_changed(self, january: Shop) -> None:
        late = f"insert into {SCHEMA}.sales (sale_id, sold_at, _raw_seq, _source_order) values (5, '%s', 1, 1)"
        seen = []

        def look() -> None:
            with psycopg.connect(autocommit=True, options="-c lock_timeout=200ms") as other:
                seen.append(other.execute(f"select count(*) from {SCHEMA}.sales").fetchone())
                other.execute((late % "2024-02-07 00:00+00").encode())
                with pytest.raises(psycopg.errors.LockNotAvailable):
                    other.execute((late % "2024-01-07 00:00+00").encode())

        failpoints.interruptions["commit.guard.after"] = look
        result = january.run("analytics", objects=("SALE",))

        assert (seen, result.tables[0].units) == ([(80,)], 1)
        assert sum(january.all_rows().values()) == 81

    def test_without_the_readers_lock_a_reader_sees_neither(self, january: Shop) -> None:
        failpoints.disabled_guards.add("reader lock")
        january.run("source")
        with open_reader(january.settings, january.store) as reader:
            hot = reader.control.execute(f"select count(*) from {SCHEMA}.source_sales").fetchone()
            january.run("analytics", objects=("SALE",))
            seen = reader.control.execute(f"select count(*) from {SCHEMA}.sales").fetchone()
            files = reader.files("sales", "analytics")

        assert (hot, seen, files) == ((0,), (0,), [])

    def test_a_query_that_began_before_the_drop_is_told_so_and_never_answered_short(self, january: Shop) -> None:
        with psycopg.connect() as reader:
            reader.execute("set transaction isolation level repeatable read")
            reader.execute("select 1 from pg_class limit 1")
            january.run("analytics", objects=("SALE",))

            with pytest.raises(psycopg.errors.SerializationFailure, match="a part of sales was dropped after"):
                reader.execute(f"select count(*) from {SCHEMA}.sales__lake")

    def test_sums_over_hot_and_cold_hold_while_months_are_dropped_and_written(self, shop: Shop) -> None:
        """A writer adds pairs that add up to nought, also to months on their way; every reader finds nought."""
        months = [f"2023-{month:02}" for month in range(1, 6)]
        make_months(shop, *months)
        for month in months:
            shop.add_sales(days=1, per_day=4, first=f"{month}-01")
        shop.execute(f"update {SCHEMA}.sales set amount = 0")
        expected = shop.value(f"select count(*) from {SCHEMA}.sales")
        model, wrong, errors, written, over = shop.library.object("SALE"), [], [], [0], threading.Event()

        def guarded(work: Callable[[], None]) -> None:
            try:
                while not over.is_set():
                    work()
            except BaseException as error:
                errors.append(error)

        def read() -> None:
            with open_reader(shop.settings, shop.store) as reader:
                found = reader.engine.execute(
                    f"select sum(amount), count(*) from ({reader.rows(model, 'analytics')})"
                ).fetchone()
            if found is None or float(found[0]) != 0 or found[1] < expected or found[1] % 2:
                wrong.append(found)

        def write() -> None:
            key = 10 + 2 * written[0]
            with psycopg.connect() as writer:
                writer.execute(
                    f"insert into {SCHEMA}.sales (sale_id, sold_at, amount, _raw_seq, _source_order)"
                    " values (%s, %s, 5, 1, 1), (%s, %s, -5, 1, 1)",
                    (key, "2023-05-01 05:00+00", key + 1, "2023-04-01 06:00+00" if key % 16 == 0 else "2023-06-01+00"),
                )
            written[0] += 1

        workers = [threading.Thread(target=guarded, args=(work,)) for work in (read, write)]
        for worker in workers:
            worker.start()
        for _ in range(2):
            shop.run("analytics", objects=("SALE",))
        over.set()
        for worker in workers:
            worker.join()

        assert (wrong, errors) == ([], [])
        assert written[0] > 0
        rows = shop.all_rows()
        assert (sum(rows.values()), max(rows.values())) == (expected + 2 * written[0], 1)
        assert shop.value("select count(*) from archive_catalog.units where mode = 'partition'") > 0


class TestEachGuardIsNeeded:
    """With a guard taken away, what it guards against does happen."""

    @pytest.mark.parametrize("is_guarded", [True, False])
    def test_a_partition_attached_anew_with_wider_bounds_is_not_dropped(self, january: Shop, is_guarded: bool) -> None:
        if not is_guarded:
            # Every row of what is dropped is compared, which would tell as well.
            failpoints.disabled_guards.update(("bounds", "7d"))
        failpoints.interruptions["prepare.after"] = elsewhere(
            f"alter table {SCHEMA}.sales detach partition {JANUARY}",
            f"alter table {SCHEMA}.sales attach partition {JANUARY}"
            " for values from ('2023-12-01+00') to ('2024-02-01+00')",
            f"insert into {SCHEMA}.sales (sale_id, sold_at, _raw_seq, _source_order) values (5, '2023-12-05', 1, 1)",
        )

        result = january.run("analytics", objects=("SALE",))

        # Without the guards the row of December goes with the partition, though nobody has exported it.
        assert sum(january.all_rows().values()) == (81 if is_guarded else 80)
        if is_guarded:
            assert "now its range is 2023-12-01 00:00:00+00 to 2024-02-01" in result.tables[0].kept_hot[0]

    def test_7d_without_the_comparison_a_late_row_is_dropped_unarchived(self, january: Shop) -> None:
        failpoints.disabled_guards.add("7d")
        failpoints.interruptions["prepare.after"] = elsewhere(LATE)

        january.run("analytics", objects=("SALE",))

        assert sum(january.all_rows().values()) == 80

    @pytest.mark.parametrize("is_guarded", [True, False])
    def test_a_trigger_made_between_plan_and_commit_stops_the_unit(self, january: Shop, is_guarded: bool) -> None:
        if not is_guarded:
            failpoints.disabled_guards.add("preflight")
        failpoints.interruptions["prepare.after"] = elsewhere(
            f"create function {SCHEMA}.keep() returns trigger language plpgsql as 'begin return null; end';"
            f"create trigger keep before delete on {JANUARY} for each row execute function {SCHEMA}.keep()"
        )

        result = january.run("analytics", objects=("SALE",))

        assert result.tables[0].units == (0 if is_guarded else 1)
        if is_guarded:
            assert "since the plan, the trigger keep acts on rows that leave" in result.tables[0].kept_hot[0]
