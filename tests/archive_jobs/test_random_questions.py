"""Questions made up by chance over a past made up by chance: each way to ask has the answer that plain Python knows."""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

import duckdb
import psycopg
import pytest
from random_past import MODELS, Past, Range, questions, ranges
from shares import EVERYTHING
from small_shop import Shop, write_definitions

from archive_jobs import failpoints
from archive_jobs.reading.asked import asking
from archive_jobs.reading.read_back import Session
from archive_jobs.reading.retrieve import Retrieval, batches_from
from archive_jobs.reading.views_file import write_views
from archive_jobs.times import parse_interval

# SEED=7 tries another past, or one again.
SEEDS = [int(os.environ["SEED"])] if "SEED" in os.environ else range(12 if EVERYTHING else 2)
MOMENTS, QUESTIONS = (8, 30) if EVERYTHING else (3, 8)
# Each keeps a kind of answer right. Without it the first past of all has wrong ones.
GUARDS = ("compared", "contested", "rivals", "plain files")


@pytest.fixture
def shop(connection: psycopg.Connection[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    monkeypatch.setenv("ARCHIVE_URL", str(tmp_path / "lake"))
    made = Shop(connection, write_definitions(tmp_path / "definitions", *MODELS), tmp_path / "lake")
    made.make_tables()
    return made


@pytest.mark.parametrize("seed", SEEDS)
def test_every_way_to_ask_gives_the_true_answer(shop: Shop, seed: int) -> None:
    assert list(wrong_answers(shop, random.Random(seed))) == []


@pytest.mark.long
@pytest.mark.parametrize("guard", GUARDS)
def test_without_any_guard_some_answer_is_wrong(shop: Shop, guard: str) -> None:
    """So that the questions are known to find what they look for."""
    failpoints.disabled_guards.add(guard)

    assert next(wrong_answers(shop, random.Random(0), moments=20), None) is not None


def wrong_answers(shop: Shop, dice: random.Random, moments: int = MOMENTS) -> Iterator[tuple[Any, ...]]:
    """The way, the question, what is too much and what is missing."""
    past = Past(shop, dice)
    past.records_come()
    past.rows_leave()
    with Session(shop.settings, shop.store) as session:
        for _ in range(moments):
            for _ in range(dice.randrange(2, 6)):
                past.goes_on()
            with past.as_it_is() as told, views(shop) as plain:
                for query in islice(questions(dice), QUESTIONS):
                    asked = {"sql": by_sql(shop, session, query), "views": plain.execute(query).fetchall()}
                    yield from compared(told, query, asked)
                for wanted in islice(ranges(dice), QUESTIONS):
                    asked = {"retrieve": by_retrieve(shop, session, wanted), "between": by_macro(plain, wanted)}
                    yield from compared(told, wanted.query, asked)


def compared(told: duckdb.DuckDBPyConnection, query: str, asked: dict[str, list[Any] | None]) -> Iterator[Any]:
    true = Counter(told.execute(query).fetchall())
    for way, rows in asked.items():
        if rows is not None and (found := Counter(rows)) != true:
            yield way, query, found - true, true - found


@contextmanager
def views(shop: Shop) -> Iterator[duckdb.DuckDBPyConnection]:
    """DuckDB alone, with the file of views of this moment."""
    file = shop.lake.parent / "views.duckdb"
    write_views(shop.settings, shop.library, shop.store, file)
    with duckdb.connect(str(file), read_only=True) as plain:
        plain.execute(file.with_suffix(".sql").read_text())
        yield plain


def by_sql(shop: Shop, session: Session, query: str) -> list[Any]:
    with asking(session, shop.library, query) as question:
        return question.execute().fetchall()


def by_retrieve(shop: Shop, session: Session, wanted: Range) -> list[Any]:
    interval = parse_interval(wanted.start.isoformat(), wanted.end.isoformat())
    asked = Retrieval(wanted.shape.table, "analytics", interval, wanted.columns)
    batches = list(batches_from(session, shop.library, asked))
    return [tuple(row[name] for name in wanted.columns) for batch in batches for row in batch.to_pylist()]


def by_macro(plain: duckdb.DuckDBPyConnection, wanted: Range) -> list[Any] | None:
    """None where there is no macro: an archived key may lie anywhere."""
    name = f"history_{wanted.shape.table}_between"
    if not plain.execute("select 1 from duckdb_functions() where function_name = ?", [name]).fetchall():
        return None
    end = f"'{wanted.end}'::{wanted.shape.time_type} + interval '1 microsecond'"
    return plain.execute(f"select {', '.join(wanted.columns)} from {name}('{wanted.start}', {end})").fetchall()
