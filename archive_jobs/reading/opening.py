"""The words that open a snapshot a second time: what was locked the last time is locked again, and then compared.

The first time asks which tables there are, locks them, and looks. From then on it is one message: a reader of one day
spends more time on the way to PostgreSQL than in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

import psycopg
from psycopg import errors

from archive_jobs.catalogue import require_present
from archive_jobs.database import Connection
from archive_jobs.failpoints import guarded
from archive_jobs.reading.table_columns import columns_found, columns_query
from archive_jobs.reading.table_locks import (
    CATALOGUE_AND_TABLES,
    ReadTable,
    names_in,
    reader_locks,
    relations_of,
    unheld,
)
from definitions_to_dbt.errors import ProblemError
from definitions_to_dbt.sql import quote_literal

_BEGIN = "begin isolation level repeatable read read only"
_LOOK = "archive_jobs_look"
# PostgreSQL plans it once a connection.
_PREPARE = f"""
prepare {_LOOK} (text, text[], text[]) as
select {CATALOGUE_AND_TABLES % {"schema": "$1", "names": "$2"}},
    (select json_object_agg(found.name, found.columns) from ({columns_query("$1", "$3")}) as found (name, columns))
"""
# A table, a right or the catalogue is gone; the prepared words are, or say something else.
_OTHERWISE = ("42", "26", "0A")
# A service is asked about every table by and by. Beyond that many questions it begins to learn anew.
_MOST = 1000


@dataclass(frozen=True)
class Opened:
    """What is known of a snapshot's tables from the start: columns, and whose chunks may be compressed meanwhile."""

    columns: dict[str, set[str]]
    unheld: frozenset[str]


def begin(control: Connection, schema: str, tables: Sequence[ReadTable], about: str) -> Opened:
    """Take the snapshot, and say which columns stand behind these tables in it; of a text that names none, of none."""
    names = relations_of(tables) if about else []
    words = [_BEGIN, *reader_locks(schema, tables), columns_query(quote_literal(schema), _array(names))]
    cursor = control.execute("; ".join(words).encode())
    while cursor.nextset():
        pass
    return Opened(columns_found(names, cursor.fetchall()), unheld(tables))


def end(control: Connection) -> None:
    """Give up the snapshot. Nothing was written, and after a rollback psycopg has PostgreSQL forget all its plans."""
    if not control.closed:
        control.execute("commit")


class Remembered:
    """Which tables the questions over one connection have found so far. Nothing is believed that is not so now."""

    def __init__(self) -> None:
        self._tables: dict[tuple[str, str], list[ReadTable]] = {}
        self._is_prepared = False

    def keep(self, schema: str, about: str, tables: list[ReadTable]) -> None:
        """For the next question with these words."""
        if len(self._tables) >= _MOST:
            self._tables.clear()
        self._tables[schema, about] = tables

    def begin(self, control: Connection, schema: str, about: str) -> Opened | None:
        """Take the snapshot as the last time. None, and no snapshot, where anything is not as it was then."""
        tables = self._tables.get((schema, about))
        if tables is None or not guarded("reader lock"):
            return None
        try:
            known = self._begin(control, schema, about, tables)
        except psycopg.Error as error:
            if not (error.sqlstate or "").startswith(_OTHERWISE):
                raise
            known = None
        if known is None:
            del self._tables[schema, about]
            # What is prepared goes with a rollback: psycopg forgets it all.
            self._is_prepared = False
            control.execute("rollback")
        return known

    def _begin(self, control: Connection, schema: str, about: str, tables: list[ReadTable]) -> Opened | None:
        if not self._is_prepared:
            with suppress(errors.DuplicatePreparedStatement):
                control.execute(_PREPARE.encode())
            self._is_prepared = True
        relations = relations_of(tables)
        look = f"execute {_LOOK} ({quote_literal(schema)}, {_array(names_in(about))}, {_array(relations)})"
        cursor = control.execute("; ".join((_BEGIN, *reader_locks(schema, tables), look)).encode())
        while cursor.nextset():
            pass
        is_standby, installed, has_commits, found, columns = cursor.fetchone() or ()
        # What was locked before the snapshot must be what there is in it.
        if is_standby or not has_commits or ([ReadTable(*row) for row in found or ()] != tables and guarded("looked")):
            return None
        try:
            require_present(installed)
        except ProblemError:
            return None
        return Opened(columns_found(relations, (columns or {}).items()), unheld(tables))


def _array(names: Sequence[str]) -> str:
    return f"array[{', '.join(quote_literal(name) for name in names)}]::text[]"
