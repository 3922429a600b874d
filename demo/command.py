"""Run the project's own commands in this process: the words a user types, without waiting for Python to start.

run_command("archive-jobs run --yes --json")        what it printed
run_dbt("dbt build --target postgres")              how many of each status
"""

from __future__ import annotations

import io
import shlex
from collections import Counter
from collections.abc import Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from typing import Any

import typer

_SHOWN_FAILURES = 5


class CheckFailedError(Exception):
    """A command said that something is not as it should be: exit status 1."""


@dataclass(frozen=True)
class DbtRun:
    """What a dbt command did, by status. `warned` are tests that failed within their limit."""

    models: int
    tests: int
    warned: tuple[str, ...]

    def __str__(self) -> str:
        text = f"{self.models} models and seeds built, {self.tests} tests passed"
        return text + (f", {len(self.warned)} warned" if self.warned else "")


def run_command(command: str) -> str:
    """Run `definitions-to-dbt`, `landing` or `archive-jobs` and return its stdout.

    Raises CheckFailedError for exit status 1 and ProblemError for what the command refuses.
    """
    name, *words = shlex.split(command)
    # With bytes below the text, because some results are bytes.
    printed, told = io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True), io.StringIO()
    with redirect_stdout(printed), redirect_stderr(told):
        status = _status(_app(name), name, words)
    printed.seek(0)
    output = printed.read()
    if status:
        raise CheckFailedError(f"`{command}` ended with exit status {status}\n{output}{told.getvalue()}".rstrip())
    return output


def _status(app: typer.Typer, name: str, words: list[str]) -> int:
    try:
        return int(typer.main.get_command(app).main(words, prog_name=name, standalone_mode=False) or 0)
    except SystemExit as ended:
        return int(ended.code or 0)
    except typer.Abort:  # what typer makes of Ctrl-C
        raise KeyboardInterrupt from None


def _app(name: str) -> typer.Typer:
    match name:
        case "definitions-to-dbt":
            from definitions_to_dbt.cli import app
        case "landing":
            from landing.cli import app
        case "archive-jobs":
            from archive_jobs.cli import app
        case _:
            raise ValueError(f"no command of this project: {name}")
    return app


def run_dbt(command: str) -> DbtRun:
    """Run a dbt command and count what it did. Raises CheckFailedError, with dbt's words, when it fails."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.cli.main import dbtRunner

    name, *words = shlex.split(command)
    if name != "dbt":
        raise ValueError(f"no dbt command: {command}")
    printed = io.StringIO()
    with redirect_stdout(printed):
        done = dbtRunner().invoke(words)
    # In a process of its own dbt would let go of its DuckDB file by ending.
    DuckDBConnectionManager.close_all_connections()
    if isinstance(done.exception, KeyboardInterrupt | SystemExit):
        raise done.exception
    results: Sequence[Any] = getattr(done.result, "results", ())
    if not done.success:
        raise CheckFailedError(_failure(command, results, done.exception, printed.getvalue()))
    kinds = Counter(_is_test(result) for result in results if str(result.status) in ("success", "pass"))
    warned = tuple(result.node.name for result in results if str(result.status) == "warn")
    return DbtRun(models=kinds[False], tests=kinds[True], warned=warned)


def _is_test(result: Any) -> bool:
    return str(result.node.resource_type) in ("test", "unit_test")


def _failure(command: str, results: Sequence[Any], exception: BaseException | None, printed: str) -> str:
    failed = [result for result in results if str(result.status) in ("error", "fail", "runtime error")]
    told = [f"{result.node.name}: {(result.message or '').strip()}" for result in failed[:_SHOWN_FAILURES]]
    if len(failed) > _SHOWN_FAILURES:
        told.append(f"and {len(failed) - _SHOWN_FAILURES} more")
    if not told:
        told = [str(exception)] if exception else printed.strip().splitlines()[-_SHOWN_FAILURES:]
    return "\n".join([f"`{command}` failed", *told])
