"""The hours of the day in which rows may leave, such as 22:00-06:00 in Europe/Berlin. Touches no clock of its own."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from definitions_to_dbt.errors import ProblemError

_WRITTEN = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)\s*-\s*([01]?\d|2[0-3]):([0-5]\d)")


@dataclass(frozen=True)
class Window:
    """From `opens` to `closes` on the wall clock of a zone, every day; over midnight where it closes earlier."""

    opens: time
    closes: time
    zone: ZoneInfo

    def __str__(self) -> str:
        return f"{self.opens:%H:%M}-{self.closes:%H:%M} {self.zone.key}"

    def is_open(self, now: datetime) -> bool:
        """True where the wall clock stands in the window; its end is no longer in it."""
        wall = now.astimezone(self.zone).time()
        if self.opens < self.closes:
            return self.opens <= wall < self.closes
        return wall >= self.opens or wall < self.closes

    def next_opening(self, now: datetime) -> datetime:
        """Now, where it is open; else the next time it opens, as an instant.

        An hour that the zone skips in spring opens at the next one that there is.
        """
        if self.is_open(now):
            return now
        day = now.astimezone(self.zone).date()
        openings = (datetime.combine(day + timedelta(days=n), self.opens, self.zone) for n in range(3))
        # There and back: an hour that does not exist becomes the one after the gap.
        real = (opening.astimezone(UTC).astimezone(self.zone) for opening in openings)
        return next(opening for opening in real if opening > now)


def parse_window(written: str, zone: str = "UTC") -> Window:
    """Read `22:00-06:00`. Raises ProblemError with what was expected."""
    found = _WRITTEN.fullmatch(written.strip())
    if found is None:
        raise ProblemError(f"expected a window such as 22:00-06:00, found {written!r}")
    opens, closes = time(int(found[1]), int(found[2])), time(int(found[3]), int(found[4]))
    if opens == closes:
        raise ProblemError(f"the window {written} is never or always open: expected two different times")
    try:
        return Window(opens, closes, ZoneInfo(zone))
    except (ZoneInfoNotFoundError, ValueError):
        raise ProblemError(f"expected a time zone such as Europe/Berlin, found {zone!r}") from None
