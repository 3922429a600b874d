"""What a warm child can be told to do: one run of the archiver, under one fault. Importing this warms it."""

from __future__ import annotations

from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import duckdb
import fault_calls
from fault_kinds import Fault, Record
from small_shop import Shop, trusting, unwatched

from archive_jobs import failpoints
from archive_jobs.database import connect
from archive_jobs.lake.stores import open_store
from archive_jobs.moving.run import RunResult, run
from archive_jobs.planning.tables import Kind
from archive_jobs.settings import ArchiveSettings

duckdb.connect = trusting(duckdb.connect)


@dataclass(frozen=True)
class Told:
    """What a child must know to archive: which tables, which rows, whether one thread must do."""

    definitions: Path
    lake: Path
    kind: Kind
    objects: tuple[str, ...] = ("SALE",)
    guards_down: tuple[str, ...] = ()
    threads: int = 1
    lock_timeout: float = 2.0


def archive(told: Told, fault: Fault | None = None) -> dict[str, Any]:
    """One run; returns what it did, and what the fault noted."""
    failpoints.disabled_guards.update(told.guards_down)
    if fault is not None:
        fault_calls.install(fault, str(told.lake))
    settings = ArchiveSettings(max_concurrent=told.threads, lock_timeout=told.lock_timeout)
    with connect(settings) as connection:
        tables = Shop(connection, told.definitions, told.lake).tables(told.kind, objects=told.objects)
        result = run(connection, settings, open_store(settings, writable=True), tables, None, unwatched)
    return summary(result) | {"seen": fault.seen if isinstance(fault, Record) else None}


def summary(result: RunResult) -> dict[str, Any]:
    """A run's result as plain values."""
    return {
        "units": sum(table.units for table in result.tables),
        "rows": sum(table.rows for table in result.tables),
        "dropped": sum(table.dropped for table in result.tables),
        "kept_hot": [reason for table in result.tables for reason in table.kept_hot],
        "resumed": result.reconciled.resumed,
        "swept": result.reconciled.swept,
    }


def archive_in_steps(talk: Connection, told: Told, points: tuple[str, ...]) -> dict[str, Any]:
    """One run that stops at each of the points until it is told to go on."""

    def stop(point: str) -> None:
        if point in points:
            talk.send(point)
            talk.recv()

    failpoints.watchers.append(stop)
    return archive(told)
