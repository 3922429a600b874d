"""Hot and cold as one: files, retrieve, sql and the Python call."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from small_shop import SCHEMA, Shop

from archive_jobs import retrieve_archived_data
from archive_jobs.reading.read_back import open_reader
from archive_jobs.times import parse_interval


@pytest.fixture
def archived(shop: Shop) -> Shop:
    """Three cold days and one hot one."""
    shop.add_sales(days=3)
    shop.add_raw(14)
    shop.run()
    shop.add_sales(days=1, first="2024-02-01")
    shop.add_raw(7, ingested_at="now", processed=False)
    return shop


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_a_plain_duckdb_session_reads_the_files_that_are_printed(archived: Shop) -> None:
    status, printed, _ = archived.invoke("files", "SALE", "--definitions", str(archived.definitions), "--json")

    paths = json.loads(printed)
    total = duckdb.execute("select count(*), sum(amount) from read_parquet(?)", [paths]).fetchone()
    assert (status, len(paths)) == (0, 3)
    assert all(Path(path).is_absolute() for path in paths)
    assert total is not None and total[0] == 120


def test_sql_counts_hot_and_cold_rows_once(archived: Shop) -> None:
    query = "select count(*) as n, sum(amount) as total, min(sold_at) as first from history_sales"

    status, printed, problem = archived.invoke("sql", query, "--definitions", str(archived.definitions), "--json")

    assert (status, problem) == (0, "")
    answer = json.loads(printed)
    assert (answer["n"], answer["total"]) == (160, 4 * sum(n * 1.37 for n in range(1, 41)).__round__(6))


def test_sql_shows_raw_records_cold_and_hot(archived: Shop) -> None:
    query = "select count(*) as n, count(raw_bytes) as unreadable from source_sales"

    _, printed, _ = archived.invoke("sql", query, "--definitions", str(archived.definitions), "--json")

    assert json.loads(printed) == {"n": 21, "unreadable": 3}


@pytest.mark.parametrize(
    "query",
    [
        "delete from history_sales",
        "select 1; drop table x",
        "copy (select 1) to '/tmp/x.csv'",
        "call postgres_execute('pg', 'delete from analytics_service.sales')",
        "attach 'x.db'",
    ],
)
def test_sql_that_does_more_than_read_is_refused(archived: Shop, query: str) -> None:
    status, _, problem = archived.invoke("sql", query, "--definitions", str(archived.definitions))

    assert status == 2
    assert "expected one SELECT" in problem


def test_sql_cannot_write_to_postgresql_by_a_select_either(archived: Shop) -> None:
    query = "select * from postgres_query('pg', 'select lo_create(0)')"

    status, _, problem = archived.invoke("sql", query, "--definitions", str(archived.definitions))

    assert status == 2
    assert "read-only" in problem


def test_sql_with_a_misspelt_view_names_the_views(archived: Shop) -> None:
    status, _, problem = archived.invoke(
        "sql", "select * from histori_sales", "--definitions", str(archived.definitions)
    )

    assert status == 2
    assert "histori_sales" in problem and "history_sales" in problem


def test_retrieve_includes_the_whole_day_an_end_names(archived: Shop) -> None:
    status, printed, told = archived.invoke(
        "retrieve", "sales", "--start", "2024-01-02", "--end", "2024-01-03",
        "--columns", "sale_id,sold_at,note", "--definitions", str(archived.definitions),
    )  # fmt: skip

    assert status == 0
    assert len(rows_of(printed)) == 80
    assert "[2024-01-02T00:00:00+00:00, 2024-01-04T00:00:00+00:00)" in told


def test_retrieve_answers_from_hot_and_cold_alike(archived: Shop) -> None:
    words = ["retrieve", "sales", "--where", "amount > 50", "--definitions", str(archived.definitions)]

    _, printed, _ = archived.invoke(*words, "--format", "json")

    rows = [json.loads(line) for line in printed.splitlines()]
    assert len(rows) == 4 * 4
    assert {row["sold_at"][:7] for row in rows} == {"2024-01", "2024-02"}


@pytest.mark.parametrize("format", ["parquet", "arrow"])
def test_retrieve_writes_a_file(archived: Shop, tmp_path: Path, format: str) -> None:
    target = tmp_path / "out"

    words = ["retrieve", "sales", "--definitions", str(archived.definitions), "--format", format, "-o", str(target)]
    status, _, _ = archived.invoke(*words)

    table = pq.read_table(target) if format == "parquet" else pa.ipc.open_stream(target.read_bytes()).read_all()
    assert (status, table.num_rows) == (0, 160)
    assert [path.name for path in tmp_path.glob(".archive-jobs-*")] == []


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["retrieve", "sails"], "did you mean"),
        (["retrieve", "sales", "--columns", "sale_idd"], "did you mean 'sale_id'"),
        (["retrieve", "sales", "--start", "yesterday"], "expected a time"),
        (["retrieve", "sales", "--start", "2024-02-01", "--end", "2024-01-01"], "a start before the end"),
        (["retrieve", "sales", "--where", "true); delete from x; select (1"], "expected one SELECT"),
        (["retrieve", "sales", "--where", "no_such = 1"], "no_such"),
        (["retrieve", "sales", "-o", "/no/such/folder/x.csv"], "cannot be written"),
    ],
)
def test_a_request_that_makes_no_sense_is_one_message(archived: Shop, words: list[str], expected: str) -> None:
    status, _, problem = archived.invoke(*words, "--definitions", str(archived.definitions))

    assert status == 2
    assert expected in problem


def test_the_python_call_streams_record_batches(archived: Shop) -> None:
    reader = retrieve_archived_data(
        table_name="sales", data_type="analytics", start_time="2024-01-01T00:00:00Z",
        end_time="2024-01-31T23:59:59Z", columns=["sale_id", "amount", "sold_at"],
        definitions=archived.definitions,
    )  # fmt: skip

    table = reader.read_all()
    assert table.column_names == ["sale_id", "amount", "sold_at"]
    assert table.num_rows == 120


def test_the_python_call_gives_raw_records_byte_for_byte(archived: Shop) -> None:
    reader = retrieve_archived_data(
        table_name="sales", data_type="source", start_time="2024-06-01", end_time="2024-06-01",
        columns=["raw_id", "raw_data", "raw_bytes"], definitions=archived.definitions,
    )  # fmt: skip

    rows: list[dict[str, Any]] = reader.read_all().to_pylist()
    assert len(rows) == 14
    assert {row["raw_data"] for row in rows if row["raw_id"] == "r2"} == {'{"n" : 2, "n" : 2}'}
    assert {row["raw_bytes"] for row in rows if row["raw_id"] == "r7"} == {b"\xff\x00\xfe"}


def test_a_damaged_file_gives_no_answer(archived: Shop) -> None:
    file = archived.lake / archived.value(
        "select min(path) from archive_catalog.readable_files where kind = 'analytics'"
    )
    content = file.read_bytes()
    file.chmod(0o644)
    file.write_bytes(content[:200] + bytes([content[200] ^ 1]) + content[201:])

    status, _, problem = archived.invoke(
        "sql", "select 1 from history_sales", "--definitions", str(archived.definitions)
    )

    assert status == 2
    assert f"{file} is damaged" in problem


def test_a_reader_sees_one_moment_while_rows_are_archived_under_it(shop: Shop) -> None:
    shop.add_sales(days=3)
    model = shop.library.object("SALE")

    with open_reader(shop.settings, shop.store) as reader:
        shop.run("analytics")
        relation = reader.rows(model, "analytics", parse_interval(None, None))
        counted = reader.engine.execute(f"select count(*) from ({relation})").fetchone()

    assert counted == (120,)
    with open_reader(shop.settings, shop.store) as reader:
        relation = reader.rows(model, "analytics")
        assert reader.engine.execute(f"select count(*) from ({relation})").fetchone() == (120,)


def test_before_the_first_run_everything_is_hot(shop: Shop) -> None:
    shop.add_sales(days=1)

    assert shop.invoke("status")[1] == "Nothing was ever archived.\n"
    _, printed, _ = shop.invoke(
        "sql", "select count(*) as n from history_sales", "--definitions", str(shop.definitions), "--json"
    )
    assert json.loads(printed) == {"n": 40}


def test_a_table_that_somebody_else_made_is_archived_and_read_all_the_same(
    shop: Shop,
) -> None:
    shop.execute(f"drop table {SCHEMA}.sales cascade")
    shop.execute(
        f"create table {SCHEMA}.sales (sale_id bigint not null, sold_at timestamptz not null,"
        " amount numeric(18,6), note text)"
    )
    shop.execute(f"insert into {SCHEMA}.sales select n, '2024-01-01 10:00+00', n, 'x' from generate_series(1, 9) n")

    result = shop.run("analytics", objects=("SALE",))

    assert (result.tables[0].rows, result.tables[0].plan.blocked_by) == (9, ())
    _, printed, _ = shop.invoke(
        "sql", "select count(*) as n from history_sales", "--definitions", str(shop.definitions), "--json"
    )
    assert json.loads(printed) == {"n": 9}
    traced = shop.invoke("trace", "SALE", "--key", "sale_id=4", "--definitions", str(shop.definitions), "--json")
    (row,) = json.loads(traced[1])["rows"]
    assert (row["place"], row["values"]["amount"], row["files"][0]["row_in_file"]) == ("archived", "4.000000", 3)
    bundle = str(shop.lake.parent / "proof")
    proven = shop.invoke(
        "prove", "SALE", "--key", "sale_id=4", "-o", bundle, "--definitions", str(shop.definitions), "--json"
    )
    assert (json.loads(proven[1])["proven"], json.loads(proven[1])["holds"][0][:12]) == (1, "8 other rows")
    script = Path(__file__).parents[2] / "docs" / "check_bundle.py"
    assert subprocess.run([sys.executable, str(script), bundle], check=False).returncode == 0
    refused = shop.invoke("trace", "SALE", "--raw-seq", "4", "--definitions", str(shop.definitions))
    assert "somebody else made the table" in refused[2]


def test_output_to_a_pipe_is_the_rows_and_nothing_else(archived: Shop) -> None:
    command = [
        sys.executable,
        "-m",
        "archive_jobs.cli",
        "retrieve",
        "sales",
        "--definitions",
        str(archived.definitions),
    ]

    done = subprocess.run(command, capture_output=True, text=True, env=os.environ, check=True)

    assert len(rows_of(done.stdout)) == 160
    assert done.stderr.startswith("interval:")
