"""How much a question will read, before it is asked: files, rows and bytes from the catalogue, hot rows from the plan.

Opens no file. What it says is an upper bound of what is archived, and PostgreSQL's guess of what is hot.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from archive_jobs.planning.tables import Kind
from archive_jobs.reading.reader import Reader
from archive_jobs.times import Interval
from definitions_to_dbt.definition import ObjectModel


@dataclass(frozen=True)
class Estimate:
    """What would be read."""

    table: str
    kind: Kind
    interval: Interval
    files: int
    # Of whole files: one that is cut by the interval counts in full.
    rows: int
    bytes: int
    hot_rows: int
    hot_bytes: int

    def as_json(self) -> dict[str, Any]:
        """The estimate as plain values."""
        start, end = self.interval.start, self.interval.end
        said = {"start": start and start.isoformat(), "end": end and end.isoformat()}
        return {key: value for key, value in asdict(self).items() if key != "interval"} | said


def estimate(
    reader: Reader, model: ObjectModel, kind: Kind, interval: Interval, *, cold_alone: bool = False
) -> Estimate:
    """The files that may hold rows of the interval, and the hot rows that PostgreSQL expects to find."""
    files = reader.chosen(model, kind, interval)
    rows, width = (0, 0) if cold_alone else _hot(reader, model, kind, interval)
    total = sum(file.rows for file in files), sum(file.bytes for file in files)
    return Estimate(model.table_name, kind, interval, len(files), *total, rows, rows * width)


def _hot(reader: Reader, model: ObjectModel, kind: Kind, interval: Interval) -> tuple[int, int]:
    query = reader.hot_query(model, kind, interval)
    if query is None:
        return 0, 0
    row = reader.control.execute(f"explain (format json) {query}".encode()).fetchone()
    if row is None:
        return 0, 0
    said = row[0] if isinstance(row[0], list) else json.loads(row[0])
    plan = said[0]["Plan"]
    return int(plan["Plan Rows"]), int(plan["Plan Width"])


def told(estimates: Iterable[Estimate]) -> Iterable[str]:
    """For people: how much, and under it of what."""
    for one in estimates:
        yield f"{one.files:,} files, {one.bytes:,} bytes, at most {one.rows:,} rows; about {one.hot_rows:,} hot rows"
        yield f"    of {one.table} ({one.kind}) {one.interval}"
