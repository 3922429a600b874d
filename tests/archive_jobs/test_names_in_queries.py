"""`sql` and the shell put what a view is before the query. The answer is the one that the view itself gives."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from measured_shop import add_measures, make_cold_shop
from small_shop import SCHEMA, Shop

from archive_jobs import failpoints
from archive_jobs.reading.asked import asking
from archive_jobs.reading.named_views import named_views
from archive_jobs.reading.read_back import Session
from definitions_to_dbt.errors import ProblemError

_DAY = "at_time >= '2024-01-02' and at_time < '2024-01-03'"
# Of each how many rows it has, and whether the views had to be made for it.
QUERIES: dict[str, tuple[int, bool]] = {
    f"select metric, value from history_measures where {_DAY}": (3, False),
    f"FROM history_measures SELECT value WHERE {_DAY}": (3, False),
    f"with few as (select * from history_measures where {_DAY}) select * from few": (3, False),
    "with recursive n(i) as (select 1 union all select i + 1 from n where i < 3)"
    " select i, count(*) from n join history_measures on day(at_time) = i group by i": (3, False),
    # A name of the user's own that is one of ours: his, and in it ours.
    f"with history_measures as (select * from history_measures where {_DAY}) select * from history_measures": (3, True),
    f"select * from (with history_measures as (select * from history_measures where {_DAY})"
    " select * from history_measures)": (3, False),
    "select m.metric from history_measures m where exists (select 1 from history_measures o where o.metric = m.metric"
    " and o.at_time > m.at_time)": (9, False),
    "select history_measures.value from history_measures semi join archive_sales on at_time::date = sold_at::date": (
        9,
        False,
    ),
    "select (select max(value) from archive_measures a where a.at_time = h.at_time) from history_measures as h": (
        12,
        False,
    ),
    "(select value from archive_measures) union all (select amount from archive_sales)": (21, True),
    "values (1), (2)": (2, True),
    "select 1 as history_measures": (1, False),
    "select * from temp.history_measures": (12, True),
    "select * from query_table('history_measures')": (12, False),
    "-- history_measures\nselect 1": (1, True),
    "select ';', '--' from history_measures -- the end": (12, False),
    "describe select * from history_measures": (11, True),
    "select unnest(['a', 'b']), now() > max(at_time) from history_measures": (2, False),
}  # fmt: skip


@pytest.fixture
def shop(connection: psycopg.Connection[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """Three cold days of sales and measurements, three measurements of today."""
    return make_cold_shop(connection, tmp_path, monkeypatch)


@pytest.fixture
def session(shop: Shop) -> Iterator[Session]:
    with Session(shop.settings, shop.store) as opened:
        yield opened


def test_a_query_means_the_same_with_its_names_before_it_and_over_views(shop: Shop, session: Session) -> None:
    found, expected = {}, {}
    for query, (rows, stands) in QUERIES.items():
        with asking(session, shop.library, query) as question:
            answer = question.execute().fetchall()
            found[query] = (len(answer), question.stands)
            over_views = question.standing().execute(query).fetchall()
        assert sorted(map(repr, answer)) == sorted(map(repr, over_views)), query
        expected[query] = (rows, stands)

    assert found == expected
    assert list(named_views(shop.library, "select 1 from history_sales")) == ["history_sales"]
    for rows in ("select * from history_measures where valu = 1", "select * from history_measure"):
        with pytest.raises(ProblemError) as refused, asking(session, shop.library, rows) as question:
            question.shown()
        assert "LINE 1: select" in str(refused.value) or "did you mean" in str(refused.value), refused.value


def test_other_words_about_the_same_tables_are_opened_as_the_last_ones(
    shop: Shop, session: Session, tmp_path: Path
) -> None:
    """Times and words differ; tables do not. What comes meanwhile is seen all the same."""

    def count(where: str) -> Any:
        with asking(session, shop.library, f"select count(*) from history_measures where {where}") as question:
            return question.execute().fetchone()

    days = [f"at_time >= '2024-01-{day}' and at_time < '2024-01-03'" for day in ("01", "02")]
    assert [count(day) for day in days] == [(6,), (3,)]
    with (tmp_path / "said").open("w+") as said:
        session._control.pgconn.trace(said.fileno())
        assert count("at_time between '2024-01-02' and '2024-01-03' and metric <> 'm1'") == (4,)
        session._control.pgconn.untrace()
        said.seek(0)
        assert [words[3] for words in (line.split("\t") for line in said) if words[1] == "F"] == ["Query", "Query"]

    add_measures(shop, "2024-01-02 05:00", days=1)
    assert count("at_time between '2024-01-02' and '2024-01-03' and metric <> 'm1'") == (6,)
    shop.run("analytics")
    assert count("at_time between '2024-01-02' and '2024-01-03' and metric <> 'm1'") == (6,)


def test_a_table_that_somebody_else_made_is_planned_as_what_it_is(shop: Shop, session: Session) -> None:
    """What is needed is worked out before the table was looked at."""
    shop.execute(f"create table {SCHEMA}.others as select metric, at_time, value from {SCHEMA}.measures")
    shop.execute(f"drop table {SCHEMA}.measures cascade")
    shop.execute(f"alter table {SCHEMA}.others rename to measures")
    for query in ("select metric from history_measures where at_time > '2024-03-01'", "select * from history_measures"):
        with asking(session, shop.library, query) as question:
            rows = question.execute().fetchall()
            assert len(rows) == (3 if "where" in query else 12)
    failpoints.disabled_guards.add("needed times")
    with asking(session, shop.library, "select * from history_measures") as question:
        assert len(question.execute().fetchall()) == 12


def test_planning_loads_no_library_that_nobody_asked_for() -> None:
    """pyarrow.dataset brings pandas along where that is installed: a second for each command."""
    code = (
        "import sys, duckdb\n"
        "from archive_jobs.reading.needed import Planner, View\n"
        "from definitions_to_dbt.lake import _as_it_is\n"
        "from definitions_to_dbt.pg_type import PgType\n"
        "planner = Planner(duckdb.connect())\n"
        "view = View((_as_it_is('a', PgType('bigint', 'bigint')),), None)\n"
        "print(planner.needed('select a from v', {'v': view})['v'].columns)\n"
        "print([name for name in ('pandas', 'pyarrow.dataset') if name in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)

    assert done.stdout.splitlines() == ["frozenset({'a'})", "[]"]
