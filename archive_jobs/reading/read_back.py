"""One moment of hot and cold together: the catalogue, the hot rows and the list of files are seen in one snapshot.

Nobody sees a row twice or not at all, whatever is being archived meanwhile. Each file's SHA-256 is checked before
a value of it is trusted.
"""

from __future__ import annotations

import difflib
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

import duckdb
from psycopg import errors

from archive_jobs.catalogue import catalogue_exists
from archive_jobs.copying.engine import attach_postgres, open_engine
from archive_jobs.database import Connection, connect, first_line, one_row
from archive_jobs.failpoints import guarded
from archive_jobs.lake.commit_records import lake_is_ahead
from archive_jobs.lake.store import Store
from archive_jobs.reading.foreseen import Foreseen
from archive_jobs.reading.moment import Moment
from archive_jobs.reading.named_views import NamedView
from archive_jobs.reading.needed import Needed, Planner
from archive_jobs.reading.opening import Remembered, begin, end
from archive_jobs.reading.reader import Reader as Reader
from archive_jobs.reading.reader import interval_condition as interval_condition
from archive_jobs.reading.table_locks import tables_read
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
    with Session(settings, store, remembers=False) as session, session.snapshot(about, known_at) as reader:
        yield reader


class Session:
    """A DuckDB and a connection to PostgreSQL that are kept for many questions. Each gets a snapshot of its own.

    It remembers what it has read for the next question: of each file the footer, 20 kB, and which tables the same words
    were about. One that is for a single question has nothing to remember it for. Bytes are the operating system's to
    remember: where DuckDB keeps them too, a question about a small file takes half as long again.
    """

    def __init__(self, settings: ArchiveSettings, store: Store, *, remembers: bool = True) -> None:
        self._settings, self._store, self.schema = settings, store, settings.analytics_schema
        self._remembered = Remembered() if remembers else None
        self._control = connect(settings, read_only=True)
        self._engine = open_engine(settings, Path(tempfile.gettempdir()) / f"archive-jobs-{os.getpid()}")
        # In `python -c` it would stand among the rows.
        self._engine.execute("set enable_progress_bar = false")
        if remembers:
            self._engine.execute("set global parquet_metadata_cache = true")
        try:
            attach_postgres(self._engine, settings, read_only=True)
            self._planner = Planner(self._engine)
        except BaseException:
            self._engine.close()
            self._control.close()
            raise

    @contextmanager
    def snapshot(
        self, about: str = "", known_at: datetime | None = None, foreseen: Sequence[Foreseen] = ()
    ) -> Iterator[Reader]:
        """Hold one snapshot; what is made in it, as views, goes with it."""
        moment = None
        try:
            with reader_over(
                self._engine, self._control, self._settings, self._store, about, known_at, planner=self._planner,
                remembered=self._remembered, foreseen=foreseen,
            ) as reader:  # fmt: skip
                moment = reader.moment
                yield reader
        except errors.InsufficientPrivilege as error:
            raise ProblemError(
                f"PostgreSQL does not let this role read: {first_line(error)}",
                hint="Nothing was read. A reader needs usage on the schema of the tables and on archive_catalog, and"
                " select on all tables in both.",
            ) from None
        finally:
            if moment is not None and moment.has_begun:
                with suppress(duckdb.TransactionException):
                    self._engine.rollback()

    def needed(self, query: str, views: Mapping[str, NamedView]) -> dict[str, Needed]:
        """Of each view what the query needs, where the tables are our own."""
        return self._planner.needed(query, {name: view.shape(platform=True) for name, view in views.items()})

    def close(self) -> None:
        """End both sessions."""
        self._planner.close()
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
    planner: Planner | None = None,
    remembered: Remembered | None = None,
    foreseen: Sequence[Foreseen] = (),
) -> Iterator[Reader]:
    """The same with an engine and a connection that are there already. If the engine begins, that is left open.

    `remembered` is of this connection alone.
    """
    schema = settings.analytics_schema
    moment = Moment(engine, control)
    try:
        opened = remembered.begin(control, schema, about, foreseen) if remembered is not None else None
        has_catalogue = opened is not None
        if opened is None:
            # A view is not a table: DuckDB reads it by one query, which PostgreSQL can answer from an index.
            has_commits, tables = tables_read(control, schema, about)
            has_catalogue = guarded("lost catalogue") and (has_commits or _require_no_commits(store, control, schema))
            opened = begin(control, schema, tables if guarded("reader lock") else [], about)
            if remembered is not None and about and has_commits:
                remembered.keep(schema, about, tables)
        yield kind(moment, store, schema, known_at, has_catalogue=has_catalogue or None, opened=opened, planner=planner)
    finally:
        end(control)


def _require_no_commits(store: Store, control: Connection, schema: str) -> bool:
    """Raise ProblemError where the lake has commit records and the catalogue none: hot rows alone are a short answer.

    The catalogue is asked again after the lake: the first run of all may have come in between. True where it did.
    """
    folder = next(store.folders(f"{schema}/_commits"), None)
    if folder is None:
        if one_row(control, "select to_regnamespace(quote_ident(%s)) is null", (schema,))[0]:
            raise ProblemError(
                f"expected the schema {schema} in database {control.info.dbname} or in {store.name}; it is in neither",
                hint="Nothing was read. Set ANALYTICS_SCHEMA, PGDATABASE and ARCHIVE_URL to what is meant.",
            )
        return False
    asked = "select 1 from archive_catalog.commits where schema_name = %s limit 1"
    if not catalogue_exists(control) or control.execute(asked, (schema,)).fetchone() is None:
        raise lake_is_ahead(store.url(folder), 0)
    return True


def require_select(query: str) -> None:
    """Raise ProblemError unless the text is one statement that only reads."""
    try:
        statements = duckdb.extract_statements(query)
    except duckdb.Error as error:
        raise ProblemError(f"not valid SQL: {error}") from None
    if "json_execute_serialized_sql" in query.lower():
        raise ProblemError(
            "json_execute_serialized_sql is not answered: what it runs would see another moment",
            hint="Nothing was run. Write the query itself.",
        )
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
