"""The archive that `benchmarks.reading` asks: a database filled day by day, archived by the command.

Says nothing of how it is read.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg

from archive_jobs.planning.tables import open_library
from archive_jobs.settings import ArchiveSettings
from archive_jobs.times import Interval
from definitions_to_dbt.ddl import layer2_ddl, layer3_ddl, platform_ddl

SCHEMA = "analytics_service"
FIRST = datetime(2017, 1, 1, tzinfo=UTC)
BUSY = 300_000
_KEYED = {"metric_id": "String(64)", "process_id": "String(32)", "value": "numeric(18,6)", "at_time": "timestamptz"}
_ROWS = f"""
insert into {SCHEMA}.{{table}} (metric_id, process_id, value, at_time, _raw_seq, _source_order)
select 'SCOR.P' || n % 20, 'process ' || n / 20, (random() * 1e6)::numeric(18,6),
    timestamptz '{{first}}' + d * interval '1 day' + n * interval '200 milliseconds', d * 1000000::bigint + n, d
from generate_series({{low}}, {{high}} - 1) d, generate_series(1, {{rows}}) n
"""


def definition(name: str, key: tuple[str, ...]) -> dict[str, Any]:
    """An object of measurements under this key."""
    columns = [
        {"name": column, "type": kind, "nullable": False, **({"primary_key": True} if column in key else {})}
        for column, kind in _KEYED.items()
    ]
    return {
        "code": name.upper(), "name": name, "module": "BENCH", "description": "Measured.", "kind": "event",
        "time_column": "at_time", "storage": {"layout": "plain"}, "archive": {"analytics": {"retention": "90 days"}},
        "table_schema": {"table_name": name, "columns": columns},
    }  # fmt: skip


class Bench:
    """A database, a lake, and what is asked of both."""

    def __init__(self, folder: Path, days: int, rows: int) -> None:
        self.folder, self.days, self.rows = folder, days, rows
        self.definitions = folder / "definitions"
        for kind in ("modules", "object_models"):
            (self.definitions / kind).mkdir(parents=True)
        (self.definitions / "modules/BENCH.json").write_text('{"code": "BENCH", "name": "Bench"}')
        for name, key in (
            ("measures", ("metric_id", "process_id", "at_time")),
            ("moving", ("metric_id", "process_id")),
        ):
            (self.definitions / f"object_models/{name}.json").write_text(json.dumps(definition(name, key)))
        self.settings = ArchiveSettings(memory_limit="512MB")
        self.library = open_library(self.settings, self.definitions)
        self.connection = psycopg.connect(autocommit=True)
        self.connection.execute(platform_ddl(SCHEMA).encode())
        for model in self.library.objects:
            self.connection.execute((layer3_ddl(model, SCHEMA) + layer2_ddl(model, SCHEMA)).encode())

    def add(self, table: str, low: int, high: int, first: datetime = FIRST, rows: int = 0) -> None:
        """So many days of rows."""
        said = {"table": table, "low": low, "high": high, "rows": rows or self.rows, "first": first.isoformat()}
        self.connection.execute(_ROWS.format(**said).encode())

    def archive(self) -> None:
        """Everything that is old enough, by the command."""
        command = ["run", "--type", "analytics", "--yes", "--json", "--definitions", str(self.definitions)]
        environment = {**os.environ, "CHUNK_BATCH_SIZE": "90", "MAX_CONCURRENT_ARCHIVAL_TASKS": "2"}
        begun = time.monotonic()
        subprocess.run(
            [sys.executable, "-m", "archive_jobs.cli", *command], check=True, env=environment, stdout=subprocess.DEVNULL
        )
        note(f"archived in {time.monotonic() - begun:.0f} s")
        for name in ("measures", "moving"):
            self.connection.execute(f"vacuum analyze {SCHEMA}.{name}".encode())

    def interval(self, first: int, days: int) -> Interval:
        """Days of the archive, by number."""
        return Interval(FIRST + timedelta(days=first), FIRST + timedelta(days=first + days))

    def paths(self, table: str, interval: Interval) -> list[str]:
        """The files of an interval below the lake, as an oracle knows them."""
        found = self.connection.execute(
            "select path from archive_catalog.readable_files where table_name = %s and lo >= %s and hi <= %s"
            " order by lo",
            (table, interval.start, interval.end),
        )
        return [path for (path,) in found]


def note(text: str) -> None:
    """Progress, for who waits."""
    print(text, file=sys.stderr, flush=True)
