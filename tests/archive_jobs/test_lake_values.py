# ruff: noqa: E501 (a table of queries is read by its lines)
"""What the lake holds of a value reads as PostgreSQL writes it, for every value that stays native."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import duckdb
import psycopg
import pyarrow as pa
import pytest

from archive_jobs.copying.lake_values import as_text, beyond, is_known, text_of, value_of
from archive_jobs.copying.witness import (
    HASHES,
    hashes_of_received,
    hashes_of_stored,
    received,
    sends_numbers,
    sent,
)
from archive_jobs.database import connect
from archive_jobs.settings import ArchiveSettings
from definitions_to_dbt.lake import LakeColumn
from definitions_to_dbt.pg_type import BASES
from definitions_to_dbt.types import parse_type

# Lake type -> queries of PostgreSQL's texts, from one end of what stays native to the other and close around the edges.
TEXTS = {
    "DATE": [
        "select (date '4714-11-24 BC' + g * 997)::text from generate_series(0, 5500) g",
        "select (date '0001-01-01' - 800 + g)::text from generate_series(0, 1600) g",
        "select (date '5874897-12-31' - g)::text from generate_series(0, 10) g",
        "values ('infinity'), ('-infinity'), (null)",
    ],
    "TIMESTAMP": [
        "select (timestamp '4714-11-24 BC' + g * interval '21799 days 3:07:11.000307')::text from generate_series(0, 5000) g",
        "select (timestamp '0001-01-01' + g * interval '1 hour 3.1 seconds')::text from generate_series(-9000, 9000) g",
        "select (timestamp '294246-12-31 23:59:59.999999' - g * interval '7.00001 sec')::text from generate_series(0, 99) g",
        "values ('infinity'), ('-infinity'), (null)",
    ],
    "TIMESTAMPTZ": [
        "select (timestamptz '4714-11-24 00:00Z BC' + g * interval '21299 days 3:07:11.0307')::text from generate_series(0, 5000) g",
        "select (timestamptz '0001-01-01' + g * interval '1 hour 3.1 seconds')::text from generate_series(-9000, 9000) g",
        "select (timestamptz '287395-12-31 23:59:59.999999Z' - g * interval '7.00001 sec')::text from generate_series(0, 99) g",
        "values ('infinity'), ('-infinity'), (null)",
    ],
    "TIME": ["select (time '00:00' + g * interval '17.271727 seconds')::text from generate_series(0, 5000) g"],
    "BOOLEAN": ["values ('true'), ('false')"],
    "SMALLINT": ["select g::text from generate_series(-32768, 32767) g"],
    "BIGINT": ["values ('-9223372036854775808'), ('9223372036854775807'), ('0')"],
    "DECIMAL(5,5)": ["select (g / 100000.0)::numeric(5, 5)::text from generate_series(-99999, 99999, 7) g"],
    "DECIMAL(9,3)": ["select (g / 1000.0)::numeric(9, 3)::text from generate_series(-99999, 99999, 7) g"],
    "DECIMAL(38,38)": ["select ((random() - 0.5) * random())::numeric(38, 38)::text from generate_series(0, 5000)"],
    "DECIMAL(38,0)": ["select ('9' || repeat(g::text, 37))::numeric(38, 0)::text from generate_series(0, 9) g"],
    "BLOB": ["select decode(md5(g::text), 'hex')::text from generate_series(0, 5000) g", "select ''::bytea::text"],
    "UUID": ["select md5(g::text)::uuid::text from generate_series(0, 5000) g"],
    "VARCHAR": ["values (''), ('Zoë 漢字 🚚'), (E'a\\r\\n\"b\"'), (null)"],
}  # fmt: skip

MOMENTS = ("TIMESTAMP", "TIMESTAMPTZ")


@pytest.fixture
def pinned(database: str) -> Iterator[psycopg.Connection[Any]]:
    """A session as the archiver has it, on which every text depends."""
    with connect(ArchiveSettings()) as connection:
        assert connection.info.dbname == database
        yield connection


@pytest.fixture
def engine() -> Iterator[duckdb.DuckDBPyConnection]:
    """DuckDB as the archiver has it."""
    with duckdb.connect(config={"autoload_known_extensions": False}) as connection:
        connection.execute("set global TimeZone = 'UTC'")
        yield connection


@pytest.mark.parametrize("lake_type", [one for one in TEXTS if one not in MOMENTS])
def test_a_value_made_from_its_text_reads_as_that_text(
    pinned: psycopg.Connection[Any], engine: duckdb.DuckDBPyConnection, lake_type: str
) -> None:
    texts = [row[0] for query in TEXTS[lake_type] for row in pinned.execute(query.encode()).fetchall()]

    received = pa.table({"sent": texts})  # noqa: F841  # DuckDB finds it by its name
    made = f"select sent, {value_of('sent', lake_type, strict=False)} as value from received"
    query = f"select sent, {text_of('value', lake_type)} as read from ({made}) where read is distinct from sent"

    assert engine.execute(query).fetchmany(5) == []


@pytest.mark.parametrize("numbers", [True, False])
@pytest.mark.parametrize("lake_type", MOMENTS)
def test_a_moment_made_from_what_was_sent_reads_as_its_text_and_hashes_as_what_was_sent(
    pinned: psycopg.Connection[Any], engine: duckdb.DuckDBPyConnection, lake_type: str, numbers: bool
) -> None:
    if numbers and not sends_numbers(pinned.info.server_version):
        pytest.skip("PostgreSQL makes numbers of bytes from 18 on")
    column = LakeColumn("moment", parse_type(lake_type.lower()), "moment", lake_type)
    queries = " union all ".join(f"select * from ({query}) as t (written)" for query in TEXTS[lake_type])
    query = f"select written, {sent(column, 'written', numbers=numbers)} from ({queries}) as texts"
    texts, wire = zip(*pinned.execute(query.encode()).fetchall(), strict=True)

    engine.register("came", pa.table({"written": texts, "came": wire}))
    moment = received(column, "came", strict=False, numbers=numbers)
    made = f"(select written, came, {moment} as moment from came)"
    read = f"select written, {text_of('moment', lake_type)} as read from {made} where read is distinct from written"
    hashes = [f'select "{HASHES[0]}", "{HASHES[1]}" from {rows}' for rows in (
        hashes_of_received([column], ["came"], made), hashes_of_stored([column], made, numbers=numbers)
    )]  # fmt: skip

    assert engine.execute(read).fetchmany(5) == []
    first, second = (engine.execute(hashed).fetchall() for hashed in hashes)
    assert first == second
    assert len(set(first)) == len(set(texts))


def test_duckdb_bends_what_is_cast_bare(engine: duckdb.DuckDBPyConnection) -> None:
    """Where this fails, DuckDB has mended it, and `lake_values` may do less."""
    bare = "select ('0044-03-15 BC'::date)::varchar, timezone('UTC', '287398-12-23 20:24:00.999999+00'::timestamptz)::varchar"

    found = engine.execute(bare).fetchone()

    assert found is not None
    assert (found[0], found[1] == "287398-12-23 20:24:00.999999") == ("0044-03-15", False)


BEYOND = [
    ("numeric(18,6)", ["1.5", "NaN"], ["1.5", "-0.000001"]),
    ("date", ["infinity"], ["9999-12-31", "0001-01-01"]),
    ("date", ["10000-01-01"], ["10000-01-01", "0044-03-15 BC"]),
    ("date", ["-infinity"], ["infinity", "4714-11-24 BC"]),
    ("time", ["24:00"], ["23:59:59.999999"]),
    ("timestamp", ["294276-12-31 23:59:59.999999"], ["infinity", "-infinity", "294246-12-31 23:59:59.999999"]),
    ("timestamp", ["294247-01-10 04:00:54.775807"], ["294247-01-10 04:00:54.775806", "4714-11-24 BC"]),
    ("timestamptz", ["287396-01-01 00:00Z", "infinity"], ["infinity", "287395-12-31 23:59:59.999999Z"]),
]


@pytest.mark.parametrize(("written", "too_much", "held"), BEYOND)
def test_a_column_is_text_where_one_value_is_more_than_its_lake_type_holds(
    pinned: psycopg.Connection[Any],
    engine: duckdb.DuckDBPyConnection,
    written: str,
    too_much: list[str],
    held: list[str],
) -> None:
    pg_type = parse_type(written)
    column = LakeColumn("a column", pg_type, '"a column"', pg_type.lake_type)
    query = f'select {beyond([column])["a column"]} from unnest(%s::text[]::{pg_type.sql}[]) as t ("a column")'

    answers = [pinned.execute(query.encode(), (values,)).fetchone() for values in (too_much, held, [None], [])]

    assert answers == [(True,), (False,), (False,), (False,)]
    query = f"select {sent(column, 'value', numbers=False)} from unnest(%s::text[]::{pg_type.sql}[]) as t (value)"
    wire = [row[0] for row in pinned.execute(query.encode(), (too_much,))]
    came = pa.table({"came": wire})  # noqa: F841  # DuckDB finds it by its name
    with pytest.raises(duckdb.Error):
        engine.execute(f"select {received(column, 'came', strict=True, numbers=False)} from came").fetchall()
    assert [c.lake_type for c in as_text([column], {"a column"})] == ["VARCHAR"]
    assert [c.lake_type for c in as_text([column], ())] == [pg_type.lake_type]


def test_every_lake_type_is_known() -> None:
    assert all(is_known(parse_type(base).lake_type) for base in BASES)
    assert not is_known("INTERVAL")
