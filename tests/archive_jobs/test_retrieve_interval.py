"""Rows of an interval: the newest record of each key, from the files that are needed and no others."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import psycopg
import pytest
from measured_shop import add_measures, make_shop, reading
from small_shop import SCHEMA, TICK, Shop, write_definitions

import archive_jobs
from archive_jobs import failpoints
from archive_jobs.lake import store as stores
from archive_jobs.times import parse_interval
from definitions_to_dbt.errors import ProblemError


@pytest.fixture
def shop(connection: psycopg.Connection[Any], tmp_path: Path) -> Shop:
    return make_shop(connection, tmp_path)


def rows_of(shop: Shop, table: str, start: str | None, end: str | None, **more: Any) -> list[dict[str, Any]]:
    reader = archive_jobs.retrieve(table, start=start, end=end, definitions=shop.definitions, **more)
    return reader.read_all().to_pylist()


@pytest.fixture
def lake(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Shop:
    monkeypatch.setenv("ARCHIVE_URL", str(shop.lake))
    shop.run("analytics")
    return shop


def moved(shop: Shop, sale: int, to: str, order: int) -> None:
    """The sale's time changes after its old place was archived: nothing in Layer 2 marks that place."""
    shop.execute(
        f"insert into {SCHEMA}.sales (sale_id, sold_at, note, _raw_seq, _source_order)"
        " values (%s, %s, 'moved', %s, %s)",
        sale, to, order, order,
    )  # fmt: skip


@pytest.mark.parametrize("place", ["hot", "cold"])
def test_a_sale_that_moved_to_another_time_is_not_shown_at_its_old_one(lake: Shop, place: str) -> None:
    with reading(lake) as reader:
        model = lake.library.object("SALE")
        sale = reader.engine.execute(f"select min(sale_id) from ({reader.rows(model, 'analytics')})").fetchall()[0][0]
    moved(lake, sale, "now" if place == "hot" else "2024-02-10 12:00+00", order=10_000_000)
    if place == "cold":
        lake.run("analytics")

    old_day = rows_of(lake, "sales", "2024-01-01", "2024-01-01")
    later = rows_of(lake, "sales", "2024-01-02", None)
    failpoints.disabled_guards.add("rivals")
    unguarded = rows_of(lake, "sales", "2024-01-01", "2024-01-01")

    assert {row["sale_id"] for row in unguarded} - {row["sale_id"] for row in old_day} == {sale}
    assert [row["note"] for row in later if row["sale_id"] == sale] == ["moved"]
    assert len(old_day) + len(later) == 12


def test_a_replayed_sale_that_moved_is_shown_at_its_new_time_alone(lake: Shop) -> None:
    """It ties with its archived original in order and number; it was written later."""
    with reading(lake) as reader:
        rows = reader.rows(lake.library.object("SALE"), "analytics")
        query = f"select sale_id, _source_order, _raw_seq from ({rows}) order by 1"
        sale, order, number = reader.engine.execute(query).fetchall()[0]
    moved(lake, sale, "2024-02-10 12:00+00", order)
    lake.execute(f"update {SCHEMA}.sales set _loaded_at = now(), _raw_seq = %s", number)

    january, february = (rows_of(lake, "sales", f"2024-{month}-01", f"2024-{month}-28") for month in ("01", "02"))

    assert (len(january), len(february)) == (11, 1)


