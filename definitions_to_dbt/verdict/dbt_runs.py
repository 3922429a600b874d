"""dbt in this process for one engine and schema, and what came of a run. Knows nothing of changes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ENGINES = ("postgres", "duckdb")
_GOOD = ("success", "pass", "no-op", "warn")


@dataclass
class Said:
    """What a run said: how many nodes did what they should, which tests warned, what went wrong."""

    is_good: bool
    nodes: int = 0
    tests: int = 0
    warned: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        if not self.is_good:
            return "; ".join(self.problems)
        warned = f"; warned: {', '.join(self.warned)}" if self.warned else ""
        return (
            f"{self.nodes} models and seeds built, {self.tests} tests passed{warned}"
            if self.nodes + self.tests
            else ("nothing to build")
        )


@dataclass(frozen=True)
class Dbt:
    """One engine's way into a project. `target` keeps its parse warm; `profiles` is where the connections stand."""

    engine: str
    schema: str
    target: Path
    project: Path
    profiles: str
    lake: Path | None = None

    def run(self, *words: str) -> Said:
        """Run a dbt command."""
        from dbt.adapters.duckdb.connections import DuckDBConnectionManager
        from dbt.cli.main import dbtRunner

        heard: list[str] = []
        folders = ["--project-dir", str(self.project), "--profiles-dir", self.profiles, "--target", self.engine]
        folders += ["--target-path", str(self.target.resolve()), "--log-path", str(self.target.resolve())]
        quiet = ["--quiet", "--log-level", "none", "--log-level-file", "none", "--no-version-check"]
        with _environment(ANALYTICS_SCHEMA=self.schema, **({"LAKE_DB": str(self.lake)} if self.lake else {})):
            runner = dbtRunner(callbacks=[lambda event: _listen(event, heard)])
            # In a thread of its own, because dbt walks the whole stack several times.
            with ThreadPoolExecutor(1) as thread:
                done = thread.submit(runner.invoke, [*words, *folders, *quiet]).result()
        # In a process of its own dbt would let go of its DuckDB file by ending.
        DuckDBConnectionManager.close_all_connections()
        return _said(done, heard)


def profiles_of(project: Path) -> str:
    """Where dbt would look for connections: DBT_PROFILES_DIR, or the project itself."""
    return os.environ.get("DBT_PROFILES_DIR") or str(project)


def _said(done: Any, heard: list[str]) -> Said:
    said = Said(is_good=bool(done.success))
    for result in getattr(done.result, "results", None) or ():
        status, node = str(result.status), result.node
        kind = str(getattr(node, "resource_type", "operation"))
        if status == "warn":
            said.warned.append(node.name)
        elif status not in _GOOD and status != "skipped":
            said.problems.append(f"{node.name}: {' '.join((result.message or status).split())}")
        elif status in _GOOD and kind != "operation":
            said.tests += kind in ("test", "unit_test")
            said.nodes += kind not in ("test", "unit_test")
    if not said.is_good and not said.problems:
        said.problems = heard or [str(done.exception or "dbt failed and did not say why")]
    return said


def _listen(event: Any, heard: list[str]) -> None:
    if event.info.level == "error":
        heard.append(event.info.msg)


@contextmanager
def _environment(**variables: str) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
