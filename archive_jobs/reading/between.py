"""Rows of a range as a table macro: DuckDB takes the files of the range out of its list before it binds the question.

A view cannot: what a filter leaves out is known when all its files are bound, which for years of days takes longer than
to read one. Says nothing of what stands over the rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from archive_jobs.reading.cold_files import ColdFile
from archive_jobs.reading.file_sql import plain_over
from archive_jobs.reading.time_column import TimeColumn
from definitions_to_dbt.definition import ObjectModel
from definitions_to_dbt.lake import archive_over
from definitions_to_dbt.sql import quote_identifier, quote_literal

# The macro's parameters; null is open. A column of this name would be taken for one.
PARAMETERS = ("from_time", "until_time")


def within(time: TimeColumn) -> str:
    """The condition on a row, whatever way the caller writes the times: a date is its midnight."""
    name, (start, end) = quote_identifier(time.name), _bounds(time.compared_as)
    return f"{name} >= {start} and {name} < {end}"


def rows_between(model: ObjectModel, files: Sequence[ColdFile], paths: Sequence[str], time: TimeColumn) -> str:
    """The archived rows of the range."""
    listed = files_between(files, paths, time)
    is_plain = all(file.is_plain for file in files)
    rows = plain_over(model, listed) if is_plain else archive_over(model, "analytics", listed)
    return f"select * from ({rows}) as of_files where {within(time)}"


def _bounds(compared_as: str) -> tuple[str, str]:
    start, end = PARAMETERS
    return (
        f"coalesce(cast({start} as {compared_as}), cast('-infinity' as {compared_as}))",
        f"coalesce(cast({end} as {compared_as}), cast('infinity' as {compared_as}))",
    )


def files_between(files: Sequence[ColdFile], paths: Sequence[str], time: TimeColumn) -> str:
    """One file of the list at least, for DuckDB reads no empty one: none of its rows lies in the range then."""
    around = time.uncertain
    lines = [
        f"{_written(file.lo - around)} {_written(file.hi + around)} {path}"
        for file, path in zip(files, paths, strict=True)
    ]
    start, end = _bounds(time.compared_as)
    if time.compared_as == "timestamptz":
        start, end = f"({start} at time zone 'UTC')", f"({end} at time zone 'UTC')"
    text = quote_literal("\n".join(lines))
    chosen = (
        f"list_filter(string_split({text}, chr(10)),"
        f" lambda line: cast(line[1:26] as timestamp) < {end} and cast(line[28:53] as timestamp) > {start})"
    )
    return f"coalesce(nullif(list_transform({chosen}, lambda line: line[55:]), []), [{quote_literal(paths[0])}])"


def _written(instant: datetime) -> str:
    """In 26 characters, whatever the year, and to the microsecond: a partition may end within a second."""
    return instant.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")
