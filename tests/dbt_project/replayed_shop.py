"""A shop whose records are transformed once more: events with a key and without, an entity, and a mended definition."""

from __future__ import annotations

import json
import os
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any

import psycopg
import pyarrow.parquet as pq
import pytest
from platform_under_test import SCHEMA, Platform
from running import Project, run_dbt
from shares import EVERYTHING
from small_library import CUSTOMER, Definition
from typer.testing import CliRunner

from archive_jobs import failpoints
from archive_jobs.cli import app
from archive_jobs.commands.replay import compare_projects, replay_records
from archive_jobs.replaying.beside import Wanted
from archive_jobs.replaying.replay import Replayed
from archive_jobs.replaying.versions_of_a_rule import TwoVersions
from archive_jobs.replaying.transform import Transform, dbt_failed, selection
from archive_jobs.settings import ArchiveSettings
from archive_jobs.times import parse_interval
from definitions_to_dbt.definition import ObjectModel

when_everything_is_asked_for = pytest.mark.skipif(not EVERYTHING, reason="with FAULTS=all: seconds of dbt each")
_SOURCE = {"retention": "7 days"}
SALE: Definition = {
    "code": "SALE",
    "name": "Sale",
    "module": "SHOP",
    "kind": "event",
    "time_column": "sold_at",
    "source": {"order": "version"},
    "archive": {"analytics": {"retention": "90 days"}, "source": _SOURCE},
    "table_schema": {
        "table_name": "sales",
        "columns": [
            {"name": "sale_id", "type": "integer", "primary_key": True},
            {"name": "sold_at", "type": "timestamptz", "nullable": False},
            {"name": "version", "type": "bigint", "nullable": False},
            {"name": "amount", "type": "numeric(10,2)", "quality": [{"rule": "range", "min": 0}]},
            {"name": "note", "type": "json"},
        ],
    },
}
TICK: Definition = {
    "code": "TICK",
    "name": "Tick",
    "module": "SHOP",
    "kind": "event",
    "time_column": "at_time",
    "archive": {"analytics": {"retention": "90 days"}, "source": _SOURCE},
    "table_schema": {
        "table_name": "ticks",
        "columns": [
            {"name": "at_time", "type": "timestamptz", "nullable": False},
            {"name": "reading", "type": "numeric(10,2)"},
        ],
    },
}
PERSON: Definition = CUSTOMER | {"archive": {"source": _SOURCE}}


def mended(least: int = -100, factor: str | None = None) -> list[Definition]:
    """The library with a rule that lets more pass; with `factor` amounts are worked out otherwise."""
    sale = deepcopy(SALE)
    amount = sale["table_schema"]["columns"][3]
    amount["quality"] = [{"rule": "range", "min": least}]
    if factor is not None:
        amount["source_name"] = factor
    return [sale, TICK, PERSON]


def record(sale_id: int, version: int, amount: float, *, day: str = "2024-01-05") -> dict[str, Any]:
    """A sale as it is sent, with another amount beside."""
    return {
        "sale_id": sale_id, "sold_at": f"{day} 10:00+00", "version": version, "amount": amount,
        "net": amount / 2, "note": {"b": 1, "a": [1, None]},
    }  # fmt: skip


class ReplayedShop(Platform):
    """A platform with a lake, and what is done with it, one call per command."""

    def land_on(self, day: str, table: str, *payloads: Any) -> list[int]:
        """Land records on a day gone by."""
        numbers = self.land(table, *payloads)
        self.execute(f"update {SCHEMA}.source_{table} set ingested_at = %s where raw_seq = any(%s)", day, numbers)
        return numbers

    def build(self, project: Project | None = None) -> None:
        ended = (project or self.project).dbt("run")
        assert ended.success, ended.failed or ended.warnings

    def invoke(self, *words: str) -> tuple[int, str, str]:
        found = CliRunner().invoke(app, [*words])
        if found.exception is not None and not isinstance(found.exception, SystemExit):
            raise found.exception
        return found.exit_code, found.stdout, found.stderr

    def archive(self) -> None:
        for _ in range(2):
            # Raw records go once they are verified: by the run after the one that copied them.
            ended = self.invoke("run", "--yes", "--definitions", str(self.project.definitions))
            assert ended[0] == 0, ended

    def sql(self, query: str) -> list[Any]:
        ended = self.invoke("sql", query, "--json", "--definitions", str(self.project.definitions))
        assert ended[0] == 0, ended
        return [json.loads(line) for line in ended[1].splitlines()]

    def replay(
        self, table: str, *, project: Project | None = None, start: str | None = None, end: str | None = None,
        rejected: bool = False, into: str | None = None, really: bool = False,
    ) -> Replayed:  # fmt: skip
        """Replay by a project, else by the shop's own; its definitions are those of the shop from now on."""
        self.project = project or self.project
        return replay_records(
            ArchiveSettings(max_concurrent=2), self.project.definitions, table,
            Wanted(parse_interval(start, end), rejected), in_process(self.project), lambda *_: None,
            into=into, ttl="1 day", really=really,
        )  # fmt: skip

    def compare(self, table: str, before: Project, after: Project) -> TwoVersions:
        """The shop's records through two projects."""
        return compare_projects(
            ArchiveSettings(max_concurrent=2), after.definitions, table, Wanted(parse_interval(None, None)),
            in_process(before), in_process(after), lambda *_: None,
        )  # fmt: skip

    def dies_at(self, point: str, call: Callable[[ReplayedShop], object]) -> bool:
        """Do it in a forked process that is killed at the point, and wait until the server has noticed."""
        child = os.fork()
        if child == 0:
            os.environ["ARCHIVE_JOBS_FAIL_AT"] = f"{point}:kill"
            try:
                call(ReplayedShop(self.project, psycopg.connect(autocommit=True)))
            finally:
                os._exit(1)
        status = os.waitpid(child, 0)[1]
        sessions = "select count(*) from pg_stat_activity where application_name = 'archive-jobs'"
        while self.value(f"{sessions} and datname = current_database()"):
            pass
        return os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL

    def raw_counts(self, table: str) -> Counter[int]:
        """How often each raw record counts, hot and cold: once."""
        hot = self.rows(f"select raw_seq from {SCHEMA}.source_{table} where archived_in is null")
        found = Counter(number for (number,) in hot)
        for (path,) in self.rows(
            "select path from archive_catalog.readable_files where (table_name, kind) = (%s, 'source')", table
        ):
            found.update(pq.read_table(f"{os.environ['ARCHIVE_URL']}/{path}", columns=["raw_seq"])[0].to_pylist())
        return found

    def history(self, table: str, columns: str) -> list[dict[str, Any]]:
        return self.sql(f"select {columns} from history_{table} order by all")


def in_process(project: Project) -> Transform:
    """dbt in this process: its command takes seconds to start."""

    def transform(model: ObjectModel, schema: str) -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("ANALYTICS_SCHEMA", schema)
            place = "postgres" if schema == SCHEMA else "beside"
            ended = run_dbt(["run", *selection(model)], project.folder, project.target_path / place)
        if not ended.success:
            raise dbt_failed(model, schema, "\n".join(ended.warnings))

    return transform


def shop_of(project: Project, connection: psycopg.Connection[Any]) -> ReplayedShop:
    """Layer 3 stands, nothing has landed."""
    shop = ReplayedShop(project, connection)
    shop.prepare()
    return shop


def failpoints_as_they_were() -> Iterator[None]:
    """For an automatic fixture: what a test takes away or puts in the way is gone for the next."""
    yield
    failpoints.disabled_guards.clear()
    failpoints.interruptions.clear()
