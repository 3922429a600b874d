"""The commands of `definitions-to-dbt`. What is heavy is imported by the command that needs it."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from definitions_to_dbt.command_line import run_command_line
from definitions_to_dbt.command_line.bridges import exporting, importing
from definitions_to_dbt.command_line.diff import diff
from definitions_to_dbt.command_line.generate import AsJson, Definitions, ForClient, Project, generate
from definitions_to_dbt.command_line.init import init
from definitions_to_dbt.command_line.lineage import lineage
from definitions_to_dbt.command_line.selftest import selftest
from definitions_to_dbt.command_line.verdict import verdict
from definitions_to_dbt.errors import DefinitionsError

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="JSON definitions in, a whole dbt project out. Opens no database.",
    pretty_exceptions_enable=False,
)

app.add_typer(importing, name="import")
app.add_typer(exporting, name="export")


@app.command()
def validate(
    path: Annotated[Path, typer.Argument(metavar="[DIR]", help="The folder of definitions.")] = Path("definitions"),
    project: Project = Path("dbt_project"),
    client: ForClient = None,
    as_json: AsJson = False,
) -> None:
    """Find every problem of every definition, each with file, line and JSON pointer.

    Touches nothing. Exit status 0: no problem; 2: problems, all of them printed.

    Example: definitions-to-dbt validate definitions
    """
    from definitions_to_dbt.library import load_library
    from definitions_to_dbt.written_models import written_models

    try:
        # What people wrote is only looked for where there is a project.
        library = load_library(path, (lambda: written_models(project)) if project.is_dir() else None, client)
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


app.command()(generate)
app.command()(init)
app.command()(diff)
app.command()(selftest)
app.command()(lineage)
app.command()(verdict)


@app.command()
def schema(definitions: Definitions = Path("definitions")) -> None:
    """Write the JSON Schemas that editors check definitions with, into <DIR>/schema.

    Exit status 0: written. Example: definitions-to-dbt schema
    """
    from definitions_to_dbt.json_schema import write_schemas

    for path in write_schemas(definitions / "schema"):
        print(path)


def main() -> None:
    """Entry point of `definitions-to-dbt`."""
    run_command_line(app)
