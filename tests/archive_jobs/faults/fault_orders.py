"""What a warm child can be told to do: one run of the archiver, under one fault. Importing this warms it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import fault_calls
import psycopg
from fault_kinds import Fault, Record
from small_shop import Shop, unwatched

from archive_jobs import failpoints
from archive_jobs.commands.keeping import expire_units, place_hold, restore_range
from archive_jobs.commands.run import reconcile_tables
from archive_jobs.database import connect
from archive_jobs.lake.stores import open_store
from archive_jobs.moving.run import RunResult, run
from archive_jobs.planning.tables import Kind
from archive_jobs.reading.read_back import open_reader
from archive_jobs.settings import ArchiveSettings
from archive_jobs.times import Interval
from definitions_to_dbt.duration import Duration
from definitions_to_dbt.library import load_library


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
    # Smaller than any setting may be, so that a small file is a large one.
    block_bytes: int | None = None


def archive(told: Told, fault: Fault | None = None) -> dict[str, Any]:
    """One run; returns what it did, and what the fault noted."""
    failpoints.disabled_guards.update(told.guards_down)
    if fault is not None:
        fault_calls.install(fault, str(told.lake))
    settings = ArchiveSettings(max_concurrent=told.threads, lock_timeout=told.lock_timeout)
    if told.block_bytes is not None:
        settings = settings.model_copy(update={"store_block_bytes": told.block_bytes})
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
    _stop_at(talk, points)
    return archive(told)


def restore_in_steps(talk: Connection, told: Told, points: tuple[str, ...]) -> dict[str, Any]:
    """The same for a restore."""
    _stop_at(talk, points)
    return restore(told)


def expire_in_steps(talk: Connection, told: Told, points: tuple[str, ...]) -> dict[str, Any]:
    """The same for a purge."""
    _stop_at(talk, points)
    return expire(told)


def _stop_at(talk: Connection, points: tuple[str, ...]) -> None:
    waiting = set(points)

    def stop(point: str) -> None:
        if point in waiting:
            waiting.discard(point)
            talk.send(point)
            talk.recv()

    failpoints.watchers.append(stop)


def restore(told: Told, fault: Fault | None = None) -> dict[str, Any]:
    """Put everything that is archived back into PostgreSQL."""
    failpoints.disabled_guards.update(told.guards_down)
    if fault is not None:
        fault_calls.install(fault, str(told.lake))
    settings = ArchiveSettings(lock_timeout=told.lock_timeout)
    found = restore_range(settings, told.definitions, "sales", told.kind, Interval(None, None), None, unwatched)
    return {"units": found.done, "rows": found.rows, "kept_cold": found.kept_cold}


def expire(told: Told, fault: Fault | None = None) -> dict[str, Any]:
    """Let what is due go, with no grace: what stops counting loses its files in the same run."""
    if fault is not None:
        fault_calls.install(fault, str(told.lake))
    settings = ArchiveSettings(lock_timeout=told.lock_timeout, purge_grace=Duration.parse("immediate"))
    (found,) = expire_units(settings, told.definitions, ["SALE"], told.kind, really=True)
    return {"begun": found.begun, "purged": found.purged, "held": found.held}


def reconcile(told: Told) -> dict[str, Any]:
    """Finish or undo what the dead have left, and nothing else."""
    settings, started = ArchiveSettings(lock_timeout=told.lock_timeout), time.monotonic()
    done = reconcile_tables(settings, told.definitions)
    took = time.monotonic() - started
    return {"resumed": done.resumed, "abandoned": done.abandoned, "swept": done.swept, "seconds": took}


def hold(told: Told, fault: Fault | None = None) -> str:
    """Place a legal hold on the table."""
    if fault is not None:
        fault_calls.install(fault, str(told.lake))
    settings = ArchiveSettings(lock_timeout=told.lock_timeout)
    placed = place_hold(
        settings, told.definitions, "sales", told.kind, Interval(None, None), None, "a court asks", print
    )
    return str(placed.hold_id)


def count_by_reader(told: Told) -> int:
    """How many rows the archiver's own reader finds, hot and cold."""
    settings = ArchiveSettings()
    model = load_library(told.definitions).object("SALE")
    with open_reader(settings, open_store(settings, writable=False)) as reader:
        row = reader.engine.execute(f"select count(*) from ({reader.rows(model, told.kind)})").fetchone()
    return int(row[0]) if row else -1


def run_sql(told: Told, statements: tuple[str, ...]) -> int:  # noqa: ARG001 - every order is told the same
    """Another application's transaction; gives way where it would wait for long. Returns the rows changed."""
    with psycopg.Connection.connect(autocommit=True) as connection, connection.transaction():
        connection.execute("set local lock_timeout = '300ms'")
        return sum(max(connection.execute(statement.encode()).rowcount, 0) for statement in statements)
