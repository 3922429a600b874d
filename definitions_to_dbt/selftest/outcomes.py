"""Records in the order they arrive, batch by batch: what becomes of each, which rows stand, which versions there were.

The promises it reckons by: each record has one outcome; per business key the newest by the source's order counts,
then by arrival; an older record never overwrites a newer one; what says nothing new changes nothing; an event that
moves in time leaves a mark; a table without a key keeps every record; a version holds until the next begins; a delete
keeps the values last known, and what names no order comes after all of its object that arrived before it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from definitions_to_dbt.definition import ObjectModel
from definitions_to_dbt.selftest.gone import Known, values_of_delete
from definitions_to_dbt.selftest.interpret import Verdict, key_of
from definitions_to_dbt.selftest.values import AsWritten

_START = datetime(1970, 1, 1, tzinfo=UTC)


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
    begins: datetime
    is_mark: bool = False
    has_no_order: bool = False

    @property
    def is_delete(self) -> bool:
        """True where the source says that the object is gone."""
        return self.verdict.is_delete and not self.is_mark

    @property
    def is_gone(self) -> bool:
        """True for what readers do not see."""
        return self.is_delete or self.is_mark

    @property
    def place(self) -> tuple[Any, int]:
        """Where it stands among those of its object: the source's order, then arrival."""
        return self.order, self.seq


@dataclass(frozen=True)
class Version:
    """When a record's content held, and what it was."""

    seq: int
    valid_from: datetime
    valid_to: datetime | None
    row: Row


@dataclass
class Ledger:
    """The state of one object."""

    model: ObjectModel
    outcomes: dict[int, tuple[str, int | None]] = field(default_factory=dict)
    rows: dict[Any, Row] = field(default_factory=dict)
    _told: dict[Any, list[Row]] = field(default_factory=dict)
    _highest: list[Any] = field(default_factory=list)

    def take_in(self, batch: Iterable[Arrived]) -> None:
        """Judge one batch as a whole."""
        by_key: dict[Any, list[Row]] = {}
        for record in batch:
            if not record.verdict.is_accepted:
                self.outcomes[record.seq] = ("rejected", None)
                continue
            row = self._row(record)
            if not key_of(self.model):
                self.rows[record.seq] = row
                self.outcomes[record.seq] = ("loaded", None)
                continue
            key = self._key(row.values)
            by_key.setdefault(key, []).append(row)
            self._told.setdefault(key, []).append(row)
        for key, rows in by_key.items():
            self._decide(key, rows)
            self._forget_what_says_nothing(key, rows)
        new = {row.seq for rows in by_key.values() for row in rows}
        self._highest += [row.order for row in self.rows.values() if row.seq in new]

    def _row(self, record: Arrived) -> Row:
        values = dict(record.verdict.values)
        name, change = self.model.source.order, record.verdict.change
        order = _order(values[name], change is not None) if name else change.order if change else None
        row = Row(record.seq, order, record.verdict, values, self._begins(record))
        if order is not None:
            return row
        earlier = [one.order for one in self._told.get(self._key(values), [])] if change else []
        # What it changes may be archived by now: of an event that ages nothing that was there before stands above it.
        earlier += self._highest if change and self.model.ages else []
        return replace(row, order=max([record.seq, *earlier]), has_no_order=True)

    def _key(self, values: dict[str, Any]) -> Any:
        return tuple(values[name] for name in key_of(self.model))

    def _place(self, row: Row) -> Any:
        """Where a row stands: an event also by its time."""
        time = self.model.time_column if self.model.kind == "event" else None
        return (self._key(row.values), row.values[time] if time else None)

    def _decide(self, key: Any, arrived: list[Row]) -> None:
        standing = self._standing(key)
        told = self._in_order([*arrived, *([standing] if standing else [])], standing)
        newest = max(told, key=lambda row: row.place)
        if standing is None or (newest is not standing and not self._same(newest, standing)):
            for place, row in list(self.rows.items()):
                if place[0] == key and not row.is_gone and place != self._place(newest):
                    self.rows[place] = replace(newest, values=row.values, is_mark=True)
            self.rows[self._place(newest)] = newest
            standing = newest
        for row in arrived:
            if row.seq == standing.seq:
                self.outcomes[row.seq] = ("loaded", None)
            else:
                self.outcomes[row.seq] = ("duplicate" if self._same(row, standing) else "superseded", standing.seq)

    def _in_order(self, rows: Iterable[Row], standing: Row | None = None) -> list[Row]:
        """From the oldest on: deletes with the values last known, and without those that say it a second time."""
        found: list[Row] = []
        for row in sorted(rows, key=lambda row: row.place):
            if row.is_delete and row is not standing:
                if found and found[-1].is_delete and row.has_no_order:
                    continue
                known = Known(found[-1].values, found[-1].is_delete) if found else None
                values = values_of_delete(self.model, key_of(self.model), row.values, known, row.begins)
                row = replace(row, values=values)
            found.append(row)
        return found

    def _forget_what_says_nothing(self, key: Any, arrived: list[Row]) -> None:
        """A tombstone behind a delete is no version either."""
        kept = {row.seq for row in self._in_order(self._told[key])}
        new = {row.seq for row in arrived}
        self._told[key] = [row for row in self._told[key] if row.seq in kept or row.seq not in new]

    def _standing(self, key: Any) -> Row | None:
        rows = [row for place, row in self.rows.items() if place[0] == key]
        return max(rows, key=lambda row: (row.place, not row.is_mark), default=None)

    def _same(self, one: Row, other: Row) -> bool:
        """True where two records of one key say the same, in every column and in their order."""
        has_order = self.model.source.order is not None or one.verdict.change is not None
        if has_order and not one.has_no_order and one.order != other.order:
            return False
        if one.is_delete and other.is_delete:
            return True
        is_alike = all(one.values[name] == other.values[name] for name in one.values)
        return is_alike and one.is_gone == other.is_gone

    def versions(self) -> dict[int, Version]:
        """One version per accepted record of an entity with a key."""
        found: dict[int, Version] = {}
        for told in self._told.values():
            ends: datetime | None = None
            for row in reversed(self._in_order(told)):
                found[row.seq] = Version(row.seq, row.begins, None if ends is None else max(row.begins, ends), row)
                ends = row.begins if ends is None else min(row.begins, ends)
        return found

    def _begins(self, record: Arrived) -> datetime:
        """The source's own time where its order is one, else that of the change, else the time of arrival."""
        change = record.verdict.change
        happened = change.at if change and change.at else record.ingested_at
        order = self.model.source.order
        value = record.verdict.values[order] if order and not record.verdict.is_delete else None
        if not isinstance(value, date):
            return happened
        if not isinstance(value, datetime):
            return datetime(value.year, value.month, value.day, tzinfo=UTC)
        return value if value.tzinfo else value.replace(tzinfo=UTC)


def _order(value: Any, as_number: bool) -> Any:
    """What of two is newer; beside the number of an arrival, times are microseconds since 1970."""
    if isinstance(value, AsWritten):  # pg_lsn: two numbers
        high, _, low = value.text.partition("/")
        return int(high, 16) << 32 | int(low, 16)
    if as_number and isinstance(value, date):
        if not isinstance(value, datetime):
            value = datetime(value.year, value.month, value.day)
        return ((value if value.tzinfo else value.replace(tzinfo=UTC)) - _START) // timedelta(microseconds=1)
    return value
