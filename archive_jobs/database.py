"""Connections to PostgreSQL whose text, times and locks mean the same in every session."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import errors
from psycopg.conninfo import conninfo_to_dict

from archive_jobs.settings import ArchiveSettings
from definitions_to_dbt.errors import ProblemError

Connection = psycopg.Connection[tuple[Any, ...]]

# The text of a value depends on these. A digest taken under others would not compare.
PINNED = {
    "TimeZone": "UTC",
    "DateStyle": "ISO,MDY",
    "IntervalStyle": "postgres",
    "extra_float_digits": "1",
    "bytea_output": "hex",
    "xmloption": "content",
    "lc_monetary": "C",
    "search_path": "pg_catalog",
    # Raises where row security would filter: rows that cannot be seen must not be taken for absent.
    "row_security": "off",
    "client_encoding": "UTF8",
}


def pinned_options(settings: ArchiveSettings, *, read_only: bool = False) -> str:
    """Return libpq's `options` value that pins the session, as psycopg and DuckDB both take it."""
    values = {
        **PINNED,
        "lock_timeout": f"{int(settings.lock_timeout * 1000)}ms",
        "statement_timeout": f"{int(settings.statement_timeout * 1000)}ms",
        # A commit that was answered must last, and the snapshot's session is idle while DuckDB copies.
        "synchronous_commit": "on",
        # A scan begins where the table does, not where somebody else's is: rows come in the order in which they lie.
        "synchronize_seqscans": "off",
        "idle_in_transaction_session_timeout": "0",
        # One session says that its run lives, and is idle while others work.
        "idle_session_timeout": "0",
        "default_transaction_read_only": "on" if read_only else None,
    }
    return " ".join(f"-c {name}={value}" for name, value in values.items() if value is not None)


def connect(settings: ArchiveSettings, *, read_only: bool = False) -> Connection:
    """Open an autocommit connection from libpq's variables. Raises ProblemError when the server is not there."""
    try:
        return psycopg.connect(
            "",
            autocommit=True,
            application_name="archive-jobs",
            options=pinned_options(settings, read_only=read_only),
            connect_timeout=10,
        )
    except psycopg.OperationalError as error:
        raise ProblemError(
            f"PostgreSQL does not answer at {_where()}: {first_line(error)}",
            hint="Nothing was changed. Check PGHOST, PGPORT, PGUSER, PGPASSWORD and PGDATABASE.",
        ) from None


@contextmanager
def session(settings: ArchiveSettings, *, read_only: bool = False) -> Iterator[Connection]:
    """A connection for one command. What the server refuses becomes one message, without a traceback."""
    with connect(settings, read_only=read_only) as connection:
        try:
            yield connection
        except (psycopg.OperationalError, errors.InsufficientPrivilege) as error:
            raise server_problem(error) from error


def server_problem(error: Exception) -> ProblemError:
    """What the server refused, in its words."""
    if isinstance(error, errors.InsufficientPrivilege):
        return ProblemError(
            f"PostgreSQL does not let this role do that: {first_line(error)}",
            hint="No row is lost. Grant the role what is named, or run the command as another one (PGUSER).",
        )
    hint = "No row is lost. Mend it, then run the command again: it takes unfinished units up where they were."
    return ProblemError(f"PostgreSQL refused or gave up: {first_line(error)}", hint=hint)


def is_about_rows(error: psycopg.Error) -> bool:
    """True for what one query over one unit's rows meets (a value, a time-out, a bad block): others may do well.

    Not for a session that ended, or a table that is another one now.
    """
    state = error.sqlstate or "08"
    return not state.startswith(("08", "25", "40", "42", "57P"))


def _where() -> str:
    known = conninfo_to_dict("")
    host = known.get("host") or os.environ.get("PGHOST", "the default socket")
    return f"PGHOST={host} PGPORT={os.environ.get('PGPORT', '5432')}"


def first_line(error: Exception) -> str:
    """What a message repeats of an error."""
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__


def one_row(connection: Connection, query: str, parameters: Any = None) -> tuple[Any, ...]:
    """Run a query that gives exactly one row and return it."""
    row = connection.execute(query.encode(), parameters).fetchone()
    if row is None:
        raise LookupError(f"expected one row, found none: {query}")
    return row
