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
from zoneinfo import ZoneInfo

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
from archive_jobs.reading.table_locks import reader_locks
from archive_jobs.settings import ArchiveSettings
from archive_jobs.times import Interval
from definitions_to_dbt.definition import ObjectModel
from definitions_to_dbt.errors import ProblemError
from definitions_to_dbt.lake import LakeColumn, archive_select, history_select, lake_columns
from definitions_to_dbt.library import Library
from definitions_to_dbt.names import archive, history, lake_view, source_table
from definitions_to_dbt.sql import bare_or_quoted, quote_identifier, quote_literal

_EVERYTHING = Interval(None, None)


class Reader:
    """Hot and cold rows of one snapshot."""

    def __init__(self, engine: duckdb.DuckDBPyConnection, control: Connection, store: Store, schema: str) -> None:
        self.engine, self._control, self._store, self._schema = engine, control, store, schema
        self._has_catalogue = catalogue_exists(control)
        found = control.execute(
            "select c.relname::text, array_agg(a.attname::text) from pg_class c"
            " join pg_namespace n on n.oid = c.relnamespace"
            " join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped"
            " where n.nspname = %s and c.relkind in ('r', 'p', 'v') group by 1",
            (schema,),
        )
        self._relations: dict[str, set[str]] = {name: set(columns) for name, columns in found}

    def files(
        self, table_name: str, kind: Kind, interval: Interval = _EVERYTHING, *, also_hot: bool = False
    ) -> list[str]:
        """The files that count in this snapshot and may hold rows of the interval, each with its bytes checked.

        Or the copies of rows that are also hot: those count in PostgreSQL, and never here as well.
        """
        if not self._has_catalogue:
            return []
        found = self._control.execute(
            "select path, sha256 from archive_catalog.readable_files"
            " where (schema_name, table_name, kind) = (%s, %s, %s) and (also_hot = %s or %s)"
            " and (%s::timestamptz is null or lo < %s) and (%s::timestamptz is null or hi > %s)"
            " order by lo, path",
            (self._schema, table_name, kind, also_hot, not guarded("copies"), *_open_ended(interval)),
        ).fetchall()
        return [str(self._store.local(path, sha256)) for path, sha256 in found]

    @property
    def control(self) -> Connection:
        """The session in PostgreSQL that holds the snapshot."""
        return self._control

    def of_schema(self, schema: str) -> Reader:
        """The same moment of another schema. Its tables are not locked."""
        return Reader(self.engine, self._control, self._store, schema)

    def has(self, relation: str) -> bool:
        """Whether the schema has a table or view of this name."""
        return relation in self._relations

    def platform(self, model: ObjectModel) -> bool:
        """False for a Layer 2 table that somebody else made."""
        columns = self._relations.get(model.table_name)
        return columns is None or has_platform_columns(columns)

    def hot_columns(self, model: ObjectModel) -> set[str]:
        """The columns that the table itself has, the definition's or not."""
        return self._relations.get(model.table_name, set())

    def cold(self, model: ObjectModel, kind: Kind, interval: Interval = _EVERYTHING) -> str:
        """DuckDB SQL for the archived rows."""
        require_renamed(model, self._relations)
        platform = kind == "source" or self.platform(model)
        files = self.files(model.table_name, kind, interval)
        if kind == "source" and any(is_sealed(file) for file in files):
            opened = plain(files, lake_columns(model, kind), erased_keys(self._control, self._schema))
            return f"select * from ({opened}){_where(model, kind, interval)}"
        return f"select * from ({archive_select(model, kind, files, platform)}){_where(model, kind, interval)}"

    def copies(self, model: ObjectModel, kind: Kind) -> str:
        """DuckDB SQL for the archived copies of rows that stay in PostgreSQL (`drop: never`), as they were copied."""
        files = self.files(model.table_name, kind, also_hot=True)
        return archive_select(model, kind, files, self.platform(model))

    def hot(self, model: ObjectModel, kind: Kind, interval: Interval = _EVERYTHING) -> str:
        """DuckDB SQL for the rows still in PostgreSQL: raw ones only while no unit holds them."""
        relation = source_table(model) if kind == "source" else model.table_name
        require_renamed(model, self._relations)
        platform = kind == "source" or self.platform(model)
        if relation not in self._relations:
            return archive_select(model, kind, [], platform)
        view = lake_view(relation)
        if kind == "analytics" and view in self._relations and interval == _EVERYTHING:
            return f"select * from {ATTACHED}.{quote_identifier(self._schema)}.{quote_identifier(view)}"
        condition = interval_condition(model, kind, interval)
        if kind == "source":
            condition = f"archived_in is null and {condition}"
        schema = quote_identifier(self._schema)
        selected = ", ".join(
            f"{_as_declared(column, platform).replace('{schema}', schema)} as {quote_identifier(column.name)}"
            for column in lake_columns(model, kind, platform)
        )
        query = f"select {selected} from {schema}.{quote_identifier(relation)} where {condition}"
        return f"select * from {postgres_query(query)}"

    def rows(self, model: ObjectModel, kind: Kind, interval: Interval = _EVERYTHING) -> str:
        """DuckDB SQL for hot and cold as one: current truth for analytics, every record for source."""
        cold, hot = self.cold(model, kind, interval), self.hot(model, kind, interval)
        if kind == "source":
            return f"{cold}\nunion all by name\n{hot}"
        return history_select(model, f"({cold})", f"({hot})", self.platform(model))

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


