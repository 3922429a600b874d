"""Lint the SQL of the dbt project: `make lint` calls it. Reads files, changes none.

    python -m demo.lint_sql           what people wrote, and a sample of what was generated (`lint_sample.py`)
    python -m demo.lint_sql --all     every file: `make lint-all`

Models and singular tests are linted as dbt compiles them, for which dbt must reach a PostgreSQL: an embedded one is
started, which is faster than to ask. Macros have no SQL of their own before they are called; their layout is checked.
The rules, each with the reason why another is off, are in dbt_project/.sqlfluff.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from definitions_to_dbt.embedded_postgres import EmbeddedPostgres
from definitions_to_dbt.errors import ProblemError
from demo.lint_sample import sample

_PROJECT = Path("dbt_project")
_AS_COMPILED = ("models", "tests", "analyses")
_AS_WRITTEN = ("macros", "tests/generic")
_ALL = "--all"
# A model that writes the same lines for each KPI of the definitions shows as much with those of one module.
_FEWER_KPIS = "[sqlfluff:templater:dbt:context]\nkpi_modules = COMMERCE\n"
# What can be wrong with a macro that nobody has called: padding of its braces, blank lines, the file's two ends.
_LAYOUT = ("--templater", "jinja", "--rules", "JJ01,LT12,LT13,LT15")
_CHATTER = ("=== [dbt templater]", "WARNING    Skipped file", "All Finished!", "resource_tracker", "warnings.warn(")


def lint(project: Path = _PROJECT, *, everything: bool = False) -> int:
    """Run sqlfluff; print what it finds. Returns 0 where it finds nothing, else 1."""
    compiled_places = _AS_COMPILED if everything else _fewer(project, _AS_COMPILED)
    written_places = _AS_WRITTEN if everything else _fewer(project, _AS_WRITTEN)
    with (
        tempfile.TemporaryDirectory(prefix="lint-", ignore_cleanup_errors=True) as folder,
        EmbeddedPostgres(Path(folder) / "postgres") as server,
    ):
        logs = {"DBT_LOG_PATH": f"{folder}/logs", "DBT_TARGET_PATH": f"{folder}/target"}
        fewer = Path(folder) / "fewer.cfg"
        fewer.write_text("" if everything else _FEWER_KPIS)
        compiled = _sqlfluff(project, compiled_places, "--config", str(fewer), environment=server.environment | logs)
    written = _sqlfluff(project, written_places, *_LAYOUT)
    return max(compiled, written)


def _fewer(project: Path, places: tuple[str, ...]) -> tuple[str, ...]:
    """What people wrote in these folders, and the sample of what was generated."""
    generated = json.loads((project / ".generated.lock.json").read_bytes())["files"]
    found = sorted(path for place in places for path in (project / place).rglob("*.sql"))
    texts = {path.relative_to(project).as_posix(): path.read_text(encoding="utf-8") for path in found}
    if places == _AS_COMPILED:
        # dbt compiles no macro, but takes as long to find that out as to compile a model.
        texts = {name: text for name, text in texts.items() if not name.startswith(_AS_WRITTEN)}
    chosen = sample({name: text for name, text in texts.items() if name in generated})
    return tuple(sorted([*chosen, *(name for name in texts if name not in generated)]))


def _sqlfluff(
    project: Path, places: tuple[str, ...], *options: str, environment: Mapping[str, str] | None = None
) -> int:
    # From within the project, because sqlfluff takes the templater from the folder it is started in only.
    command = [sys.executable, "-m", "demo.sqlfluff_once", "lint", "--processes", "2", "--disable-progress-bar"]
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
        status = lint(everything=_ALL in sys.argv[1:])
    except ProblemError as problem:
        print(f"error: {problem}\nhint: {problem.hint}", file=sys.stderr)
        sys.exit(2)
    if status == 0:
        print("All SQL passed." if _ALL in sys.argv[1:] else "What people wrote passed, and a sample of the rest.")
    sys.exit(status)


if __name__ == "__main__":
    main()
