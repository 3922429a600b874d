"""Seconds and memory of the generator, of dbt over what it wrote, and of another tool on the same tables.

    make bench-generator                         100, 300, 1,000 and 3,000 tables of twenty columns
    python -m benchmarks.generator --large       10,000 too
    python -m benchmarks.generator --tables 100 --no-dbt --no-other

Each figure is a whole command in a process of its own, as a user types it. CPU is user and system time, which says more
than seconds where the machine has other things to do. Tables go to stdout as Markdown, progress to stderr.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from benchmarks.tables import contract, file_of, write_tables
from definitions_to_dbt.command_line import run_command_line
from definitions_to_dbt.embedded_postgres import EmbeddedPostgres
from definitions_to_dbt.errors import ProblemError

_BIN = Path(sys.executable).parent
_ROOT = Path(__file__).parents[1]
_OTHER = "datacontract-cli==1.2.8"
_OTHER_FOLDER = _ROOT / ".local/bench-datacontract"
_MOST_OF_OTHER = 600  # seconds


@dataclass
class Run:
    """One command: seconds by the clock, seconds of CPU, the most memory it held, how it ended, what it said."""

    seconds: float
    cpu: float
    peak_bytes: int
    status: int
    said: str

    @property
    def cells(self) -> str:
        """The first two for a table."""
        return f"{self.seconds:.2f} | {self.cpu:.2f}"


def run(
    words: list[str | Path], folder: Path, may_fail: bool = False, environment: dict[str, str] | None = None
) -> Run:
    """Run a command to its end. Raises ProblemError where it fails and may not."""
    print("  " + " ".join(str(word) for word in words), file=sys.stderr)
    with tempfile.TemporaryFile() as log:
        began = time.monotonic()
        process = subprocess.Popen(
            [str(word) for word in words], cwd=folder, stdout=log, stderr=log, stdin=subprocess.DEVNULL,
            env={**os.environ, "DBT_SEND_ANONYMOUS_USAGE_STATS": "false", **(environment or {})},
        )  # fmt: skip
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.monotonic() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        log.seek(0)
        said = log.read().decode(errors="replace")
    if process.returncode and not may_fail:
        raise ProblemError(f"`{words[0]}` ended with {process.returncode}: {said[-2000:]}")
    peak = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    return Run(seconds, usage.ru_utime + usage.ru_stime, peak, process.returncode, said)


def generate(folder: Path, *words: str) -> Run:
    """`definitions-to-dbt generate` in a folder."""
    return run([_BIN / "definitions-to-dbt", "generate", *words], folder, may_fail="--check" in words)


def measure_growth(folder: Path, count: int) -> str:
    """One line of the table: cold, nothing to do, one edit, memory, and what a second run and a removal leave."""
    write_tables(folder / "definitions", count)
    cold = generate(folder)
    before = _bytes_of(folder / "dbt_project")
    nothing = generate(folder)
    again = generate(folder, "--force", "--select", "TABLE_00001")  # renders all of it
    changed = sum(before[path] != found for path, found in _bytes_of(folder / "dbt_project").items())
    edited = file_of(folder / "definitions", count // 2, count)
    edited.write_text(edited.read_text().replace('"varchar(255)"', '"varchar(300)"'))
    edit = generate(folder)
    file_of(folder / "definitions", count - 1, count).unlink()
    generate(folder)
    orphans = len(list((folder / "dbt_project").rglob(f"*table_{count - 1:05}*")))
    files = sum(1 for path in (folder / "dbt_project").rglob("*") if path.is_file())
    peak = max(cold.peak_bytes, edit.peak_bytes, again.peak_bytes) / 1e6
    return (
        f"| {count:,} | {files:,} | {cold.cells} | {nothing.cells} | {edit.cells} | {peak:,.0f} "
        f"| {cold.cpu / count * 1000:.1f} | {changed} | {orphans} |"
    )


def _bytes_of(project: Path) -> dict[str, bytes]:
    return {
        path.as_posix(): hashlib.sha256(path.read_bytes()).digest() for path in project.rglob("*") if path.is_file()
    }


def measure_dbt(folder: Path, server: EmbeddedPostgres) -> list[str]:
    """dbt over the committed library, and over as many trivial models; and from an edit to what it touches, built."""
    shutil.copytree(_ROOT / "definitions", folder / "definitions")
    shutil.copytree(_ROOT / "dbt_project", folder / "dbt_project", ignore=shutil.ignore_patterns("target", "logs"))
    generate(folder)
    objects = len(list((folder / "definitions/object_models").rglob("*.json")))
    profiles = ["--profiles-dir", _ROOT, "--target", "postgres", "--quiet"]
    environment = {**server.environment, "ANALYTICS_SCHEMA": "bench"}
    rows = []
    ours, floor = folder / "dbt_project", folder / "floor"
    parse = run([_BIN / "dbt", "parse", "--no-partial-parse", *profiles], ours, environment=environment)
    build = run([_BIN / "dbt", "build", *profiles], ours, environment=environment)
    again = run([_BIN / "dbt", "build", *profiles], ours, environment=environment)
    models = sum(1 for path in (ours / "models").rglob("*.sql") if "layer2a" not in str(path))
    _write_floor(floor, models)
    parse_floor = run([_BIN / "dbt", "parse", "--no-partial-parse", *profiles], floor, environment=environment)
    build_floor = run([_BIN / "dbt", "build", *profiles], floor, environment=environment)
    for name, own, least in (
        ("`dbt parse`, nothing cached", parse, parse_floor), ("`dbt build`, empty database", build, build_floor),
        ("`dbt build`, nothing new", again, build_floor),
    ):  # fmt: skip
        rows.append(f"| {name} | {own.seconds:.1f} | {own.seconds / objects:.2f} | {least.seconds:.1f} |")
    file = next(iter(sorted((folder / "definitions/object_models").rglob("*.json"))))
    content = json.loads(file.read_text())
    table = content["table_schema"]["table_name"]
    content["table_schema"]["columns"].append({"name": "added_by_the_benchmark", "type": "text"})
    file.write_text(json.dumps(content, indent=1))
    edit = generate(folder)
    select = ["--select", f"config.meta.object_table:{table}", f"stg_*__{table}"]
    touched = run([_BIN / "dbt", "build", *select, *profiles], ours, environment=environment)
    total = edit.seconds + touched.seconds
    rows.append(f"| a column more, to its models built | {total:.1f} | of which generate {edit.seconds:.1f} | |")
    return [f"{objects} objects, {models} models; the floor is as many views of `select 1`.", "",
            "| step | seconds | seconds per object | floor, seconds |", "|---|---|---|---|", *rows]  # fmt: skip


def _write_floor(folder: Path, models: int) -> None:
    (folder / "models").mkdir(parents=True)
    (folder / "dbt_project.yml").write_text("name: floor\nversion: '1.0'\nprofile: platform\n")
    for number in range(models):
        (folder / f"models/m_{number:04}.sql").write_text("select 1 as one\n")


def measure_other(folder: Path, count: int) -> list[str]:
    """The same tables through datacontract-cli, in an environment of its own. Says why where it cannot be had."""
    program = _OTHER_FOLDER / "bin/datacontract"
    if not program.exists():
        uv = _BIN / "uv"
        made = run([uv, "venv", "-q", "--python", sys.executable, _OTHER_FOLDER], folder, may_fail=True)
        words = [uv, "pip", "install", "-q", "--python", _OTHER_FOLDER / "bin/python", _OTHER]
        if made.status or run(words, folder, may_fail=True).status:
            return [f"{_OTHER} could not be installed, so nothing stands beside."]
    (folder / "contract.yaml").write_text(json.dumps(contract(count)))
    rows = [f"| tables | {_OTHER} | seconds | CPU | MB | ended with |", "|---|---|---|---|---|---|"]
    project = folder / "other_project"
    (project / "models").mkdir(parents=True)
    (project / "dbt_project.yml").write_text("name: other\nversion: '1.0'\nprofile: platform\n")
    for number in range(count):  # it writes YAML beside models that are there
        (project / f"models/table_{number:05}.sql").write_text("select 1 as row_id\n")
    limit = ["timeout", str(_MOST_OF_OTHER)]
    for name, words in (
        ("`export dbt-models`", [program, "export", "dbt-models", "contract.yaml", "--output", "models.yml"]),
        ("`dbt sync`, first run", [program, "dbt", "sync", "contract.yaml", "--project-dir", "other_project"]),
        ("`dbt sync`, second run", [program, "dbt", "sync", "contract.yaml", "--project-dir", "other_project"]),
    ):  # fmt: skip
        found = run([*limit, *words], folder, may_fail=True)
        rows.append(f"| {count:,} | {name} | {found.cells} | {found.peak_bytes / 1e6:,.0f} | {found.status} |")
    return rows


HEADING = """\
| tables | files | cold, s | CPU | nothing to do, s | CPU | one edit, s | CPU | peak memory, MB \
| cold CPU per table, ms | files changed by a second run | orphans left |
|---|---|---|---|---|---|---|---|---|---|---|---|"""


def main(
    tables: Annotated[list[int], typer.Option(help="How many tables. Give several times.")] = [100, 300, 1000, 3000],  # noqa: B006  # typer reads it only
    large: Annotated[bool, typer.Option("--large", help="10,000 tables too.")] = False,
    dbt: Annotated[bool, typer.Option(help="Measure dbt over the committed library.")] = True,
    other: Annotated[bool, typer.Option(help=f"Measure {_OTHER} on the same tables.")] = True,
) -> None:
    """Measure the generator and print tables of figures."""
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}\n\n{HEADING}")
    counts = [*tables, *([10_000] if large else [])]
    with tempfile.TemporaryDirectory() as scratch:
        for count in counts:
            folder = Path(scratch) / str(count)
            folder.mkdir()
            print(measure_growth(folder, count), flush=True)
            shutil.rmtree(folder)
        if other:
            (Path(scratch) / "other").mkdir()
            compared = 1000 if 1000 in counts else counts[0]
            print("\n" + "\n".join(measure_other(Path(scratch) / "other", compared)), flush=True)
    if dbt:
        with (
            tempfile.TemporaryDirectory() as scratch,
            tempfile.TemporaryDirectory() as data,
            EmbeddedPostgres(Path(data)) as server,
        ):
            print("\n" + "\n".join(measure_dbt(Path(scratch), server)), flush=True)


if __name__ == "__main__":
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    app.command()(main)
    run_command_line(app)
