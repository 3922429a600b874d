"""Lint the SQL of the dbt project: `make lint` calls it. Reads files, changes none.

Models and singular tests are linted as dbt compiles them, for which dbt must reach a PostgreSQL: an embedded one is
started, which is faster than to ask. Macros have no SQL of their own before they are called; their layout is checked.
The rules, each with the reason why another is off, are in dbt_project/.sqlfluff.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from definitions_to_dbt.embedded_postgres import EmbeddedPostgres
from definitions_to_dbt.errors import ProblemError

_PROJECT = Path("dbt_project")
_AS_COMPILED = ("models", "tests")
_AS_WRITTEN = ("macros", "tests/generic")
# What can be wrong with a macro that nobody has called: padding of its braces, blank lines, the file's two ends.
_LAYOUT = ("--templater", "jinja", "--rules", "JJ01,LT12,LT13,LT15")
_CHATTER = ("=== [dbt templater]", "WARNING    Skipped file", "All Finished!", "resource_tracker", "warnings.warn(")


def lint(project: Path = _PROJECT) -> int:
    """Run sqlfluff; print what it finds. Returns 0 where it finds nothing, else 1."""
    with (
        tempfile.TemporaryDirectory(prefix="lint-", ignore_cleanup_errors=True) as folder,
        EmbeddedPostgres(Path(folder) / "postgres") as server,
    ):
        logs = {"DBT_LOG_PATH": f"{folder}/logs", "DBT_TARGET_PATH": f"{folder}/target"}
        compiled = _sqlfluff(project, _AS_COMPILED, environment=server.environment | logs)
    written = _sqlfluff(project, _AS_WRITTEN, *_LAYOUT)
    return max(compiled, written)


def _sqlfluff(
    project: Path, places: tuple[str, ...], *options: str, environment: Mapping[str, str] | None = None
) -> int:
    # From within the project, because sqlfluff takes the templater from the folder it is started in only.
    command = [str(Path(sys.executable).parent / "sqlfluff"), "lint", "--processes", "2", "--disable-progress-bar"]
    done = subprocess.run(
        [*command, *options, *places],
        cwd=project,
        env=os.environ | dict(environment or {}),
        capture_output=True,
        text=True,
        check=False,
    )
    found = [line for line in (done.stdout + done.stderr).splitlines() if not any(words in line for words in _CHATTER)]
    if done.returncode != 0:
        print("\n".join(found))
    return min(done.returncode, 1)


def main() -> None:
    """Exit status 0: nothing found; 1: something; 2: the linter cannot work."""
    try:
        status = lint()
    except ProblemError as problem:
        print(f"error: {problem}\nhint: {problem.hint}", file=sys.stderr)
        sys.exit(2)
    if status == 0:
        print("All SQL passed.")
    sys.exit(status)


if __name__ == "__main__":
    main()
