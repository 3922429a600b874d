"""Take a batch of units of one table through every step, from plan to commit record.

Units of a batch share a snapshot, their folder syncs and their catalogue writes; each is proven and committed on
its own. Each thread has connections of its own.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Literal

import duckdb
import psycopg
from psycopg import errors

from archive_jobs.copying.engine import (
    attach_postgres,
    keep_memory_together,
    lost_postgres,
    open_engine,
    refused_by_postgres,
)
from archive_jobs.copying.export import export, staged_files
from archive_jobs.copying.prove import prove, rehearse_restore
from archive_jobs.database import Connection, connect, first_line, is_about_rows, server_problem
from archive_jobs.failpoints import fail_at
from archive_jobs.lake.commit_records import FencedOffError, emit_records
from archive_jobs.lake.json_beside import write_json
from archive_jobs.lake.objects import StoreError
from archive_jobs.lake.publish import publish, remove_published, settle, write_manifests
from archive_jobs.lake.store import Store
from archive_jobs.moving.attempt import Attempt, UnarchivableError, abandon, plan_attempts
from archive_jobs.moving.commit import commit
from archive_jobs.moving.events import tell
from archive_jobs.moving.noting import TAKEN_FOR_DEAD, note_files, over_already, prepare
from archive_jobs.planning.units import Slice
from archive_jobs.privacy.keys import KeyRing
from archive_jobs.privacy.refusing import refuse_returned
from archive_jobs.privacy.sealing import let_seal
from archive_jobs.scheduling.pace import Pace
from archive_jobs.settings import ArchiveSettings
from definitions_to_dbt.errors import ProblemError


class Workshop:
    """What all workers of a run share: settings, store, and two DuckDB engines that know nothing of each other."""

    def __init__(self, settings: ArchiveSettings, store: Store, owner_key: int, pace: Pace | None = None) -> None:
        keep_memory_together()
        self.settings, self.store, self.owner_key = settings, store, owner_key
        self.pace = pace or Pace()
        self._engines: dict[str, duckdb.DuckDBPyConnection] = {}
        self._own = threading.local()
        self._opened: list[Worker] = []
        self._lock = threading.Lock()
        self._lanes_taken = 0
        self.rehearsing = threading.Lock()
        self.rehearsed: dict[tuple[str, str, str], str] = {}
        self._ring: KeyRing | None = None

    def engine(self, name: Literal["copying", "proving"]) -> duckdb.DuckDBPyConnection:
        """A session of one of the engines, which are opened when first asked for.

        The one that copies has PostgreSQL attached; the one that proves has only the files.
        """
        with self._lock:
            if name not in self._engines:
                # A second thread would only wait for rows, and wait by spinning.
                spill = self.store.staging / f"spill-{self.store.owner}{name}"
                engine = open_engine(self.settings, spill, threads=1)
                if name == "copying":
                    attach_postgres(engine, self.settings)
                    # A UUID stays one, and is not made a text.
                    engine.execute("set global arrow_lossless_conversion = true")
                    let_seal(engine, self.settings)
                self._engines[name] = engine
            return self._engines[name].cursor()

    @contextmanager
    def lanes(self) -> Iterator[int]:
        """In how many streams a unit may be read: as many as no other unit uses of all threads, at least one."""
        with self._lock:
            lanes = max(1, self.settings.duckdb_threads - self._lanes_taken)
            self._lanes_taken += lanes
        try:
            yield lanes
        finally:
            with self._lock:
                self._lanes_taken -= lanes

    def ring(self) -> KeyRing:
        """What tells people by their digests. Raises ProblemError where there is no master key."""
        with self._lock:
            if self._ring is None:
                self._ring = KeyRing(self.settings, "telling whether erased people have rows again")
            return self._ring

    def worker(self) -> Worker:
        """The calling thread's worker."""
        if not hasattr(self._own, "worker"):
            self._own.worker = Worker(self)
            with self._lock:
                self._opened.append(self._own.worker)
        worker: Worker = self._own.worker
        return worker

    def close(self) -> None:
        """Close every connection."""
        for worker in self._opened:
            worker.close()
        for engine in self._engines.values():
            engine.close()


