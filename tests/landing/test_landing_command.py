"""The command `landing`: what it prints where, and how much memory it takes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

DEFINITIONS = Path(__file__).parent / "definitions"
# The kernel's own count since the program began; getrusage would count the memory of the test process too.
LOAD_AND_TELL_PEAK = """
import atexit, sys
from landing.cli import main

def tell():
    print(next(line for line in open("/proc/self/status") if line.startswith("VmHWM")), file=sys.stderr)

atexit.register(tell)
main()
"""


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

    assert [(result["records"], result["unreadable"], result["is_new"]) for result in loaded] == [
        (2, 1, True)
    ]
    assert [(run["id"], run["entity"], run["stats_json"]["records"]) for run in runs] == [
        (loaded[0]["run_id"], "NOTE", 2)
    ]


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
    file.write_text(
        "id,remark\n" + "".join('{id},"{remark}"\n'.format(**json.loads(record)) for record in records)
    )


def write_parquet(file: Path, records: list[str]) -> None:
    pq.write_table(pa.Table.from_pylist([json.loads(record) for record in records]), file, compression="none")


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc to tell the peak of a process's memory")
@pytest.mark.parametrize(
    ("write", "most_mb"),
    [
        (write_ndjson, 100),
        (write_json, 100),
        (write_csv, 100),
        (write_parquet, 250),
    ],  # pyarrow takes 60 at once
)
def test_memory_stays_flat_on_a_large_file(database, tmp_path, write, most_mb):
    remark = "the same again and again, so that the server has little to write. " * 125
    file = tmp_path / f"notes.{write.__name__.removeprefix('write_')}"
    write(file, [json.dumps({"id": str(n), "remark": f"{n}{remark}"}) for n in range(13_000)])
    words = ["load", str(file), "--object", "NOTE", "--definitions", str(DEFINITIONS)]

    ended = subprocess.run(
        [sys.executable, "-c", LOAD_AND_TELL_PEAK, *words], capture_output=True, text=True, check=True
    )

    peak_mb = int(ended.stderr.split()[1]) / 1024
    assert file.stat().st_size > 100_000_000
    assert "13,000 records landed" in ended.stdout
    assert peak_mb < most_mb, f"{peak_mb:.0f} MB"
