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
_OF_POSTGRES = ("staging", "layer2_analytics")


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


def measure_dbt(folder: Path, server: EmbeddedPostgres, module: str) -> list[str]:
    """dbt over the committed library beside as many trivial models; and from an edit to what it touches, built.

    All of the library is parsed. One module of it is built, which says what an object takes.
    """
    shutil.copytree(_ROOT / "definitions", folder / "definitions")
    shutil.copytree(_ROOT / "dbt_project", folder / "dbt_project", ignore=shutil.ignore_patterns("target", "logs"))
    generate(folder)
    ours, floor = folder / "dbt_project", folder / "floor"
    models = [path for path in (ours / "models").rglob("*.sql") if "layer2a_archive" not in path.parts]
    of_module = [path for path in models if path.parts[-2] == module and path.parts[-3] in _OF_POSTGRES]
    definitions = sorted((folder / "definitions/object_models" / module).rglob("*.json"))
    if not definitions:
        raise ProblemError(f"expected the name of a folder of definitions/object_models, found {module!r}")
    _write_floor(floor, len(models), len(of_module))

    def dbt(project: Path, *words: str) -> Run:
        environment = {**server.environment, "ANALYTICS_SCHEMA": f"bench_{project.name}"}
        profiles = ["--profiles-dir", _ROOT, "--target", "postgres", "--quiet"]
        return run([_BIN / "dbt", *words, *profiles], project, environment=environment)

    part = ["--indirect-selection", "buildable", "--select", *(f"platform.{layer}.{module}" for layer in _OF_POSTGRES)]
    parse = dbt(ours, "parse", "--no-partial-parse"), dbt(floor, "parse", "--no-partial-parse")
    build = dbt(ours, "build", *part), dbt(floor, "build", "--select", "floor.built")
    count = len(list((folder / "definitions/object_models").rglob("*.json")))
    rows = [
        _beside(f"`dbt parse`, nothing cached: {count} objects, {len(models)} models", count, *parse),
        _beside(
            f"`dbt build` of one module, empty database: {len(definitions)} objects, {len(of_module)} models",
            len(definitions), *build,
        ),
    ]  # fmt: skip
    content = json.loads(definitions[0].read_text())
    table = content["table_schema"]["table_name"]
    content["table_schema"]["columns"].append({"name": "added_by_the_benchmark", "type": "text"})
    definitions[0].write_text(json.dumps(content, indent=1))
    edit = generate(folder)
    # Nobody reads the manifest as JSON between an edit and its verdict.
    touched = dbt(ours, "build", "--no-write-json", *part[:3], f"config.meta.object_table:{table}", f"stg_*__{table}")
    said = f"a column more in one definition, to its models built; of which `generate` {edit.seconds:.1f} s"
    rows.append(f"| {said} | {edit.seconds + touched.seconds:.1f} | {edit.cpu + touched.cpu:.1f} | | | |")
    return ["| step | seconds | CPU | seconds per object | floor, seconds | CPU |", "|---|---|---|---|---|---|", *rows]


def _beside(step: str, objects: int, own: Run, floor: Run) -> str:
    return f"| {step} | {own.cells} | {own.seconds / objects:.2f} | {floor.cells} |"


def _write_floor(folder: Path, models: int, built: int) -> None:
    """A project of views of `select 1`, as many as ours has models; those to build in a folder of their own."""
    for name, count in (("built", built), ("parsed", models - built)):
        (folder / "models" / name).mkdir(parents=True)
        for number in range(count):
            (folder / f"models/{name}/{name}_{number:04}.sql").write_text("select 1 as one\n")
    (folder / "dbt_project.yml").write_text("name: floor\nversion: '1.0'\nprofile: platform\n")


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
    module: Annotated[str, typer.Option(help="The module that dbt builds for that.")] = "commerce",
    other: Annotated[bool, typer.Option(help=f"Measure {_OTHER} on the same tables.")] = True,
) -> None:
    """Measure the generator and print tables of figures."""
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}\n\n{HEADING}")
    counts = [*tables, *([10_000] if large else [])]
    with tempfile.TemporaryDirectory() as scratch:
        for count in counts:
            folder = Path(scratch) / str(count)
            folder.mkdir()
            # Removed at the end: ext4 is slow at making files for some seconds after thousands were removed.
            print(measure_growth(folder, count), flush=True)
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
            print("\n" + "\n".join(measure_dbt(Path(scratch), server, module)), flush=True)


if __name__ == "__main__":
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    app.command()(main)
    run_command_line(app)
