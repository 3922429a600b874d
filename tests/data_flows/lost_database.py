"""The database is lost: Layers 2 and 3 are made again from the lake alone, by the commands an operator types, and
every row is compared with what was there.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from flow import Flow
from platform_under_test import SCHEMA

from definitions_to_dbt.definition import ObjectModel
from definitions_to_dbt.library import load_library

# Every record is transformed twice more: minutes, so only when asked for.
when_asked = pytest.mark.skipif("REBUILD" not in os.environ, reason="set REBUILD=1: every record is transformed twice")
REPOSITORY = Path(__file__).parents[2]
_KEPT = "before_the_loss"
# Columns that tell of the run, which is another one.
_OF_THE_RUN = "array['_batch_id', '_loaded_at', '_rejected_at']"


@dataclass
class Command:
    """One command as a process of its own: what it took, those it started included."""

    words: str
    seconds: float
    # Of the process, or of one it has started: whichever had the most.
    peak_mb: int
    said: str


@dataclass
class Rebuilt:
    """What the rebuild took, and how many rows of each table are not as they were."""

    rows: int = 0
    records: int = 0
    # By table: rows that are missing, and rows that were not there.
    differences: dict[str, tuple[int, int]] = field(default_factory=dict)
    # Rows that name another record of the same words: sent again later, it was a repetition then. Both in one batch,
    # the row is that of the later one.
    of_repetitions: dict[str, int] = field(default_factory=dict)
    commands: list[Command] = field(default_factory=list)

    def __str__(self) -> str:
        slow = [f"{one.seconds:7.1f} s  {one.peak_mb:5} MB  {one.words}" for one in self.commands]
        seconds, peak = sum(one.seconds for one in self.commands), max(one.peak_mb for one in self.commands)
        differing = sum(sum(both) for both in self.differences.values())
        repeated = sum(self.of_repetitions.values())
        return "\n".join([
            "", *slow,
            f"{seconds:7.1f} s  {peak:5} MB  {self.records:,} records, {self.rows:,} rows compared,"
            f" {differing:,} of them differ, {repeated:,} name a later record of the same words",
        ])  # fmt: skip


def tables_of(models: Iterable[ObjectModel]) -> list[str]:
    """The tables of Layer 2, and of what was rejected."""
    names = []
    for model in models:
        names += [model.table_name, f"rejected_{model.table_name}"]
        names += [f"{model.table_name}_versions"] if model.has_versions else []
    return names


def lose_and_rebuild(flow: Flow, objects: Iterable[str]) -> Rebuilt:
    """Drop everything in the database but a copy to compare with, and make it again from the lake."""
    library = load_library(flow.project.definitions)
    models, rebuilt = [library.object(name) for name in objects], Rebuilt()
    flow.archive("--type", "source")  # each record is in the lake before the loss
    flow.execute(f"create schema {_KEPT}")
    for table in tables_of(models):
        flow.execute(f"create table {_KEPT}.{table} as select * from {SCHEMA}.{table}")
    flow.execute(f"drop schema {SCHEMA} cascade; drop schema archive_catalog cascade")

    project = ("--project-dir", str(flow.project.folder), "--profiles-dir", str(REPOSITORY))
    definitions = ("--definitions", str(flow.project.definitions))
    rebuilt.commands.append(_command("archive-jobs", "catalog", "rebuild", "--yes"))
    rebuilt.commands.append(_command("dbt", "run", *project, "--target", "postgres"))
    for model in models:
        told = ("replay", model.code, "--yes", "--json", "--project", *project[1:], *definitions)
        rebuilt.commands.append(_command("archive-jobs", *told))
        rebuilt.records += int(json.loads(rebuilt.commands[-1].said)["records"])
    for table in tables_of(models):
        rebuilt.rows += flow.value(f"select count(*) from {_KEPT}.{table}")
        missing, extra = (
            flow.value(f"select count(*) from ({_texts(one)} except all {_texts(other)}) as differing")
            for one, other in ((f"{_KEPT}.{table}", f"{SCHEMA}.{table}"), (f"{SCHEMA}.{table}", f"{_KEPT}.{table}"))
        )
        renamed = flow.value(_renamed(table)) if missing == extra and missing else 0
        if missing - renamed or extra - renamed:
            rebuilt.differences[table] = (missing, extra)
        elif renamed:
            rebuilt.of_repetitions[table] = renamed
    flow.execute(f"drop schema {_KEPT} cascade")
    return rebuilt


def _texts(relation: str) -> str:
    return f"select (to_jsonb(t) - {_OF_THE_RUN})::text as row from {relation} as t"


# A process begins with the peak of the one that it was forked from: this one is small.
_MEASURED = """
import resource, subprocess, sys, time
began = time.monotonic()
status = subprocess.run(sys.argv[2:]).returncode
peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
open(sys.argv[1], "w").write(f"{time.monotonic() - began} {peak}")
sys.exit(status)
"""


def _renamed(table: str) -> str:
    """How many rows differ in the record that they name and in nothing else, and that is a later one."""
    before, after = (
        f"select row::jsonb - '_raw_seq' as words, (row::jsonb ->> '_raw_seq')::bigint as record"
        f" from ({_texts(f'{one}.{table}')} except all {_texts(f'{other}.{table}')}) as differing"
        for one, other in ((_KEPT, SCHEMA), (SCHEMA, _KEPT))
    )
    return (
        f"select count(*) from ({before}) as before inner join ({after}) as after on before.words = after.words"
        " where after.record > before.record"
    )


def _command(program: str, *words: str) -> Command:
    with tempfile.TemporaryDirectory() as folder:
        measured = Path(folder) / "measured"
        command = [str(Path(sys.executable).parent / program), *words]
        done = subprocess.run(
            [sys.executable, "-S", "-c", _MEASURED, str(measured), *command],
            capture_output=True, text=True, check=False, cwd=REPOSITORY,
        )  # fmt: skip
        assert done.returncode == 0, (words, done.stdout, done.stderr)
        seconds, peak = measured.read_text().split()
    named = (word for word in words[:2] if not word.startswith("-"))
    return Command(" ".join([program, *named]), float(seconds), int(peak), done.stdout)
