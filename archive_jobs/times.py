"""Times as people write them on a command line: a date alone means the whole day, no zone means UTC."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from definitions_to_dbt.errors import ProblemError
from definitions_to_dbt.sql import quote_identifier, quote_literal

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_TICK = timedelta(microseconds=1)


@dataclass(frozen=True)
class Interval:
    """Half-open, in UTC. None is open on that side."""

    start: datetime | None
    end: datetime | None

    @property
    def is_empty(self) -> bool:
        """True where no instant lies in it."""
        return self.start is not None and self.end is not None and self.end <= self.start

    def __str__(self) -> str:
        start = self.start.isoformat() if self.start else "the beginning"
        end = self.end.isoformat() if self.end else "the end"
        return f"[{start}, {end})"


EVERYTHING = Interval(None, None)


def parse_time(written: str) -> datetime:
    """One instant. Raises ProblemError with what was expected."""
    try:
        found = datetime.fromisoformat(written.strip())
    except ValueError:
        raise ProblemError(f"expected a time such as 2024-01-31 or 2024-01-31T12:00:00Z, found {written!r}") from None
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)


def parse_interval(start: str | None, end: str | None) -> Interval:
    """From `start` to `end`, both included: an end that is a date includes that day, a time that instant."""
    low = parse_time(start) if start else None
    high = _after(end) if end else None
    if low is not None and high is not None and high <= low:
        raise ProblemError(f"expected a start before the end, found {start} and {end}")
    return Interval(low, high)


def _after(end: str) -> datetime:
    if _DATE.fullmatch(end.strip()):
        parse_time(end)
        return datetime.combine(date.fromisoformat(end.strip()) + timedelta(days=1), datetime.min.time(), UTC)
    return parse_time(end) + _TICK


def time_condition(column: str, base: str, zone: str, interval: Interval) -> str:
    """The interval as a condition on a time column of this type, in PostgreSQL's words. No bound, no condition."""
    bounds = [(">=", interval.start), ("<", interval.end)]
    conditions = [f"{quote_identifier(column)} {sign} {_literal(base, zone, at)}" for sign, at in bounds if at]
    return " and ".join(conditions) or "true"


def wall_bound(instant: datetime, zone: str) -> datetime:
    """The first wall time of the zone that stands for this instant or a later one, as PostgreSQL takes wall times.

    An hour that clocks show twice stands for its second time: in its first time the bound waits where it begins. So
    intervals that adjoin hold each row once, and none is empty because clocks went back in it.
    """
    local = instant.astimezone(ZoneInfo(zone))
    again = local.replace(fold=1).utcoffset()
    if local.fold or again == local.utcoffset():
        return local.replace(tzinfo=None)
    low = high = instant.astimezone(UTC)
    high += (local.utcoffset() or timedelta()) - (again or timedelta())
    while high - low > _TICK:
        middle = low + (high - low) / 2
        low, high = (low, middle) if middle.astimezone(ZoneInfo(zone)).utcoffset() == again else (middle, high)
    return high.astimezone(ZoneInfo(zone)).replace(tzinfo=None, fold=0)


def _literal(base: str, zone: str, instant: datetime) -> str:
    wall = instant if base == "timestamptz" else wall_bound(instant, zone)
    # A date stands for its midnight: as a timestamp both bounds keep their meaning.
    kind = "timestamptz" if base == "timestamptz" else "timestamp"
    return f"{quote_literal(wall.isoformat(sep=' '))}::{kind}"
