"""`sql`, `shell`, `--known-at` and `--estimate`: what a question reads, and the archive as it stood."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from measured_shop import add_measures, make_cold_shop, reading
from rich.console import Console
from small_shop import SCHEMA, Shop

import archive_jobs
from archive_jobs import failpoints
from archive_jobs.commands.reading import run_shell
from archive_jobs.lake import store as stores
from archive_jobs.reading.shell import is_whole, statements
from archive_jobs.times import EVERYTHING
from definitions_to_dbt.errors import ProblemError

QUESTION = "select count(*) as n from history_measures;"


@pytest.fixture
def shop(connection: psycopg.Connection[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """Three cold days of sales and measurements, some of today."""
    return make_cold_shop(connection, tmp_path, monkeypatch)


@pytest.fixture
def hashed(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The files that are read whole to be checked, by their day."""
    found: list[str] = []
    as_it_is = stores.file_sha256

    def noting(path: Path) -> str:
        found.append(path.parent.name)
        return as_it_is(path)

    monkeypatch.setattr(stores, "file_sha256", noting)
    yield found


def sql(shop: Shop, query: str, *words: str) -> Any:
    status, printed, problem = shop.invoke("sql", query, "--definitions", str(shop.definitions), "--json", *words)
    assert (status, problem) == (0, ""), problem
    return json.loads(printed)


@pytest.mark.parametrize(
    ("query", "answer", "days"),
    [
        ("select count(*) n from history_measures where at_time >= '2024-01-02' and at_time < '2024-01-03'", 3, ["02"]),
        ("select count(*) n from archive_sales where date_trunc('day', sold_at) = '2024-01-02'", 4, ["02"]),
        ("select count(*) n from history_sales where sold_at > now() - interval 30 days", 0, []),
        ("select count(*) n from archive_sales a join archive_sales b using (sale_id) where a.sold_at < '2024-01-02'"
         " and b.sold_at < '2024-01-03'", 4, ["01", "02"]),
        ("select count(*) n from history_measures where at_time < '2024-01-02' or metric = 'm1'", 6, None),
        ("select count(*) n from (from history_measures where at_time < '2024-01-02' order by value limit 2)",
         2, ["01"]),
        ("with x as (select * from history_measures) select count(*) n from x where at_time = '2024-01-03'", 3, ["03"]),
    ],
)  # fmt: skip
def test_a_query_reads_the_days_it_needs(
    shop: Shop, hashed: list[str], query: str, answer: int, days: list[str] | None
) -> None:
    assert sql(shop, query)["n"] == answer
    assert sorted(hashed) == ([f"part_day={day}" for day in days] if days is not None else sorted(hashed))
    assert len(hashed) == (3 if days is None else len(days))

    failpoints.disabled_guards.add("needed times")
    assert sql(shop, query)["n"] == answer


def test_explain_says_files_rows_and_bytes_and_opens_none_of_the_others(shop: Shop, hashed: list[str]) -> None:
    query = "select sum(value) from history_measures where at_time < '2024-01-03'"

    told = sql(shop, query, "--explain")

    (read,) = told["reads"]
    assert (read["table"], read["files"], read["rows"], read["hot_rows"]) == ("measures", 2, 6, read["hot_rows"])
    assert read["bytes"] > 0
    assert "READ_PARQUET" in told["plan"]
    assert len(hashed) == 2


def test_an_estimate_opens_no_file(shop: Shop, hashed: list[str]) -> None:
    shop.execute(f"analyze {SCHEMA}.measures")
    words = ["retrieve", "measures", "--estimate", "--definitions", str(shop.definitions)]

    _, day, _ = shop.invoke(*words, "--start", "2024-01-02", "--end", "2024-01-02", "--json")
    _, everything, _ = shop.invoke(*words)

    found = json.loads(day)
    assert (found["files"], found["rows"], found["start"]) == (1, 3, "2024-01-02T00:00:00+00:00")
    assert everything.startswith("3 files, ") and "at most 9 rows" in everything
    assert everything.splitlines()[1] == "    of measures (analytics) [the beginning, the end)"
    assert hashed == []


