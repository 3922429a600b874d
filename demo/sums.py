"""The sums that must hold in the end. Compares numbers that others counted; counts nothing itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from demo.counts import OUTCOMES, RowPlaces
from demo.shop_ledger import Ledger


@dataclass(frozen=True)
class Sum:
    """Two numbers from two places that must be the same. `what` names both, in this order."""

    what: str
    left: object
    right: object

    @property
    def holds(self) -> bool:
        """Whether they are."""
        return self.left == self.right

    def __str__(self) -> str:
        return f"{self.what}: {_shown(self.left)} is not {_shown(self.right)}"


@dataclass
class Records:
    """What became of the raw records of one object."""

    table: str
    landed: int
    outcomes: Counter[str]
    raw_in_postgres: int = 0
    raw_in_lake: int = 0

    @property
    def with_outcome(self) -> int:
        """Records with one of the four outcomes."""
        return sum(self.outcomes[outcome] for outcome in OUTCOMES)

    def sums(self, ledger: Ledger) -> list[Sum]:
        """Landed = outcomes, outcomes = the ledger's where it keeps this table, landed = raw records kept."""
        held = [
            Sum(f"{self.table}: records in the files = records with an outcome", self.landed, self.with_outcome),
            Sum(f"{self.table}: raw records without an outcome = none", self.outcomes["none"], 0),
            Sum(
                f"{self.table}: records in the files = raw records in the lake and in PostgreSQL alone",
                self.landed,
                self.raw_in_lake + self.raw_in_postgres,
            ),
        ]
        if self.table in ledger.tables():
            expected = ledger.of(self.table)
            held += [
                Sum(f"{self.table}: {outcome} records = the ledger's", self.outcomes[outcome], expected[outcome])
                for outcome in OUTCOMES
            ]
            held.append(Sum(f"{self.table}: records in the files = the ledger's", self.landed, expected["landed"]))
        return held


@dataclass(frozen=True)
class Archived:
    """Rows of one Layer 2 table before and after one run of the archive."""

    table: str
    run: int
    before: RowPlaces
    after: RowPlaces

    def sums(self) -> list[Sum]:
        """No row is lost and none is there twice."""
        where = f"{self.table}, archive run {self.run}"
        return [
            Sum(f"{where}: rows before = rows after, hot and cold", self.before.together, self.after.together),
            Sum(f"{where}: rows after = different rows after", self.after.together, self.after.different),
        ]


def history_sums(rows_in_history: Mapping[str, int], ledger: Ledger) -> list[Sum]:
    """The current truth of each table against the ledger."""
    return [
        Sum(f"{table}: rows in history = the ledger's", rows_in_history[table], expected)
        for table, expected in ledger.rows_in_history.items()
    ]


def mart_sums(before: Mapping[str, object], after: Mapping[str, object]) -> list[Sum]:
    """Each total of the marts before archiving against the same after it."""
    return [Sum(f"{name} before = after archiving", before.get(name), after.get(name)) for name in {**before, **after}]


def byte_sums(sent: Mapping[str, Counter[str]], kept: Mapping[str, Counter[str]]) -> list[Sum]:
    """Per table: records sent that are not in the lake with the same bytes, and the other way round; none of both."""
    return [
        Sum(
            f"{table}: records whose bytes changed between file and lake = none",
            (sent[table] - kept[table]).total() + (kept[table] - sent[table]).total(),
            0,
        )
        for table in sent
    ]


def broken(sums: Sequence[Sum]) -> list[Sum]:
    """Those that do not hold."""
    return [one for one in sums if not one.holds]


def _shown(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value)
