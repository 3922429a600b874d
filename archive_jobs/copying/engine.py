"""DuckDB sessions: bounded in memory, offline, and with PostgreSQL attached under pinned settings."""

from __future__ import annotations

import ctypes
import re
from functools import cache
from importlib.resources import files
from pathlib import Path

import duckdb

from archive_jobs.database import pinned_options
from archive_jobs.failpoints import guarded
from archive_jobs.privacy.sealing import let_unseal
from archive_jobs.settings import ArchiveSettings
from definitions_to_dbt.errors import ProblemError
from definitions_to_dbt.sql import quote_literal

ATTACHED = "pg"
# A table of more than 8 MB is read over several connections, of which some are not in the transaction's snapshot: a row
# that is written meanwhile may be found twice or not at all, and tables of two moments stand side by side.
ONE_CONNECTION = "set global pg_use_ctid_scan = false"
# What came from PostgreSQL stands behind one of these; libpq writes severity, colon and two blanks before a message.
_FROM_POSTGRES = re.compile(
    r"Failed to (?:fetch|prepare|execute|describe|copy) (?:.*?\b(?P<severity>\w+):  )?(?P<text>.*)"
)
_SESSION_IS_OVER = frozenset(("FATAL", "PANIC", None))
# glibc's number for the most arenas there may be, and what they are limited to.
_M_ARENA_MAX, _ARENAS = -8, 2


def keep_memory_together() -> None:
    """Have the threads of this process share arenas. With one for each, a third of the memory lies unused in them.

    Does nothing where the C library is not glibc.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_ARENA_MAX, _ARENAS)


@cache
def postgres_extension() -> Path:
    """The signed extension inside its wheel; loaded from there, so nothing is downloaded or installed."""
    folder = files("duckdb_extension_postgres_scanner").joinpath("extensions", f"v{duckdb.__version__}")
    extension = Path(str(folder)) / "postgres_scanner.duckdb_extension"
    if not extension.exists():
        raise ProblemError(
            f"expected DuckDB's postgres extension for DuckDB {duckdb.__version__}, found nothing at {extension}",
            hint="Nothing was changed. Run `uv sync`: duckdb and its extensions must have the same version.",
        )
    return extension


def open_engine(
    settings: ArchiveSettings, spill_folder: Path, *, threads: int | None = None
) -> duckdb.DuckDBPyConnection:
    """Open a fresh DuckDB in memory that reaches for nothing outside by itself. It spills where memory ends."""
    connection = duckdb.connect(
        ":memory:",
        config={
            "memory_limit": settings.memory_limit,
            "threads": threads or settings.duckdb_threads,
            "temp_directory": str(spill_folder),
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        },
    )
    connection.execute("set global TimeZone = 'UTC'")
    # What is read back must come from the disk, not from what DuckDB remembers of it.
    connection.execute("set global enable_external_file_cache = false")
    let_unseal(connection, settings)
    return connection


def attach_postgres(
    connection: duckdb.DuckDBPyConnection, settings: ArchiveSettings, *, read_only: bool = False, more: str = ""
) -> None:
    """Attach the database that libpq's variables name as `pg`. `more` is what else libpq is to be told."""
    connection.execute(f"load {quote_literal(str(postgres_extension()))}")
    if guarded("one connection"):
        connection.execute(ONE_CONNECTION)
    options = pinned_options(settings, read_only=read_only)
    target = f"application_name=archive-jobs options='{options}' {more}".rstrip()
    mode = ", read_only" if read_only else ""
    connection.execute(f"attach {quote_literal(target)} as {ATTACHED} (type postgres{mode})")


def enter_snapshot(connection: duckdb.DuckDBPyConnection, snapshot: str) -> None:
    """Begin a transaction that sees exactly the rows of an exported snapshot. Fails where it cannot be set."""
    connection.execute("begin")
    join_snapshot(connection, snapshot)


def join_snapshot(connection: duckdb.DuckDBPyConnection, snapshot: str) -> None:
    """The same for a transaction that has begun and has not yet asked PostgreSQL anything."""
    statement = quote_literal(f"set transaction snapshot {quote_literal(snapshot)}")
    connection.execute(f"call postgres_execute('{ATTACHED}', {statement})")


def postgres_query(query: str) -> str:
    """A DuckDB relation of what PostgreSQL answers to the query, in the current transaction's snapshot."""
    return f"postgres_query('{ATTACHED}', {quote_literal(query)})"


def refused_by_postgres(error: Exception) -> str | None:
    """PostgreSQL's words where it refused a query and its session goes on; None where something else went wrong."""
    found = _FROM_POSTGRES.search(str(error))
    return None if found is None or found["severity"] in _SESSION_IS_OVER else found["text"]


def lost_postgres(error: Exception) -> str | None:
    """What is known where the session in PostgreSQL has ended; None where something else went wrong."""
    found = _FROM_POSTGRES.search(str(error))
    return (found["text"] or found[0]) if found is not None and found["severity"] in _SESSION_IS_OVER else None
