"""A small shop to archive: two tables of events, one with a key and one without, and their raw records."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import psycopg
from typer.testing import CliRunner

from archive_jobs.cli import app
from archive_jobs.copying.canonical import duckdb_line, postgres_line
from archive_jobs.copying.prove import parquet
from archive_jobs.database import connect
from archive_jobs.lake.store import Store
from archive_jobs.lake.stores import open_store
from archive_jobs.moving.run import RunResult, run
from archive_jobs.planning.tables import ArchivedTable, Kind, Selection, archived_tables
from archive_jobs.settings import ArchiveSettings
from definitions_to_dbt.ddl import layer2_ddl, layer3_ddl, platform_ddl
from definitions_to_dbt.errors import ProblemError
from definitions_to_dbt.library import Library, load_library

SCHEMA = "analytics_service"
SALE = {
    "code": "SALE",
    "name": "Sale",
    "module": "SHOP",
    "description": "One sale.",
    "kind": "event",
    "time_column": "sold_at",
    "archive": {"analytics": {"retention": "90 days"}},
    "table_schema": {
        "table_name": "sales",
        "columns": [
            {"name": "sale_id", "type": "bigint", "primary_key": True},
            {"name": "sold_at", "type": "timestamptz", "nullable": False},
            {"name": "amount", "type": "numeric(18,6)"},
            {"name": "note", "type": "text"},
        ],
    },
}
TICK = {
    "code": "TICK",
    "name": "Tick",
    "module": "SHOP",
    "description": "One tick of a device. It has no key: the same tick twice is two ticks.",
    "kind": "event",
    "time_column": "at_time",
    "archive": {"analytics": {"retention": "90 days"}},
    "table_schema": {
        "table_name": "ticks",
        "columns": [
            {"name": "year", "type": "integer"},
            {"name": "at_time", "type": "timestamp", "time_zone": "Europe/Berlin"},
            {"name": "reading", "type": "double precision"},
            {"name": "tags", "type": "text[]"},
        ],
    },
}
MODULE = {"code": "SHOP", "name": "Shop", "description": "A shop."}


def write_definitions(folder: Path, *models: dict[str, Any]) -> Path:
    """Write a library of these object models."""
    (folder / "modules").mkdir(parents=True)
    (folder / "object_models").mkdir()
    (folder / "modules" / "SHOP.json").write_text(json.dumps(MODULE))
    for model in models:
        (folder / "object_models" / f"{model['code']}.json").write_text(json.dumps(model))
    return folder


def unwatched(_what: str, _done: int, _total: int) -> None:
    """Nobody watches the progress."""


@dataclass
class Shop:
    """A database with a schema and a lake, and the archiver's own calls."""

    connection: psycopg.Connection[Any]
    definitions: Path
    lake: Path

    @property
    def library(self) -> Library:
        return load_library(self.definitions)

    @property
    def settings(self) -> ArchiveSettings:
        return ArchiveSettings(max_concurrent=2)

    @property
    def store(self) -> Store:
        return open_store(self.settings, writable=True)

    def make_tables(self) -> None:
        self.connection.execute(platform_ddl(SCHEMA))
        for model in self.library.objects:
            self.connection.execute(layer3_ddl(model, SCHEMA))
            self.connection.execute(layer2_ddl(model, SCHEMA))

    def tables(self, *kinds: Kind, objects: tuple[str, ...] = ()) -> list[ArchivedTable]:
        selection = Selection(objects, kinds or ("source", "analytics"))
        return archived_tables(self.connection, self.library, SCHEMA, selection)

    def run(self, *kinds: Kind, objects: tuple[str, ...] = ()) -> RunResult:
        return self.run_tables(self.tables(*kinds, objects=objects))

    def run_tables(self, tables: list[ArchivedTable]) -> RunResult:
        with connect(self.settings) as connection:
            return run(connection, self.settings, self.store, tables, None, unwatched, library=self.library)

    def all_rows(self, name: str = "SALE", kind: Kind = "analytics") -> Counter[str]:
        """Every row there is, hot and cold, as canonical lines, read by plain means: the oracle of these tests."""
        table = self.tables(kind, objects=(name,))[0]
        hot = "archived_in is null" if kind == "source" else "true"
        line = postgres_line(table.columns)
        lines = [row[0] for row in self.execute(f"select {line} from ({table.rows(hot)}) as hot")]
        if self.value("select to_regclass('archive_catalog.readable_files')"):
            found = self.execute(
                "select path, sha256 from archive_catalog.readable_files where not also_hot"
                " and (schema_name, table_name, kind) = (%s, %s, %s)",
                *table.key,
            )
            with duckdb.connect(config={"autoload_known_extensions": False}) as reader:
                reader.execute("set TimeZone = 'UTC'")
                for path, sha256 in found.fetchall():
                    relation = parquet(self.cold_file(path, sha256))
                    lines += [
                        r[0] for r in reader.execute(f"select {duckdb_line(table.columns)} from {relation}").fetchall()
                    ]
        return Counter(lines)

    def cold_file(self, path: str, sha256: str) -> Path:
        """A file of the lake: where it lies, or a copy of what lies in a container."""
        is_remote = "://" in os.environ["ARCHIVE_URL"]
        return self.store.local(path, sha256) if is_remote else self.lake / path

    def die_at(self, point: str, *kinds: Kind, action: str = "kill") -> int:
        """Run in a forked process that fails at the point; return its wait status."""
        return self.die_in(point, lambda shop: shop.run(*kinds, objects=("SALE",)), action=action)

    def die_in(self, point: str, call: Callable[[Shop], object], *, action: str = "kill") -> int:
        """The same with any call; it gets a shop with a connection of its own. Its sessions are gone afterwards."""
        child = os.fork()
        if child == 0:
            os.environ["ARCHIVE_JOBS_FAIL_AT"] = f"{point}:{action}"
            try:
                call(Shop(psycopg.connect(autocommit=True), self.definitions, self.lake))
                os._exit(0)
            finally:
                os._exit(1)
        status = os.waitpid(child, 0)[1]
        self.wait_for_the_dead()
        return status

    def wait_for_the_dead(self) -> None:
        """Until the server has noticed, a dead run's sessions still hold their locks, and it counts as alive."""
        sessions = "select count(*) from pg_stat_activity where application_name = 'archive-jobs'"
        while self.value(f"{sessions} and datname = current_database()"):
            pass

    def execute(self, query: str, *parameters: Any) -> Any:
        return self.connection.execute(query, parameters or None)

    def value(self, query: str, *parameters: Any) -> Any:
        row = self.execute(query, *parameters).fetchone()
        return row[0] if row else None

    def invoke(self, *words: str) -> tuple[int, str, str]:
        """Run the command line; return exit status, stdout and stderr (a ProblemError's message)."""
        found = CliRunner().invoke(app, [*words])
        if isinstance(found.exception, ProblemError):
            return 2, found.stdout, f"{found.exception}\n{found.exception.hint}"
        if found.exception is not None and not isinstance(found.exception, SystemExit):
            raise found.exception
        return found.exit_code, found.stdout, found.stderr

    def add_sales(self, days: int = 3, per_day: int = 40, first: str = "2024-01-01") -> None:
        self.execute(
            f"insert into {SCHEMA}.sales (sale_id, sold_at, amount, note, _raw_seq, _source_order)"
            " select d * 100000 + n + (%s::date - date '2020-01-01') * 1000000::bigint,"
            " %s::timestamptz + d * interval '1 day' + n * interval '7 seconds', n * 1.37,"
            " case n %% 5 when 0 then null when 1 then '' when 2 then 'say \"hi\", ok' else 'line' || chr(10) || n end,"
            " d * 100000 + n, n"
            " from generate_series(0, %s - 1) d, generate_series(1, %s) n",
            first, first, days, per_day,
        )  # fmt: skip

    def add_ticks(self, days: int = 2, per_day: int = 10) -> None:
        self.execute(
            f"insert into {SCHEMA}.ticks (year, at_time, reading, tags, _raw_seq, _source_order)"
            " select 2024, timestamp '2024-03-30' + d * interval '1 day' + n * interval '2 hours', n / 7.0,"
            " array['a', null, 'b \"c\"'], d * 1000 + n, n"
            " from generate_series(0, %s - 1) d, generate_series(1, %s) n",
            days, per_day,
        )  # fmt: skip

    def add_raw(self, rows: int = 50, *, ingested_at: str = "2024-06-01 10:00+00", processed: bool = True) -> None:
        self.execute(
            f"insert into {SCHEMA}.source_sales (raw_id, raw_data, raw_bytes, ingested_at, processed)"
            " select 'r' || n, case when n %% 7 > 0 then json_build_object('n', n, 'n', n) end,"
            " case when n %% 7 = 0 then '\\xff00fe'::bytea end, %s::timestamptz + n * interval '1 minute', %s"
            " from generate_series(1, %s) n",
            ingested_at, processed, rows,
        )  # fmt: skip
