"""One moment of hot and cold together: the catalogue, the hot rows and the list of files are seen in one snapshot.

Nobody sees a row twice or not at all, whatever is being archived meanwhile. Each file's SHA-256 is checked before
a value of it is trusted.
"""

from __future__ import annotations

import difflib
import os
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import duckdb

from archive_jobs.catalogue import catalogue_exists
from archive_jobs.copying.engine import ATTACHED, attach_postgres, enter_snapshot, open_engine, postgres_query
from archive_jobs.copying.export import held_snapshot
from archive_jobs.database import Connection, connect
from archive_jobs.failpoints import guarded
from archive_jobs.lake.commit_records import lake_is_ahead
from archive_jobs.lake.store import Store
from archive_jobs.planning.tables import Kind, has_platform_columns, require_renamed
from archive_jobs.privacy.ledger import erased_keys
from archive_jobs.privacy.sealing import is_sealed, plain
from archive_jobs.reading.cold_files import ColdFile, Wanted, cold_files
from archive_jobs.reading.current_truth import current_truth
from archive_jobs.reading.file_sql import files_select
from archive_jobs.reading.table_locks import reader_locks
from archive_jobs.reading.time_column import require_time_column, time_column
from archive_jobs.settings import ArchiveSettings
from archive_jobs.times import EVERYTHING, Interval
from definitions_to_dbt.definition import ObjectModel
from definitions_to_dbt.errors import ProblemError
from definitions_to_dbt.lake import LakeColumn, archive_select, lake_columns
from definitions_to_dbt.library import Library
from definitions_to_dbt.names import archive, history, lake_view, source_table
from definitions_to_dbt.sql import bare_or_quoted, quote_identifier

_THEIRS = """
select c.relname::text, array_agg(a.attname::text) from pg_class as c
inner join pg_namespace as n on n.oid = c.relnamespace
inner join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
where n.nspname = %s and c.relname = any(%s) and c.relkind in ('r', 'p', 'v') group by 1
"""


