"""One SELECT over the views of one snapshot: what it will read, how it will be done, and its rows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import duckdb
from rich.table import Table

from archive_jobs.reading.estimate import Estimate, estimate
from archive_jobs.reading.plan_tree import plan_lines, terminal_width
from archive_jobs.reading.read_back import require_select
from archive_jobs.reading.reader import Reader
from archive_jobs.reading.retrieve import query_problem
from archive_jobs.times import Interval
from definitions_to_dbt.library import Library

SHOWN_ROWS = 1000


@dataclass(frozen=True)
class Question:
    """A SELECT whose views stand, over no more files than it needs."""

    reader: Reader
    library: Library
    query: str
    # Of each view it names, the times it needs.
    needed: dict[str, Interval]

    def estimates(self) -> list[Estimate]:
        """What it will read. Names what is copied beside hot rows as no part of it."""
        views = self.reader.bodies(self.library, self.query)
        return [
            estimate(self.reader, model, kind, self.needed[name], cold_alone=name.startswith("archive_"))
            for name, (_, model, kind) in views.items()
            if not name.startswith("copies_")
        ]

    def plan(self) -> str:
        """How DuckDB will do it."""
        with self.problems():
            row = self.reader.engine_for(self.query).execute(f"explain (format json) {self.query}").fetchone()
        return "\n".join(plan_lines(row[1], terminal_width())) if row else ""

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
            result = self.reader.engine_for(self.query).execute(self.query)
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


def ask(reader: Reader, library: Library, query: str) -> Question:
    """Make the views a SELECT needs. Raises ProblemError for what is no single SELECT."""
    require_select(query)
    query = query.strip().rstrip(";")
    try:
        return Question(reader, library, query, reader.make_views(library, query))
    except duckdb.Error as error:
        raise query_problem(error, names_of_views(library)) from None


def names_of_views(library: Library) -> list[str]:
    """Every view a query may name."""
    kinds = ("history_", "archive_", "copies_", "source_", "archive_source_")
    return [kind + model.table_name for model in library.objects for kind in kinds]
