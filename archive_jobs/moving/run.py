"""One run: reconcile, archive what is due, drop the raw records that may go. Units go through a pool of threads."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextlib import contextmanager
from contextvars import copy_context
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from archive_jobs.catalogue import ensure_catalogue, write_event
from archive_jobs.database import Connection
from archive_jobs.failpoints import guarded
from archive_jobs.keeping.held_in_lake import mirror_holds
from archive_jobs.keeping.ledger_in_lake import tell_ledger
from archive_jobs.lake.commit_records import require_lake_is_not_ahead
from archive_jobs.lake.lake_identity import claim_lake, require_writable_lake
from archive_jobs.lake.store import Store
from archive_jobs.moving.attempt import Attempt, UnarchivableError
from archive_jobs.moving.drop_raw import Drop, drop, drops_due
from archive_jobs.moving.kept_hot import blocked_too, with_tokens
from archive_jobs.moving.owners import begin_to_live, staged_name
from archive_jobs.moving.reconcile import Reconciled, reconcile
from archive_jobs.moving.worker import Workshop
from archive_jobs.planning.plan import TablePlan, plan_table
from archive_jobs.planning.policies import make_guard, record_policies
from archive_jobs.planning.portion import Portion
from archive_jobs.planning.preflight import require_primary, require_room
from archive_jobs.planning.tables import ArchivedTable
from archive_jobs.planning.units import Slice
from archive_jobs.privacy.returned import Returned, erase_returned
from archive_jobs.replaying.copies import require_no_copy
from archive_jobs.scheduling.pace import Pace
from archive_jobs.settings import ArchiveSettings
from definitions_to_dbt.errors import ProblemError
from definitions_to_dbt.library import Library

Progress = Callable[[str, int, int], None]  # what, rows done, rows in all


@dataclass
class TableResult:
    """What a run did to one table."""

    plan: TablePlan
    units: int = 0
    rows: int = 0
    bytes: int = 0
    dropped: int = 0
    kept_hot: list[str] = field(default_factory=list)
    # Units that rows arriving meanwhile have held back, to be tried once more: their bounds.
    held_back: set[tuple[datetime, datetime]] = field(default_factory=set)

    def as_json(self) -> dict[str, Any]:
        """The result as plain values."""
        table = self.plan.table
        return {
            "schema": table.schema, "table": table.table_name, "kind": table.kind, "units": self.units,
            "rows": self.rows, "bytes": self.bytes, "dropped_rows": self.dropped,
            "kept_hot": self.kept_hot, "blocked_by": list(self.plan.blocked_by),
        }  # fmt: skip


@dataclass
class RunResult:
    """What a run did."""

    tables: list[TableResult]
    reconciled: Reconciled
    # Why it ended before everything due was done: paused, out of its window, told to stop.
    ended: str | None = None
    # People who were erased, had landed again, and were erased again before anything was archived.
    erased_again: int = 0


def plan_all(
    connection: Connection, tables: Sequence[ArchivedTable], as_of: datetime | None, *, exact: bool = False
) -> list[TablePlan]:
    """Plan every table, raw records first: what has just landed is the only copy there is."""
    order = {"source": 0, "analytics": 1}
    ordered = sorted(tables, key=lambda table: (order[table.kind], table.key))
    return [plan_table(connection, table, as_of, exact=exact) for table in ordered]


@contextmanager
def open_workshop(
    connection: Connection, settings: ArchiveSettings, store: Store, pace: Pace | None = None
) -> Iterator[Workshop]:
    """Make the catalogue, claim the lake, and hold the lock by which others see that this run lives."""
    require_primary(connection)
    try:
        # Of another's lake, or of none where there should be one, nothing comes: no catalogue, no folder.
        require_writable_lake(connection, store, settings.analytics_schema)
        ensure_catalogue(connection)
        require_no_copy(connection, settings.analytics_schema)
        owner_key = begin_to_live(connection)
        store.owner = staged_name(connection, owner_key)
        claim_lake(connection, store, settings.analytics_schema)
        mirror_holds(connection, store, settings.analytics_schema)
        shop = Workshop(settings, store, owner_key, pace)
        try:
            yield shop
        finally:
            shop.close()
    except ProblemError:
        raise
    except OSError as error:
        raise ProblemError(
            f"the lake {store.name} cannot be read or written: {error}",
            hint="No row is lost. Mend the disk or the connection, then run again: it takes unfinished units up.",
        ) from error


def run(
    connection: Connection,
    settings: ArchiveSettings,
    store: Store,
    tables: Sequence[ArchivedTable],
    as_of: datetime | None,
    progress: Progress,
    pace: Pace | None = None,
    portion: Portion | None = None,
    library: Library | None = None,
) -> RunResult:
    """Archive everything due; first remove who was erased and has landed again, told by the library.

    Raises ProblemError when the run cannot go on; rows are safe then."""
    with open_workshop(connection, settings, store, pace) as shop:
        if guarded("ahead"):
            require_lake_is_not_ahead(connection, store, tables)
        reconciled = reconcile(shop.worker(), tables)
        portion = portion or Portion()
        returned = Returned() if library is None else erase_returned(shop, library, tables)
        plans = [blocked_too(plan, returned) for plan in portion.of(plan_all(connection, tables, as_of))]
        plans = with_tokens(connection, shop, plans)
        tell_ledger(connection, store, settings.analytics_schema)
        require_room(store.staging, sum(plan.bytes for plan in plans))
        write_event(connection, "run_started", tables=len(tables))
        results = [TableResult(plan) for plan in plans]
        with ThreadPoolExecutor(settings.max_concurrent) as pool:
            _archive_all(connection, shop, pool, results, progress)
            _retry_held_back(connection, shop, pool, results, as_of, progress)
            if not portion.is_of_a_range:
                _drop_all(connection, shop, pool, results, progress)
        swept = reconcile(shop.worker(), tables)
        reconciled.swept += swept.swept
        write_event(connection, "run_finished", units=sum(result.units for result in results))
    return RunResult(results, reconciled, shop.pace.ended, returned.erased)


def _archive_all(
    connection: Connection,
    shop: Workshop,
    pool: ThreadPoolExecutor,
    results: Sequence[TableResult],
    progress: Progress,
) -> None:
    total, lock = sum(r.plan.rows for r in results if not r.plan.blocked_by), threading.Lock()
    rows_done = 0

    def work(result: TableResult, batch: list[Slice], version: int) -> None:
        def done(attempt: Attempt) -> None:
            nonlocal rows_done
            with lock:
                rows_done += attempt.rows
                progress(f"archiving {attempt.table.name}", rows_done, total)

        attempts = shop.worker().archive(batch, version, done)
        with lock:
            for attempt in attempts:
                _count(result, attempt)

    jobs: list[Callable[[], None]] = []
    versions = record_policies(connection, [result.plan.table for result in results])
    for result in results:
        if result.plan.slices and not result.plan.blocked_by:
            version = versions[result.plan.table.key]
            make_guard(connection, result.plan.table)
            for batch in batches(result.plan.slices, shop.settings):
                jobs.append(lambda r=result, b=batch, v=version: work(r, b, v))  # type: ignore[misc]  # no type for defaults
    _run_all(pool, jobs)


def _count(result: TableResult, attempt: Attempt) -> None:
    if attempt.outcome == "active":
        result.units += 1
        result.rows += attempt.rows
        result.bytes += attempt.bytes
    elif attempt.outcome == "abandoned":
        result.kept_hot.append(f"{attempt.day}: {attempt.reason}")
        if _is_about_change(attempt.reason):
            result.held_back.add((attempt.lo, attempt.hi))


def batches(slices: Sequence[Slice], settings: ArchiveSettings) -> Iterator[list[Slice]]:
    """Group slices, oldest first, so that small ones share a snapshot and big ones stand alone."""
    batch: list[Slice] = []
    rows = 0
    for piece in slices:
        if batch and (len(batch) == settings.batch_units or rows + piece.rows > settings.batch_rows):
            yield batch
            batch, rows = [], 0
        batch.append(piece)
        rows += piece.rows
    if batch:
        yield batch


def _retry_held_back(
    connection: Connection,
    shop: Workshop,
    pool: ThreadPoolExecutor,
    results: Sequence[TableResult],
    as_of: datetime | None,
    progress: Progress,
) -> None:
    """Try once more what rows arriving meanwhile held back; what fails again waits for the next run."""
    for result in results:
        if not result.held_back:
            continue
        fresh = plan_table(connection, result.plan.table, as_of)
        if fresh.blocked_by:
            continue
        result.kept_hot = [reason for reason in result.kept_hot if not _is_about_change(reason)]
        due = tuple(piece for piece in fresh.slices if (piece.lo, piece.hi) in result.held_back)
        second = TableResult(replace(fresh, slices=due))
        _archive_all(connection, shop, pool, [second], progress)
        result.units += second.units
        result.rows += second.rows
        result.bytes += second.bytes
        result.kept_hot += second.kept_hot


def _is_about_change(reason: str) -> bool:
    return "since the export" in reason or "being changed" in reason


def _drop_all(
    connection: Connection,
    shop: Workshop,
    pool: ThreadPoolExecutor,
    results: Sequence[TableResult],
    progress: Progress,
) -> None:
    jobs: list[Callable[[], None]] = []
    lock, gone = threading.Lock(), 0
    found = [(r, due) for r in results if not r.plan.blocked_by for due in drops_due(connection, r.plan.table)]
    total = sum(due.rows for _, due in found)

    def work(result: TableResult, due: Drop) -> None:
        nonlocal gone
        if not shop.pace.go_on():
            return
        worker = shop.worker()
        try:
            removed = drop(worker.connection, worker.proving, worker.store, due)
        except UnarchivableError as error:
            with lock:
                result.kept_hot.append(f"{due.lo.date()}: not dropped, {error}")
            return
        with lock:
            result.dropped += removed
            gone += removed
            progress(f"dropping from {due.table.name}", gone, total)

    for result, due in found:
        jobs.append(lambda r=result, d=due: work(r, d))  # type: ignore[misc]  # no type for defaults
    _run_all(pool, jobs)


def _run_all(pool: ThreadPoolExecutor, jobs: Sequence[Callable[[], None]]) -> None:
    """Run the jobs; after the first that fails no other is begun, those begun are finished."""
    waiting = [pool.submit(copy_context().run, job) for job in jobs]
    try:
        _, unfinished = wait(waiting, return_when=FIRST_EXCEPTION)
    except BaseException:
        # Ctrl-C: what has begun is finished, so that little is left for the next run to tidy.
        for job in waiting:
            job.cancel()
        raise
    for job in unfinished:
        job.cancel()
    wait(unfinished)
    errors = [error for job in waiting if not job.cancelled() and (error := job.exception()) is not None]
    problems = [error for error in errors if isinstance(error, ProblemError)]
    if errors:
        raise (problems or errors)[0]
