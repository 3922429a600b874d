"""Which times and columns of its views a query needs, as DuckDB's own optimizer says before anything is read.

The query is planned over relations that hold nothing and are like the views in all else. What the optimizer pushes down
to one of them as a filter on its time column holds for the view: rows that fail it cannot change the answer. Nor can
columns that no scan of it reads.
"""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb

from archive_jobs.failpoints import guarded
from archive_jobs.reading.time_column import TimeColumn
from archive_jobs.times import EVERYTHING, Interval
from definitions_to_dbt.lake import LakeColumn
from definitions_to_dbt.sql import quote_identifier, quote_literal

_TICK = timedelta(microseconds=1)
# A wall time may stand for two instants; files of a day more cost little.
_AROUND = timedelta(days=1)
# What the plan takes for now is a moment later than what the query will. Days and months of every zone begin with a
# quarter of an hour: where one begins in between, `current_date` is not the same for both.
_NOW, _MOMENT = re.compile(r"(?i)now|current|today|localtime|transaction_time"), timedelta(minutes=1)
_QUARTER = 900
_COMPARED = r"(>=|<=|>|<|=)'([^']+)'::[A-Z ]+"


@dataclass(frozen=True)
class View:
    """The shape of a view: its columns, and by which its rows lie in time."""

    columns: tuple[LakeColumn, ...]
    time: TimeColumn | None


@dataclass(frozen=True)
class Needed:
    """What a query needs of a view: rows of these times, of them these columns; None for all."""

    times: Interval = EVERYTHING
    columns: frozenset[str] | None = None


class Planner:
    """Plans queries in a session of its own: what fails here must not end the transaction that holds the snapshot.

    What it was told of a view is kept, as long as the view has the same shape.
    """

    def __init__(self, engine: duckdb.DuckDBPyConnection) -> None:
        self._engine, self._session = engine, engine.cursor()
        # One scan of a file as two would hide from the second what is asked of the first.
        self._session.execute("set late_materialization_max_rows = 0")
        self._told: dict[str, View] = {}
        self._folder: tempfile.TemporaryDirectory[str] | None = None

    def close(self) -> None:
        """End the session."""
        self._session.close()
        if self._folder is not None:
            self._folder.cleanup()

    def needed(self, query: str, views: Mapping[str, View]) -> dict[str, Needed]:
        """Per view what the query needs of it. All of it where the plan does not tell."""
        everything = dict.fromkeys(views, Needed())
        try:
            for name, view in views.items():
                if self._told.get(name) != view:
                    self._folder = self._folder or tempfile.TemporaryDirectory(prefix="archive-jobs-plan-")
                    _register(self._session, name, view, Path(self._folder.name))
                    self._told[name] = view
            if tells_time(query) and not _same_moment(self._engine, self._session):
                return everything
            row = self._session.execute(f"explain (format json) {query}").fetchone()
            scans = list(_scans(json.loads(row[1]))) if row else []
        except (duckdb.Error, OSError):
            return everything  # the query itself will say what is wrong with it
        found: dict[str, list[Interval]] = {}
        read: dict[str, frozenset[str]] = {}
        for scan in scans:
            whose = _view_of(scan, views)
            if whose is None:
                return everything
            found.setdefault(whose, []).append(_interval(scan, whose, views[whose].time))
            read[whose] = read.get(whose, frozenset()) | _columns(scan, whose, views[whose])
        slack = _MOMENT if tells_time(query) else timedelta(0)
        if not guarded("needed times"):
            return everything
        return {name: Needed(_all_of(found.get(name, []), slack), read.get(name)) for name in views}


def tells_time(query: str) -> bool:
    """True where what it means may depend on when it is asked."""
    return bool(_NOW.search(query))


