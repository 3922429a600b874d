"""One retrieval at work: what it may read, whose rows it may give, and how it is stopped from any thread."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import duckdb
import psycopg
import pyarrow as pa

from archive_jobs.copying.engine import ATTACHED
from archive_jobs.database import Connection, pinned_options
from archive_jobs.failpoints import guarded
from archive_jobs.reading.cold_files import ColdFile
from archive_jobs.reading.opening import Remembered
from archive_jobs.reading.read_back import Reader, require_select
from archive_jobs.serving.alarms import ALARMS
from archive_jobs.serving.problems import ApiError
from archive_jobs.serving.service_settings import ServiceSettings
from definitions_to_dbt.sql import quote_literal

ROWS_AT_ONCE = 10_000
# By which column of an answer each row says whose it is. It is looked at here and goes no further.
OWNER = "__owner"
# What PostgreSQL's row security is told of who asks.
TENANT = "archive_jobs.tenant"


class StoppedError(Exception):
    """The query was interrupted: it took too long, or nobody waits for it any more."""


class ForeignRowError(Exception):
    """A row of another tenant was about to be sent. Says no value of it."""


@dataclass
class WarmEngine:
    """A DuckDB session, and the connection that holds the snapshot it reads in.

    All that DuckDB has open in PostgreSQL goes by a name of its own, by which it is found to be stopped.
    """

    engine: duckdb.DuckDBPyConnection
    control: Connection
    name: str
    remembered: Remembered = field(default_factory=Remembered)

    def close(self) -> None:
        """Give both up."""
        self.engine.close()
        self.control.close()


class BoundedReader(Reader):
    """A reader that counts what it is about to read before it does, and can be stopped between two files.

    What counts is what the question needs, which may be more than its range: a record may be beaten by a later one.
    """

    def bound(self, most_bytes: int | None, tenant: str | None, stopped: Callable[[], str | None]) -> None:
        """Read no more than so many bytes of files, None for no limit; and say the tenant to PostgreSQL."""
        self._left, self._stopped = most_bytes, stopped
        # Of this transaction alone: the next ones that the session serves know of no tenant.
        said = f"set local {TENANT} = {quote_literal(tenant or '')}"
        asked = f"call postgres_execute('{ATTACHED}', {quote_literal(said)})"
        self.moment.on_joining = lambda engine: engine.execute(asked)

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
    # Whose rows alone may be given; None for those of everybody.
    _tenant: str | None = None
    _reader: BoundedReader | None = None
    stopped: str | None = None
    _is_over: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def reader(self) -> BoundedReader:
        """The reader, once the snapshot is entered."""
        assert self._reader is not None
        return self._reader

    def begin(self, reader: BoundedReader) -> None:
        """From now on there is something to read."""
        self._reader = reader

    def stop(self, why: str) -> None:
        """Interrupt whatever DuckDB and PostgreSQL are at. Safe at any time, and more than once."""
        with self._lock:
            if self._is_over:
                return  # the engine is somebody else's by now
            self.stopped = self.stopped or why
            self._warm.engine.interrupt()
            whom = (self._warm.name, self._warm.control.info.backend_pid)
            with contextlib.suppress(psycopg.Error), connect_reader(self._settings) as other:
                other.execute(
                    "select pg_cancel_backend(pid) from pg_stat_activity where application_name = %s or pid = %s", whom
                )

    def finish(self) -> None:
        """From now on nothing can be stopped through this."""
        with self._lock:
            self._is_over = True

    def stop_after(self, seconds: float) -> Callable[[], None]:
        """Stop it after so long, unless what is returned was called before."""

        def stop() -> None:
            # In a thread of its own: it asks PostgreSQL, and other deadlines wait meanwhile.
            threading.Thread(target=self.stop, args=("time",), daemon=True).start()

        return ALARMS.set(seconds, stop)

    @contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        """Stop what is done in the block after so long."""
        cancel = self.stop_after(seconds)
        try:
            yield
        except (duckdb.Error, psycopg.Error) as error:
            if self.stopped:
                raise StoppedError(self.stopped) from error
            raise
        finally:
            cancel()
        if self.stopped:
            raise StoppedError(self.stopped)

    def batches(self, query: str, values: Mapping[str, Any]) -> Iterator[pa.RecordBatch]:
        """The rows of one SELECT, in batches; the first is empty and brings the schema."""
        require_select(query)
        with self.within(self._settings.query_seconds):
            found = self.reader.engine_for(query).execute(query, dict(values)).to_arrow_reader(ROWS_AT_ONCE)
        yield self._own(pa.RecordBatch.from_pylist([], schema=found.schema))
        while True:
            with self.within(self._settings.query_seconds):
                batch = next(found, None)
            if batch is None:
                return
            if batch.num_rows:
                yield self._own(batch)

    def _own(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """The batch without the column that says whose rows these are. Raises ForeignRowError for one of another's.

        The query has left such rows out. Here they are looked at once more, outside of the engine that it ran in.
        """
        if self._tenant is None:
            return batch
        if batch.column(OWNER).unique().to_pylist() not in ([], [self._tenant]) and guarded("owner"):
            raise ForeignRowError(f"{batch.num_rows} rows, not all of them the caller's")
        return batch.drop_columns([OWNER])


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
