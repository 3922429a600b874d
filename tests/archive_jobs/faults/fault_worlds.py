"""The worlds in which faults happen: a way of removing rows, a store, and rows whose every value is remembered."""

from __future__ import annotations

import copy
import json
import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from azure.storage.blob import ContainerClient
from fault_oracle import WATCH_STATES, Findings, Row, Watched, examine, hot_rows
from fault_orders import Told, archive
from small_shop import SALE, SCHEMA, Shop, write_definitions
from warm_workers import Ended, obeyed

from archive_jobs.catalogue import OWNER_LOCK_CLASS, ensure_catalogue
from archive_jobs.planning.tables import Kind
from definitions_to_dbt.embedded_postgres import find_binaries, has_timescaledb

SALE_COLUMNS = ("sale_id", "sold_at", "amount", "note", "_raw_seq", "_source_order", "_quality_issues")
RAW_COLUMNS = ("raw_seq", "raw_id", "raw_data", "raw_bytes", "raw_sha256", "ingested_at", "source_system")


@dataclass(frozen=True)
class Mode:
    """How a unit's rows leave. `layout` is the table's, `changes` what its definition says otherwise."""

    name: str
    kind: Kind
    layout: str = "plain"
    archive: dict[str, Any] = field(default_factory=lambda: {"analytics": {"retention": "90 days"}})
    make_room: Callable[[Shop, str], object] = lambda shop, day: None
    is_copied: bool = False

    def excludes_everybody(self, step: str) -> bool:
        """True where an archiver that stands at the step holds the table for itself: what is dropped is locked."""
        return self.layout != "plain" and step.startswith("commit.") and step != "commit.after"

    def stays_hot(self, world: World) -> int:
        """How many rows still count in PostgreSQL when everything is archived."""
        return sum(world.ledger.values()) if self.is_copied else 0


def _make_partition(shop: Shop, day: str) -> None:
    shop.execute(f"select {SCHEMA}.make_partitions('sales', '1 day', 0, array[%s]::timestamp[])", day)


DELETE = Mode("delete", "analytics")
MARK = Mode("mark", "source")
KEEP = Mode("keep", "analytics", archive={"analytics": {"retention": "90 days", "drop": "never"}}, is_copied=True)
# What is older than seven years may go for good.
EXPIRING = Mode(
    "expiring", "analytics", archive={"analytics": {"retention": "90 days", "archive_retention": "7 years"}}
)
PARTITION = Mode("partition", "analytics", layout="partitions", make_room=_make_partition)
CHUNK = Mode("chunk", "analytics", layout="hypertable")
MODES = {mode.name: mode for mode in (DELETE, MARK, KEEP, PARTITION)}
if has_timescaledb(find_binaries()):
    MODES[CHUNK.name] = CHUNK


@dataclass
class World:
    """A database, a lake, a table in one mode, and the ledger of every row that was ever written and not taken back."""

    shop: Shop
    mode: Mode
    ledger: Counter[Row] = field(default_factory=Counter)
    days: int = 0
    day: str = ""
    # The lake's container where it is no folder.
    container: ContainerClient | None = None

    @classmethod
    def make(cls, connection: psycopg.Connection[Any], folder: Path, lake: Path, mode: Mode) -> World:
        """Tables and catalogue, with a trigger that notes every change of state."""
        model = copy.deepcopy(SALE) | {"storage": {"layout": mode.layout, "interval": "1 day"}, "archive": mode.archive}
        if mode is CHUNK:
            connection.execute("create extension if not exists timescaledb")
        shop = Shop(connection, write_definitions(folder / "definitions", model), lake)
        shop.make_tables()
        ensure_catalogue(connection)
        connection.execute(WATCH_STATES)
        return cls(shop, mode)

    @property
    def watched(self) -> Watched:
        """What the oracle looks at."""
        if self.mode.kind == "source":
            return Watched(SCHEMA, "sales", "source", "source_sales", RAW_COLUMNS, "archived_in is null")
        return Watched(SCHEMA, "sales", "analytics", "sales", SALE_COLUMNS, is_copied=self.mode.is_copied)

    def told(self, **changes: Any) -> Told:
        """What a child must know."""
        return Told(self.shop.definitions, self.shop.lake, self.mode.kind, **changes)

    def add_day(self, rows: int = 20) -> str:
        """Rows of one more day; the ledger keeps them as PostgreSQL gives them back."""
        day = self.day = f"20{10 + self.days // 336:02}-{1 + self.days // 28 % 12:02}-{1 + self.days % 28:02}"
        self.days += 1
        before = hot_rows(self.shop.connection, self.watched)
        if self.mode.kind == "source":
            self.shop.add_raw(rows, ingested_at=f"{day} 10:00+00")
        else:
            self.mode.make_room(self.shop, day)
            self.shop.add_sales(days=1, per_day=rows, first=day)
        self.ledger += hot_rows(self.shop.connection, self.watched) - before
        return day

    def archive(self, fault: Any = None, **changes: Any) -> Ended:
        """One run in a child, under a fault or none."""
        return obeyed(archive, self.told(**changes), fault)

    def wait_for_the_dead(self) -> None:
        """Return once the server has noticed that every run is gone: its locks are free then."""
        held = self.shop.execute(
            "select objid::bigint from pg_locks where locktype = 'advisory' and classid = %s and granted"
            " and database = (select oid from pg_database where datname = current_database())",
            OWNER_LOCK_CLASS,
        ).fetchall()
        for (owner,) in held:
            self.shop.execute("select pg_advisory_lock(%s, %s), pg_advisory_unlock(%s, %s)",
                              OWNER_LOCK_CLASS, owner, OWNER_LOCK_CLASS, owner)  # fmt: skip

    def examine(self, *, settled: bool = True) -> Findings:
        """The oracle's word."""
        with self.shop_lake() as lake:
            return examine(self.shop.connection, lake, self.watched, self.ledger, settled=settled)

    @contextmanager
    def shop_lake(self) -> Iterator[Path]:
        """The lake as a folder: itself, or a copy of what the container holds, fetched by Azure's own library."""
        if self.container is None:
            yield self.shop.lake
            return
        with tempfile.TemporaryDirectory(prefix="mirror-") as name:
            for blob in self.container.list_blobs(name_starts_with="cold/"):
                place = Path(name) / blob.name.removeprefix("cold/")
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_bytes(self.container.download_blob(blob.name).readall())
            staging = Path(os.environ["ARCHIVE_JOBS_STAGING"])
            if staging.is_dir():
                shutil.copytree(staging, Path(name) / ".staging")
            yield Path(name)

    def rows_left_hot(self) -> int:
        """How many rows count in PostgreSQL."""
        return sum(hot_rows(self.shop.connection, self.watched).values())

    def last_reasons(self) -> str:
        """Why attempts were given up, for messages."""
        return json.dumps(
            self.shop.execute("select state, reason from archive_catalog.attempts order by created_at").fetchall()
        )