class Reader:
    """Hot and cold rows of one snapshot; or, with `known_at`, the archive alone as it stood then."""

    def __init__(
        self,
        engine: duckdb.DuckDBPyConnection,
        control: Connection,
        store: Store,
        schema: str,
        known_at: datetime | None = None,
    ) -> None:
        self.engine, self.control, self.store, self.schema, self.known_at = engine, control, store, schema, known_at
        self._has_catalogue = catalogue_exists(control)
        self._relations: dict[str, set[str]] = {}

    def chosen(self, model: ObjectModel, kind: Kind, interval: Interval = EVERYTHING) -> list[ColdFile]:
        """What the catalogue knows of the files that may hold rows of the interval. Opens none."""
        if not self._has_catalogue:
            return []
        wanted = Wanted(self.schema, model.table_name, kind, self.known_at)
        return cold_files(self.control, wanted, interval, time_column(model, kind))

    def local(self, files: Iterable[ColdFile]) -> list[str]:
        """Where the files are on this machine, each with its bytes checked."""
        return [str(self.store.local(file.path, file.sha256)) for file in files]

    def files(
        self, table_name: str, kind: Kind, interval: Interval = EVERYTHING, *, also_hot: bool = False
    ) -> list[str]:
        """The files of units that count in this snapshot and reach into the interval, each with its bytes checked.

        Or the copies of rows that are also hot: those count in PostgreSQL, and never here as well.
        """
        if not self._has_catalogue:
            return []
        wanted = Wanted(self.schema, table_name, kind, self.known_at, also_hot)
        return self.local(cold_files(self.control, wanted, interval))

    def of_schema(self, schema: str) -> Reader:
        """The same moment of another schema. Its tables are not locked."""
        return Reader(self.engine, self.control, self.store, schema, self.known_at)

    def has(self, relation: str) -> bool:
        """Whether the schema has a table or view of this name."""
        return bool(self._columns([relation])[relation])

    def platform(self, model: ObjectModel) -> bool:
        """False for a Layer 2 table that somebody else made."""
        columns = self._known(model).get(model.table_name)
        return columns is None or has_platform_columns(columns)

    def hot_columns(self, model: ObjectModel) -> set[str]:
        """The columns that the table itself has, the definition's or not."""
        return self._known(model).get(model.table_name, set())

    def _known(self, model: ObjectModel) -> dict[str, set[str]]:
        """The columns of what the table's rows may stand in, by its name of today and the one before."""
        names = [name for table in (model.table_name, model.renamed_from) if table for name in _relations_of(table)]
        return {name: columns for name, columns in self._columns(names).items() if columns}

    def _columns(self, names: list[str]) -> dict[str, set[str]]:
        if not self._relations.keys() >= set(names):
            found: dict[str, list[str]] = dict(self.control.execute(_THEIRS, (self.schema, names)).fetchall())
            self._relations |= {name: set(found.get(name, ())) for name in names}
        return {name: self._relations[name] for name in names}

    def cold(self, model: ObjectModel, kind: Kind, interval: Interval = EVERYTHING) -> str:
        """DuckDB SQL for the archived rows."""
        within = _within(model, kind, interval)
        return self.over(model, kind, self.chosen(model, kind, interval), within)

    def over(self, model: ObjectModel, kind: Kind, files: Sequence[ColdFile], where: str = "") -> str:
        """DuckDB SQL for the rows of these files under a condition."""
        require_renamed(model, self._known(model))
        local = self.local(files)
        if kind == "source" and any(is_sealed(file) for file in local):
            opened = plain(local, lake_columns(model, kind), erased_keys(self.control, self.schema))
            return f"select * from ({opened})" + (f" where {where}" if where else "")
        return f"select * from ({files_select(model, kind, local, kind == 'source' or self.platform(model))})" + (
            f" where {where}" if where else ""
        )

    def copies(self, model: ObjectModel, kind: Kind) -> str:
        """DuckDB SQL for the archived copies of rows that stay in PostgreSQL (`drop: never`), as they were copied."""
        files = self.files(model.table_name, kind, also_hot=True)
        return archive_select(model, kind, files, self.platform(model))

    def hot(self, model: ObjectModel, kind: Kind, interval: Interval = EVERYTHING) -> str:
        """DuckDB SQL for the rows still in PostgreSQL: raw ones only while no unit holds them."""
        relation = source_table(model) if kind == "source" else model.table_name
        known = self._known(model)
        require_renamed(model, known)
        platform = kind == "source" or self.platform(model)
        if relation not in known or self.known_at is not None:
            return archive_select(model, kind, [], platform)
        view = lake_view(relation)
        if kind == "analytics" and view in known and interval == EVERYTHING:
            return f"select * from {ATTACHED}.{quote_identifier(self.schema)}.{quote_identifier(view)}"
        return self.hot_where(model, kind, _within(model, kind, interval) or "true")

    def hot_where(self, model: ObjectModel, kind: Kind, condition: str, columns: Sequence[str] = ()) -> str:
        """DuckDB SQL for hot rows under a condition that PostgreSQL is asked; all columns of the lake, or some."""
        relation = source_table(model) if kind == "source" else model.table_name
        platform = kind == "source" or self.platform(model)
        if kind == "source":
            condition = f"archived_in is null and {condition}"
        schema = quote_identifier(self.schema)
        selected = ", ".join(
            f"{_as_declared(column, platform).replace('{schema}', schema)} as {quote_identifier(column.name)}"
            for column in lake_columns(model, kind, platform)
            if not columns or column.name in columns
        )
        query = f"select {selected} from {schema}.{quote_identifier(relation)} where {condition}"
        return f"select * from {postgres_query(query)}"

    def has_hot(self, model: ObjectModel) -> bool:
        """True where Layer 2 has the table, and its rows are asked for."""
        return self.known_at is None and model.table_name in self._known(model)

    def rows(self, model: ObjectModel, kind: Kind, interval: Interval = EVERYTHING) -> str:
        """DuckDB SQL for hot and cold as one: current truth for analytics, every record for source."""
        if kind == "source":
            cold, hot = self.cold(model, kind, interval), self.hot(model, kind, interval)
            return cold if self.known_at is not None else f"{cold}\nunion all by name\n{hot}"
        return current_truth(self, model, interval)

    def make_views(self, library: Library, query: str) -> None:
        """Make the views whose names stand in the query: each costs the checksums of its files."""
        words = {word.lower() for word in re.findall(r"\w+", query)}
        for model in library.objects:
            views: dict[str, tuple[Callable[[ObjectModel, Kind], str], Kind]] = {
                history(model): (self.rows, "analytics"),
                archive(model): (self.cold, "analytics"),
                f"copies_{model.table_name}": (self.copies, "analytics"),
                source_table(model): (self.rows, "source"),
                f"archive_{source_table(model)}": (self.cold, "source"),
            }
            for name, (body, kind) in views.items():
                if name in words:
                    self.engine.execute(f"create temp view {quote_identifier(name)} as {body(model, kind)}")


