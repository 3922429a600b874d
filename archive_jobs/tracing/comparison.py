"""What a comparison has found: counts, columns, samples. Compares nothing itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import duckdb

from archive_jobs.times import Interval

Problem = Literal["missing", "extra", "changed", "accepted now"]
# What is a difference; everything else that is counted is as it should be.
PROBLEMS: tuple[Problem, ...] = ("missing", "extra", "changed", "accepted now")
SAMPLES = 5


@dataclass
class Comparison:
    """Two sides that should say the same. `expected` and `found` name them."""

    table: str
    expected: str
    found: str
    interval: Interval
    counts: dict[str, int] = field(default_factory=dict)
    # How many pairs differ in each column.
    columns: dict[str, int] = field(default_factory=dict)
    samples: list[dict[str, Any]] = field(default_factory=list)
    by: str | None = None

    @property
    def differs(self) -> bool:
        """True where the two sides do not say the same."""
        return any(self.counts.get(problem) for problem in PROBLEMS)

    def as_json(self) -> dict[str, Any]:
        """The report as plain values."""
        return {
            "table": self.table, "expected": self.expected, "found": self.found, "interval": str(self.interval),
            "by": self.by, "differs": self.differs, "counts": self.counts, "columns": self.columns,
            "samples": self.samples,
        }  # fmt: skip


def rows_as_dicts(result: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    """What a query gives, by the names of its columns."""
    names = [column[0] for column in result.description or ()]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def counted(result: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """The one row of a query that counts, by the names of its columns."""
    return {name: int(number or 0) for name, number in rows_as_dicts(result)[0].items()}


def sample_of(problem: str, names: dict[str, Any], columns: Sequence[str], row: dict[str, Any]) -> dict[str, Any]:
    """One difference: what names the row, and the two values of each column that differs."""
    differing = {
        name: {"expected": row[f"e_{name}"], "found": row[f"f_{name}"]}
        for name in columns
        if row[f"e_{name}"] != row[f"f_{name}"]
    }
    return {"problem": problem, **names, **({"columns": differing} if problem == "changed" else {})}
