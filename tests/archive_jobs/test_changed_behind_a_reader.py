"""A table that is changed behind a reader who knows its former shape: an error that says so, and no wrong values."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb
import psycopg
import pytest
from measured_shop import MEASURE, make_cold_shop
from small_shop import SCHEMA, Shop
from test_views_file import plain, written

from archive_jobs import failpoints
from archive_jobs.reading.asked import asking
from archive_jobs.reading.read_back import Session
from archive_jobs.reading.retrieve import Retrieval, batches_of
from archive_jobs.times import EVERYTHING
from definitions_to_dbt.ddl import layer2_ddl, layer3_ddl
from definitions_to_dbt.errors import ProblemError
from definitions_to_dbt.library import Library

VALUE = 1.123456789


@pytest.fixture
def shop(connection: psycopg.Connection[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """Measurements of three days that are archived, and of today."""
    return make_cold_shop(connection, tmp_path, monkeypatch)


def redefine(shop: Shop, column: dict[str, Any], **table: str) -> None:
    """As `dbt build` does it for another definition of the value."""
    declared = MEASURE["table_schema"]
    columns = [c | (column if c["name"] == "value" else {}) for c in declared["columns"]]
    renamed = {"renamed_from": "measures"} if table else {}
    other = MEASURE | renamed | {"table_schema": declared | {"columns": columns} | table}
    (shop.definitions / "object_models" / "MEASURE.json").write_text(json.dumps(other))
    with shop.connection.transaction():
        shop.execute(layer3_ddl(shop.library.object("MEASURE"), SCHEMA))
        shop.execute(layer2_ddl(shop.library.object("MEASURE"), SCHEMA))


def widen(shop: Shop) -> None:
    """What comes then has more digits."""
    redefine(shop, {"type": "numeric(30,9)"})
    shop.execute(f"update {SCHEMA}.measures set value = {VALUE}")


@pytest.mark.parametrize("is_guarded", [True, False])
@pytest.mark.parametrize("relation", ["history_measures", "history_measures_between('2024-01-01', null)"])
def test_the_file_of_views_is_behind_a_table_whose_column_was_widened(
    shop: Shop, relation: str, is_guarded: bool
) -> None:
    question = f"select max(value)::double from {relation}"
    if not is_guarded:
        failpoints.disabled_guards.add("views types")
    file = written(shop)
    with plain(file) as session:
        assert session.execute(question).fetchall() == [(1.0,)]
        shop.execute(f"alter table {SCHEMA}.measures add column more text")
        assert session.execute(question).fetchall() == [(1.0,)]
        widen(shop)
        if is_guarded:
            with pytest.raises(duckdb.Error, match="is behind its table, a column of which has another type"):
                session.execute(question).fetchall()
        else:
            assert session.execute(question).fetchall() == [(1.123457,)]

    with plain(written(shop)) as session:
        assert session.execute(question).fetchall() == [(VALUE,)]


@pytest.mark.parametrize("is_guarded", [True, False])
def test_a_reader_with_an_older_definition_is_told_so(shop: Shop, is_guarded: bool) -> None:
    """A service that has gone on since before `dbt build`."""
    older = shop.library
    if not is_guarded:
        failpoints.disabled_guards.add("wider")

    with Session(shop.settings, shop.store) as session:
        assert max(values(session, older)) == 1
        assert max(values(session, older)) == 1
        widen(shop)
        if not is_guarded:
            assert float(max(values(session, older))) == 1.123457
            return
        with pytest.raises(ProblemError, match=r"measures.value is numeric\(30,9\) in the database, the definition at"):
            values(session, older)
        assert float(max(values(session, shop.library))) == VALUE


def values(session: Session, library: Library) -> list[Any]:
    """What a reader with these definitions gets."""
    wanted = Retrieval("measures", "analytics", EVERYTHING, ("value",))
    with session.snapshot("measures") as reader:
        return [value.as_py() for batch in batches_of(reader, library, wanted) for value in batch["value"]]


@pytest.mark.parametrize("is_guarded", [True, False])
def test_a_reader_who_knows_a_column_by_its_former_name_gets_no_nulls(shop: Shop, is_guarded: bool) -> None:
    """While a row is hot PostgreSQL knows no such column; in newer files it would be null."""
    older = shop.library
    redefine(shop, {"name": "amount", "renamed_from": "value"})
    shop.execute(f"update {SCHEMA}.measures set at_time = at_time - interval '1 year'")
    shop.run("analytics")
    if not is_guarded:
        failpoints.disabled_guards.add("other columns")

    with Session(shop.settings, shop.store) as session:
        if not is_guarded:
            with asking(session, older, "select count(*), count(value) from archive_measures") as question:
                assert question.execute().fetchall() == [(12, 9)]
            return
        with pytest.raises(ProblemError, match="measures has amount in the database, and no value as the definition"):
            values(session, older)


@pytest.mark.parametrize("is_guarded", [True, False])
def test_a_reader_who_knows_a_table_by_its_former_name_is_told_the_new_one(shop: Shop, is_guarded: bool) -> None:
    older = shop.library
    if not is_guarded:
        failpoints.disabled_guards.add("own name")

    with Session(shop.settings, shop.store) as session:
        assert len(values(session, older)) == 12
        redefine(shop, {}, table_name="readings")
        if not is_guarded:
            assert values(session, older) == []
            return
        with pytest.raises(
            ProblemError, match="measures is called readings in the database, the definition at hand is"
        ):
            values(session, older)


def test_raw_records_that_were_written_anew_under_a_transaction_are_not_taken_for_none(shop: Shop) -> None:
    shop.add_raw(5)
    shop.run("source")
    shop.add_raw(5, processed=False)
    with plain(written(shop)) as session:
        session.execute("begin")
        assert session.execute("select count(*) from history_measures").fetchall() == [(12,)]
        shop.execute(f"alter table {SCHEMA}.source_sales alter column outcome_raw_seq type numeric")

        with pytest.raises(duckdb.Error, match="source_sales was written anew after this query began"):
            session.execute("select count(*) from source_sales")
        session.execute("rollback")
        assert session.execute("select count(*) from source_sales").fetchall() == [(10,)]
