"""What each command does, without its words: settings and definitions in, results out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import duckdb
from rich.console import Console
from rich.table import Table

from archive_jobs.catalogue import bring_up, catalogue_exists, ensure_catalogue
from archive_jobs.database import Connection, session
from archive_jobs.keeping import verify as verifying
from archive_jobs.keeping.file_checks import Verified
from archive_jobs.keeping.status import TableStatus, status
from archive_jobs.lake.stores import open_store
from archive_jobs.moving.orphans import settle_orphans
from archive_jobs.moving.reconcile import Reconciled, reconcile
from archive_jobs.moving.run import Progress, open_workshop, plan_all
from archive_jobs.planning.plan import TablePlan
from archive_jobs.planning.portion import Portion
from archive_jobs.planning.preflight import require_primary, require_same_client
from archive_jobs.planning.tables import (
    KINDS,
    ArchivedTable,
    Kind,
    Selection,
    archived_tables,
    open_library,
    require_tables,
)
from archive_jobs.reading import retrieve as retrieving
from archive_jobs.reading.read_back import open_reader, require_select
from archive_jobs.scheduling.pace import limits_of
from archive_jobs.settings import ArchiveSettings
from archive_jobs.times import Interval, parse_time
from definitions_to_dbt.errors import ProblemError
from definitions_to_dbt.library import Library

_SHOWN_ROWS = 1000


def chosen_tables(
    connection: Connection,
    settings: ArchiveSettings,
    definitions: Path,
    objects: Sequence[str] | None,
    kind: Kind | None,
) -> list[ArchivedTable]:
    """The tables a command is about. Raises ProblemError where there are none."""
    library = open_library(settings, definitions)
    require_same_client(connection, settings.analytics_schema, settings.client)
    selection = Selection(tuple(objects or ()), (kind,) if kind else KINDS)
    tables = archived_tables(connection, library, settings.analytics_schema, selection, settings.default_format)
    require_tables(tables, selection, settings.analytics_schema)
    return tables


def plan_tables(
    settings: ArchiveSettings,
    definitions: Path,
    objects: Sequence[str] | None,
    kind: Kind | None,
    as_of: str | None,
    *,
    exact: bool = False,
) -> list[TablePlan]:
    """What `run` would do."""
    moment = parse_time(as_of) if as_of else None
    with session(settings, read_only=True) as connection:
        require_primary(connection)
        return plan_all(
            connection, chosen_tables(connection, settings, definitions, objects, kind), moment, exact=exact
        )


def plan_portion(settings: ArchiveSettings, definitions: Path, table: str, kind: Kind, portion: Portion) -> TablePlan:
    """What a run of the portion would do."""
    with session(settings, read_only=True) as connection:
        require_primary(connection)
        (plan,) = portion.of(
            plan_all(connection, chosen_tables(connection, settings, definitions, [table], kind), None)
        )
        return plan


def require_agreed(
    settings: ArchiveSettings, definitions: Path, table: str, kind: Kind, portion: Portion, agreed: str
) -> None:
    """Raise ProblemError where what is due is no longer what somebody was shown and agreed to."""
    if plan_portion(settings, definitions, table, kind, portion).digest != agreed:
        raise ProblemError(
            f"{table} ({kind}): what is due is no longer what was agreed to",
            hint="Nothing was changed. Ask what is due now, and agree to that.",
        )


def reconcile_tables(settings: ArchiveSettings, definitions: Path) -> Reconciled:
    """Finish or undo what dead runs have left."""
    with session(settings) as connection:
        bring_up(connection)
        tables = chosen_tables(connection, settings, definitions, None, None)
        store = open_store(settings, writable=True)
        with open_workshop(connection, settings, store) as shop:
            done = reconcile(shop.worker(), tables)
            done.orphans = settle_orphans(connection, store, settings.analytics_schema)
            return done


def table_status(settings: ArchiveSettings) -> list[TableStatus]:
    """What the catalogue says of each table."""
    with session(settings, read_only=True) as connection:
        return status(connection, settings.analytics_schema, limits_of(settings).window)


def verify_lake(settings: ArchiveSettings, *, deep: bool, report: Progress) -> Verified:
    """Check the lake against the catalogue."""
    with session(settings) as connection:
        require_primary(connection)
        ensure_catalogue(connection)
        store = open_store(settings, writable=False)
        return verifying.verify(
            connection,
            settings,
            store,
            deep=deep,
            progress=lambda done, total: report("verifying", done, total),
        )


def readable_files(
    settings: ArchiveSettings, definitions: Path, table: str, kind: Kind, *, copies: bool = False, local: bool = False
) -> list[str]:
    """Where the files that count are; with `copies` those that copy what is still hot, with `local` on this machine."""
    model = open_library(settings, definitions).object(table)
    store = open_store(settings, writable=False)
    with session(settings, read_only=True) as connection:
        if not catalogue_exists(connection):
            return []
        found = connection.execute(
            "select path, sha256 from archive_catalog.readable_files"
            " where (schema_name, table_name, kind) = (%s, %s, %s) and also_hot = %s order by lo, path",
            (settings.analytics_schema, model.table_name, kind, copies),
        ).fetchall()
    return [str(store.local(path, sha256)) if local else store.url(path) for path, sha256 in found]


def retrieve_rows(
    settings: ArchiveSettings,
    definitions: Path,
    table: str,
    kind: Kind,
    interval: Interval,
    columns: tuple[str, ...],
    where: str | None,
    format: retrieving.Format,
    output: Path | None,
) -> None:
    """Write the rows of a range."""
    library = open_library(settings, definitions)
    wanted = retrieving.Retrieval(table, kind, interval, columns, where)
    with open_reader(settings, open_store(settings, writable=False), wanted.model(library).table_name) as reader:
        query = retrieving.retrieval_query(reader, library, wanted)
        retrieving.write(reader.engine, query, format, output)


def answer(
    settings: ArchiveSettings,
    definitions: Path,
    query: str,
    format: Literal["table"] | retrieving.Format,
    output: Path | None,
    console: Console,
) -> None:
    """Answer a SELECT from one snapshot."""
    require_select(query)
    library = open_library(settings, definitions)
    query = query.strip().rstrip(";")
    with open_reader(settings, open_store(settings, writable=False), query) as reader:
        try:
            reader.make_views(library, query)
            if format == "table" and output is None:
                console.print(_shown(reader.engine.execute(query)))
                return
        except duckdb.Error as error:
            raise retrieving.query_problem(error, _names(library)) from None
        retrieving.write(reader.engine, query, "csv" if format == "table" else format, output)


def _names(library: Library) -> list[str]:
    kinds = ("history_", "archive_", "copies_", "source_", "archive_source_")
    return [kind + model.table_name for model in library.objects for kind in kinds]


def _shown(result: duckdb.DuckDBPyConnection) -> Table:
    table = Table()
    for column in result.description or ():
        table.add_column(column[0])
    rows = result.fetchmany(_SHOWN_ROWS + 1)
    for row in rows[:_SHOWN_ROWS]:
        table.add_row(*("" if value is None else str(value) for value in row))
    if len(rows) > _SHOWN_ROWS:
        table.caption = f"the first {_SHOWN_ROWS} rows; write all with --format csv"
    return table