def _same_moment(engine: duckdb.DuckDBPyConnection, planner: duckdb.DuckDBPyConnection) -> bool:
    """True where what either takes for now is close, and in the same quarter of an hour."""
    clocks = [(session.execute("select epoch(now())").fetchone() or (0,))[0] for session in (engine, planner)]
    is_close = abs(clocks[0] - clocks[1]) < _MOMENT.total_seconds() / 2
    return not guarded("one moment") or (is_close and len({clock // _QUARTER for clock in clocks}) == 1)


def _register(planner: duckdb.DuckDBPyConnection, name: str, view: View, folder: Path) -> None:
    """An empty relation of these types. Its columns carry the view's name, by which the plan's scans are known.

    A file, for of a table the plan knows that it is empty, and of Arrow's DuckDB loads all that there is, pandas too.
    """
    marked = {c.name: quote_identifier(_mark(name, c.name)) for c in view.columns}
    typed = ", ".join(f"null::{c.lake_type} as {marked[c.name]}" for c in view.columns)
    file = quote_literal(str(folder / f"{name}.parquet"))
    nothing = f"select {typed} where false"
    planner.execute(f"copy ({nothing}) to {file} (format parquet)")
    wanted, written = (
        [str(column[1]) for column in planner.execute(query).description or ()]
        for query in (nothing, f"select * from read_parquet({file})")
    )
    # A cast that does nothing takes part in every plan.
    named = ", ".join(
        f"{marked[c.name] if is_same else f'cast({marked[c.name]} as {c.lake_type})'} as {quote_identifier(c.name)}"
        for c, is_same in zip(view.columns, map(str.__eq__, wanted, written), strict=True)
    )
    planner.execute(
        f"create or replace temp view {quote_identifier(name)} as select {named}"
        f" from read_parquet({file}, hive_partitioning = false)"
    )


def _mark(view: str, column: str) -> str:
    return f"{view}\x1f{column}"


def _scans(plan: Any) -> Iterator[dict[str, Any]]:
    for node in plan if isinstance(plan, list) else [plan]:
        if node["name"].strip() == "READ_PARQUET":
            yield node["extra_info"]
        yield from _scans(node["children"])


def _texts(said: Any) -> list[str]:
    return [said] if isinstance(said, str) else list(said or [])


def _view_of(scan: dict[str, Any], views: Mapping[str, View]) -> str | None:
    """Whose scan it is; None where it reads no column of which one could tell."""
    texts = [*_texts(scan.get("Projections")), *_texts(scan.get("Filters"))]
    named = {name for text in texts for name in re.findall(r"(\w+)\x1f", text)}
    return named.pop() if len(named) == 1 and named <= views.keys() else None


def _columns(scan: dict[str, Any], name: str, view: View) -> frozenset[str]:
    """What it reads, be it for a filter alone. One whose name begins as another's may be among them for nothing."""
    texts = [*_texts(scan.get("Projections")), *_texts(scan.get("Filters"))]
    return frozenset(c.name for c in view.columns if any(_mark(name, c.name) in text for text in texts))


def _interval(scan: dict[str, Any], name: str, time: TimeColumn | None) -> Interval:
    """What the filter on the time column leaves; each column's filters stand in a text of their own."""
    if time is None:
        return EVERYTHING
    column = re.escape(_mark(name, time.name))
    for text in _texts(scan.get("Filters")):
        if re.fullmatch(rf"{column}{_COMPARED}(?: AND {column}{_COMPARED})*", text):
            bounds = re.findall(rf"{column}{_COMPARED}", text)
            lows = [_instant(value, time, -_AROUND) for sign, value in bounds if sign in (">", ">=", "=")]
            highs = [_instant(value, time, _AROUND, sign != "<") for sign, value in bounds if sign in ("<", "<=", "=")]
            return Interval(
                max((low for low in lows if low), default=None), min((high for high in highs if high), default=None)
            )
    return EVERYTHING


def _instant(written: str, time: TimeColumn, around: timedelta, included: bool = False) -> datetime | None:
    """The bound, moved outwards so far that what it includes is included. None for a time Python cannot hold."""
    try:
        found = datetime.fromisoformat(written)
        if time.base == "timestamptz":
            return found.astimezone(UTC) + (_TICK if included else timedelta(0))
        return found.replace(tzinfo=ZoneInfo(time.zone)).astimezone(UTC) + around
    except (ValueError, OverflowError):
        return None


def _all_of(intervals: list[Interval], slack: timedelta) -> Interval:
    """From the first start to the last end."""
    if not intervals:
        return EVERYTHING
    starts, ends = [one.start for one in intervals], [one.end for one in intervals]
    return Interval(
        None if None in starts else min(start for start in starts if start) - slack,
        None if None in ends else max(end for end in ends if end) + slack,
    )