def test_rows_are_found_after_their_times_are_read_in_another_zone(
    connection: psycopg.Connection[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A unit's bounds are instants of the zone of that day; the rows are wall times, which mean others now."""
    monkeypatch.setenv("ARCHIVE_URL", str(tmp_path / "lake"))
    shop = Shop(connection, write_definitions(tmp_path / "definitions", TICK), tmp_path / "lake")
    shop.make_tables()
    shop.add_ticks(days=2)
    shop.run("analytics")
    file = shop.definitions / "object_models" / "TICK.json"
    file.write_text(file.read_text().replace("Europe/Berlin", "America/New_York"))

    evening = rows_of(shop, "ticks", "2024-03-31T00:00:00Z", "2024-03-31T00:30:00Z")

    assert [str(row["at_time"]) for row in evening] == ["2024-03-30 20:00:00"]


@pytest.mark.parametrize("place", ["hot", "cold"])
def test_the_hour_that_clocks_show_twice_is_in_one_interval_and_makes_none_of_them_empty(
    connection: psycopg.Connection[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    """As PostgreSQL takes wall times, at the second time; an interval across it ends on an earlier wall time."""
    monkeypatch.setenv("ARCHIVE_URL", str(tmp_path / "lake"))
    shop = Shop(connection, write_definitions(tmp_path / "definitions", TICK), tmp_path / "lake")
    shop.make_tables()
    shop.execute(
        f"insert into {SCHEMA}.ticks (at_time, _raw_seq, _source_order) select ('2023-10-29 ' || wall)::timestamp, n, n"
        " from unnest(array['01:59:59', '02:10', '02:30', '02:50', '03:00']) with ordinality as u (wall, n)"
    )
    if place == "cold":
        shop.run("analytics")
    adjoining = [("28T23:30Z", "29T00:40Z"), ("29T00:40:00.000001Z", "29T01:20Z"), ("29T01:20:00.000001Z", "29T02:00Z")]
    within_the_first_time = ("29T00:05Z", "29T00:55Z")

    found = [
        sorted(f"{row['at_time']:%H:%M}" for row in rows_of(shop, "ticks", f"2023-10-{start}", f"2023-10-{end}"))
        for start, end in (*adjoining, within_the_first_time)
    ]

    assert found == [["01:59"], ["02:10"], ["02:30", "02:50", "03:00"], []]


def test_an_older_record_elsewhere_takes_nothing_away(lake: Shop) -> None:
    """Files that can hold nothing newer than the interval's rows are not opened either."""
    with reading(lake) as reader:
        model = lake.library.object("SALE")
        query = f"select sale_id from ({reader.rows(model, 'analytics')}) order by _source_order, sale_id desc limit 1"
        newest = reader.engine.execute(query).fetchone()[0]  # type: ignore[index]
    moved(lake, newest, "2024-02-10 12:00+00", order=-5)
    lake.run("analytics")

    days = rows_of(lake, "sales", "2024-01-01", "2024-01-03")
    with reading(lake) as reader:
        sql = reader.rows(model, "analytics", parse_interval("2024-01-01", "2024-01-03"))

    assert len(days) == 12
    assert "part_month=02" not in sql


def test_a_correction_under_the_same_time_is_the_one_that_counts(lake: Shop) -> None:
    add_measures(lake, "2024-01-02", days=1, value=7, order=9)

    hot = rows_of(lake, "measures", "2024-01-01", "2024-01-03")
    lake.run("analytics")
    cold = rows_of(lake, "measures", "2024-01-01", "2024-01-03")
    failpoints.disabled_guards.add("contested")
    without_comparing = rows_of(lake, "measures", "2024-01-01", "2024-01-03")

    values = sorted(int(row["value"]) for row in hot)
    assert (values, sorted(int(row["value"]) for row in cold)) == ([1, 1, 1, 1, 1, 1, 7, 7, 7], values)
    assert len(without_comparing) == 12


def test_rows_that_nothing_can_contest_are_not_compared(lake: Shop) -> None:
    """Neither a window nor PostgreSQL is asked where units lie apart and no hot row lies among them."""
    add_measures(lake, "now", days=1)
    model = lake.library.object("MEASURE")

    with reading(lake) as reader:
        apart = reader.rows(model, "analytics", parse_interval("2024-01-01", "2024-01-03"))
        with_hot = reader.rows(model, "analytics", parse_interval("2024-01-03", None))
    add_measures(lake, "2024-01-03", days=1, value=7, order=9)
    with reading(lake) as reader:
        with_late = reader.rows(model, "analytics", parse_interval("2024-01-03", None))

    assert ("row_number" in apart, "postgres_query" in apart) == (False, False)
    assert ("row_number" in with_hot, "postgres_query" in with_hot) == (False, True)
    assert ("row_number" in with_late, "postgres_query" in with_late) == (True, True)
    assert apart.count(".parquet'") == 3


def test_one_day_opens_one_file_and_reads_its_bytes_once(lake: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    hashed: list[Path] = []
    as_it_is = stores.file_sha256
    monkeypatch.setattr(stores, "file_sha256", lambda path: (hashed.append(path), as_it_is(path))[1])

    first = rows_of(lake, "measures", "2024-01-02", "2024-01-02")
    again = rows_of(lake, "measures", date(2024, 1, 2), date(2024, 1, 2))  # type: ignore[arg-type]

    assert (len(first), again) == (3, first)
    assert len(hashed) == 1
    hashed[0].chmod(0o644)
    damaged = hashed[0].read_bytes()
    hashed[0].write_bytes(bytes([*damaged[:50], damaged[50] ^ 1, *damaged[51:]]))
    with pytest.raises(ProblemError, match="its SHA-256 is not the one archived"):
        rows_of(lake, "measures", "2024-01-02", "2024-01-02")


def test_the_stream_can_be_given_up_half_way(lake: Shop) -> None:
    reader = archive_jobs.retrieve("measures", definitions=lake.definitions)
    reader.close()
    del reader

    sessions = "select count(*) from pg_stat_activity where application_name = 'archive-jobs'"
    while lake.value(f"{sessions} and datname = current_database()"):
        pass
