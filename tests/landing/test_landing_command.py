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

    assert [(result["records"], result["unreadable"], result["is_new"]) for result in loaded] == [(2, 1, True)]
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


def write_notes(folder: Path) -> list[Path]:
    """One file of 100 MB and the others of 50, in every format."""
    remark = "the same again and again, so that the server has little to write. " * 125
    notes = [{"id": str(n), "remark": f"{n}{remark}"} for n in range(13_000)]
    records = [json.dumps(note) for note in notes]
    files = [folder / f"notes.{extension}" for extension in ("ndjson", "json", "csv", "parquet")]
    files[0].write_text("\n".join(records))
    files[1].write_text("[" + ",\n".join(records[::2]) + "]")
    files[2].write_text("id,remark\n" + "".join('{id},"{remark}"\n'.format(**note) for note in notes[::2]))
    pq.write_table(pa.Table.from_pylist(notes[::2]), files[3], compression="none", use_dictionary=False)
    return files


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc to tell the peak of a process's memory")
@pytest.mark.usefixtures("database")
def test_memory_stays_flat_on_large_files(tmp_path):
    files = write_notes(tmp_path)

    peaks_mb = [peak_mb_of_loading(files[:3]), peak_mb_of_loading(files[3:])]

    assert files[0].stat().st_size > 100_000_000
    assert peaks_mb[0] < 100
    assert peaks_mb[1] < 250  # pyarrow takes 60 before it has read a byte


def peak_mb_of_loading(files: list[Path]) -> float:
    words = ["load", *map(str, files), "--object", "NOTE", "--definitions", str(DEFINITIONS)]
    command = [sys.executable, "-c", LOAD_AND_TELL_PEAK, *words]
    ended = subprocess.run(command, capture_output=True, text=True, check=True)
    assert len(ended.stdout.splitlines()) == len(files)
    return int(ended.stderr.split()[1]) / 1024
