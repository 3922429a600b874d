"""Warm DuckDB sessions that can read the lake and PostgreSQL and nothing else, each bounded in memory, disk and time.

No text of a caller ever becomes SQL here; these walls stand for the day on which that turns out to be wrong.
"""

from __future__ import annotations

import contextlib
import os
import queue
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import psycopg

from archive_jobs.copying.engine import ATTACHED, attach_postgres, lost_postgres, open_engine
from archive_jobs.database import one_row
from archive_jobs.failpoints import guarded
from archive_jobs.lake.store import Store
from archive_jobs.reading.read_back import reader_over
from archive_jobs.serving.limits import too_many
from archive_jobs.serving.problems import ApiError
from archive_jobs.serving.running import (
    TENANT,
    BoundedReader,
    Running,
    StoppedError,
    WarmEngine,
    connect_reader,
    reader_options,
)
from archive_jobs.serving.service_settings import ServiceSettings
from definitions_to_dbt.sql import quote_literal

# Advisory locks of this project: (7311, place) is one retrieval of a share, in whichever process.
_PLACE_LOCK_CLASS = 7311


def lock_down(engine: duckdb.DuckDBPyConnection, folders: list[Path], spill_bytes: int) -> None:
    """From now on: no file outside of these folders, no network, no extension, no other setting."""
    engine.execute(f"set max_temp_directory_size = '{spill_bytes}B'")
    listed = ", ".join(quote_literal(str(folder)) for folder in folders)
    engine.execute(f"set allowed_directories = [{listed}]")
    engine.execute("set enable_external_access = false")
    engine.execute("set lock_configuration = true")


def _is_lost(warm: WarmEngine, error: Exception) -> bool:
    """True where PostgreSQL has gone, rather than refused what it was asked."""
    return warm.control.closed or lost_postgres(error) is not None


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
        name = f"archive-jobs serve {os.urandom(8).hex()}"
        # The later of two words counts to libpq: these options instead of the archiver's own.
        more = f"application_name='{name}' options='{reader_options(self._settings)}'"
        if self._settings.database_role:
            more += f" user={self._settings.database_role}"
        control = connect_reader(self._settings)
        engine = open_engine(self._settings, self._spill / os.urandom(8).hex())
        attach_postgres(engine, self._settings, read_only=True, more=more)
        # Whether the server is still there shows in the first question, and then another engine is made.
        engine.execute(f"from postgres_configure_pool(catalog_name = '{ATTACHED}', health_check_query = '')")
        lock_down(engine, self.folders(), int(self._settings.spill_bytes))
        return WarmEngine(engine, control, name)

    @contextmanager
    def reader(
        self,
        about: str,
        tenant: str | None,
        begun: Callable[[Running], None] = lambda _: None,
        most_bytes: int | None = None,
    ) -> Iterator[Running]:
        """One snapshot of hot and cold. Raises ApiError where no engine gets free in time, or no place of the tenant's.

        `begun` is told as soon as there is something that can be stopped: locks are waited for after that.
        """
        try:
            warm = self._free.get(timeout=self._settings.wait_seconds)
        except queue.Empty:
            raise too_many("every engine is at work", self._settings.wait_seconds) from None
        is_whole, running = False, None
        try:
            with contextlib.ExitStack() as stack:
                try:
                    warm = warm or self.make()
                    try:
                        running = self._begin(stack, warm, about, tenant, begun, most_bytes)
                    except (psycopg.OperationalError, duckdb.Error) as error:
                        if not _is_lost(warm, error):
                            raise
                        # The server was restarted since the engine was made, or while it waited for locks; nothing was
                        # read yet.
                        warm = self._given_up(warm)
                        warm = self.make()
                        running = self._begin(stack, warm, about, tenant, begun, most_bytes)
                    yield running
                    is_whole = True
                except (StoppedError, ApiError, GeneratorExit):
                    is_whole = True
                    raise
                finally:
                    if running is not None:
                        running.finish()
        finally:
            self._free.put(self._kept(warm) if is_whole else self._given_up(warm))

    def close(self) -> None:
        """Give up the engines that are free."""
        while not self._free.empty():
            self._given_up(self._free.get())
        shutil.rmtree(self._spill, ignore_errors=True)

    def _begin(
        self, stack: contextlib.ExitStack, warm: WarmEngine, about: str, tenant: str | None,
        begun: Callable[[Running], None], most_bytes: int | None,
    ) -> Running:  # fmt: skip
        """Enter a snapshot; `stack` leaves it."""
        running = Running(warm, self._settings, tenant)
        begun(running)
        try:
            with running.within(self._settings.query_seconds):
                reader = stack.enter_context(
                    reader_over(
                        warm.engine, warm.control, self._settings, self._store, about, kind=BoundedReader,
                        remembered=warm.remembered,
                    )
                )  # fmt: skip
                assert isinstance(reader, BoundedReader)
                reader.bound(most_bytes, tenant, lambda: running.stopped)
                self._take_place(warm, tenant)
                running.begin(reader)
        except BaseException:
            running.finish()
            raise
        return running

    def _take_place(self, warm: WarmEngine, tenant: str | None) -> None:
        """Say the tenant, and take one of its places among all processes of the service, until the snapshot ends."""
        share = f"{self._settings.analytics_schema} {'all' if tenant is None else f'tenant {tenant}'}"
        _, place = one_row(
            warm.control,
            "select set_config(%s, %s, true), (select n from generate_series(1, %s) as n"
            " where pg_try_advisory_xact_lock(%s, hashtext(%s || ' ' || n)) limit 1)",
            (TENANT, tenant or "", self._settings.max_at_once, _PLACE_LOCK_CLASS, share),
        )
        if place is None and guarded("places"):
            raise too_many(f"{self._settings.max_at_once} requests are being answered already", 1)

    def _kept(self, warm: WarmEngine | None) -> WarmEngine | None:
        """The engine as it was before, or None where it cannot be."""
        if warm is None:
            return None
        try:
            warm.engine.execute("rollback")
        except duckdb.Error as error:
            if "no transaction is active" in str(error):
                return warm  # a question that asked PostgreSQL nothing has begun nothing
            return self._given_up(warm)
        return warm

    def _given_up(self, warm: WarmEngine | None) -> WarmEngine | None:
        if warm is not None:
            with contextlib.suppress(psycopg.Error, duckdb.Error):
                warm.close()
        return None
