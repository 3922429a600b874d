"""The one way to PostgreSQL: how to connect, and what the server's own refusals mean to a user.

connect()            one problem for every way in which a connection can fail
server_problems()    turns a full disk, a missing right or a lost server into one problem
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import errors, pq

from definitions_to_dbt.errors import ProblemError

OLDEST_VERSION = 160000
_CONNECT_SECONDS = 10


def connect(*, application_name: str = "landing", autocommit: bool = True) -> psycopg.Connection:
    """Connect to the server that libpq's variables name. Raises ProblemError if it cannot be used.

    It must be PostgreSQL 16 or newer (`pg_input_is_valid`) and keep text as UTF-8 (records are bytes).
    """
    try:
        connection = psycopg.connect(
            "" if os.environ.get("PGCONNECT_TIMEOUT") else f"connect_timeout={_CONNECT_SECONDS}",
            autocommit=autocommit,
            application_name=application_name,
            client_encoding="utf8",  # whatever PGCLIENTENCODING says
        )
    except (psycopg.OperationalError, psycopg.ProgrammingError) as error:
        raise _cannot_connect(error) from None
    fault = _unusable(connection)
    if fault:
        connection.close()
        raise ProblemError(f"{fault} ({_wanted_server()})", hint="Nothing was changed. Point PGHOST, PGPORT and "
                           "PGDATABASE at another server or database.")  # fmt: skip
    return connection


@contextmanager
def server_problems(state: str) -> Iterator[None]:
    """Raise ProblemError for what is no mistake of ours: no room, no right, no server.

    `state` is a sentence that says what became of the data.
    """
    try:
        yield
    except errors.DiskFull as error:
        raise ProblemError(
            f"the disk of PostgreSQL is full: {_first_line(error)}", hint=f"{state} Make room."
        ) from error
    except (errors.InsufficientPrivilege, errors.ReadOnlySqlTransaction) as error:
        user = _default("user")
        raise ProblemError(
            f"PostgreSQL refuses this to user {user!r}: {_first_line(error)}",
            hint=f"{state} Grant the right, or connect as another user (PGUSER).",
        ) from error
    except psycopg.OperationalError as error:
        raise ProblemError(
            f"PostgreSQL gave up: {_first_line(error)} ({_wanted_server()})",
            hint=f"{state} Look into the server's log, then run the command again.",
        ) from error


def _cannot_connect(error: psycopg.Error) -> ProblemError:
    return ProblemError(
        f"cannot connect to PostgreSQL at {_wanted_server()}: {_first_line(error)}",
        hint="Nothing was changed. Check that the server runs and that PGHOST, PGPORT, PGDATABASE, PGUSER and "
        "PGPASSWORD are right; `make up` starts a server and prints them.",
    )


def _unusable(connection: psycopg.Connection) -> str | None:
    version = connection.info.server_version
    if version < OLDEST_VERSION:
        return f"expected PostgreSQL 16 or newer, found {version // 10000}.{version % 10000}"
    encoding = connection.info.parameter_status("server_encoding")
    if encoding != "UTF8":
        return f"expected a database in UTF8, found {encoding}"
    return None


def _wanted_server() -> str:
    host = _default("host") or _default("hostaddr") or "the local socket"
    user = _default("user")
    return f"host {host}, port {_default('port')}, database {_default('dbname') or user}, user {user}"


def _default(keyword: str) -> str | None:
    """What libpq uses when nothing is given: its variables, then what it was built with."""
    for option in pq.Conninfo.get_defaults():
        if option.keyword.decode() == keyword and option.val is not None:
            return option.val.decode(errors="replace")
    return None


def _first_line(error: psycopg.Error) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
