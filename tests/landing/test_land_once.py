"""One file, one transaction: landed once whoever tries how often, and not at all when the load is killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

from definitions_to_dbt.errors import ProblemError
from definitions_to_dbt.postgres import connect
from landing import load_file

LOAD_IN_A_PROCESS = """
import sys
from landing.cli import main
sys.argv = ["landing", "load", sys.argv[1], "--object", "NOTE"]
main()
"""


def write_notes(file: Path, count: int, padding: int = 0) -> Path:
    remark = "x" * padding
    file.write_text("".join(json.dumps({"id": str(n), "remark": remark}) + "\n" for n in range(count)))
    return file


def count(connection: psycopg.Connection, table: str) -> int:
    row = connection.execute(f"select count(*) from analytics_service.{table}").fetchone()
    return int(row[0]) if row else -1


def test_the_same_bytes_land_once_under_any_name(connection, note, tmp_path):
    file = write_notes(tmp_path / "notes.ndjson", 10)
    copy = write_notes(tmp_path / "copy.jsonl", 10)

    first, second = load_file(connection, note, file), load_file(connection, note, copy)

    assert (first.is_new, second.is_new) == (True, False)
    assert (second.run_id, second.records) == (first.run_id, 10)
    assert count(connection, "source_notes") == 10


def test_the_same_bytes_land_for_each_object(connection, note, reading, tmp_path):
    file = write_notes(tmp_path / "notes.ndjson", 10)

    results = [load_file(connection, obj, file) for obj in (note, reading)]

    assert [result.is_new for result in results] == [True, True]


def test_a_load_writes_its_line_in_the_ledger(connection, reading, raw_rows, tmp_path):
    clock = datetime(2024, 11, 8, 6, tzinfo=UTC)
    file = write_notes(tmp_path / "readings.ndjson", 3)

    result = load_file(connection, reading, file, ingested_at=clock)

    run = connection.execute("""
        select id, entity, mode::text, status, source_file, file_bytes, stats_json
        from analytics_service.ingestion_runs
    """).fetchone()
    assert run is not None
    stats = run[6]
    assert run[:6] == (result.run_id, "READING", "batch", "loaded", str(file), file.stat().st_size)
    assert (stats["records"], stats["unreadable"], stats["source_system"]) == (3, 0, "meters")
    for row in raw_rows("source_readings"):
        assert (row.run_id, row.ingested_at, row.source_system) == (result.run_id, clock, "meters")
        assert (row.batch_id, row.processed, row.outcome, row.archived_in) == (None, False, None, None)


@pytest.mark.usefixtures("database")
def test_racing_loads_of_one_file_on_an_empty_database_land_it_once(note, tmp_path):
    file = write_notes(tmp_path / "notes.ndjson", 5000)

    def land(_: int) -> bool:
        with connect() as connection:
            return load_file(connection, note, file).is_new

    with ThreadPoolExecutor(6) as threads:
        outcomes = list(threads.map(land, range(6)))

    with connect() as connection:
        assert sorted(outcomes) == [False] * 5 + [True]
        assert count(connection, "source_notes") == 5000
        assert count(connection, "ingestion_runs") == 1


def test_loads_of_different_files_do_not_wait_for_each_other(connection, note, tmp_path):
    first = write_notes(tmp_path / "first.ndjson", 10)
    second = write_notes(tmp_path / "second.ndjson", 20)
    load_file(connection, note, write_notes(tmp_path / "earlier.ndjson", 5))

    with connect() as other, other.transaction():
        load_file(other, note, first)  # not committed yet
        connection.execute("set lock_timeout = '5s'")
        load_file(connection, note, second)

    assert count(connection, "source_notes") == 35


def test_a_load_killed_in_the_middle_leaves_nothing_and_can_be_repeated(connection, note, tmp_path, monkeypatch):
    monkeypatch.setenv("DEFINITIONS", str(Path(__file__).parent / "definitions"))
    load_file(connection, note, write_notes(tmp_path / "earlier.ndjson", 5))
    file = write_notes(tmp_path / "notes.ndjson", 10_000, padding=4000)
    process = subprocess.Popen([sys.executable, "-c", LOAD_IN_A_PROCESS, str(file)], env=dict(os.environ))

    while connection.execute("select 1 from pg_stat_progress_copy where tuples_processed > 1000").fetchone() is None:
        assert process.poll() is None, "the load ended before it could be killed"
    process.send_signal(signal.SIGKILL)
    process.wait()

    assert count(connection, "source_notes") == 5
    assert count(connection, "ingestion_runs") == 1
    assert load_file(connection, note, file).records == 10_000
    assert count(connection, "source_notes") == 10_005


def test_a_file_that_changes_while_it_is_read_lands_nothing(connection, note, tmp_path):
    file = write_notes(tmp_path / "notes.ndjson", 5000)

    def append_at_the_end(_: int) -> None:
        with file.open("a") as growing:
            growing.write('{"id": "late"}\n' if file.stat().st_size < 200_000 else "")

    with pytest.raises(ProblemError, match="the file was changed while it was read"):
        load_file(connection, note, file, progress=append_at_the_end)

    assert count(connection, "source_notes") == 0
    assert count(connection, "ingestion_runs") == 0


def test_plain_inserts_of_other_tools_are_as_good(connection, note, raw_rows, tmp_path):
    load_file(connection, note, write_notes(tmp_path / "notes.ndjson", 1))

    connection.execute("""
        insert into analytics_service.source_notes (raw_id, raw_data, ingested_at, processed)
        values ('old_12345', '{"metric": "cycle_time", "val": 2.5}', now(), false)
    """)

    row = raw_rows("source_notes")[1]
    assert (row.raw_id, row.text, row.processed) == (
        "old_12345",
        '{"metric": "cycle_time", "val": 2.5}',
        False,
    )
    assert len(row.raw_sha256) == 64
