"""The words that open a snapshot a second time: what was locked the last time is locked again, and then compared.

The first time asks which tables there are, locks them, and looks. From then on it is one message: a reader of one day
spends more time on the way to PostgreSQL than in it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import chain

import psycopg

from archive_jobs.catalogue import require_present
from archive_jobs.database import Connection
from archive_jobs.failpoints import guarded
from archive_jobs.reading.foreseen import Foreseen, Prepared, Told
from archive_jobs.reading.table_columns import Columns, columns_found, columns_query
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
_COLUMNS = columns_query("%(schema)s", "%(relations)s::text[]")
# As one text: where it says what it said the last time, nobody has to take it apart.
_LOOK = f"""
select json_build_array({CATALOGUE_AND_TABLES},
    (select json_object_agg(found.name, found.columns) from ({_COLUMNS}) as found (name, columns)))::text
"""
# A table, a right or the catalogue is gone; the prepared words are, or say something else.
_OTHERWISE = ("42", "26", "0A")
# A service is asked about every table by and by. Beyond that many questions it begins to learn anew.
_MOST = 1000


@dataclass(frozen=True)
class Opened:
    """What is known of a snapshot's tables from the start: columns, and whose chunks may be compressed meanwhile."""

    columns: dict[str, Columns]
    unheld: frozenset[str]
    # What was foreseen, of a snapshot that is not the first.
    told: Told = field(default_factory=Told)


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
        control.execute("commit", prepare=False)


class _Found:
    """What the words of a question were about, and what PostgreSQL said of it the last time."""

    def __init__(self, tables: list[ReadTable]) -> None:
        self.tables = tables
        self.relations = relations_of(tables)
        self.unheld = unheld(tables)
        # A table whose chunks may be compressed meanwhile is asked in other words.
        self.askable = frozenset(table.name for table in tables if table.name not in self.unheld)
        self.words: list[str] = []
        self.said = ""
        self.columns: dict[str, Columns] = {}

    def is_so(self, said: str) -> bool:
        """True where what was locked before the snapshot is what there is in it, and can be read."""
        if said == self.said:
            return True
        is_standby, installed, has_commits, tables, columns = json.loads(said)
        is_same = [ReadTable(*row) for row in tables or ()] == self.tables
        if is_standby or not has_commits or (not is_same and guarded("looked")):
            return False
        try:
            require_present(installed)
        except ProblemError:
            return False
        self.said, self.columns = said if is_same else "", columns_found(self.relations, (columns or {}).items())
        return True


class Remembered:
    """Which tables the questions over one connection have found so far. Nothing is believed that is not so now."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str], _Found] = {}
        self._prepared = Prepared()

    def keep(self, schema: str, about: str, tables: list[ReadTable]) -> None:
        """For the next question with these words."""
        if len(self._found) >= _MOST:
            self._found.clear()
        self._found[schema, about] = _Found(tables)

    def begin(self, control: Connection, schema: str, about: str, foreseen: Sequence[Foreseen] = ()) -> Opened | None:
        """Take the snapshot as the last time. None, and no snapshot, where anything is not as it was then.

        What is foreseen is asked in the same message.
        """
        found = self._found.get((schema, about))
        if found is None or not guarded("reader lock"):
            return None
        try:
            opened = self._begin(control, schema, about, found, foreseen)
        except psycopg.Error as error:
            if not (error.sqlstate or "").startswith(_OTHERWISE):
                raise
            opened = None
        if opened is None:
            del self._found[schema, about]
            self._forget()
            control.execute("rollback")
        return opened

    def _forget(self) -> None:
        """What is prepared goes with a rollback: psycopg has PostgreSQL forget it all."""
        self._prepared.forget()
        for found in self._found.values():
            found.words = []

    def _begin(
        self, control: Connection, schema: str, about: str, found: _Found, foreseen: Sequence[Foreseen]
    ) -> Opened | None:
        if not found.words:
            asked = {"schema": schema, "names": names_in(about), "relations": found.relations}
            look = self._prepared.words(control, _LOOK, asked)
            found.words = [_BEGIN, *reader_locks(schema, found.tables), look]
        more = [self._prepared.words_for(control, each, found.askable) for each in foreseen]
        cursor = control.execute("; ".join((*found.words, *chain.from_iterable(more))).encode(), prepare=False)
        for _ in found.words[1:]:
            cursor.nextset()
        (said,) = cursor.fetchone() or ("",)
        if not found.is_so(said):
            return None
        told = Told()
        for each, words in zip(foreseen, more, strict=True):
            told.add(each, [cursor.fetchall() for _ in words if cursor.nextset()])
        return Opened(found.columns, found.unheld, told)


def _array(names: Sequence[str]) -> str:
    return f"array[{', '.join(quote_literal(name) for name in names)}]::text[]"
