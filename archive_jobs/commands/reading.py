"""What the commands that read back do, without their words: settings and definitions in, rows and results out."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Literal

from rich.console import Console

from archive_jobs.catalogue import catalogue_exists
from archive_jobs.database import session as database_session
from archive_jobs.lake.stores import open_store
from archive_jobs.planning.tables import Kind, open_library, require_renamed_in_archive
from archive_jobs.reading import retrieve as retrieving
from archive_jobs.reading.asked import asking
from archive_jobs.reading.estimate import Estimate, estimate
from archive_jobs.reading.read_back import Session, open_reader, require_select
from archive_jobs.reading.shell import Shell, lines_of, typed_lines
from archive_jobs.reading.views_file import MadeView, write_views
from archive_jobs.settings import ArchiveSettings


def readable_files(
    settings: ArchiveSettings, definitions: Path, table: str, kind: Kind, *, copies: bool = False, local: bool = False
) -> list[str]:
    """Where the files that count are; with `copies` those that copy what is still hot, with `local` on this machine."""
    model = open_library(settings, definitions).object(table)
    store = open_store(settings, writable=False)
    with database_session(settings, read_only=True) as connection:
        if not catalogue_exists(connection):
            return []
        require_renamed_in_archive(connection, model, settings.analytics_schema)
        found = connection.execute(
            "select path, sha256 from archive_catalog.readable_files"
            " where (schema_name, table_name, kind) = (%s, %s, %s) and also_hot = %s order by lo, path",
            (settings.analytics_schema, model.table_name, kind, copies),
        ).fetchall()
    return [str(store.local(path, sha256)) if local else store.url(path) for path, sha256 in found]


def retrieve_rows(
    settings: ArchiveSettings,
    definitions: Path,
    wanted: retrieving.Retrieval,
    format: retrieving.Format,
    output: Path | None,
) -> None:
    """Write the rows of a range."""
    library = open_library(settings, definitions)
    store, about = open_store(settings, writable=False), wanted.model(library).table_name
    with open_reader(settings, store, about, wanted.known_at) as reader:
        query = retrieving.retrieval_query(reader, library, wanted)
        retrieving.write(reader.engine_for(query), query, format, output)


def estimate_rows(settings: ArchiveSettings, definitions: Path, wanted: retrieving.Retrieval) -> Estimate:
    """How much `retrieve_rows` would read. Opens no file."""
    library = open_library(settings, definitions)
    model = wanted.model(library)
    store = open_store(settings, writable=False)
    with open_reader(settings, store, model.table_name, wanted.known_at) as reader:
        retrieving.require_columns(reader, model, wanted)
        return estimate(reader, model, wanted.kind, wanted.interval)


def answer(
    settings: ArchiveSettings,
    definitions: Path,
    query: str,
    format: Literal["table"] | retrieving.Format,
    output: Path | None,
    console: Console,
    *,
    known_at: datetime | None = None,
) -> None:
    """Answer a SELECT from one snapshot."""
    require_select(query)
    library = open_library(settings, definitions)
    with _session(settings) as session, asking(session, library, query, known_at) as question:
        if format == "table" and output is None:
            console.print(question.shown())
            return
        retrieving.write(question.standing(), question.query, "csv" if format == "table" else format, output)


def explain(
    settings: ArchiveSettings, definitions: Path, query: str, known_at: datetime | None
) -> tuple[list[Estimate], str]:
    """What a SELECT would read, and DuckDB's plan of it."""
    require_select(query)
    library = open_library(settings, definitions)
    with _session(settings) as session, asking(session, library, query, known_at) as question:
        return question.estimates(), question.plan()


def _session(settings: ArchiveSettings) -> Session:
    return Session(settings, open_store(settings, writable=False), remembers=False)


def run_shell(
    settings: ArchiveSettings, definitions: Path, console: Console, *, explains: bool, known_at: datetime | None
) -> int:
    """Answer statements until there are no more; return how many failed."""
    library = open_library(settings, definitions)
    with Session(settings, open_store(settings, writable=False)) as session:
        shell = Shell(session, library, console, explains, known_at)
        if not sys.stdin.isatty():
            shell.run(lines_of(sys.stdin))
            return shell.failed
        with typed_lines(Path.home() / ".archive_jobs_history") as read_line:
            console.print(
                "`.help` for help. Every statement sees hot and archived rows of one moment.", highlight=False
            )
            shell.run(read_line)
        return 0


def make_views_file(
    settings: ArchiveSettings, definitions: Path, target: Path, tables: Sequence[str]
) -> list[MadeView]:
    """Write a DuckDB file of views."""
    library = open_library(settings, definitions)
    return write_views(settings, library, open_store(settings, writable=False), target, tables)
