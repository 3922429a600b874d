"""The column by which a table's rows lie in time, and conditions on it that both engines read alike."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from archive_jobs.planning.tables import Kind
from archive_jobs.reading.once_per_model import once_per_model
from archive_jobs.times import Interval, wall_bound
from definitions_to_dbt.definition import ObjectModel
from definitions_to_dbt.errors import ProblemError
from definitions_to_dbt.sql import quote_identifier, quote_literal


@dataclass(frozen=True)
class TimeColumn:
    """Its name, its type and the zone of its days."""

    name: str
    base: str
    zone: str

    @property
    def compared_as(self) -> str:
        """A date stands for its midnight: as a timestamp both bounds keep their meaning."""
        return "timestamptz" if self.base == "timestamptz" else "timestamp"

    @property
    def uncertain(self) -> timedelta:
        """How far a row may lie outside the instants of its unit, which were reckoned in the zone of that day.

        A timestamptz names its instant itself. A wall time is another instant once the definition says another zone.
        """
        return timedelta(0) if self.base == "timestamptz" else timedelta(hours=26)

    def literal(self, instant: datetime) -> str:
        """The instant as a bound, as the column writes it."""
        return f"{quote_literal(self.written(instant))}::{self.compared_as}"

    def written(self, instant: datetime) -> str:
        """The same as a text."""
        return (instant if self.base == "timestamptz" else wall_bound(instant, self.zone)).isoformat(sep=" ")

    def wall(self, instant: datetime) -> datetime:
        """What a clock of the column's zone shows."""
        return instant.astimezone(ZoneInfo(self.zone)).replace(tzinfo=None)

    def within(self, interval: Interval, start: str = "", end: str = "") -> str:
        """The condition that a row lies in the interval; empty where it is open on both sides.

        In words that hold for every interval where places are given for its bounds.
        """
        bounds = [(">=", interval.start, start), ("<", interval.end, end)]
        name = quote_identifier(self.name)
        return " and ".join(
            f"{name} {sign} " + (f"{place}::{self.compared_as}" if place else self.literal(bound))
            for sign, bound, place in bounds
            if bound is not None
        )


@once_per_model
def time_column(model: ObjectModel, kind: Kind) -> TimeColumn | None:
    """The table's time column; None where it has none."""
    if kind == "source":
        return TimeColumn("ingested_at", "timestamptz", "UTC")
    if model.time_column is None:
        return None
    column = model.column(model.time_column)
    return TimeColumn(column.name, column.pg_type.base, column.time_zone)


def require_time_column(model: ObjectModel, kind: Kind) -> TimeColumn:
    """The same; raises ProblemError where there is none."""
    found = time_column(model, kind)
    if found is None:
        raise ProblemError(f"{model.table_name} has no time_column: leave out --start and --end")
    return found
