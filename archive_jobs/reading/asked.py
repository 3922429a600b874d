"""One SELECT over the views of one snapshot: what it will read, how it will be done, and its rows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

import duckdb
from rich.table import Table

from archive_jobs.reading.estimate import Estimate, estimate
from archive_jobs.reading.foreseen import Foreseen, foresee
from archive_jobs.reading.moment import may_ask_postgres
from archive_jobs.reading.named_views import NamedView, named_views, names_of_views
from archive_jobs.reading.needed import Needed, tells_time
from archive_jobs.reading.plan_tree import plan_lines, terminal_width
from archive_jobs.reading.read_back import Session, require_select
from archive_jobs.reading.reader import Reader
from archive_jobs.reading.retrieve import query_problem
from definitions_to_dbt.library import Library
from definitions_to_dbt.sql import quote_identifier

SHOWN_ROWS = 1000
# What a query may begin with that takes our names before it. A user's own come after them.
_TAKES_NAMES = re.compile(r"(?i)\s*(?:(?=(?:select|from)\b)|with\b(\s+recursive\b)?)")
# A name that we gave is one that the query gives too, or stands where only a view's may.
_MEANT_OTHERWISE = (duckdb.BinderException, duckdb.CatalogException, duckdb.ParserException)


@dataclass
class Question:
    """A SELECT, and each view it names as SQL over no more files than it needs."""

    reader: Reader
    library: Library
    query: str
    views: dict[str, NamedView]
    # Of each view.
    needed: dict[str, Needed]
    bodies: dict[str, str]
    stands: bool = False

    def estimates(self) -> list[Estimate]:
        """What it will read. Names what is copied beside hot rows as no part of it."""
        return [
            estimate(self.reader, view.model, view.kind, self.needed[name].times, cold_alone=view.part == "cold")
            for name, view in self.views.items()
            if view.part != "copies"
        ]

    def plan(self) -> str:
        """How DuckDB will do it."""
        with self.problems():
            row = self.standing().execute(f"explain (format json) {self.query}").fetchone()
        return "\n".join(plan_lines(row[1], terminal_width())) if row else ""

    def standing(self) -> duckdb.DuckDBPyConnection:
        """An engine in which the views stand, for this query or one around it."""
        if not self.stands:
            with self.problems():
                self.reader.stand(self.bodies)
            self.stands = True
        return self.reader.engine_for(self.query)

    def execute(self) -> duckdb.DuckDBPyConnection:
        """Have DuckDB begin with it. A view costs to be made and to be taken away: what it is stands in the query."""
        text = None if self.stands else _with_names(self.query, self.bodies)
        if text is not None:
            try:
                return self.reader.engine_for(text).execute(text)
            except _MEANT_OTHERWISE:
                pass
        return self.standing().execute(self.query)

    @contextmanager
    def problems(self) -> Iterator[None]:
        """What DuckDB finds wrong with the query, as one message."""
        try:
            yield
        except duckdb.Error as error:
            raise query_problem(error, names_of_views(self.library)) from None

    def shown(self) -> Table:
        """The first rows as a table for people."""
        with self.problems():
            result = self.execute()
            names = [column[0] for column in result.description or ()]
            rows = result.fetchmany(SHOWN_ROWS + 1)
        table = Table()
        for name in names:
            table.add_column(name)
        for row in rows[:SHOWN_ROWS]:
            table.add_row(*("" if value is None else str(value) for value in row))
        if len(rows) > SHOWN_ROWS:
            table.caption = f"the first {SHOWN_ROWS} rows; write all with `archive-jobs sql … --format csv`"
        return table


@contextmanager
def asking(session: Session, library: Library, query: str, known_at: datetime | None = None) -> Iterator[Question]:
    """A SELECT in a snapshot of its own. Raises ProblemError for what is no single SELECT.

    Which files it needs is worked out before: they are asked for as the snapshot opens.
    """
    require_select(query)
    query = query.strip().rstrip(";")
    views = named_views(library, query)
    # What is now to a plan must be now to the query, which has not begun.
    needed = None if known_at is not None or tells_time(query) else session.needed(query, views)
    # A query that names views alone is opened as the last one about the same tables.
    about = query if may_ask_postgres(query) else " ".join(sorted({view.model.table_name for view in views.values()}))
    with session.snapshot(about or query, known_at, _foreseen(session, views, needed or {})) as reader:
        if needed is None or not all(reader.platform(view.model) for view in views.values()):
            needed = reader.needed(views, query)
        try:
            bodies = {name: view.body(reader, needed[name]) for name, view in views.items()}
        except duckdb.Error as error:
            raise query_problem(error, names_of_views(library)) from None
        yield Question(reader, library, query, views, needed, bodies)


def _foreseen(session: Session, views: dict[str, NamedView], needed: dict[str, Needed]) -> list[Foreseen]:
    return [
        each
        for name, one in needed.items()
        for view in [views[name]]
        if view.part != "copies"
        for each in foresee(session.schema, view.model, view.kind, one.times, hot=view.part == "both")
    ]


def _with_names(query: str, bodies: dict[str, str]) -> str | None:
    """The query with what each name in it means before it; None where that cannot be said."""
    begins = _TAKES_NAMES.match(query)
    if begins is None or not bodies:
        return None
    # Each time it is named it is planned anew, as a view is: a filter on one is none on the other.
    names = ", ".join(f"{quote_identifier(name)} as not materialized (\n{body}\n)" for name, body in bodies.items())
    rest = query[begins.end() :]
    if begins[0].strip():
        return f"with{begins[1] or ''} {names}, {rest}"
    return f"with {names} {rest}"
