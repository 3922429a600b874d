"""What the platform must make of the shop's records, worked out in plain Python. Knows neither SQL nor files.

Outcomes, per object and batch: a record is *rejected* when it cannot be read or breaks a rule. Of the others, per
business key, the highest (order field, then arrival) is *loaded*; one that equals the winner in every value is a
*duplicate*; any other is *superseded*. A batch also meets what Layer 2 already holds, and whoever is there stays when
the newcomer is the same. What was archived in between is no longer there to be met: history settles it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal, NamedTuple

Outcome = Literal["loaded", "rejected", "superseded", "duplicate"]

# Each kind of planted record adds one record to a file, and thereby one to this outcome. A correction within a batch
# is itself loaded, and the record that it corrects is superseded: one more superseded, as many loaded.
OUTCOME_OF: dict[str, Outcome] = {
    "intact": "loaded",
    "flagged": "loaded",  # breaks a rule of severity warning only
    "late": "loaded",
    "late_for_the_archive": "loaded",
    "correction": "superseded",
    "correction_across": "loaded",
    "correction_of_archived": "loaded",
    "stale": "superseded",
    "stale_across": "superseded",
    "stale_of_archived": "loaded",
    "repeat": "duplicate",
    "repeat_across": "duplicate",
    "repeat_of_archived": "loaded",
    "unchanged": "duplicate",
}


class Sent(NamedTuple):
    """One record as written to a file."""

    kind: str
    payload: dict[str, Any] | None  # None: `raw` is written instead
    raw: bytes | None = None
    rejected: bool = False


@dataclass(frozen=True)
class ShopObject:
    """Which values of a payload are key, order and time. `order` None: the later arrival is newer."""

    code: str
    table: str
    key: tuple[str, ...]
    order: str | None = "updated_at"
    time: str | None = None

    def key_of(self, payload: dict[str, Any]) -> tuple[Any, ...]:
        """The business key of an intact payload."""
        return tuple(payload[name] for name in self.key)


class _Held(NamedTuple):
    """A record that Layer 2 (or history) holds: comparing two says which is newer."""

    order: str
    arrival: int
    payload: dict[str, Any]

    def beats(self, other: _Held) -> bool:
        return (self.order, self.arrival) > (other.order, other.arrival)


@dataclass
class ObjectBook:
    """Keeps the books of one object while its batches go by."""

    shop_object: ShopObject
    arrivals: int = 0
    layer_2: dict[tuple[Any, ...], _Held] = field(default_factory=dict)
    history: dict[tuple[Any, ...], _Held] = field(default_factory=dict)

    def take_batch(self, records: Iterable[Sent]) -> Counter[Outcome]:
        """The outcomes of one batch, claimed and transformed as a whole."""
        outcomes: Counter[Outcome] = Counter()
        claimed: dict[tuple[Any, ...], list[_Held]] = {}
        for record in records:
            self.arrivals += 1
            if record.rejected or record.payload is None:
                outcomes["rejected"] += 1
                continue
            order = "" if self.shop_object.order is None else str(record.payload[self.shop_object.order])
            held = _Held(order, self.arrivals, record.payload)
            claimed.setdefault(self.shop_object.key_of(record.payload), []).append(held)
        for key, rivals in claimed.items():
            outcomes.update(self._settle(key, rivals))
        return outcomes

    def archive_before(self, day: date) -> None:
        """Forget what has left Layer 2: events of days before this one."""
        time = self.shop_object.time
        if time is not None:
            kept = {key: held for key, held in self.layer_2.items() if str(held.payload[time])[:10] >= day.isoformat()}
            self.layer_2 = kept

    def _settle(self, key: tuple[Any, ...], rivals: list[_Held]) -> Iterable[Outcome]:
        newest = max(rivals, key=lambda held: (held.order, held.arrival))
        present = self.layer_2.get(key)
        winner = newest if present is None or self._replaces(newest, present) else present
        self.layer_2[key] = winner
        known = self.history.get(key)
        if known is None or newest.beats(known):
            self.history[key] = newest
        for rival in rivals:
            if rival is winner:
                yield "loaded"
            else:
                yield "duplicate" if rival.payload == winner.payload else "superseded"

    def _replaces(self, newcomer: _Held, present: _Held) -> bool:
        same = newcomer.order == present.order and newcomer.payload == present.payload
        return newcomer.beats(present) and not (same and self.shop_object.order is not None)


@dataclass(frozen=True)
class LedgerLine:
    """One file: what was written into it by kind, and what must become of its records."""

    object_code: str
    table_name: str
    batch: int
    records: int
    kinds: dict[str, int]
    outcomes: dict[Outcome, int]

    @property
    def flagged(self) -> int:
        """Records that are loaded with a quality issue."""
        return self.kinds.get("flagged", 0)


@dataclass(frozen=True)
class Ledger:
    """All files, and what history must hold in the end: rows per table, and the orders' totals in cents."""

    lines: tuple[LedgerLine, ...]
    rows_in_history: dict[str, int]
    order_total_cents: int

    def of(self, table: str, batch: int | None = None) -> dict[str, int]:
        """Landed records and outcomes of one table, in one batch or in all."""
        chosen = [line for line in self.lines if line.table_name == table and batch in (None, line.batch)]
        total = Counter[str]({"landed": sum(line.records for line in chosen)})
        for outcome in ("loaded", "rejected", "superseded", "duplicate"):
            total[outcome] = sum(line.outcomes.get(outcome, 0) for line in chosen)
        return dict(total)

    def tables(self) -> list[str]:
        """Every table, in the order of landing."""
        return list(dict.fromkeys(line.table_name for line in self.lines))
