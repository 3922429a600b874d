"""Warm DuckDB sessions that can read the lake and PostgreSQL and nothing else, each bounded in memory, disk and time.

No text of a caller ever becomes SQL here; these walls stand for the day on which that turns out to be wrong.
"""

from __future__ import annotations

import contextlib
import os
import queue
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import psycopg
import pyarrow as pa

from archive_jobs.copying.engine import attach_postgres, open_engine, postgres_query
from archive_jobs.database import Connection, pinned_options
from archive_jobs.lake.store import Store
from archive_jobs.reading.read_back import Reader, reader_over, require_select
from archive_jobs.serving.limits import too_many
from archive_jobs.serving.problems import ApiError
from archive_jobs.serving.service_settings import ServiceSettings
from definitions_to_dbt.sql import quote_literal

ROWS_AT_ONCE = 20_000
_TENANT = "archive_jobs.tenant"


class StoppedError(Exception):
    """The query was interrupted: it took too long, or nobody waits for it any more."""


@dataclass
class WarmEngine:
    """A DuckDB session, and the connection that holds the snapshot it reads in."""

    engine: duckdb.DuckDBPyConnection
    control: Connection

    def close(self) -> None:
        """Give both up."""
        self.engine.close()
        self.control.close()


@dataclass
class Running:
    """One retrieval: a reader in its snapshot, and the means to stop it from any thread."""

    reader: Reader
    _warm: WarmEngine
    _backend: int
    _settings: ServiceSettings
    stopped: str | None = None
    _is_over: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def stop(self, why: str) -> None:
        """Interrupt whatever DuckDB and PostgreSQL are at. Safe at any time, and more than once."""
        with self._lock:
            if self._is_over:
                return  # the engine is somebody else's by now
            self.stopped = self.stopped or why
            self._warm.engine.interrupt()
            with contextlib.suppress(psycopg.Error), connect_reader(self._settings) as other:
                other.execute("select pg_cancel_backend(%s)", (self._backend,))

    def finish(self) -> None:
        """From now on nothing can be stopped through this."""
        with self._lock:
            self._is_over = True

    @contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        """Stop what is done in the block after so long."""
        timer = threading.Timer(seconds, self.stop, ("time",))
        timer.daemon = True
        timer.start()
        try:
            yield
        except duckdb.Error as error:
            if self.stopped:
                raise StoppedError(self.stopped) from error
            raise
        finally:
            timer.cancel()
        if self.stopped:
            raise StoppedError(self.stopped)

    def batches(self, query: str, values: Mapping[str, Any]) -> Iterator[pa.RecordBatch]:
        """The rows of one SELECT, in batches; the first is empty and brings the schema."""
        require_select(query)
        with self.within(self._settings.query_seconds):
            found = self.reader.engine.execute(query, dict(values)).to_arrow_reader(ROWS_AT_ONCE)
        yield pa.RecordBatch.from_pylist([], schema=found.schema)
        while True:
            with self.within(self._settings.query_seconds):
                batch = next(found, None)
            if batch is None:
                return
            if batch.num_rows:
                yield batch


def connect_reader(settings: ServiceSettings) -> Connection:
    """A connection of the role that reads. It writes nothing."""
    who = f"user={settings.database_role}" if settings.database_role else ""
    name = "archive-jobs serve"
    return psycopg.connect(
        who, autocommit=True, application_name=name, connect_timeout=10, options=reader_options(settings)
    )


def reader_options(settings: ServiceSettings) -> str:
    """The pinned session. Row security filters what a role of the service's own sees, and must not be an error."""
    bounded = settings.model_copy(update={"statement_timeout": settings.stream_seconds})
    options = pinned_options(bounded, read_only=True)
    return options.replace("-c row_security=off", "-c row_security=on") if settings.database_role else options


def lock_down(engine: duckdb.DuckDBPyConnection, folders: list[Path], spill_bytes: int) -> None:
    """From now on: no file outside of these folders, no network, no extension, no other setting."""
    engine.execute(f"set max_temp_directory_size = '{spill_bytes}B'")
    listed = ", ".join(quote_literal(str(folder)) for folder in folders)
    engine.execute(f"set allowed_directories = [{listed}]")
    engine.execute("set enable_external_access = false")
    engine.execute("set lock_configuration = true")