@contextmanager
def open_reader(settings: ArchiveSettings, store: Store, about: str = "") -> Iterator[Reader]:
    """Hold one snapshot of catalogue, hot rows and file list. Nothing can be written through it.

    `about` is a text in which the tables that will be read are named: no partition of theirs can be dropped meanwhile,
    and none of them be rewritten.
    Without it that holds for every table of the schema.
    """
    control = connect(settings, read_only=True)
    engine = open_engine(settings, Path(tempfile.gettempdir()) / f"archive-jobs-{os.getpid()}")
    try:
        attach_postgres(engine, settings, read_only=True)
        with reader_over(engine, control, settings, store, about) as reader:
            yield reader
    finally:
        engine.close()
        control.close()


@contextmanager
def reader_over(
    engine: duckdb.DuckDBPyConnection, control: Connection, settings: ArchiveSettings, store: Store, about: str
) -> Iterator[Reader]:
    """The same with an engine and a connection that are there already. The engine's transaction is left open."""
    if guarded("lost catalogue"):
        _require_catalogue_of(store, control, settings.analytics_schema)
    # A view is not a table: DuckDB reads it by one query, which PostgreSQL can answer from an index.
    locks = reader_locks(control, settings.analytics_schema, about) if guarded("reader lock") else []
    with held_snapshot(control, locks) as snapshot:
        enter_snapshot(engine, snapshot.name)
        yield Reader(engine, control, store, settings.analytics_schema)


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


def _open_ended(interval: Interval) -> tuple[datetime | None, ...]:
    """Each bound twice: an open one asks for nothing."""
    return (interval.end, interval.end, interval.start, interval.start)


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


def _where(model: ObjectModel, kind: Kind, interval: Interval) -> str:
    """The interval as a condition on the time column, valid on both engines."""
    if kind == "source":
        name, base, zone = "ingested_at", "timestamptz", "UTC"
    elif model.time_column is not None:
        column = model.column(model.time_column)
        name, base, zone = column.name, column.pg_type.base, column.time_zone
    elif interval == _EVERYTHING:
        return ""
    else:
        raise ProblemError(f"{model.table_name} has no time_column: leave out --start and --end")
    bounds = [(">=", interval.start), ("<", interval.end)]
    conditions = [
        f"{quote_identifier(name)} {sign} {_literal(base, zone, instant)}" for sign, instant in bounds if instant
    ]
    return f" where {' and '.join(conditions)}" if conditions else ""


def interval_condition(model: ObjectModel, kind: Kind, interval: Interval) -> str:
    """The same, for a place where a condition must stand."""
    return _where(model, kind, interval).removeprefix(" where ") or "true"


def _literal(base: str, zone: str, instant: datetime) -> str:
    wall = instant if base == "timestamptz" else instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    # A date stands for its midnight: as a timestamp both bounds keep their meaning.
    kind = "timestamptz" if base == "timestamptz" else "timestamp"
    return f"{quote_literal(wall.isoformat(sep=' '))}::{kind}"


# A library has hundreds of tables: a message that names them all is not read.
_NAMES_SHOWN = 20


def unknown_name(given: str, known: Iterable[str]) -> ProblemError:
    """A ProblemError that names the nearest known name."""
    names: Sequence[str] = sorted(known)
    close = difflib.get_close_matches(given, names, n=1)
    some = ", ".join(names[:_NAMES_SHOWN]) + (f" and {len(names) - _NAMES_SHOWN} more" if names[_NAMES_SHOWN:] else "")
    meant = f"did you mean {close[0]!r}?" if close else f"known: {some}"
    return ProblemError(f"there is no {given!r}; {meant}")