class Worker:
    """One thread's connections."""

    def __init__(self, shop: Workshop) -> None:
        self.shop, self.settings, self.store = shop, shop.settings, shop.store
        self._connection: Connection | None = None
        self._copying: list[duckdb.DuckDBPyConnection] = []
        self._proving: duckdb.DuckDBPyConnection | None = None

    def copying(self, lanes: int = 1) -> list[duckdb.DuckDBPyConnection]:
        """The thread's sessions of the engine that copies."""
        while len(self._copying) < lanes:
            self._copying.append(self.shop.engine("copying"))
        return self._copying[:lanes]

    @property
    def proving(self) -> duckdb.DuckDBPyConnection:
        """The thread's session of the engine that proves."""
        if self._proving is None:
            self._proving = self.shop.engine("proving")
        return self._proving

    @property
    def connection(self) -> Connection:
        """The thread's connection; a new one after the server has closed it."""
        if self._connection is None or self._connection.closed:
            self._connection = connect(self.settings)
        return self._connection

    def close(self) -> None:
        """Close what the thread opened."""
        if self._connection is not None:
            self._connection.close()
        for session in (*self._copying, *filter(None, (self._proving,))):
            session.close()

    def archive(
        self,
        slices: Sequence[Slice],
        policy_version: int,
        done: Callable[[Attempt], None],
    ) -> list[Attempt]:
        """Archive the slices; each attempt returned is `active` or `abandoned`.

        Raises ProblemError when nothing can go on: the disk is full, the server is gone.
        """
        if not self.shop.pace.go_on():
            return []
        try:
            attempts = plan_attempts(self.connection, slices, self.shop.owner_key, policy_version)
        except UnarchivableError as error:
            raise _changed(slices[0], error) from error
        try:
            self._write_and_prove(attempts)
            going = self._still_going(attempts)
            going = note_files(self.connection, going)
            publish(self.store, going)
            going = self._still_going(going)
            write_manifests(self.store, going)
            if going:
                prepare(self.connection, going)
                self.commit_all(self._not_taken_for_dead(going), done)
        except (OSError, duckdb.Error) as error:
            if (said := lost_postgres(error) or refused_by_postgres(error)) is not None:
                self._give_up(attempts, f"PostgreSQL refused or gave up: {said}")
                raise server_problem(error) from error
            self._give_up(attempts, f"the lake cannot take it: {error}")
            raise ProblemError(
                f"{slices[0].table.name}: the lake {self.store.name} cannot be written: {error}",
                hint=error.hint
                if isinstance(error, StoreError)
                else "Every row is still in PostgreSQL. Free some room or mend the disk, then run again.",
            ) from error
        except (errors.UndefinedColumn, errors.UndefinedTable) as error:
            self._give_up(attempts, f"the table has changed since the plan: {error}")
            raise _changed(slices[0], error) from error
        except (psycopg.OperationalError, errors.InsufficientPrivilege) as error:
            raise server_problem(error) from error
        return attempts

    def commit_all(self, attempts: Sequence[Attempt], done: Callable[[Attempt], None] | None = None) -> None:
        """Commit prepared attempts one by one, then write their commit records."""
        for attempt in attempts:
            if not self.shop.pace.go_on():
                break  # it is prepared: the next run takes it up here
            try:
                commit(self.connection, attempt, self.settings, self.shop.pace)
            except UnarchivableError as error:
                abandon(self.connection, attempt, str(error))
            except FencedOffError as error:
                attempt.outcome, attempt.reason = "abandoned", str(error)
            # Those that came over in this run were told of batch by batch.
            self.shop.pace.passed(attempt.rows - attempt.came.rows)
            if done is not None:
                done(attempt)
        emit_records(self.connection, self.store, [attempt.table for attempt in attempts[:1]])

    def _write_and_prove(self, attempts: Sequence[Attempt]) -> None:
        if not attempts:
            return
        tell(self.connection, "started", attempts)
        is_new = not self._is_rehearsed(attempts[0])
        with self.shop.lanes() as lanes:
            export(
                self.connection, self.copying(lanes), attempts, self.store.staging, by_content=is_new,
                streamed=self.shop.pace.streamed,
            )  # fmt: skip
        for attempt in self._still_going(attempts):
            settle(attempt)
            try:
                prove(self.connection, self.proving, attempt)
                self._rehearse_once(attempt)
                refuse_returned(self.connection, self.shop.ring, attempt)
                if attempt.table.policy.format == "json":
                    write_json(self.proving, attempt)
            except UnarchivableError as error:
                attempt.reason = str(error)
            except psycopg.Error as error:
                if not is_about_rows(error):
                    raise
                attempt.reason = f"PostgreSQL cannot take it back: {first_line(error)}"
            fail_at("prove.after")

    def _rehearse_once(self, attempt: Attempt) -> None:
        """Restore the first unit of each shape of a table, so that no file is made that PostgreSQL would not take."""
        with self.shop.rehearsing:
            if self._is_rehearsed(attempt):
                return
            rehearse_restore(self.connection, self.proving, attempt)
            self.connection.execute(
                "update archive_catalog.table_guards set rehearsed_fingerprint = %s, rehearsed_at = now()"
                " where (schema_name, table_name, kind) = (%s, %s, %s)",
                (attempt.fingerprint, *attempt.table.key),
            )
            self.shop.rehearsed[attempt.table.key] = attempt.fingerprint

    def _is_rehearsed(self, attempt: Attempt) -> bool:
        table = attempt.table
        if self.shop.rehearsed.get(table.key) != attempt.fingerprint:
            query = (
                "select rehearsed_fingerprint = %s from archive_catalog.table_guards"
                " where (schema_name, table_name, kind) = (%s, %s, %s)"
            )
            if self.connection.execute(query, (attempt.fingerprint, *table.key)).fetchone() != (True,):
                return False
            self.shop.rehearsed[table.key] = attempt.fingerprint
        return True

    def _still_going(self, attempts: Sequence[Attempt]) -> list[Attempt]:
        """Abandon the attempts that got a reason; return the others."""
        for attempt in attempts:
            if attempt.reason and attempt.outcome != "abandoned":
                self._forget(attempt, attempt.reason)
        return [attempt for attempt in attempts if not attempt.reason]

    def _give_up(self, attempts: Sequence[Attempt], reason: str) -> None:
        for attempt in self._not_taken_for_dead(attempts):
            if attempt.outcome in ("planned", "prepared"):
                self._forget(attempt, reason)

    def _not_taken_for_dead(self, attempts: Sequence[Attempt]) -> list[Attempt]:
        """Withdraw what was published after another run had taken this one for dead and swept; return the others."""
        over = over_already(self.connection, attempts)
        for attempt in attempts:
            if attempt.attempt_id in over and attempt.outcome in ("planned", "prepared"):
                remove_published(self.store, attempt)
                self._forget(attempt, TAKEN_FOR_DEAD)
        return [attempt for attempt in attempts if attempt.attempt_id not in over]

    def _forget(self, attempt: Attempt, reason: str) -> None:
        abandon(self.connection, attempt, reason)
        for file in staged_files(self.store.staging, attempt):
            file.unlink(missing_ok=True)


def _changed(piece: Slice, error: Exception) -> ProblemError:
    return ProblemError(
        f"{piece.table.name} has changed since the plan: {first_line(error)}",
        hint="Every row is still in PostgreSQL. Run again: it takes the table as it is now.",
    )