class EnginePool:
    """As many engines as may be at work at once. One that fails is given up, and another made when it is needed."""

    def __init__(self, settings: ServiceSettings, store: Store) -> None:
        self._settings, self._store = settings, store
        self._free: queue.LifoQueue[WarmEngine | None] = queue.LifoQueue()
        for _ in range(settings.engines):
            self._free.put(None)
        self._spill = Path(tempfile.mkdtemp(prefix="archive-jobs-serve-"))

    def folders(self) -> list[Path]:
        """Where files may be read: those of the lake that hold rows, or the checked copies of a remote one."""
        place = self._settings.lake
        if place.scheme != "file":
            return [self._settings.cache.expanduser().absolute()]
        root = Path(place.root).absolute() / self._settings.analytics_schema
        return [root / "analytics", root / "source"]

    def make(self) -> WarmEngine:
        """A new engine, locked down."""
        role = f"user={self._settings.database_role}" if self._settings.database_role else ""
        control = connect_reader(self._settings)
        spill = self._spill / os.urandom(8).hex()
        engine = open_engine(self._settings, spill)
        bounded = self._settings.model_copy(update={"statement_timeout": self._settings.stream_seconds})
        attach_postgres(engine, bounded, read_only=True, more=role)
        lock_down(engine, self.folders(), int(self._settings.spill_bytes))
        return WarmEngine(engine, control)

    @contextmanager
    def reader(self, about: str, tenant: str | None) -> Iterator[Running]:
        """One snapshot of hot and cold. Raises ApiError where no engine gets free in time."""
        try:
            warm = self._free.get(timeout=self._settings.wait_seconds)
        except queue.Empty:
            raise too_many("every engine is at work", self._settings.wait_seconds) from None
        is_whole = False
        try:
            with contextlib.ExitStack() as stack:
                warm, running = self._begin(stack, warm, about, tenant)
                try:
                    yield running
                    is_whole = True
                except (StoppedError, ApiError, GeneratorExit):
                    is_whole = True
                    raise
                finally:
                    running.finish()
        finally:
            self._free.put(self._kept(warm) if is_whole else self._given_up(warm))

    def close(self) -> None:
        """Give up the engines that are free."""
        with contextlib.suppress(queue.Empty):
            while True:
                self._given_up(self._free.get_nowait())

    def _begin(
        self, stack: contextlib.ExitStack, warm: WarmEngine | None, about: str, tenant: str | None
    ) -> tuple[WarmEngine, Running]:
        """Enter a snapshot; once more with a new engine where the server was restarted since this one was made."""
        if warm is not None:
            with contextlib.suppress(psycopg.OperationalError, duckdb.Error):
                return warm, self._enter(stack, warm, about, tenant)
            self._given_up(warm)
        fresh = self.make()
        return fresh, self._enter(stack, fresh, about, tenant)

    def _enter(self, stack: contextlib.ExitStack, warm: WarmEngine, about: str, tenant: str | None) -> Running:
        reader = stack.enter_context(reader_over(warm.engine, warm.control, self._settings, self._store, about))
        # Of this transaction alone: the next one that the connection serves knows of no tenant.
        said = f"select set_config({quote_literal(_TENANT)}, {quote_literal(tenant or '')}, true), pg_backend_pid()"
        row = warm.engine.execute(f"select * from {postgres_query(said)}").fetchone()
        return Running(reader, warm, int(row[1]) if row else 0, self._settings)

    def _kept(self, warm: WarmEngine | None) -> WarmEngine | None:
        """The engine as it was before, or None where it cannot be."""
        if warm is None:
            return None
        try:
            warm.engine.execute("rollback")
        except duckdb.Error:
            return self._given_up(warm)
        return warm

    def _given_up(self, warm: WarmEngine | None) -> WarmEngine | None:
        if warm is not None:
            with contextlib.suppress(psycopg.Error, duckdb.Error):
                warm.close()
        return None
