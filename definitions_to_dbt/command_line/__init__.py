"""How every command of the project ends: exit 0 done, 1 a check failed, 2 bad input or refused."""

from __future__ import annotations

import sys

import typer

from definitions_to_dbt.errors import ProblemError


def run_command_line(app: typer.Typer) -> None:
    """Run the app; print a ProblemError as two lines on stderr and exit with status 2."""
    try:
        app()
    except ProblemError as problem:
        print(f"error: {problem}", file=sys.stderr)
        print(f"hint: {problem.hint}", file=sys.stderr)
        sys.exit(2)
    except BrokenPipeError:
        # The reader of a pipe (`| head`) has left; there is nobody to tell.
        sys.stderr.close()
        sys.exit(0)
