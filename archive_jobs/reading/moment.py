"""DuckDB and a connection to PostgreSQL that see one moment. What is asked in it is for others to say."""

from __future__ import annotations

from collections.abc import Callable

import duckdb

from archive_jobs.copying.engine import join_snapshot
from archive_jobs.database import Connection, one_row
from archive_jobs.failpoints import guarded

# What may name PostgreSQL's attached database, make SQL of a text that does, or list the tables of every database.
_MAY_ASK_POSTGRES = ("pg", "postgres", "query", "schema", "duckdb_", "sqlite", "show", "describe", "serialized")


class Moment:
    """The connection holds the snapshot. DuckDB begins a transaction, and joins the snapshot, when it first has to.

    Whoever made either ends it.
    """

    def __init__(self, duck: duckdb.DuckDBPyConnection, control: Connection) -> None:
        self._duck, self.control = duck, control
        self.has_begun = self._has_joined = False
        # Told once, of DuckDB that has just joined.
        self.on_joining: Callable[[duckdb.DuckDBPyConnection], object] = lambda _: None

    @property
    def engine(self) -> duckdb.DuckDBPyConnection:
        """DuckDB, where PostgreSQL too is seen as it is in the snapshot."""
        if not self._has_joined:
            duck = self.begun
            if guarded("one snapshot"):
                # Columns that were added since DuckDB first looked would be left out without a word.
                duck.execute("call pg_clear_cache()")
                join_snapshot(duck, str(one_row(self.control, "select pg_export_snapshot()")[0]))
            self._has_joined = True
            self.on_joining(duck)
        return self._duck

    @property
    def begun(self) -> duckdb.DuckDBPyConnection:
        """DuckDB in a transaction: what is made there goes with the moment, and `now()` stays what it was."""
        if not self.has_begun:
            self._duck.execute("begin")
            self.has_begun = True
        return self._duck

    def engine_for(self, query: str) -> duckdb.DuckDBPyConnection:
        """DuckDB for a query that need not ask PostgreSQL. If it does not, PostgreSQL is not told of it."""
        return self.engine if may_ask_postgres(query) else self._duck


def may_ask_postgres(query: str) -> bool:
    """True where PostgreSQL may be asked something by it."""
    words = query.lower()
    return any(word in words for word in _MAY_ASK_POSTGRES)
