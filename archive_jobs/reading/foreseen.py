"""What a question will ask of the catalogue and of hot rows, known before its snapshot is opened: asked as it opens.

Each is a message to PostgreSQL less. It decides nothing: whoever asks what was not foreseen asks by himself, in the
same snapshot.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from psycopg import errors

from archive_jobs.database import Connection
from archive_jobs.planning.tables import Kind
from archive_jobs.reading.cold_files import ColdFile, Wanted, files_query, wanted_of
from archive_jobs.reading.time_column import TimeColumn, time_column
from archive_jobs.times import EVERYTHING, Interval
from definitions_to_dbt.definition import ObjectModel
from definitions_to_dbt.sql import quote_identifier, quote_literal

_PLACE = re.compile(r"%\((\w+)\)s")


@dataclass(frozen=True)
class Foreseen:
    """Of one table: its files that reach into an interval, and whether hot rows lie there."""

    wanted: Wanted
    interval: Interval
    time: TimeColumn | None
    # The condition on hot rows; None where nobody will ask whether there are any.
    hot: str | None


@dataclass
class Told:
    """What PostgreSQL has said to that, in the snapshot."""

    files: dict[tuple[Wanted, Interval, TimeColumn | None], list[ColdFile]] = field(default_factory=dict)
    hot: dict[tuple[str, str], bool] = field(default_factory=dict)

    def add(self, foreseen: Foreseen, answers: Sequence[Sequence[tuple[Any, ...]]]) -> None:
        """What it has said of one table."""
        self.files[foreseen.wanted, foreseen.interval, foreseen.time] = [ColdFile(*row) for row in answers[0]]
        if foreseen.hot is not None and len(answers) > 1:
            self.hot[foreseen.wanted.table, foreseen.hot] = bool(answers[1][0][0])


def foresee(schema: str, model: ObjectModel, kind: Kind, interval: Interval, *, hot: bool = True) -> list[Foreseen]:
    """What reading rows of the interval will ask, as they are now; without `hot`, archived ones alone."""
    if interval.is_empty:
        return []
    time = time_column(model, kind)
    condition = None
    if hot and kind == "analytics" and time is not None and time.name in model.primary_key:
        condition = "true" if interval == EVERYTHING else time.within(interval)
    return [Foreseen(wanted_of(model, schema, kind), interval, time, condition)]


class Prepared:
    """Statements that PostgreSQL plans once a connection, and not for each question."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[str, list[str]]] = {}

    def forget(self) -> None:
        """They are gone: after a rollback psycopg has PostgreSQL forget all that was prepared."""
        self._known.clear()

    def words(self, control: Connection, query: str, values: Mapping[str, object]) -> str:
        """What runs it with these values, to stand beside other statements in one message."""
        name, places = self._known.get(query) or self._prepare(control, query)
        return f"execute {name} ({', '.join([_literal(values[place]) for place in places])})"

    def _prepare(self, control: Connection, query: str) -> tuple[str, list[str]]:
        # By what it says: what is there already under this name says the same.
        name = f"archive_jobs_{hashlib.sha256(query.encode()).hexdigest()[:16]}"
        places = list(dict.fromkeys(_PLACE.findall(query)))
        prepared = _PLACE.sub(lambda place: f"${places.index(place[1]) + 1}", query)
        with suppress(errors.DuplicatePreparedStatement):
            control.execute(f"prepare {name} as {prepared}".encode())
        self._known[query] = name, places
        return name, places

    def words_for(self, control: Connection, foreseen: Foreseen, hot_tables: Collection[str]) -> list[str]:
        """What PostgreSQL is asked of one table, which may have no hot rows at all."""
        wanted = foreseen.wanted
        query, values = files_query(wanted, foreseen.interval, foreseen.time)
        words = [self.words(control, query, values)]
        if foreseen.hot is not None and foreseen.time is not None and wanted.table in hot_tables:
            table = f"{quote_identifier(wanted.schema)}.{quote_identifier(wanted.table)}"
            within = foreseen.time.within(foreseen.interval, "%(from)s", "%(until)s") or "true"
            words.append(self.words(control, f"select exists (select from {table} where {within})", values))
        return words


def _literal(value: object) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return str(value)
        case datetime():
            return quote_literal(value.isoformat())
        case str():
            return quote_literal(value)
        case list():
            return f"array[{', '.join([quote_literal(each) for each in value])}]::text[]"
    raise TypeError(f"no literal for {type(value).__name__}")
