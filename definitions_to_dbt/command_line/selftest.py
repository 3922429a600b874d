"""The command `definitions-to-dbt selftest`. Thin: what it does is in the package `selftest`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from definitions_to_dbt.library import load_library

Definitions = Annotated[Path, typer.Option("--definitions", metavar="DIR", help="The folder of definitions.")]
Select = Annotated[
    list[str] | None, typer.Option("--select", metavar="CODE", help="One object; may stand several times.")
]


def selftest(
    definitions: Definitions = Path("definitions"),
    select: Select = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Prove on an empty PostgreSQL that the generated project does what the definitions say.

    Starts a server in a temporary folder and ends it; touches no other database and no file of yours. Payloads are
    made from the definitions, and what lands where is compared with an interpreter that shares no code with the
    generator. Exit status 0: as expected; 1: something differs or broke; 2: bad input, or no server to start.

    Example: definitions-to-dbt selftest --select ORDER
    """
    library = load_library(definitions)
    # Heavy: dbt, psycopg and the interpreter are loaded for this command alone.
    from definitions_to_dbt.selftest.report import as_json as report_as_json
    from definitions_to_dbt.selftest.report import as_text, run_selftest

    report = run_selftest(library, select or [], lambda line: print(line, file=sys.stderr))
    print(report_as_json(report) if as_json else as_text(report))
    sys.exit(0 if report.has_passed else 1)
