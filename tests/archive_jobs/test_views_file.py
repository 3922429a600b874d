"""The DuckDB file of views: right for whoever has DuckDB alone, or an error that names the command; never short."""

from __future__ import annotations

import json
import resource
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import psycopg
import pytest
from measured_shop import add_measures, make_shop
from small_shop import SCHEMA, Shop

from archive_jobs import failpoints

SECONDS, AT_MOST = 3.0, 60.0
BEHIND = "is behind the archive. Nothing is wrong with the data; run: archive-jobs views"


@pytest.fixture
def shop(connection: psycopg.Connection[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    monkeypatch.setenv("ARCHIVE_URL", str(tmp_path / "lake"))
    made = make_shop(connection, tmp_path)
    made.add_raw(10)
    made.run()
    return made


def written(shop: Shop) -> Path:
    """The file, as the command writes it."""
    target = shop.lake.parent / "views.duckdb"
    status, _, problem = shop.invoke("views", str(target), "--definitions", str(shop.definitions), "--json")
    assert (status, problem) == (0, "")
    return target


@contextmanager
def plain(file: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """What somebody does who has DuckDB, the file, and the words beside it."""
    with duckdb.connect(str(file), read_only=True) as session:
        session.execute(file.with_suffix(".sql").read_text())
        yield session


def asked(file: Path, query: str) -> list[Any]:
    with plain(file) as session:
        return session.execute(query).fetchall()


def test_the_views_hold_hot_and_archived_rows_once(shop: Shop) -> None:
    add_measures(shop, "now", days=1)
    add_measures(shop, "2024-01-02", days=1, value=7, order=9)
    shop.add_raw(5, ingested_at="now", processed=False)
    file = written(shop)

    assert asked(file, "select count(*), sum(value)::int from history_measures") == [(12, 30)]
    assert asked(file, "select count(*) from history_sales union all select count(*) from archive_sales") == [(12,)] * 2
    assert asked(file, "select count(*) from source_sales union all select count(*) from archive_source_sales") == [
        (15,), (10,),
    ]  # fmt: skip
    day = "where at_time >= '2024-01-02' and at_time < '2024-01-03'"
    assert asked(file, f"select distinct value::int from history_measures {day}") == [(7,)]
    failpoints.disabled_guards.add("late rows")
    assert asked(written(shop), f"select count(*) from history_measures {day}") == [(6,)]


def test_a_replayed_row_is_the_one_that_counts_beside_its_archived_original(shop: Shop) -> None:
    """Both are of one record: order and number are the same, and which was written later decides."""
    add_measures(shop, "2024-01-01", days=3, value=7)
    shop.execute(f"update {SCHEMA}.measures set _loaded_at = now()")

    assert asked(written(shop), "select value::int, count(*) from history_measures group by 1") == [(7, 9)]


@pytest.mark.parametrize("where", ["", "where at_time < '2024-01-02'", "where at_time >= '2024-03-01'", "limit 1"])
def test_a_view_that_is_behind_says_so_whatever_is_asked_of_it(shop: Shop, where: str) -> None:
    """Rows of March are archived behind it: also who asks for March, of which it has no file, must not get nothing."""
    file = written(shop)
    add_measures(shop, "2024-03-01", days=1)
    shop.run("analytics")

    for view in ("archive_measures", "history_measures"):
        with pytest.raises(duckdb.Error, match=BEHIND):
            asked(file, f"select * from {view} {where}")
    assert len(asked(written(shop), f"select * from history_measures {where}")) in (12, 3, 1)


def test_without_its_guard_a_view_would_answer_short(shop: Shop) -> None:
    failpoints.disabled_guards.add("views")
    file = written(shop)
    add_measures(shop, "2024-03-01", days=1)
    shop.run("analytics")

    assert asked(file, "select count(*) from history_measures") == [(9,)]


def test_a_view_of_a_table_of_which_nothing_was_archived_fails_once_something_is(
    connection: psycopg.Connection[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARCHIVE_URL", str(tmp_path / "lake"))
    shop = make_shop(connection, tmp_path)
    shop.run("analytics", objects=("SALE",))
    file = written(shop)
    assert asked(file, "select count(*) from history_measures where at_time < '2025-01-01'") == [(9,)]

    shop.run("analytics")

    with pytest.raises(duckdb.Error, match=BEHIND):
        asked(file, "select count(*) from history_measures where at_time < '2025-01-01'")


def test_a_day_opens_one_file_of_many(shop: Shop) -> None:
    """The plan has one branch left; its scan reads one file."""
    add_measures(shop, "2022-01-01", days=3)
    shop.run("analytics")
    file = written(shop)

    day = "where at_time >= '2024-01-02' and at_time < '2024-01-03'"
    with plain(file) as session:
        plan = session.execute(f"explain analyze select * from archive_measures {day}").fetchall()[0][1]

    assert plan.count("READ_PARQUET") == 1
    assert "Total Files Read: 3" in plan


@pytest.mark.parametrize("reader", ["measures", "sales"])
def test_sums_over_the_views_never_move_while_rows_are_archived_and_written(shop: Shop, reader: str) -> None:
    """Each answer is the right sum or the error, under a writer and an archiver."""
    shop.execute(f"update {SCHEMA}.sales set amount = 0")
    column, view = ("value", "history_measures") if reader == "measures" else ("amount", "history_sales")
    file, begun = written(shop), time.monotonic()
    first = asked(file, f"select sum({column}) from {view}")[0][0]
    wrong: list[Any] = []
    errors: list[BaseException] = []
    told: dict[str, int] = {"right": 0, "behind": 0, "written": 0}

    def goes_on() -> bool:
        """For some seconds, and on a busy machine until everything has happened."""
        passed = time.monotonic() - begun
        return passed < SECONDS or (min(told.values()) == 0 and passed < AT_MOST and not errors)

    def write_pairs() -> None:
        with psycopg.connect(autocommit=True) as writer:
            while goes_on():
                # One day for a while: the others can be archived meanwhile, and get late rows afterwards.
                day, key = 1 + told["written"] // 100 % 27, told["written"]
                writer.execute(
                    f"insert into {SCHEMA}.measures (metric, at_time, value, _raw_seq, _source_order)"
                    " values (%s, %s, 5, 1, 1), (%s, %s, -5, 1, 1)",
                    (f"a{key}", f"2024-02-{day:02} 05:00+00", f"b{key}", f"2024-02-{28 - day:02} 06:00+00"),
                )
                writer.execute(
                    f"insert into {SCHEMA}.sales (sale_id, sold_at, amount, _raw_seq, _source_order)"
                    " values (%s, %s, 5, 1, 1), (%s, %s, -5, 1, 1)",
                    (key * 2, f"2024-02-{day:02} 05:00+00", key * 2 + 1, f"2024-02-{28 - day:02} 06:00+00"),
                )
                told["written"] += 1

    def read() -> None:
        nonlocal file
        while goes_on():
            try:
                with plain(file) as session:
                    while goes_on():
                        found = session.execute(f"select sum({column}) from {view}").fetchall()[0][0]
                        told["right"] += found == first
                        wrong.extend([found] if found != first else [])
            except duckdb.Error as error:
                if BEHIND not in str(error):
                    wrong.append(str(error))
                told["behind"] += 1
                file = written(shop)

    def archive() -> None:
        while goes_on():
            shop_of_its_own = Shop(psycopg.connect(autocommit=True), shop.definitions, shop.lake)
            shop_of_its_own.run("analytics")
            shop_of_its_own.connection.close()

    def noting(work: Any) -> None:
        try:
            work()
        except BaseException as error:
            errors.append(error)

    workers = [threading.Thread(target=noting, args=(work,)) for work in (write_pairs, read, archive)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert (errors, wrong) == ([], [])
    assert min(told.values()) > 0, told


def test_sealed_payloads_are_named_as_such_and_the_rest_of_a_record_can_be_read(shop: Shop) -> None:
    """What opens them is our own command; a plain DuckDB has neither function nor key."""
    file = written(shop)

    assert asked(file, "select count(*), count(ingested_at), count(raw_data) from source_sales") == [(10, 10, 9)]


def test_nothing_is_written_where_there_is_no_catalogue_to_compare_with(
    connection: psycopg.Connection[Any], tmp_path: Path
) -> None:
    shop = make_shop(connection, tmp_path)
    target = tmp_path / "views.duckdb"

    status, _, problem = shop.invoke("views", str(target), "--definitions", str(shop.definitions))

    assert status == 2
    assert "no catalogue of an archive yet" in problem
    assert list(tmp_path.glob("*views*")) == []


def test_the_file_is_written_for_the_tables_named(shop: Shop, tmp_path: Path) -> None:
    words = ["views", str(tmp_path / "some.duckdb"), "--table", "MEASURE", "--definitions", str(shop.definitions)]

    _, printed, _ = shop.invoke(*words, "--json")

    assert {one["name"] for one in json.loads(printed)} == {
        "archive_measures", "history_measures", "archive_source_measures", "source_measures",
    }  # fmt: skip


def test_a_file_that_somebody_else_wrote_is_left_as_it_is(shop: Shop, tmp_path: Path) -> None:
    """Also a file of views into which somebody has put a table of their own, and words beside it that are theirs."""

    def refused(target: Path) -> str:
        before = {file: file.read_bytes() for file in target.parent.iterdir() if file.is_file()}
        status, _, problem = shop.invoke("views", str(target), "--definitions", str(shop.definitions))
        assert (status, {file: file.read_bytes() for file in target.parent.iterdir() if file.is_file()}) == (2, before)
        return problem

    records = tmp_path / "records.ndjson"
    records.write_text("{}\n")
    assert "nothing beside it says that this command wrote it" in refused(records)
    with duckdb.connect(str(tmp_path / "dbt.duckdb")) as file:
        file.execute("create table mart as select 1 as one")
    assert "nothing beside it says that this command wrote it" in refused(tmp_path / "dbt.duckdb")
    (tmp_path / "mine.sql").write_text("select 1")
    assert "mine.sql is there, and this command did not write it" in refused(tmp_path / "mine.duckdb")
    target = written(shop)
    with duckdb.connect(str(target)) as file:
        file.execute("create table results as select 1 as one; create view of_mine as select 2 as two")
    assert "holds more than this command wrote: of_mine, results" in refused(target)
    assert "found the folder" in refused(shop.lake)


def test_a_place_that_cannot_be_written_is_said(shop: Shop, tmp_path: Path) -> None:
    target = tmp_path / "no_folder" / "lake.duckdb"
    target.parent.write_text("a file stands where its folder would be")

    status, _, problem = shop.invoke("views", str(target), "--definitions", str(shop.definitions))
    assert (status, "lake.duckdb cannot be written: " in problem, "Traceback" in problem) == (2, True, False)
    status, _, problem = shop.invoke("views", "/proc/lake.duckdb", "--definitions", str(shop.definitions))
    assert (status, "/proc/lake.duckdb cannot be written: No such file or directory" in problem) == (2, True)


@contextmanager
def full_disk() -> Iterator[None]:
    """No file of this process can grow beyond 50 kB: the system refuses to write on, as where a disk is full."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_full_disk_leaves_nothing_half_written(shop: Shop, tmp_path: Path) -> None:
    place = tmp_path / "full"
    place.mkdir()
    definitions = ("--definitions", str(shop.definitions))
    with full_disk():
        of_views = shop.invoke("views", str(place / "lake.duckdb"), *definitions)
        of_rows = [
            shop.invoke(
                "sql", "select range from range(100000)", "--format", form, "-o", str(place / "r"), *definitions
            )
            for form in ("arrow", "csv")
        ]
    of_a_folder = shop.invoke("sql", "select 1", "--format", "csv", "-o", str(place), *definitions)

    assert [ended[0] for ended in (of_views, *of_rows, of_a_folder)] == [2, 2, 2, 2]
    assert "lake.duckdb cannot be written: " in of_views[2]
    assert f"{place} cannot be written: " in of_rows[0][2]
    assert "expected a file to write, found the folder" in of_a_folder[2]
    assert list(place.iterdir()) == []
