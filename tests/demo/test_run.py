"""The demo's sums: each fails when what it counts is wrong. On real tables and real Parquet files."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import psycopg
import pytest
from rich.console import Console

from archive_jobs.copying.engine import postgres_extension
from definitions_to_dbt.library import load_library
from demo import counts
from demo.command import CheckFailedError, run_command
from demo.counts import Lake, open_lake
from demo.docs_site import merged_manifest, page_of
from demo.progress import Steps
from demo.shop_ledger import Ledger, LedgerLine
from demo.sums import Archived, Records, broken, byte_sums, history_sums, mart_sums
from landing.load import load_file

SCHEMA = "analytics_service"
DEFINITIONS = Path(__file__).parents[2] / "definitions"
LAYER_2 = f"""
create table {SCHEMA}.orders (
    order_id text, order_total int, _raw_seq bigint, _source_order bigint, _deleted boolean default false
);
insert into {SCHEMA}.orders values ('a', 500, 1, 1), ('b', 700, 2, 1), ('b', 900, 3, 2), ('c', 100, 4, 1);
"""
Connection = psycopg.Connection[Any]


def ledger(**outcomes: int) -> Ledger:
    """A ledger of one file of orders."""
    line = LedgerLine("ORDER", "orders", 1, sum(outcomes.values()), {}, outcomes)  # type: ignore[arg-type]
    return Ledger((line,), {"orders": outcomes.get("loaded", 0)}, 0)


@pytest.fixture
def landed(connection: Connection, tmp_path: Path) -> Path:
    """A file of four records, landed, each with an outcome."""
    file = tmp_path / "orders.ndjson"
    file.write_bytes(b'{"id": "a"}\n{"id": "b"}\n{"id": "b", "x": 1}\n{"id": "c\n')
    load_file(connection, load_library(DEFINITIONS).object("orders"), file, schema=SCHEMA)
    connection.execute(
        f"update {SCHEMA}.source_orders set processed = true, outcome = (array['loaded', 'superseded', 'loaded',"
        " 'rejected'])[raw_seq]"
    )
    return file


@pytest.fixture
def lake(landed: Path, connection: Connection) -> Iterator[Lake]:
    """A plain DuckDB session beside four rows of Layer 2 and four raw records, all hot."""
    assert landed.exists()
    connection.execute(LAYER_2)
    with open_lake(SCHEMA) as session:
        yield session


def archive(folder: Path, query: str) -> list[str]:
    """The answer to a query on PostgreSQL as a Parquet file, and the list of it."""
    file = folder / "rows.parquet"
    with duckdb.connect() as engine:
        engine.execute(f"load '{postgres_extension()}'")
        engine.execute("attach '' as pg (type postgres, read_only)")
        engine.execute(f"copy ({query}) to '{file}' (format parquet)")
    return [str(file)]


def records(connection: Connection, file: Path) -> Records:
    """Both sides of the records, counted."""
    found, _ = counts.outcomes(connection, SCHEMA, "orders")
    return Records("orders", counts.records_in(file, "ndjson"), found, raw_in_lake=4)


def test_the_sums_hold_when_every_record_has_the_outcome_of_the_ledger(connection: Connection, landed: Path) -> None:
    expected = ledger(loaded=2, superseded=1, rejected=1)

    found = records(connection, landed).sums(expected)

    assert broken(found) == []
    assert len(found) == 8


def test_a_record_without_an_outcome_breaks_the_sum(connection: Connection, landed: Path) -> None:
    connection.execute(f"update {SCHEMA}.source_orders set outcome = null where raw_seq = 2")

    wrong = broken(records(connection, landed).sums(ledger(loaded=2, superseded=1, rejected=1)))

    assert [str(one) for one in wrong] == [
        "orders: records in the files = records with an outcome: 4 is not 3",
        "orders: raw records without an outcome = none: 1 is not 0",
        "orders: superseded records = the ledger's: 0 is not 1",
    ]


def test_a_record_that_never_landed_breaks_the_sum(connection: Connection, landed: Path) -> None:
    connection.execute(f"delete from {SCHEMA}.source_orders where raw_seq = 4")

    wrong = broken(records(connection, landed).sums(ledger(loaded=2, superseded=1, rejected=1)))

    assert "orders: records in the files = records with an outcome: 4 is not 3" in map(str, wrong)


def test_an_outcome_that_is_not_the_ledgers_breaks_the_sum(connection: Connection, landed: Path) -> None:
    connection.execute(f"update {SCHEMA}.source_orders set outcome = 'duplicate' where raw_seq = 2")

    wrong = broken(records(connection, landed).sums(ledger(loaded=2, superseded=1, rejected=1)))

    assert [one.what for one in wrong] == [
        "orders: superseded records = the ledger's",
        "orders: duplicate records = the ledger's",
    ]


def test_outcomes_counted_before_are_not_counted_again(connection: Connection, landed: Path) -> None:
    assert landed.exists()
    first, last = counts.outcomes(connection, SCHEMA, "orders")

    again, still_last = counts.outcomes(connection, SCHEMA, "orders", after=last)

    assert (first.total(), last) == (4, 4)
    assert (again.total(), still_last) == (0, 4)


def test_rows_that_moved_to_the_lake_are_counted_once(lake: Lake, connection: Connection, tmp_path: Path) -> None:
    before = lake.row_places("orders", [])
    files = archive(tmp_path, f"select * from pg.{SCHEMA}.orders where order_id = 'b'")
    connection.execute(f"delete from {SCHEMA}.orders where order_id = 'b'")

    after = lake.row_places("orders", files)

    assert (after.hot, after.cold) == (2, 2)
    assert broken(Archived("orders", 1, before, after).sums()) == []


def test_a_row_lost_on_its_way_to_the_lake_breaks_the_sum(lake: Lake, connection: Connection, tmp_path: Path) -> None:
    before = lake.row_places("orders", [])
    files = archive(tmp_path, f"select * from pg.{SCHEMA}.orders where _raw_seq = 2")
    connection.execute(f"delete from {SCHEMA}.orders where order_id = 'b'")

    wrong = broken(Archived("orders", 1, before, lake.row_places("orders", files)).sums())

    assert [str(one) for one in wrong] == ["orders, archive run 1: rows before = rows after, hot and cold: 4 is not 3"]


def test_a_row_that_is_hot_and_cold_breaks_the_sum(lake: Lake, connection: Connection, tmp_path: Path) -> None:
    before = lake.row_places("orders", [])
    files = archive(tmp_path, f"select * from pg.{SCHEMA}.orders where order_id = 'b'")
    connection.execute(f"delete from {SCHEMA}.orders where _raw_seq in (2, 4)")

    wrong = broken(Archived("orders", 1, before, lake.row_places("orders", files)).sums())

    assert [str(one) for one in wrong] == ["orders, archive run 1: rows after = different rows after: 4 is not 3"]


def test_current_truth_is_the_newest_row_of_each_key_over_hot_and_cold(
    lake: Lake, connection: Connection, tmp_path: Path
) -> None:
    files = archive(tmp_path, f"select * from pg.{SCHEMA}.orders where _raw_seq in (1, 2)")
    connection.execute(f"delete from {SCHEMA}.orders where _raw_seq in (1, 2)")
    connection.execute(f"insert into {SCHEMA}.orders values ('a', 500, 9, 9, true)")

    found = lake.current_truth("orders", ["order_id"], files, "order_total")

    assert found == (2, 900 + 100)
    assert broken(history_sums({"orders": found[0]}, ledger(loaded=3)))


def test_raw_records_are_counted_in_one_place_each(lake: Lake, connection: Connection, tmp_path: Path) -> None:
    files = archive(tmp_path, f"select * from pg.{SCHEMA}.source_orders where raw_seq < 4")
    connection.execute(f"update {SCHEMA}.source_orders set archived_in = gen_random_uuid() where raw_seq < 4")

    assert lake.raw_records("orders", files) == (1, 3)


@pytest.mark.parametrize(("column", "changed"), [("raw_data", 1), ("raw_bytes", 4)])
def test_a_byte_that_changed_on_its_way_to_the_lake_is_found(
    lake: Lake, landed: Path, tmp_path: Path, column: str, changed: int
) -> None:
    spoilt = f"replace (case raw_seq when {changed} then '{{}}' else {column} end as {column})"
    sent = {"orders": counts.record_digests(landed, "ndjson")}
    whole = archive(tmp_path, f"select * from pg.{SCHEMA}.source_orders")
    assert broken(byte_sums(sent, {"orders": lake.raw_digests([landed], whole)})) == []

    files = archive(tmp_path, f"select * {spoilt} from pg.{SCHEMA}.source_orders")

    (wrong,) = broken(byte_sums(sent, {"orders": lake.raw_digests([landed], files)}))
    assert str(wrong) == "orders: records whose bytes changed between file and lake = none: 2 is not 0"


def test_a_mart_that_notices_the_archive_breaks_the_sum() -> None:
    wrong = broken(mart_sums({"orders": 5, "cents": 100}, {"orders": 5, "cents": 99}))

    assert [str(one) for one in wrong] == ["cents before = after archiving: 100 is not 99"]


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("a.ndjson", b'{"id": 1}\n\n{"id": 2\n\xff\xfe\n', 3),
        ("a.csv", b"id,name\n1,a\n2\n3,c,d\n", 3),
        ("a.json", b'[{"id": 1}, {"id": 2}]', 2),
    ],
)
def test_records_of_a_file_are_counted_without_the_code_that_lands_it(
    tmp_path: Path, name: str, content: bytes, expected: int
) -> None:
    (tmp_path / name).write_bytes(content)

    assert counts.records_in(tmp_path / name, name.partition(".")[2]) == expected


def test_a_command_that_found_something_wrong_stops_the_demo(tmp_path: Path) -> None:
    (tmp_path / "project").mkdir()
    # Not the library itself, whose exposures name marts that an empty project lacks.
    definitions = Path(__file__).parents[1] / "landing" / "definitions"

    with pytest.raises(CheckFailedError, match=r"exit status 1\n(.|\n)*run `definitions-to-dbt generate`"):
        run_command(f"definitions-to-dbt generate --check --definitions {definitions} --project {tmp_path}/project")


def test_a_step_is_one_line_with_its_seconds_and_its_first_commands() -> None:
    written = io.StringIO()
    steps = Steps(Console(file=written), total=2)

    with steps.step("Land [all] files") as step:
        step.commands += ["landing load a", "landing load b", "landing load c"]
        step.says("3 records")
    with pytest.raises(KeyError), steps.step("Fail"):
        raise KeyError

    lines = written.getvalue().splitlines()
    assert re.fullmatch(r" 1/2  [ \d]{2}\d\.\d s  Land \[all\] files: 3 records", lines[0])
    assert lines[1].strip() == "$ landing load a"
    assert lines[3].strip() == "… and 1 more like it"
    assert re.fullmatch(r" 2/2  [ \d]{2}\d\.\d s  Fail: did not finish", lines[4])


def test_the_docs_site_names_the_engine_and_shows_what_each_compiled() -> None:
    def node(engine: str, code: str) -> dict[str, Any]:
        return {"config": {"meta": {"engine": engine}}, "docs": {}, "compiled_code": code, "root_path": "/home/me"}

    def manifest(target: str) -> dict[str, Any]:
        nodes = {"model.a": node("postgres", f"a by {target}"), "model.b": node("duckdb", f"b by {target}")}
        return {"nodes": nodes, "macros": {"macro.dbt.x": {"package_name": "dbt"}}, "metadata": {"user_id": "me"}}

    merged = merged_manifest({target: manifest(target) for target in ("postgres", "duckdb")})

    assert [one["compiled_code"] for one in merged["nodes"].values()] == ["a by postgres", "b by duckdb"]
    assert len({one["docs"]["node_color"] for one in merged["nodes"].values()}) == 2
    assert not {"/home/me", "me"} & set(re.findall(r"[\w/]+", str(merged)))


def test_a_description_cannot_end_the_script_that_holds_it_or_keep_it_from_ending() -> None:
    hostile = "</script><img src=x onerror=alert(1)><!-- <script"

    page = page_of({"description": hostile}, {})

    assert hostile not in page
    assert json.dumps({"description": hostile}, separators=(",", ":")).replace("<", "\\u003c") in page
