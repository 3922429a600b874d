"""What a run does to hot rows, cold files and the catalogue."""

from __future__ import annotations

import json

import duckdb
from small_shop import SCHEMA, Shop

from archive_jobs.lake.commit_records import record_path


def test_aged_days_leave_postgresql_and_stand_in_the_lake(shop: Shop) -> None:
    shop.add_sales(days=3)
    before = shop.all_rows()

    result = shop.run("analytics", objects=("SALE",))

    assert [(t.units, t.rows, t.kept_hot) for t in result.tables] == [(3, 120, [])]
    assert shop.value(f"select count(*) from {SCHEMA}.sales") == 0
    assert shop.all_rows() == before


def test_young_days_stay(shop: Shop) -> None:
    shop.execute(
        f"insert into {SCHEMA}.sales (sale_id, sold_at, _raw_seq, _source_order)"
        " select n, now() - n * interval '1 day', n, n from generate_series(1, 120) n"
    )

    result = shop.run("analytics", objects=("SALE",))

    kept = shop.value(f"select count(*) from {SCHEMA}.sales")
    assert result.tables[0].rows + kept == 120
    # The ninetieth day is not over yet: it goes as a whole or not at all.
    assert kept in (90, 91)


def test_files_lie_by_day_and_say_what_they_are(shop: Shop) -> None:
    shop.add_sales(days=1)

    shop.run("analytics", objects=("SALE",))

    path = shop.value("select path from archive_catalog.readable_files")
    assert path.startswith(f"{SCHEMA}/analytics/sales/part_year=2024/part_month=01/part_day=01/")
    assert (shop.lake / path).stat().st_mode & 0o777 == 0o444
    said = dict(
        duckdb.execute(
            "select decode(key), decode(value) from parquet_kv_metadata(?)", [str(shop.lake / path)]
        ).fetchall()
    )
    assert (said["table"], said["kind"]) == ("sales", "analytics")
    assert json.loads(said["postgresql_types"])["amount"] == "numeric(18,6)"


def test_rows_are_sorted_by_time(shop: Shop) -> None:
    shop.add_sales(days=1)

    shop.run("analytics", objects=("SALE",))

    path = shop.lake / shop.value("select path from archive_catalog.readable_files")
    times = [row[0] for row in duckdb.execute(f"select epoch_us(sold_at) from '{path}'").fetchall()]
    assert times == sorted(times)


def test_the_manifest_says_what_was_written_and_each_record_holds_the_hash_of_the_one_before(shop: Shop) -> None:
    shop.add_sales(days=3)

    shop.run("analytics", objects=("SALE",))

    store = shop.store
    records = [json.loads(store.read(record_path(SCHEMA, "sales", number))) for number in (1, 2, 3)]
    assert [r["previous_sha256"] for r in records] == [
        None,
        store.sha256(record_path(SCHEMA, "sales", 1)),
        store.sha256(record_path(SCHEMA, "sales", 2)),
    ]
    for record in records:
        assert store.sha256(record["manifest"]["path"]) == record["manifest"]["sha256"]
        manifest = json.loads(store.read(record["manifest"]["path"]))
        (file,) = manifest["files"]
        assert (file["sha256"], file["rows"]) == (store.sha256(file["path"]), 40)


def test_the_two_kinds_have_chains_of_their_own(shop: Shop) -> None:
    shop.add_sales(days=1)
    shop.add_raw(5)

    shop.run(objects=("SALE",))

    assert (shop.lake / record_path(SCHEMA, "sales", 1)).exists()
    assert (shop.lake / record_path(SCHEMA, "source_sales", 1)).exists()


def test_raw_records_are_copied_as_soon_as_they_have_landed(shop: Shop) -> None:
    shop.add_raw(50, processed=False, ingested_at="now")
    before = shop.all_rows(kind="source")

    result = shop.run("source", objects=("SALE",))

    assert [(t.rows, t.dropped) for t in result.tables] == [(50, 0)]
    assert shop.value(f"select count(*) from {SCHEMA}.source_sales where archived_in is not null") == 50
    assert shop.all_rows(kind="source") == before


def test_raw_records_are_dropped_only_when_processed_and_old_enough(shop: Shop) -> None:
    shop.add_raw(10)
    shop.add_raw(4, processed=False)
    shop.add_raw(3, ingested_at="now")

    result = shop.run("source", objects=("SALE",))

    assert [(t.rows, t.dropped) for t in result.tables] == [(17, 10)]
    assert shop.value(f"select count(*) from {SCHEMA}.source_sales") == 7


def test_a_raw_record_edited_after_it_was_archived_is_not_dropped(shop: Shop) -> None:
    shop.add_raw(10, processed=False)
    shop.run("source", objects=("SALE",))
    shop.execute(f"update {SCHEMA}.source_sales set processed = true")
    shop.execute(f"update {SCHEMA}.source_sales set raw_data = '{{}}' where raw_id = 'r3'")

    result = shop.run("source", objects=("SALE",))

    assert result.tables[0].dropped == 0
    assert "edited" in result.tables[0].kept_hot[0]
    assert shop.value(f"select count(*) from {SCHEMA}.source_sales") == 10


def test_raw_records_stay_when_the_file_that_holds_them_is_damaged(shop: Shop) -> None:
    shop.add_raw(10, processed=False)
    shop.run("source", objects=("SALE",))
    shop.execute(f"update {SCHEMA}.source_sales set processed = true")
    file = shop.lake / shop.value("select path from archive_catalog.readable_files")
    file.chmod(0o644)
    file.write_bytes(file.read_bytes()[:-1] + b"?")

    result = shop.run("source", objects=("SALE",))

    assert "expected SHA-256" in result.tables[0].kept_hot[0]
    assert shop.value(f"select count(*) from {SCHEMA}.source_sales") == 10


