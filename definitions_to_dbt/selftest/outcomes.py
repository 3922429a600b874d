"""Records in the order they arrive, batch by batch: what becomes of each, which rows stand, which versions there were.

The promises it reckons by: each record has one outcome; per business key the newest by the source's order counts,
then by arrival; an older record never overwrites a newer one; what says nothing new changes nothing; an event that
moves in time leaves a mark; a table without a key keeps every record; a version holds until the next begins.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from definitions_to_dbt.definition import ObjectModel
from definitions_to_dbt.selftest.interpret import Verdict, key_of
from definitions_to_dbt.selftest.values import AsWritten


@dataclass(frozen=True)
class Arrived:
    """A record with its place in the order of arrival, and what the interpreter says of it."""

    seq: int
    verdict: Verdict
    ingested_at: datetime


@dataclass(frozen=True)
class Row:
    """One row of the write model. A mark stands where an event was before it moved."""

    seq: int
    order: Any
    verdict: Verdict
    values: dict[str, Any]
    is_mark: bool = False


@dataclass(frozen=True)
class Version:
    """When a record's content held."""

    seq: int
    valid_from: datetime
    valid_to: datetime | None


@dataclass
class Ledger:
    """The state of one object."""

    model: ObjectModel
    outcomes: dict[int, tuple[str, int | None]] = field(default_factory=dict)
    rows: dict[Any, Row] = field(default_factory=dict)
    _accepted: list[Arrived] = field(default_factory=list)

    def take_in(self, batch: Iterable[Arrived]) -> None:
        """Judge one batch as a whole."""
        accepted = []
        for record in batch:
            if record.verdict.is_accepted:
                accepted.append(record)
            else:
                self.outcomes[record.seq] = ("rejected", None)
        self._accepted += accepted
        if not key_of(self.model):
            for record in accepted:
                self.rows[record.seq] = self._row(record)
                self.outcomes[record.seq] = ("loaded", None)
            return
        by_key: dict[Any, list[Row]] = {}
        for record in accepted:
            row = self._row(record)
            by_key.setdefault(self._key(row.values), []).append(row)
        for key, rows in by_key.items():
            self._decide(key, rows)

    def _row(self, record: Arrived) -> Row:
        values = dict(record.verdict.values)
        order = self.model.source.order
        return Row(record.seq, _order(values[order]) if order else record.seq, record.verdict, values)

    def _key(self, values: dict[str, Any]) -> Any:
        return tuple(values[name] for name in key_of(self.model))

    def _place(self, row: Row) -> Any:
        """Where a row stands: an event also by its time."""
        time = self.model.time_column if self.model.kind == "event" else None
        return (self._key(row.values), row.values[time] if time else None)

    def _decide(self, key: Any, arrived: list[Row]) -> None:
        newest = max(arrived, key=lambda row: (row.order, row.seq))
        standing = self._standing(key)
        if standing is None or (
            (newest.order, newest.seq) > (standing.order, standing.seq) and not self._same(newest, standing)
        ):
            for place, row in list(self.rows.items()):
                if place[0] == key and not row.is_mark and place != self._place(newest):
                    self.rows[place] = Row(newest.seq, newest.order, newest.verdict, row.values, is_mark=True)
            self.rows[self._place(newest)] = newest
            standing = newest
        for row in arrived:
            if row.seq == standing.seq:
                self.outcomes[row.seq] = ("loaded", None)
            else:
                self.outcomes[row.seq] = ("duplicate" if self._same(row, standing) else "superseded", standing.seq)

    def _standing(self, key: Any) -> Row | None:
        rows = [row for place, row in self.rows.items() if place[0] == key]
        return max(rows, key=lambda row: (row.order, row.seq, not row.is_mark), default=None)

    def _same(self, one: Row, other: Row) -> bool:
        """True where two records of one key say the same, in every column and in their order."""
        is_alike = all(one.values[name] == other.values[name] for name in one.values)
        return is_alike and one.is_mark == other.is_mark and (not self.model.source.order or one.order == other.order)

    def versions(self) -> dict[int, Version]:
        """One version per accepted record of an entity with a key."""
        found: dict[int, Version] = {}
        by_key: dict[Any, list[Arrived]] = {}
        for record in self._accepted:
            by_key.setdefault(self._key(dict(record.verdict.values)), []).append(record)
        for records in by_key.values():
            records.sort(key=lambda record: (self._row(record).order, record.seq))
            ends: datetime | None = None
            for record in reversed(records):
                begins = self._begins(record)
                found[record.seq] = Version(record.seq, begins, None if ends is None else max(begins, ends))
                ends = begins if ends is None else min(begins, ends)
        return found

    def _begins(self, record: Arrived) -> datetime:
        """The source's own time where its order is one, else the time of arrival."""
        order = self.model.source.order
        value = record.verdict.values[order] if order else None
        if not isinstance(value, date):
            return record.ingested_at
        if not isinstance(value, datetime):
            return datetime(value.year, value.month, value.day, tzinfo=UTC)
        return value if value.tzinfo else value.replace(tzinfo=UTC)


def _order(value: Any) -> Any:
    if isinstance(value, AsWritten):  # pg_lsn: two numbers
        high, _, low = value.text.partition("/")
        return int(high, 16) << 32 | int(low, 16)
    return value
