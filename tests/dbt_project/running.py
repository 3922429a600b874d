"""A generated dbt project in a folder of its own, and dbt run in this process: its command takes 3 seconds to start.

PostgreSQL is found by libpq's variables, which the fixture `database` sets.
"""

from __future__ import annotations

import logging
import os
import signal
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from dbt.cli.main import dbtRunner
from quiet_dbt import no_unheard_messages
from small_library import Definition, write_definitions

from definitions_to_dbt.library import load_library
from definitions_to_dbt.render import render
from definitions_to_dbt.skeleton import skeleton_files
from definitions_to_dbt.write import find_drift, write_missing, write_project

REPOSITORY = Path(__file__).parents[2]
_WAIT_SECONDS = 60


@dataclass
class Ended:
    """How a dbt command ended: the status of each node by its name, and what was said at warning level or above."""

    success: bool
    statuses: dict[str, str] = field(default_factory=dict)
    messages: dict[str, str] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    table: Any = None

    def of(self, *words: str) -> str:
        """The status of the one node whose name holds these words."""
        found = {name: status for name, status in self.statuses.items() if all(word in name for word in words)}
        assert len(found) == 1, f"{words} fits {sorted(found) or sorted(self.statuses)}"
        return next(iter(found.values()))

    @property
    def failed(self) -> dict[str, str]:
        """Nodes that are neither done nor passed, with what dbt says of them."""
        good = ("success", "pass", "no-op")
        return {name: f"{s}: {self.messages[name]}" for name, s in self.statuses.items() if s not in good}


@dataclass
class Project:
    """One dbt project; `target_path` keeps its parse warm."""

    folder: Path
    target_path: Path
    definitions: Path

    @classmethod
    def of(cls, folder: Path, objects: Iterable[Definition]) -> Project:
        """Write definitions and the project that is generated from them below `folder`."""
        project = cls(folder / "dbt_project", folder / "target", folder / "definitions")
        project.redefine(objects)
        return project

    def redefine(self, objects: Iterable[Definition]) -> None:
        """Write definitions over those that are there, and generate again."""
        write_definitions(self.definitions, objects)
        self.generate()

    def generate(self) -> None:
        """What `definitions-to-dbt generate` does."""
        files = render(load_library(self.definitions))
        write_project(find_drift(self.folder, files), files)
        write_missing(self.folder, skeleton_files())

    def dbt(self, *words: str, target: str = "postgres") -> Ended:
        """Run a dbt command, as `dbt run --select orders`."""
        return run_dbt(words, self.folder, self.target_path / target, target)

    def rows(self, query: str, target: str) -> list[tuple[Any, ...]]:
        """What a query over the project's models gives, as `select * from {{ ref('orders') }}`."""
        ended = self.dbt("show", "--inline", query, "--limit", "-1", target=target)
        assert ended.success, ended.warnings
        return [tuple(row.values()) for row in ended.table.rows]

    def dbt_elsewhere(self, *words: str) -> int:
        """Start the same in a process of its own that can be killed; return its process id."""
        child = os.fork()
        if child == 0:
            status = 2
            try:
                silence = os.open(os.devnull, os.O_WRONLY)
                os.dup2(silence, 1)
                os.dup2(silence, 2)
                status = 0 if self.dbt(*words).success else 1
            finally:
                os._exit(status)
        return child


def run_dbt(words: Iterable[str], project: Path, target_path: Path, target: str = "postgres") -> Ended:
    """Run one dbt command in this process and gather what it says."""
    ended = Ended(success=False)

    def listen(event: Any) -> None:
        if event.info.level in ("warn", "error"):
            ended.warnings.append(event.info.msg)

    folders = ["--project-dir", str(project), "--profiles-dir", str(REPOSITORY), "--target-path", str(target_path)]
    quiet = ["--quiet", "--log-level-file", "none", "--no-use-colors", "--no-version-check", "--target", target]
    if "docs" not in words:
        quiet.append("--no-write-json")  # the manifest as JSON takes as long as all the rest
    # In a thread of its own, because dbt walks the whole stack several times, and pytest's is deep.
    with no_unheard_messages(), ThreadPoolExecutor(1) as thread:
        result = thread.submit(dbtRunner(callbacks=[listen]).invoke, [*words, *folders, *quiet]).result()
    _forget_handlers()
    ended.success = result.success
    if result.exception is not None:
        ended.warnings.append(str(result.exception))
    for node in getattr(result.result, "results", None) or []:
        name = getattr(node.node, "name", "hook")
        ended.statuses[name], ended.messages[name] = str(node.status), node.message or ""
        ended.table = getattr(node, "agate_table", None)
    return ended


def _forget_handlers() -> None:
    """dbt leaves a logger behind per call."""
    for name in [name for name in logging.root.manager.loggerDict if name.startswith("dbt")]:
        logging.getLogger(name).handlers.clear()


def kill(process: int) -> None:
    """End it without a chance to clean up, and wait for its end."""
    os.kill(process, signal.SIGKILL)
    os.waitpid(process, 0)


def status_of(process: int) -> int:
    """Wait for the end of a process started by `dbt_elsewhere`: 0 where dbt succeeded."""
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])


def wait_until(condition: Callable[[], bool], what: str) -> None:
    """Look again and again until it is so."""
    deadline = time.monotonic() + _WAIT_SECONDS
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {_WAIT_SECONDS} seconds for {what}")
        time.sleep(0.01)


def is_waiting(connection: psycopg.Connection[Any]) -> bool:
    """True while somebody waits for an advisory lock that another holds."""
    row = connection.execute("select exists (select from pg_locks where locktype = 'advisory' and not granted)")
    return bool(row.fetchone()[0])  # type: ignore[index]