def test_rows_that_come_late_make_another_generation(shop: Shop) -> None:
    shop.add_sales(days=1)
    shop.run("analytics", objects=("SALE",))
    shop.execute(
        f"insert into {SCHEMA}.sales (sale_id, sold_at, _raw_seq, _source_order)"
        " values (1, '2024-01-01 23:00+00', 1, 1)"
    )
    before = shop.all_rows()

    shop.run("analytics", objects=("SALE",))

    assert shop.all_rows() == before
    assert shop.value("select array_agg(generation order by generation) from archive_catalog.units") == [1, 2]


def test_a_table_without_a_key_keeps_its_doubles(shop: Shop) -> None:
    shop.add_ticks()
    shop.execute(f"alter table {SCHEMA}.ticks alter _raw_seq drop not null")
    shop.execute(f"drop index {SCHEMA}.{shop.value(_UNIQUE_OF_TICKS)}")
    shop.execute(f"insert into {SCHEMA}.ticks select * from {SCHEMA}.ticks")
    before = shop.all_rows("TICK")

    shop.run("analytics", objects=("TICK",))

    assert shop.value(f"select count(*) from {SCHEMA}.ticks") == 0
    assert shop.all_rows("TICK") == before
    assert set(before.values()) == {2}


_UNIQUE_OF_TICKS = "select indexname::text from pg_indexes where tablename = 'ticks' and indexdef like 'CREATE UNIQUE%'"


def test_a_day_without_a_zone_is_cut_by_the_zone_its_column_declares(shop: Shop) -> None:
    shop.add_ticks(days=2)

    shop.run("analytics", objects=("TICK",))

    # 31 March 2024 has 23 hours in Berlin.
    hours = shop.execute("select extract(hour from hi - lo)::int from archive_catalog.units order by lo").fetchall()
    assert hours == [(0,), (23,)] or hours == [(24,), (23,)]


def test_rows_without_a_time_stay_hot_and_are_reported(shop: Shop) -> None:
    shop.execute(
        f"insert into {SCHEMA}.ticks (year, at_time, _raw_seq, _source_order) values"
        " (1, null, 1, 1), (2, '-infinity', 2, 2), (3, 'infinity', 3, 3), (4, '0044-03-15 BC', 4, 4)"
    )

    result = shop.run("analytics", objects=("TICK",))

    expected = "4 rows stay hot, as no unit can hold their at_time: 1 -infinity, 1 far past, 1 infinity, 1 null"
    assert expected in result.tables[0].plan.notes
    assert shop.value(f"select count(*) from {SCHEMA}.ticks") == 4


def test_a_column_with_a_value_that_its_lake_type_cannot_hold_is_text_in_that_file_alone(shop: Shop) -> None:
    shop.add_sales(days=2)
    shop.execute(f"update {SCHEMA}.sales set amount = 'NaN' where sale_id % 100000 = 7 and sold_at < '2024-01-02'")

    result = shop.run("analytics", objects=("SALE",))

    assert (result.tables[0].rows, result.tables[0].kept_hot) == (80, [])
    paths = shop.execute("select path from archive_catalog.readable_files order by lo").fetchall()
    files = [str(shop.lake / path) for (path,) in paths]
    types = [duckdb.execute("select typeof(amount) from read_parquet(?) limit 1", [file]).fetchone() for file in files]
    assert types == [("VARCHAR",), ("DECIMAL(18,6)",)]
    assert duckdb.execute("select count(*) from read_parquet(?) where amount = 'NaN'", [files[0]]).fetchone() == (1,)
    manifest = json.loads(
        shop.store.read(shop.value("select manifest_path from archive_catalog.attempts order by predicate limit 1"))
    )
    amount = next(column for column in manifest["columns"] if column["name"] == "amount")
    assert (amount["lake_type"], amount["postgresql_type"]) == ("VARCHAR", "numeric(18,6)")
    assert shop.invoke("verify", "--deep")[0] == 0


def test_a_value_that_duckdb_cannot_hold_is_an_error_in_sql_and_never_another_value(shop: Shop) -> None:
    shop.add_sales(days=1)
    shop.execute(f"update {SCHEMA}.sales set amount = 'NaN'")

    query = "select sum(amount) from history_sales"
    hot = shop.invoke("sql", query, "--definitions", str(shop.definitions))
    assert shop.run("analytics", objects=("SALE",)).tables[0].kept_hot == []
    cold = shop.invoke("sql", query, "--definitions", str(shop.definitions))

    assert [status for status, _, _ in (hot, cold)] == [2, 2]
    assert all("NaN" in message for _, _, message in (hot, cold))


def test_a_policy_is_kept_as_a_version(shop: Shop) -> None:
    shop.add_sales(days=1)

    shop.run("analytics", objects=("SALE",))
    shop.run("analytics", objects=("SALE",))

    assert shop.value("select policy ->> 'retention' from archive_catalog.policies") == "90 days"
    assert shop.value("select count(*) from archive_catalog.policies") == 1


def test_a_second_run_finds_nothing_to_do(shop: Shop) -> None:
    shop.add_sales(days=2)
    shop.add_raw(10)
    shop.run()

    again = shop.run()

    assert sum(table.units + table.dropped for table in again.tables) == 0
