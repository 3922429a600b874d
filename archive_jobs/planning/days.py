"""Which days or months of a relation hold rows, found by the cheapest means there is. Reads; changes nothing.

Where an index on the time column can tell, no row that is not asked for is read; how many rows there are is then
PostgreSQL's estimate. Without one the relation is read once, and every number is exact.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Literal

from archive_jobs.database import Connection, one_row
from archive_jobs.planning.tables import ArchivedTable, time_literal
from definitions_to_dbt.sql import quote_identifier

Span = Literal["day", "month"]

FIRST_DAY, LAST_DAY = date(1, 1, 2), date(9999, 12, 30)  # what a Python date can hold, less a day for zones
_AT_ONCE = 400
_SAMPLED_BYTES = 48 << 20

_INDEX = """
select case when bool_or(am.amname = 'btree' and i.indkey[0] = a.attnum) then 'btree' else 'brin' end
from pg_index as i
inner join pg_class as c on c.oid = i.indexrelid
inner join pg_am as am on am.oid = c.relam
inner join pg_attribute as a on a.attrelid = i.indrelid and a.attname = %s
where i.indrelid = %s::regclass and i.indisvalid and i.indpred is null
    and (am.amname = 'brin' and a.attnum = any(i.indkey) or am.amname = 'btree' and i.indkey[0] = a.attnum)
having count(*) > 0
"""


@dataclass
class Found:
    """Rows by day (or by the first of the month), and those whose time no unit can hold."""

    rows: dict[date, int] = field(default_factory=dict)
    timeless: dict[str, int] = field(default_factory=dict)
    exact: bool = True


def following(day: date, span: Span) -> date:
    """The first day after the day or month that begins at `day`."""
    return day + timedelta(days=1) if span == "day" else (day + timedelta(days=31)).replace(day=1)


def between(table: ArchivedTable, first: date, end: date) -> str:
    """The condition on the time column for the days from `first` until before `end`, in literals."""
    column = quote_identifier(table.time_column)
    return f"{column} >= {_literal(table, first)} and {column} < {_literal(table, end)}"


def find_days(
    connection: Connection, table: ArchivedTable, relations: Sequence[str], end: date, span: Span, *, exact: bool
) -> Found:
    """The days (or months) before `end` that hold rows of these relations."""
    found = Found()
    for relation in relations:
        index = None if exact else connection.execute(_INDEX, (table.time_column, relation)).fetchone()
        part = _read(connection, table, relation, end, span) if index is None else Found(exact=False)
        if index is not None:
            known = _sampled(connection, table, relation, end, span) if index[0] == "brin" else set()
            days = list(_probe(connection, table, relation, end, span, index[0], known))
            part.rows = dict(zip(days, estimates(connection, table, relation, days, span), strict=True))
            part.timeless = _timeless(connection, table, relation, index[0])
        for day, rows in part.rows.items():
            found.rows[day] = found.rows.get(day, 0) + rows
        for what, rows in part.timeless.items():
            found.timeless[what] = found.timeless.get(what, 0) + rows
        found.exact &= part.exact
    return found


def day_expression(table: ArchivedTable) -> str:
    """SQL for a row's day; null for a time that no unit can hold."""
    column = quote_identifier(table.time_column)
    wall = f"{column} at time zone 'UTC'" if table.time_base == "timestamptz" else column
    return f"case when {between(table, FIRST_DAY, LAST_DAY)} then ({wall})::date end"


def _read(connection: Connection, table: ArchivedTable, relation: str, end: date, span: Span) -> Found:
    column, found = quote_identifier(table.time_column), Found()
    begins = f"date_trunc('{span}', {day_expression(table)})::date"
    kept = f"case when {column} >= {_literal(table, FIRST_DAY)} and {column} < {_literal(table, end)} then {begins} end"
    timeless = _timeless_case(table)
    query = f"select {kept}, {timeless}, count(*) from {relation} group by 1, 2"
    for day, what, rows in connection.execute(query.encode()):
        if day is not None:
            found.rows[day] = rows
        elif what is not None:
            found.timeless[what] = rows
    return found


def _timeless_case(table: ArchivedTable) -> str:
    return f"case {' '.join(f'when {condition} then {what!r}' for what, condition in _timeless_ranges(table))} end"


def _timeless_ranges(table: ArchivedTable) -> list[tuple[str, str]]:
    """The times no unit can hold. Infinity first: it is also far."""
    column = quote_identifier(table.time_column)
    return [
        ("null", f"{column} is null"),
        ("infinity", f"{column} = 'infinity'"),
        ("-infinity", f"{column} = '-infinity'"),
        ("far past", f"{column} < {_literal(table, FIRST_DAY)}"),
        ("far future", f"{column} >= {_literal(table, LAST_DAY)}"),
    ]


def _timeless(connection: Connection, table: ArchivedTable, relation: str, index: str) -> dict[str, int]:
    """The same counts by an index: each range is nearly always empty, and an index says so at once."""
    null, *_, past, future = (condition for _, condition in _timeless_ranges(table))
    query = " union all ".join(
        f"select {_timeless_case(table)}, count(*) from {relation} where {condition} group by 1"
        for condition in (null, past, future)
    )
    with connection.transaction():
        _only_by(connection, index)
        return dict(connection.execute(query.encode()).fetchall())


