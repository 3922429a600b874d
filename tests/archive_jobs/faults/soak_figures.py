"""What a soak has counted so far: kept in a file, so that it can go on, and printed as a table."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from fault_oracle import Findings

from archive_jobs.failpoints import POINTS

# The line is lost before the server has COMMIT, after it has answered, while it is at it.
KINDS_OF_CUT = ("before", "after", "running")


@dataclass
class Figures:
    """Counts of one soak, over all its runs."""

    seed: int
    commit: str
    worlds: int = 0
    kills: int = 0
    flips: int = 0
    other_damage: int = 0
    reads: int = 0
    reads_by_the_archiver: int = 0
    wrong_reads: int = 0
    lost: int = 0
    doubled: int = 0
    foreign: int = 0
    undetected: int = 0
    orphans: int = 0
    orphan_bytes: int = 0
    unknown: int = 0
    unknown_resolved: int = 0
    cuts: dict[str, int] = field(default_factory=dict)
    resumed: int = 0
    units: int = 0
    given_up: int = 0
    oracle_asked: int = 0
    reconcile_seconds: list[float] = field(default_factory=list)
    points: dict[str, list[str]] = field(default_factory=dict)
    calls: dict[str, list[str]] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)
    obvious: dict[str, dict[str, int]] = field(default_factory=dict)

    @classmethod
    def load(cls, state: Path, seed: int, commit: str) -> Figures:
        """What was counted before, of the same seed and commit; else nothing."""
        if state.exists():
            found: dict[str, Any] = json.loads(state.read_text())
            if (found["seed"], found["commit"]) == (seed, commit):
                return cls(**found)
        return cls(seed, commit)

    def save(self, state: Path) -> None:
        """Keep it. A soak that is killed while it writes loses one world."""
        state.parent.mkdir(parents=True, exist_ok=True)
        part = state.with_suffix(".part")
        part.write_text(json.dumps(asdict(self)))
        part.replace(state)

    def add(self, mode: str, found: Findings) -> None:
        """Count what the oracle found."""
        self.oracle_asked += 1
        self.lost, self.doubled = self.lost + found.lost, self.doubled + found.doubled
        self.foreign += found.foreign
        self.orphans += len(found.orphans) + len(found.staged)
        self.orphan_bytes += found.orphan_bytes
        self.errors += [f"{mode}: {fault}" for fault in found.damaged + found.chain + found.states]
        self.errors += [f"{mode}: orphan {name}" for name in found.orphans + found.staged]

    @property
    def cuts_of_each_kind(self) -> int:
        """How often the line was lost in the way it was lost least often."""
        return min(self.cuts.get(when, 0) for when in KINDS_OF_CUT)

    @property
    def faults(self) -> int:
        """How much is not as it must be."""
        counted = self.lost + self.doubled + self.foreign + self.wrong_reads + self.undetected + self.orphans
        return counted + len(self.errors)

    def line(self) -> str:
        """How far it is."""
        return (
            f"world {self.worlds}: {self.kills} kills, {self.flips} flips, {self.reads} reads;"
            f" {self.faults} faults {self.errors[-1:]}"
        )


def table(figures: Figures) -> str:
    """The figures as Markdown."""
    named = {point for points in figures.points.values() for point in points}
    total = len([point for point in POINTS if point != "commit.reply.lost"])
    calls = {mode: len(set(done)) for mode, done in figures.calls.items()}
    seconds = sorted(figures.reconcile_seconds)
    tried = figures.units + figures.given_up
    rows = [
        ("named points killed at / all", f"{len(named)} / {total}"),
        ("calls killed after, by mode", ", ".join(f"{mode} {number}" for mode, number in sorted(calls.items()))),
        ("kills (SIGKILL)", f"{figures.kills:,}"),
        ("the oracle asked", f"{figures.oracle_asked:,}"),
        ("rows lost", figures.lost),
        ("rows doubled", figures.doubled),
        ("rows nobody wrote", figures.foreign),
        ("consistent reads", f"{figures.reads:,} ({figures.reads_by_the_archiver:,} through DuckDB in full)"),
        ("reads that were wrong", figures.wrong_reads),
        ("bits flipped", f"{figures.flips:,}"),
        ("other damage", f"{figures.other_damage:,}"),
        ("damage somebody did not notice", figures.undetected),
        ("orphans after a sweep", f"{figures.orphans} ({figures.orphan_bytes} bytes)"),
        ("UNKNOWN commits, resolved", f"{figures.unknown_resolved} of {figures.unknown}"),
        ("lines cut before, after, during COMMIT", " / ".join(str(figures.cuts.get(when, 0)) for when in KINDS_OF_CUT)),
        ("prepared units taken up again", figures.resumed),
        ("reconcile p50 / p99", f"{_share(seconds, 0.5) * 1000:.0f} / {_share(seconds, 0.99) * 1000:.0f} ms"),
        ("units given up under writers", f"{figures.given_up} of {tried} ({figures.given_up / max(tried, 1):.0%})"),
        ("other faults", len(figures.errors)),
    ]
    lines = [f"seed {figures.seed}, commit {figures.commit}", "", "| figure | archive-jobs |", "|---|---|"]
    lines += [f"| {name} | {value} |" for name, value in rows]
    lines += ["", "| the obvious job, 20 s | lost | doubled | wrong reads |", "|---|---|---|---|"]
    names = {"predicate": "export, then `DELETE WHERE day = …`", "keys": "export, then delete the captured keys"}
    for by, told in figures.obvious.items():
        lines.append(f"| {names[by]} | {told['lost']} | {told['doubled']} | {told['wrong']:,} of {told['reads']:,} |")
    return "\n".join([*lines, *(f"\n- {error}" for error in figures.errors[:20])])


def _share(values: list[float], share: float) -> float:
    return values[min(len(values) - 1, int(len(values) * share))] if values else 0.0
