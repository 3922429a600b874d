"""A column that is widened behind a reader who knows its former type: an error that says so, and no rounded values."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb
import psycopg
import pytest
from measured_shop import MEASURE, add_measures, make_shop
from small_shop import SCHEMA, Shop
from test_views_file import plain, written

from archive_jobs import failpoints
from archive_jobs.reading.read_back import Session
from archive_jobs.reading.retrieve import Retrieval, batches_of
from archive_jobs.times import EVERYTHING
from definitions_to_dbt.ddl import layer2_ddl
from definitions_to_dbt.errors import ProblemError

VALUE = 1.123456789


@pytest.fixture
def shop(connection: psycopg.Connection[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """Measurements of three days that are archived, and of today."""
    monkeypatch.setenv("ARCHIVE_URL", str(tmp_path / "lake"))
    made = make_shop(connection, tmp_path)
    made.run("analytics")
    add_measures(made, "now", days=1)
    return made


def widen(shop: Shop) -> None:
    """As `dbt build` does it for another definition; what comes then has more digits."""
    table = MEASURE["table_schema"]
    columns = [c | ({"type": "numeric(30,9)"} if c["name"] == "value" else {}) for c in table["columns"]]
    wider = MEASURE | {"table_schema": table | {"columns": columns}}
    (shop.definitions / "object_models" / "MEASURE.json").write_text(json.dumps(wider))
    with shop.connection.transaction():
        shop.execute(layer2_ddl(shop.library.object("MEASURE"), SCHEMA))
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

    def greatest(session: Session) -> Any:
        wanted = Retrieval("measures", "analytics", EVERYTHING, ("value",))
        with session.snapshot("measures") as reader:
            return max(value.as_py() for batch in batches_of(reader, older, wanted) for value in batch["value"])

    with Session(shop.settings, shop.store) as session:
        assert float(greatest(session)) == 1.0
        assert float(greatest(session)) == 1.0
        widen(shop)
        if not is_guarded:
            assert float(greatest(session)) == 1.123457
            return
        with pytest.raises(ProblemError, match=r"measures.value is numeric\(30,9\) in the database, the definition at"):
            greatest(session)
        older = shop.library
        assert float(greatest(session)) == VALUE
