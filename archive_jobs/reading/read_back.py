"""One moment of hot and cold together: the catalogue, the hot rows and the list of files are seen in one snapshot.

Nobody sees a row twice or not at all, whatever is being archived meanwhile. Each file's SHA-256 is checked before
a value of it is trusted.
"""

from __future__ import annotations

import difflib
import os
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

import duckdb

from archive_jobs.catalogue import catalogue_exists
from archive_jobs.copying.engine import attach_postgres, enter_snapshot, open_engine
from archive_jobs.copying.export import held_snapshot
from archive_jobs.database import Connection, connect
from archive_jobs.failpoints import guarded
from archive_jobs.lake.commit_records import lake_is_ahead
from archive_jobs.lake.store import Store
from archive_jobs.reading.reader import Reader as Reader
from archive_jobs.reading.reader import interval_condition as interval_condition
from archive_jobs.reading.table_locks import reader_locks
from archive_jobs.settings import ArchiveSettings
from definitions_to_dbt.errors import ProblemError


@contextmanager
def open_reader(
    settings: ArchiveSettings, store: Store, about: str = "", known_at: datetime | None = None
) -> Iterator[Reader]:
    """Hold one snapshot of catalogue, hot rows and file list. Nothing can be written through it.

    `about` is a text in which the tables that will be read are named: no partition of theirs can be dropped meanwhile,
    and none of them be rewritten.
    Without it that holds for every table of the schema.
    """
    with Session(settings, store) as session, session.snapshot(about, known_at) as reader:
        yield reader


class Session:
    """A DuckDB and a connection to PostgreSQL that are kept for many questions. Each gets a snapshot of its own."""

    def __init__(self, settings: ArchiveSettings, store: Store) -> None:
        self._settings, self._store = settings, store
        self._control = connect(settings, read_only=True)
        self._engine = open_engine(settings, Path(tempfile.gettempdir()) / f"archive-jobs-{os.getpid()}")
        # In `python -c` it would stand among the rows.
        self._engine.execute("set enable_progress_bar = false")
        # A proof must come from the disk. A reader has had each file's bytes checked and may remember them.
        self._engine.execute("set global enable_external_file_cache = true")
        self._engine.execute("set global parquet_metadata_cache = true")
        try:
            attach_postgres(self._engine, settings, read_only=True)
        except BaseException:
            self.close()
            raise

    @contextmanager
    def snapshot(self, about: str = "", known_at: datetime | None = None) -> Iterator[Reader]:
        """Hold one snapshot; what is made in it, as views, goes with it."""
        # Columns that were added since DuckDB first looked would be left out without a word.
        self._engine.execute("call pg_clear_cache()")
        try:
            with reader_over(self._engine, self._control, self._settings, self._store, about, known_at) as reader:
                yield reader
        finally:
            with suppress(duckdb.TransactionException):
                self._engine.rollback()

    def close(self) -> None:
        """End both sessions."""
        self._engine.close()
        self._control.close()

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


@contextmanager
def reader_over(
    engine: duckdb.DuckDBPyConnection,
    control: Connection,
    settings: ArchiveSettings,
    store: Store,
    about: str,
    known_at: datetime | None = None,
    kind: type[Reader] = Reader,
) -> Iterator[Reader]:
    """The same with an engine and a connection that are there already. The engine's transaction is left open."""
    schema = settings.analytics_schema
    has_catalogue = guarded("lost catalogue") and _require_catalogue_of(store, control, schema)
    # A view is not a table: DuckDB reads it by one query, which PostgreSQL can answer from an index.
    locks = reader_locks(control, schema, about) if guarded("reader lock") else []
    with held_snapshot(control, locks) as snapshot:
        enter_snapshot(engine, snapshot.name)
        yield kind(engine, control, store, schema, known_at, has_catalogue=has_catalogue or None)


def _require_catalogue_of(store: Store, control: Connection, schema: str) -> bool:
    """Raise ProblemError where the lake has commit records and the catalogue none: hot rows alone are a short answer.

    True where the catalogue has some. It is asked again after the lake: the first run of all may have come in between.
    """
    if _has_commits(control, schema):
        return True
    folder = next(store.folders(f"{schema}/_commits"), None)
    if folder is None:
        return False
    if not _has_commits(control, schema):
        raise lake_is_ahead(store.url(folder), 0)
    return True


def _has_commits(control: Connection, schema: str) -> bool:
    asked = "select 1 from archive_catalog.commits where schema_name = %s limit 1"
    return catalogue_exists(control) and control.execute(asked, (schema,)).fetchone() is not None


def require_select(query: str) -> None:
    """Raise ProblemError unless the text is one statement that only reads."""
    try:
        statements = duckdb.extract_statements(query)
    except duckdb.Error as error:
        raise ProblemError(f"not valid SQL: {error}") from None
    kinds = [statement.type for statement in statements]
    if len(kinds) != 1 or kinds[0] not in (duckdb.StatementType.SELECT, duckdb.StatementType.EXPLAIN):
        raise ProblemError(
            f"expected one SELECT, found {', '.join(kind.name for kind in kinds) or 'nothing'}",
            hint="Nothing was run. `archive-jobs sql` only reads.",
        )


# A library has hundreds of tables: a message that names them all is not read.
_NAMES_SHOWN = 20


def unknown_name(given: str, known: Iterable[str]) -> ProblemError:
    """A ProblemError that names the nearest known name."""
    names: Sequence[str] = sorted(known)
    close = difflib.get_close_matches(given, names, n=1)
    some = ", ".join(names[:_NAMES_SHOWN]) + (f" and {len(names) - _NAMES_SHOWN} more" if names[_NAMES_SHOWN:] else "")
    meant = f"did you mean {close[0]!r}?" if close else f"known: {some}"
    return ProblemError(f"there is no {given!r}; {meant}")
