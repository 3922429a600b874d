"""Warm DuckDB sessions that can read the lake and PostgreSQL and nothing else, each bounded in memory, disk and time.

No text of a caller ever becomes SQL here; these walls stand for the day on which that turns out to be wrong.
"""

from __future__ import annotations

import contextlib
import os
import queue
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import psycopg
import pyarrow as pa

from archive_jobs.copying.engine import attach_postgres, open_engine, postgres_query
from archive_jobs.database import Connection, pinned_options
from archive_jobs.failpoints import guarded
from archive_jobs.lake.store import Store
from archive_jobs.reading.cold_files import ColdFile
from archive_jobs.reading.read_back import Reader, reader_over, require_select
from archive_jobs.serving.limits import too_many
from archive_jobs.serving.problems import ApiError
from archive_jobs.serving.service_settings import ServiceSettings
from definitions_to_dbt.sql import quote_literal

ROWS_AT_ONCE = 10_000
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


class BoundedReader(Reader):
    """A reader that counts what it is about to read before it does, and can be stopped between two files.

    What counts is what the question needs, which may be more than its range: a record may be beaten by a later one.
    """

    def bound(self, most_bytes: int | None, stopped: Callable[[], str | None]) -> None:
        """Read no more than so many bytes of files; None for no limit."""
        self._left, self._stopped = most_bytes, stopped

    def local(self, files: Iterable[ColdFile]) -> list[str]:
        """Where the files are. Raises ApiError where they are too many, before the first is opened."""
        wanted = list(files)
        if self._left is not None:
            self._left -= sum(file.bytes for file in wanted)
            if self._left < 0 and guarded("bytes"):
                raise too_large()
        found = []
        for file in wanted:
            if why := self._stopped():
                raise StoppedError(why)
            found += super().local([file])
        return found


def too_large() -> ApiError:
    """The question is one for a job."""
    return ApiError(
        413, "too-large", "the question needs more of the archive than a request may read: narrow it, or POST it to"
        " /api/v1/retrievals, which answers it as a job", job="/api/v1/retrievals",
    )  # fmt: skip


@dataclass
class Running:
    """One retrieval: a reader in its snapshot, and the means to stop it from any thread."""

    _warm: WarmEngine
    _settings: ServiceSettings
    _reader: BoundedReader | None = None
    _backend: int = 0
    stopped: str | None = None
    _is_over: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def reader(self) -> BoundedReader:
        """The reader, once the snapshot is entered."""
        assert self._reader is not None
        return self._reader

    def begin(self, reader: BoundedReader, backend: int) -> None:
        """From now on there is something to read, by this process of PostgreSQL."""
        self._reader, self._backend = reader, backend

    def stop(self, why: str) -> None:
        """Interrupt whatever DuckDB and PostgreSQL are at. Safe at any time, and more than once."""
        with self._lock:
            if self._is_over:
                return  # the engine is somebody else's by now
            self.stopped = self.stopped or why
            self._warm.engine.interrupt()
            backends = [self._backend, self._warm.control.info.backend_pid]
            with contextlib.suppress(psycopg.Error), connect_reader(self._settings) as other:
                other.execute("select pg_cancel_backend(pid) from unnest(%s::int[]) as pid", (backends,))

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
        except (duckdb.Error, psycopg.Error) as error:
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
        # The later of two words counts to libpq: these options instead of the archiver's own.
        more = f"options='{reader_options(self._settings)}'"
        if self._settings.database_role:
            more += f" user={self._settings.database_role}"
        control = connect_reader(self._settings)
        spill = self._spill / os.urandom(8).hex()
        engine = open_engine(self._settings, spill)
        attach_postgres(engine, self._settings, read_only=True, more=more)
        lock_down(engine, self.folders(), int(self._settings.spill_bytes))
        return WarmEngine(engine, control)

    @contextmanager
    def reader(
        self,
        about: str,
        tenant: str | None,
        begun: Callable[[Running], None] = lambda _: None,
        most_bytes: int | None = None,
    ) -> Iterator[Running]:
        """One snapshot of hot and cold. Raises ApiError where no engine gets free in time.

        `begun` is told as soon as there is something that can be stopped: locks are waited for after that.
        """
        try:
            warm = self._free.get(timeout=self._settings.wait_seconds)
        except queue.Empty:
            raise too_many("every engine is at work", self._settings.wait_seconds) from None
        is_whole, running = False, None
        try:
            with contextlib.ExitStack() as stack:
                warm = warm if warm is not None and self._is_alive(warm) else self._made_anew(warm)
                running = Running(warm, self._settings)
                begun(running)
                try:
                    with running.within(self._settings.query_seconds):
                        self._enter(stack, running, warm, about, tenant, most_bytes)
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
        while not self._free.empty():
            self._given_up(self._free.get())
        shutil.rmtree(self._spill, ignore_errors=True)

    def _is_alive(self, warm: WarmEngine) -> bool:
        """False where the server was restarted since the engine was made."""
        with contextlib.suppress(psycopg.Error, duckdb.Error):
            warm.control.execute("select 1")
            # Columns that were added since DuckDB first looked would be left out without a word.
            warm.engine.execute("call pg_clear_cache()")
            warm.engine.execute(f"select * from {postgres_query('select 1')}").fetchall()
            return True
        return False

    def _made_anew(self, warm: WarmEngine | None) -> WarmEngine:
        self._given_up(warm)
        return self.make()

    def _enter(
        self, stack: contextlib.ExitStack, running: Running, warm: WarmEngine, about: str, tenant: str | None,
        most_bytes: int | None,
    ) -> None:  # fmt: skip
        reader = stack.enter_context(
            reader_over(warm.engine, warm.control, self._settings, self._store, about, kind=BoundedReader)
        )
        # Of these transactions alone: the next ones that the connections serve know of no tenant.
        said = f"select set_config({quote_literal(_TENANT)}, {quote_literal(tenant or '')}, true), pg_backend_pid()"
        warm.control.execute(said.encode())
        row = warm.engine.execute(f"select * from {postgres_query(said)}").fetchone()
        assert isinstance(reader, BoundedReader)
        reader.bound(most_bytes, lambda: running.stopped)
        running.begin(reader, int(row[1]) if row else 0)

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
