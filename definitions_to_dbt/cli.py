"""The command `definitions-to-dbt`. Reads definitions, writes the dbt project, opens no database."""

from __future__ import annotations

import json
import sys
from importlib import resources
from pathlib import Path
from typing import Annotated

import typer

from definitions_to_dbt.command_line import run_command_line
from definitions_to_dbt.errors import DefinitionsError
from definitions_to_dbt.json_schema import write_schemas
from definitions_to_dbt.library import load_library
from definitions_to_dbt.render import render
from definitions_to_dbt.write import Drift, find_drift, write_missing, write_project

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="JSON definitions in, a whole dbt project out. Opens no database.",
    pretty_exceptions_enable=False,
)

Definitions = Annotated[Path, typer.Option("--definitions", metavar="DIR", help="The folder of definitions.")]
Project = Annotated[Path, typer.Option("--project", metavar="DIR", help="The dbt project to write.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]


@app.command()
def validate(
    path: Annotated[Path, typer.Argument(metavar="[DIR]", help="The folder of definitions.")] = Path("definitions"),
    as_json: AsJson = False,
) -> None:
    """Find every problem of every definition, each with file, line and JSON pointer.

    Touches nothing. Exit status 0: no problem; 2: problems, all of them printed.

    Example: definitions-to-dbt validate definitions
    """
    try:
        library = load_library(path)
    except DefinitionsError as errors:
        if not as_json:
            raise
        print(json.dumps({"problems": [problem.as_json() for problem in errors.problems]}, indent=2))
        sys.exit(2)
    counts = {
        "modules": len(library.modules),
        "object_models": len(library.objects),
        "kpis": len(library.kpis),
        "benchmarks": len(library.benchmarks),
    }
    if as_json:
        print(json.dumps({"problems": [], **counts}))
    else:
        print(", ".join(f"{count} {name.replace('_', ' ')}" for name, count in counts.items()) + ": no problem found")


@app.command()
def generate(
    definitions: Definitions = Path("definitions"),
    project: Project = Path("dbt_project"),
    check: Annotated[bool, typer.Option("--check", help="Write nothing; print a diff and exit 1 on drift.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Overwrite generated files that were edited by hand.")] = False,
    as_json: AsJson = False,
) -> None:
    """Write the dbt project that the definitions describe.

    Touches generated files only: hand-written ones are left alone, hand-edited generated ones are refused.
    Exit status 0: the project is what the definitions say; 1: --check found drift; 2: refused or bad input.

    Example: definitions-to-dbt generate --check
    """
    files = render(load_library(definitions))
    drift = find_drift(project, files)
    if check:
        _report_drift(drift, as_json)
        sys.exit(0 if drift.is_clean else 1)
    write_project(drift, files, force)
    started = write_missing(project, _skeleton())
    write_schemas(definitions / "schema")
    summary = {"files": len(files), "written": len(drift.changed), "removed": len(drift.orphans), "started": started}
    if as_json:
        print(json.dumps(summary))
    else:
        print(f"{len(files)} generated files in {project}: {len(drift.changed)} written, {len(drift.orphans)} removed")


@app.command()
def schema(definitions: Definitions = Path("definitions")) -> None:
    """Write the JSON Schemas that editors check definitions with, into <DIR>/schema.

    Exit status 0: written. Example: definitions-to-dbt schema
    """
    for path in write_schemas(definitions / "schema"):
        print(path)


def _report_drift(drift: Drift, as_json: bool) -> None:
    if as_json:
        print(json.dumps({"changed": sorted(drift.changed), "orphans": drift.orphans, "edited": drift.edited}))
        return
    for diff in drift.changed.values():
        print(diff, end="")
    for path in drift.orphans:
        print(f"orphan: {path} has no definition any more")
    if drift.is_clean:
        print(f"{drift.project} is what the definitions say")
    else:
        print(f"{len(drift.changed)} files differ, {len(drift.orphans)} orphans; run `definitions-to-dbt generate`")


def _skeleton() -> dict[str, str]:
    folder = resources.files("definitions_to_dbt") / "skeleton"
    return {child.name: child.read_text(encoding="utf-8") for child in folder.iterdir() if child.name.endswith(".yml")}


def main() -> None:
    """Entry point of `definitions-to-dbt`."""
    run_command_line(app)
