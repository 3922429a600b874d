"""The command `landing`: what it prints where, and how much memory it takes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

DEFINITIONS = Path(__file__).parent / "definitions"
MOST_MEMORY_MB = 200
LOAD = "import sys; from landing.cli import main; sys.argv[0] = 'landing'; main()"


def test_results_go_to_stdout(landing, tmp_path):
    file = tmp_path / "notes.ndjson"
    file.write_text('{"id": "1"}\nbroken\n')

    first = landing("load", file, "--object", "notes", "--ingested-at", "2024-11-08")
    second = landing("load", file, "--object", "NOTE")

    assert (first.status, first.err, second.status, second.err) == (0, "", 0, "")
    assert "notes.ndjson: 2 records landed for NOTE, 1 of them unreadable in" in first.out
    assert "ingested at 2024-11-08T00:00:00Z" in first.out
    assert "landed before as run " in second.out


def test_results_as_json(landing, tmp_path):
    file = tmp_path / "notes.ndjson"
    file.write_text('{"id": "1"}\nbroken\n')

    loaded = json.loads(landing("load", file, "--object", "NOTE", "--json").out)
    runs = json.loads(landing("runs", "--json").out)

    assert [(result["records"], result["unreadable"], result["is_new"]) for result in loaded] == [(2, 1, True)]
    assert [(run["id"], run["entity"], run["stats_json"]["records"]) for run in runs] == [(loaded[0]["run_id"], "NOTE", 2)]


def test_runs_lists_the_loads_of_an_object(landing, tmp_path):
    file = tmp_path / "notes.ndjson"
    file.write_text('{"id": "1"}\n')
    landing("load", file, "--object", "NOTE")
    landing("load", file, "--object", "READING")

    ended = landing("runs", "--object", "NOTE")

    assert ended.status == 0
    assert [line.split()[2] for line in ended.out.splitlines()] == ["NOTE"]


def test_runs_before_the_first_load(landing):
    ended = landing("runs")

    assert (ended.status, ended.out, ended.err) == (0, "", "nothing has landed yet\n")


def write_ndjson(file: Path, records: list[str]) -> None:
    file.write_text("\n".join(records))


def write_json(file: Path, records: list[str]) -> None:
    file.write_text("[" + ",\n".join(records) + "]")


def write_csv(file: Path, records: list[str]) -> None:
    file.write_text("id,remark\n" + "".join('{id},"{remark}"\n'.format(**json.loads(record)) for record in records))


def write_parquet(file: Path, records: list[str]) -> None:
    pq.write_table(pa.Table.from_pylist([json.loads(record) for record in records]), file, compression="none")


@pytest.mark.parametrize("write", [write_ndjson, write_json, write_csv, write_parquet])
def test_memory_stays_flat_on_a_large_file(database, tmp_path, write):
    remark = os.urandom(1600).hex()
    file = tmp_path / f"notes.{write.__name__.removeprefix('write_')}"
    write(file, [json.dumps({"id": str(n), "remark": f"{n}{remark}"}) for n in range(32_000)])
    command = [sys.executable, "-c", LOAD, "load", str(file), "--object", "NOTE", "--definitions", str(DEFINITIONS)]

    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    _, status, usage = os.wait4(process.pid, 0)

    peak_mb = usage.ru_maxrss / (1024 if sys.platform == "linux" else 1024 * 1024)
    assert status == 0
    assert file.stat().st_size > 100_000_000
    assert peak_mb < MOST_MEMORY_MB, f"{peak_mb:.0f} MB"