def test_a_plan_fits_the_terminal(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    query = "select max(value) as most from history_measures where at_time >= '2024-01-02' order by most"
    status, said, _ = shop.invoke("sql", "--explain", query, "--definitions", str(shop.definitions))

    lines = said.splitlines()
    assert (status, "files" in lines[0] and "bytes" in lines[0]) == (0, True)
    assert max(map(len, lines[2:])) <= 60
    read = next(n for n, line in enumerate(lines) if "READ_PARQUET" in line)
    assert lines[read].startswith("  ") and "at_time" in "".join(lines[read : read + 4])


def moment(shop: Shop) -> datetime:
    found: datetime = shop.value("select clock_timestamp()")
    return found


def known(shop: Shop, at: datetime, **more: Any) -> list[dict[str, Any]]:
    rows = archive_jobs.retrieve("measures", known_at=at, definitions=shop.definitions, **more).read_all()
    return rows.to_pylist()


def test_the_archive_is_read_as_it_stood(shop: Shop) -> None:
    """A correction and a later day were archived since; hot rows are of today and in no archive."""
    before = datetime(2020, 1, 1, tzinfo=UTC)
    then = moment(shop)
    add_measures(shop, "2024-01-02", days=3, value=7, order=9)
    shop.run("analytics")
    now = moment(shop)

    assert known(shop, before) == []
    assert {int(row["value"]) for row in known(shop, then)} == {1}
    assert [int(row["value"]) for row in known(shop, now, start="2024-01-02", end="2024-01-02")] == [7, 7, 7]
    assert (len(known(shop, then)), len(known(shop, now))) == (9, 12)
    counted = sql(shop, "select count(*) n, sum(value)::int s from history_measures", "--known-at", then.isoformat())
    assert counted == {"n": 9, "s": 9}


def test_what_will_have_been_known_is_not_told_today(shop: Shop) -> None:
    """Asked again when that time has come, the answer would be another."""
    with pytest.raises(ProblemError, match="expected a time that is over, found 2999-01-01"):
        known(shop, datetime(2999, 1, 1, tzinfo=UTC))


def test_what_was_restored_since_still_counts_as_it_stood_and_what_expired_since_is_said_to_be_gone(shop: Shop) -> None:
    then = moment(shop)
    words = ["measures", "--start", "2024-01-01", "--end", "2024-01-01", "--definitions", str(shop.definitions)]
    status, _, problem = shop.invoke("restore", *words, "--type", "analytics", "--keep-until", "2099-01-01", "--yes")
    assert (status, problem) == (0, "")

    assert len(known(shop, then)) == 9
    assert len(known(shop, moment(shop))) == 6

    shop.execute("update archive_catalog.units set state = 'purging' where state = 'restored'")
    with pytest.raises(ProblemError, match=r"1 units of measures .* have expired since, the first of 2024-01-01"):
        known(shop, then)
    assert len(known(shop, then, start="2024-01-02")) == 6


def test_what_expired_elsewhere_does_not_keep_an_interval_from_being_read_as_it_stood(shop: Shop) -> None:
    """Of an event that may move, the rest of the table is asked too: as much of it as is there."""
    then = moment(shop)
    shop.execute("update archive_catalog.units set state = 'purging' where table_name = 'sales' and lo = '2024-01-03'")

    rows = archive_jobs.retrieve("sales", end="2024-01-02", known_at=then, definitions=shop.definitions).read_all()

    assert rows.num_rows == 8
    with pytest.raises(ProblemError, match="have expired since"):
        archive_jobs.retrieve("sales", end="2024-01-03", known_at=then, definitions=shop.definitions)


def test_copies_as_they_stood_are_copies_alone(shop: Shop) -> None:
    then = moment(shop).isoformat()

    assert sql(shop, "select count(*) n from copies_measures", "--known-at", then)["n"] == 0
    assert sql(shop, "select count(*) n from archive_measures", "--known-at", then)["n"] == 9


def test_a_plan_made_on_another_day_than_its_query_says_nothing_of_times(shop: Shop) -> None:
    query = "select 1 from history_measures where at_time >= current_date and at_time < now() + interval 1 day"
    with reading(shop) as reader:
        reader.engine.execute("create temp macro now() as timestamptz '2024-01-01 23:59:59+00'")

        assert reader.make_views(shop.library, query) == {"history_measures": EVERYTHING}
        reader.engine.execute("drop view history_measures")
        failpoints.disabled_guards.add("one moment")
        assert reader.make_views(shop.library, query) != {"history_measures": EVERYTHING}


def test_a_session_of_many_questions_sees_each_its_own_moment(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    def run_between() -> Iterator[str]:
        yield QUESTION + "\n"
        add_measures(shop, "2024-03-01", days=1)
        shop.run("analytics")
        shop.execute(f"alter table {SCHEMA}.sales add column later text default 'x'")
        yield QUESTION + "\nselect count(later) as n\n  from pg.analytics_service.sales;\n"
        yield ".explain select sum(value) from history_measures where at_time < '2024-01-02';\n"
        yield "select nonsense;\n"
        yield ".tables measures\n"
        yield "select ';' as last"

    lines = (line for text in run_between() for line in text.splitlines(keepends=True))
    monkeypatch.setattr(sys, "stdin", _Pipe(lines))
    printed = io.StringIO()
    failed = run_shell(shop.settings, shop.definitions, Console(file=printed, width=160), explains=True, known_at=None)

    said = printed.getvalue()
    counts = [line.strip(" │") for line in said.splitlines() if line.strip(" │").isdigit()]
    assert (counts, failed) == (["12", "15", "0"], 1)
    assert "at most 3 rows; about" in said and "READ_PARQUET" in said
    assert "history_measures" in said and "archive_source_measures" in said


class _Pipe:
    """Standard input that is no terminal."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines

    def isatty(self) -> bool:
        return False

    def __iter__(self) -> Iterator[str]:
        return self._lines


def test_a_statement_ends_where_duckdb_says_so() -> None:
    whole = ["select 1;", "select ';';", "select 1; -- and so on", "select $$;$$ ;", 'select ";" from x;']
    open_still = ["select 1", "select ';", "select 1 -- ;", "select $$ ;", "select 1 /* ;"]
    assert [text for text in (*whole, *open_still) if is_whole(text + "\n")] == whole

    lines = iter(["select 1,", "\x03", ".help", "select", "'a;", "b';"])

    def read_line(_prompt: str) -> str:
        line = next(lines, None)
        if line is None:
            raise EOFError
        if line == "\x03":
            raise KeyboardInterrupt
        return line

    assert list(statements(read_line)) == [".help", "select\n'a;\nb';"]


def test_times_of_the_clock_are_given_a_moment(shop: Shop) -> None:
    """Planning and asking happen one after the other; what is now for one is not for the other."""
    with reading(shop) as reader:
        needed = reader.make_views(shop.library, "select 1 from history_measures where at_time <= now()")
        now = moment(shop)

    end = needed["history_measures"].end
    assert end is not None and end > now
    assert needed["history_measures"] != EVERYTHING


def test_an_object_with_examples_is_read_as_any_other(shop: Shop) -> None:
    """A definition that holds a mapping, as examples do, cannot be a key of anything that is remembered."""
    file = shop.definitions / "object_models" / "MEASURE.json"
    values = {"metric": "a", "at_time": "2024-01-01T00:00:00Z", "value": 1}
    examples = [{"payload": values, "row": values}]
    file.write_text(json.dumps({**json.loads(file.read_text()), "examples": examples}))

    assert sql(shop, QUESTION)["n"] == 12


def test_a_schema_that_is_nowhere_is_no_empty_answer(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANALYTICS_SCHEMA", "analytics_servise")

    status, printed, problem = shop.invoke("sql", QUESTION, "--definitions", str(shop.definitions))

    assert (status, printed) == (2, "")
    assert "expected the schema analytics_servise in database" in problem and "it is in neither" in problem


def test_who_may_not_read_is_told_what_is_missing_and_who_may_can(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.execute("drop role if exists analyst_alone; create role analyst_alone login")
    monkeypatch.setenv("PGUSER", "analyst_alone")
    refused = shop.invoke("sql", QUESTION, "--definitions", str(shop.definitions))
    try:
        for schema in (SCHEMA, "archive_catalog"):
            shop.execute(f"grant usage on schema {schema} to analyst_alone")
            shop.execute(f"grant select on all tables in schema {schema} to analyst_alone")
        answered = sql(shop, QUESTION)
    finally:
        monkeypatch.undo()
        shop.execute("drop owned by analyst_alone; drop role analyst_alone")

    assert (refused[0], answered["n"]) == (2, 12)
    assert "PostgreSQL does not let this role read: permission denied for schema archive_catalog" in refused[2]