def _sampled(connection: Connection, table: ArchivedTable, relation: str, end: date, span: Span) -> set[date]:
    """Days that some of the relation's pages show to hold rows: of a block range index each other day costs a scan."""
    kind, size = one_row(
        connection, "select relkind::text, pg_relation_size(oid) from pg_class where oid = %s::regclass", (relation,)
    )
    if kind != "r" or not size:
        return set()
    share = min(100.0, 100 * _SAMPLED_BYTES / size)
    begins = f"date_trunc('{span}', {day_expression(table)})::date"
    query = (
        f"select distinct {begins} from {relation} tablesample system ({share:.6f})"
        f" where {between(table, FIRST_DAY, end)}"
    )
    return {day for (day,) in connection.execute(query.encode())}


def _probe(
    connection: Connection, table: ArchivedTable, relation: str, end: date, span: Span, index: str, known: set[date]
) -> Iterator[date]:
    """Ask an index for each next day, from the first one on; not for days that are known to hold rows."""
    with connection.transaction():
        _only_by(connection, index)
        day = _first_day_from(connection, table, relation, FIRST_DAY, end, index)
        while day is not None:
            begins = day if span == "day" else day.replace(day=1)
            starts = list(_starts(begins, end, span))
            asked = [start for start in starts if start not in known]
            filled = {start for start, holds in _filled(connection, table, relation, asked, span) if holds}
            yield from (start for start in starts if start in known or start in filled)
            after = following(starts[-1], span)
            if after in known and after < end:
                day = after
            else:
                day = None if after >= end else _first_day_from(connection, table, relation, after, end, index)


def _starts(first: date, end: date, span: Span) -> Iterator[date]:
    day = first
    for _ in range(_AT_ONCE):
        if day >= end:
            return
        yield day
        day = following(day, span)


def _only_by(connection: Connection, index: str) -> None:
    """Let nothing but the index answer. The planner would rather read a table of which nearly every row is asked for.

    Block ranges are read by bitmaps alone; else it would read a key whole that has the time in its second place.
    """
    connection.execute("set local enable_seqscan = off")
    if index == "brin":
        connection.execute("set local enable_indexscan = off")
        connection.execute("set local enable_indexonlyscan = off")


def _filled(
    connection: Connection, table: ArchivedTable, relation: str, starts: Sequence[date], span: Span
) -> list[tuple[date, bool]]:
    """Each day with whether it holds a row. Literals, so that the planner sees how little is asked for each time."""
    with connection.pipeline():
        asked = [
            connection.execute(
                f"select exists(select from {relation} where {between(table, start, following(start, span))})".encode()
            )
            for start in starts
        ]
    answers = [cursor.fetchone() for cursor in asked]
    return [(start, answer == (True,)) for start, answer in zip(starts, answers, strict=True)]


def _first_day_from(
    connection: Connection, table: ArchivedTable, relation: str, first: date, end: date, index: str
) -> date | None:
    """The first day from `first` until before `end` that holds a row."""
    if index == "btree":
        column = quote_identifier(table.time_column)
        query = f"select min({day_expression(table)}) from (select min({column}) as {column} from {relation}"
        least: date | None = one_row(connection, f"{query} where {between(table, first, end)}) as least")[0]
        return least
    if not _holds(connection, table, relation, first, end):
        return None
    low, high = first, end - timedelta(days=1)
    while low < high:
        middle = low + (high - low) // 2
        if _holds(connection, table, relation, first, middle + timedelta(days=1)):
            high = middle
        else:
            low = middle + timedelta(days=1)
    return low


def _holds(connection: Connection, table: ArchivedTable, relation: str, first: date, end: date) -> bool:
    query = f"select exists(select from {relation} where {between(table, first, end)})"
    return one_row(connection, query)[0] is True


def estimates(
    connection: Connection, table: ArchivedTable, relation: str, days: Sequence[date], span: Span
) -> list[int]:
    """How many rows PostgreSQL's statistics give each day, those of a month spread evenly over its days; never none."""
    together = [list(group) for _, group in groupby(days, key=lambda day: (day.year, day.month))]
    ranges = [between(table, group[0], following(group[-1], span)) for group in together]
    rows = estimated_rows(connection, [f"select from {relation} where {condition}" for condition in ranges])
    return [max(1, in_all // len(group)) for group, in_all in zip(together, rows, strict=True) for _ in group]


def estimated_rows(connection: Connection, queries: Sequence[str]) -> list[int]:
    """How many rows PostgreSQL expects each query to give. Nothing is read but statistics."""
    with connection.pipeline():
        found = [connection.execute(f"explain (format json) {query}".encode()) for query in queries]
    answers = [cursor.fetchone() for cursor in found]
    plans = [json.loads(a[0]) if isinstance(a[0], str) else a[0] for a in answers if a is not None]
    return [max(1, int(plan[0]["Plan"]["Plan Rows"])) for plan in plans]


def _literal(table: ArchivedTable, day: date) -> str:
    return time_literal(table, day.isoformat())


def midnight(day: date) -> datetime:
    """A day's first wall time."""
    return datetime(day.year, day.month, day.day)
