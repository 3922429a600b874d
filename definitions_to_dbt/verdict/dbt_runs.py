"""dbt in this process for one engine and schema, and what came of a run. Knows nothing of changes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from definitions_to_dbt.errors import ProblemError

ENGINES = ("postgres", "duckdb")
_GOOD = ("success", "pass", "no-op", "warn")


@dataclass
class Said:
    """What a run said: how many nodes did what they should, which tests warned, what went wrong.

    `built` are the unique ids of models and seeds.
    """

    is_good: bool
    nodes: int = 0
    tests: int = 0
    warned: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    built: list[str] = field(default_factory=list)

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
        heard: list[str] = []
        return _said(self._invoke(heard, *words), heard)

    def changed(self, selected: str, *deferred: str) -> list[str]:
        """The names of the selected models and tests, and of the models of this engine that they stand on.

        Raises ProblemError where dbt cannot read the project.
        """
        heard: list[str] = []
        listed = self._invoke(heard, "ls", "--select", selected, "--output", "json", "--output-keys", "unique_id",
                              *deferred)  # fmt: skip
        if not listed.success:
            raise ProblemError(f"dbt cannot read the project: {'; '.join(heard) or listed.exception}")
        manifest = orjson.loads((self.target / "manifest.json").read_bytes())
        known = manifest["nodes"] | manifest["unit_tests"]
        waiting, found = [orjson.loads(line)["unique_id"] for line in listed.result], {}
        while waiting:
            unique_id = waiting.pop()
            node = known.get(unique_id)
            # A test names no engine: it is here because it was selected.
            if node and (node["resource_type"] == "test" or node["config"]["meta"].get("engine") == self.engine):
                waiting += () if unique_id in found else node["depends_on"]["nodes"]
                found[unique_id] = node["name"]
        return sorted(set(found.values()))

    def _invoke(self, heard: list[str], *words: str) -> Any:
        from dbt.adapters.duckdb.connections import DuckDBConnectionManager
        from dbt.cli.main import dbtRunner

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
        return done


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
            if kind in ("test", "unit_test"):
                said.tests += 1
            else:
                said.nodes += 1
                said.built.append(node.unique_id)
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
