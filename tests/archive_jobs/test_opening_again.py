"""A session that opens its second snapshot in one message sees and locks what there is now, not what there was."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from measured_shop import add_measures, make_shop
from small_shop import SCHEMA, Shop

from archive_jobs import failpoints
from archive_jobs.reading.foreseen import foresee
from archive_jobs.reading.read_back import Session
from archive_jobs.reading.reader import Reader
from archive_jobs.reading.retrieve import Retrieval, batches_from, batches_of, retrieval_query
from archive_jobs.times import EVERYTHING, parse_interval

_LOCKED = """
select array_agg(relation::regclass::text order by relation::regclass::text) from pg_locks
where mode = 'AccessShareLock' and granted and relation::regclass::text like %s and pid = %s
"""

DAY = parse_interval("2024-01-02", "2024-01-02")


@pytest.fixture
def shop(connection: psycopg.Connection[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """Three cold days of measurements."""
    monkeypatch.setenv("ARCHIVE_URL", str(tmp_path / "lake"))
    made = make_shop(connection, tmp_path)
    made.run("analytics")
    return made


@pytest.fixture
def session(shop: Shop) -> Iterator[Session]:
    """One that has asked about measurements already, and remembers what it found."""
    with Session(shop.settings, shop.store) as opened:
        for _ in range(2):
            assert rows(shop, opened) == 9
        yield opened


def rows(shop: Shop, session: Session, also: Callable[[Reader], object] = lambda _: None) -> int:
    with session.snapshot("measures") as reader:
        also(reader)
        return sum(
            batch.num_rows for batch in batches_of(reader, shop.library, Retrieval("measures", "analytics", EVERYTHING))
        )


def locked(shop: Shop, session: Session) -> Any:
    found: list[Any] = []

    def look(reader: Reader) -> None:
        found.append(shop.value(_LOCKED, f"{SCHEMA}.%measures", reader.control.info.backend_pid))

    rows(shop, session, look)
    return found[0]


def messages(session: Session, file: Path, ask: Callable[[], object]) -> list[str]:
    """What is sent to PostgreSQL meanwhile."""
    with file.open("w+") as said:
        session._control.pgconn.trace(said.fileno())
        ask()
        session._control.pgconn.untrace()
        said.seek(0)
        return [words[3] for words in (line.split("\t") for line in said) if words[1] == "F"]


def of_day(shop: Shop, session: Session, day: str) -> int:
    wanted = Retrieval("measures", "analytics", parse_interval(day, day))
    return sum(batch.num_rows for batch in batches_from(session, shop.library, wanted))


def test_a_question_asked_again_takes_a_message_to_begin_and_one_to_end(
    shop: Shop, session: Session, tmp_path: Path
) -> None:
    def ask() -> None:
        with session.snapshot("measures"):
            pass

    assert messages(session, tmp_path / "said", ask) == ["Query", "Query"]

    assert of_day(shop, session, "2024-01-01") == 3
    found: list[int] = []
    for day in ("2024-01-02", "2024-01-03"):
        sent = messages(session, tmp_path / "said", lambda day=day: found.append(of_day(shop, session, day)))
        assert sent == ["Query", "Query"]
    assert found == [3, 3]


def test_what_is_asked_as_a_snapshot_opens_is_what_there_is_in_it(shop: Shop, session: Session) -> None:
    """Rows come late to a day that is archived, are archived themselves, and the table goes when it is empty."""
    days = ("2024-01-02", "2024-01-05", "2024-01-02")
    assert [of_day(shop, session, day) for day in days] == [3, 0, 3]
    add_measures(shop, "2024-01-05", days=1)
    shop.execute(
        f"insert into {SCHEMA}.measures (metric, at_time, value, _raw_seq, _source_order)"
        " values ('m1', '2024-01-02', 7, 2, 2), ('m1', '2024-01-02 05:00', 7, 2, 2)"
    )
    assert [of_day(shop, session, day) for day in days] == [4, 3, 4]
    with session.snapshot("measures", foreseen=foresee(SCHEMA, shop.library.object("measures"), "analytics", DAY)):
        shop.run("analytics")
    assert [of_day(shop, session, day) for day in days] == [4, 3, 4]
    shop.execute(f"drop table {SCHEMA}.measures cascade")
    assert [of_day(shop, session, day) for day in days] == [4, 3, 4]


def test_who_asks_for_more_than_was_foreseen_is_answered_in_the_same_snapshot(shop: Shop, session: Session) -> None:
    model = shop.library.object("measures")
    foreseen = foresee(SCHEMA, model, "analytics", DAY)
    with session.snapshot("measures", foreseen=foreseen) as reader:
        add_measures(shop, "2024-01-02 01:00", days=1)
        shop.run("analytics")
        add_measures(shop, "2024-01-02 02:00", days=1)
        queries = [
            f"select count(*) from ({reader.rows(model, 'analytics', interval)})"
            for interval in (DAY, EVERYTHING, parse_interval("2024-01-02", "2024-01-03"))
        ]
        assert [reader.engine.execute(query).fetchone() for query in queries] == [(3,), (9,), (6,)]


def test_a_table_that_has_come_since_is_locked_before_the_snapshot(shop: Shop, session: Session) -> None:
    both = [f"{SCHEMA}.measures", f"{SCHEMA}.source_measures"]
    assert locked(shop, session) == both

    shop.execute(f"drop view if exists {SCHEMA}.source_measures__lake")
    shop.execute(f"alter table {SCHEMA}.source_measures rename to elsewhere")
    assert locked(shop, session) == both[:1]

    shop.execute(f"alter table {SCHEMA}.elsewhere rename to source_measures")
    failpoints.disabled_guards.add("looked")
    assert locked(shop, session) == both[:1]
    failpoints.disabled_guards.clear()
    assert locked(shop, session) == both


def test_what_came_since_is_seen_and_what_was_forgotten_is_prepared_again(shop: Shop, session: Session) -> None:
    add_measures(shop, "2024-02-01", days=2)
    assert rows(shop, session) == 9 + 6
    shop.run("analytics")
    assert rows(shop, session) == 9 + 6

    session._control.execute("deallocate all")
    assert [rows(shop, session) for _ in range(3)] == [9 + 6] * 3

    with pytest.raises(psycopg.errors.DivisionByZero), session.snapshot("measures") as reader:
        reader.control.execute("select 1 / 0")
    assert [rows(shop, session) for _ in range(3)] == [9 + 6] * 3

    shop.execute(f"alter table {SCHEMA}.measures add column unit text")
    with session.snapshot("measures") as reader:
        assert "unit" in reader.hot_columns(shop.library.object("measures"))


def test_views_of_one_question_are_gone_in_the_next(shop: Shop, session: Session) -> None:
    query = "select count(*) from history_measures"
    for _ in range(2):
        with session.snapshot(query) as reader:
            reader.make_views(shop.library, query)
            assert reader.engine_for(query).execute(query).fetchone() == (9,)
    with session.snapshot("measures") as reader:
        asked = retrieval_query(reader, shop.library, Retrieval("measures", "analytics", EVERYTHING))
        assert len(reader.engine_for(asked).execute(asked).fetchall()) == 9
        assert reader.engine.execute(
            "select count(*) from duckdb_views() where temporary and not internal"
        ).fetchone() == (0,)