def _relations_of(table: str) -> list[str]:
    return [table, f"source_{table}", lake_view(table)]


@contextmanager
def open_reader(
    settings: ArchiveSettings, store: Store, about: str = "", known_at: datetime | None = None
) -> Iterator[Reader]:
    """Hold one snapshot of catalogue, hot rows and file list. Nothing can be written through it.

    `about` is a text in which the tables that will be read are named: no partition of theirs can be dropped meanwhile,
    and none of them be rewritten.
    Without it that holds for every table of the schema.
    """
    control = connect(settings, read_only=True)
    engine = open_engine(settings, Path(tempfile.gettempdir()) / f"archive-jobs-{os.getpid()}")
    try:
        attach_postgres(engine, settings, read_only=True)
        with reader_over(engine, control, settings, store, about, known_at) as reader:
            yield reader
    finally:
        engine.close()
        control.close()


@contextmanager
def reader_over(
    engine: duckdb.DuckDBPyConnection,
    control: Connection,
    settings: ArchiveSettings,
    store: Store,
    about: str,
    known_at: datetime | None = None,
) -> Iterator[Reader]:
    """The same with an engine and a connection that are there already. The engine's transaction is left open."""
    if guarded("lost catalogue"):
        _require_catalogue_of(store, control, settings.analytics_schema)
    # A view is not a table: DuckDB reads it by one query, which PostgreSQL can answer from an index.
    locks = reader_locks(control, settings.analytics_schema, about) if guarded("reader lock") else []
    with held_snapshot(control, locks) as snapshot:
        enter_snapshot(engine, snapshot.name)
        yield Reader(engine, control, store, settings.analytics_schema, known_at)


def _require_catalogue_of(store: Store, control: Connection, schema: str) -> None:
    """Raise ProblemError where the lake has commit records and the catalogue none: hot rows alone are a short answer.

    The catalogue is asked again after the lake: the first run of all may have come in between.
    """
    if _has_commits(control, schema):
        return
    folder = next(store.folders(f"{schema}/_commits"), None)
    if folder is not None and not _has_commits(control, schema):
        raise lake_is_ahead(store.url(folder), 0)


def _has_commits(control: Connection, schema: str) -> bool:
    asked = "select 1 from archive_catalog.commits where schema_name = %s limit 1"
    return catalogue_exists(control) and control.execute(asked, (schema,)).fetchone() is not None


def _as_declared(column: LakeColumn, platform: bool) -> str:
    """A column under the type its definition states, where a table that somebody else made has one of its own."""
    if platform or column.expression != bare_or_quoted(column.name):
        return column.expression
    return f"{column.expression}::{column.pg_type.sql}"


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


def interval_condition(model: ObjectModel, kind: Kind, interval: Interval) -> str:
    """The interval as a condition on the time column, valid on both engines; `true` for all time."""
    return _within(model, kind, interval) or "true"


def _within(model: ObjectModel, kind: Kind, interval: Interval) -> str:
    """The interval as a condition on the time column, valid on both engines; empty for all time."""
    return "" if interval == EVERYTHING else require_time_column(model, kind).within(interval)


# A library has hundreds of tables: a message that names them all is not read.
_NAMES_SHOWN = 20


def unknown_name(given: str, known: Iterable[str]) -> ProblemError:
    """A ProblemError that names the nearest known name."""
    names: Sequence[str] = sorted(known)
    close = difflib.get_close_matches(given, names, n=1)
    some = ", ".join(names[:_NAMES_SHOWN]) + (f" and {len(names) - _NAMES_SHOWN} more" if names[_NAMES_SHOWN:] else "")
    meant = f"did you mean {close[0]!r}?" if close else f"known: {some}"
    return ProblemError(f"there is no {given!r}; {meant}")
