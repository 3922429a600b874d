"""A part of what is due: so many units or rows, or those of a range. Touches no database."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from archive_jobs.planning.plan import TablePlan
from archive_jobs.planning.units import Slice


@dataclass(frozen=True)
class Portion:
    """How much of a plan a run takes, oldest first. None is all of it."""

    units: int | None = None
    rows: int | None = None
    lo: datetime | None = None
    hi: datetime | None = None

    @property
    def is_of_a_range(self) -> bool:
        """True where only units of a range are meant: raw records are not dropped then."""
        return self.lo is not None or self.hi is not None

    def of(self, plans: Sequence[TablePlan]) -> list[TablePlan]:
        """The plans with no more than the portion in them; what is blocked takes nothing of it."""
        left = _Left(self.units, self.rows)
        return [
            replace(plan, slices=tuple(left.take(piece for piece in plan.slices if self._holds(piece))))
            if not plan.blocked_by
            else plan
            for plan in plans
        ]

    def _holds(self, piece: Slice) -> bool:
        return (self.lo is None or piece.lo >= self.lo) and (self.hi is None or piece.hi <= self.hi)


@dataclass
class _Left:
    units: int | None
    rows: int | None

    def take(self, pieces: Iterator[Slice]) -> Iterator[Slice]:
        """A unit goes as a whole: the last one may bring more rows than were asked for."""
        for piece in pieces:
            if self.units == 0 or (self.rows is not None and self.rows <= 0):
                return
            if self.units is not None:
                self.units -= 1
            if self.rows is not None:
                self.rows -= piece.rows
            yield piece
