"""How results look: tables for people, JSON for programs."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from archive_jobs.keeping.file_checks import Verified
    from archive_jobs.keeping.status import TableStatus
    from archive_jobs.moving.reconcile import Reconciled
    from archive_jobs.moving.run import RunResult
    from archive_jobs.planning.plan import TablePlan

_MOST_NAMED = 10


def plans(found: Sequence[TablePlan], *, as_json: bool) -> None:
    """What would be archived, and what blocks it."""
    if as_json:
        print_json([plan.as_json() for plan in found])
        return
    if not found:
        print("No table of the definitions is there yet. Run `landing load` and `dbt build` first.")
        return
    shown = table("table", "kind", "mode", ">units", ">rows", ">bytes", "days", "reason")
    told = [plan for plan in found if plan.slices or plan.blocked_by]
    for plan in told:
        days = f"{plan.slices[0].day} … {plan.slices[-1].day}" if plan.slices else "-"
        about = "" if plan.exact else "~"
        modes = ", ".join(f"{count} {mode}" for mode, count in plan.modes.items()) or "-"
        units, rows, size = _numbers(len(plan.slices), plan.rows, plan.bytes)
        name, kind = plan.table.table_name, plan.table.kind
        shown.add_row(name, kind, modes, units, f"{about}{rows}", f"{about}{size}", days, plan.reason)
    if told:
        print_table(shown)
    _print_not_due("is", len(found) - len(told), other=bool(told))
    for plan in found:
        for reason in plan.blocked_by:
            print(f"blocked: {plan.table.name}: {reason}")
    # What is to be known of several tables is said once.
    for note in dict.fromkeys(note for plan in found for note in plan.notes):
        names = [plan.table.name for plan in found if note in plan.notes]
        more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
        print(f"note: {', '.join(names[:_MOST_NAMED])}{more}: {note}")


def result(done: RunResult, *, as_json: bool) -> None:
    """What a run did."""
    if as_json:
        reconciled_json = _reconciled_json(done.reconciled)
        print_json({"tables": [table.as_json() for table in done.tables], "reconciled": reconciled_json})
        return
    shown = table("table", "kind", ">units", ">rows", ">bytes in the lake", ">dropped from Layer 3", ">kept hot")
    if not done.tables and done.ended is None:
        print("No table of the definitions is there yet. Run `landing load` and `dbt build` first.")
        return
    told = [one for one in done.tables if one.units or one.dropped or one.kept_hot]
    for one in told:
        numbers = _numbers(one.units, one.rows, one.bytes, one.dropped, len(one.kept_hot))
        shown.add_row(one.plan.table.table_name, one.plan.table.kind, *numbers)
    if told:
        print_table(shown)
    _print_not_due("was", len(done.tables) - len(told), other=bool(told))
    for one in done.tables:
        for reason in one.kept_hot:
            print(f"kept hot: {one.plan.table.name} {reason}")


def _print_not_due(word: str, count: int, *, other: bool) -> None:
    if count:
        print(f"Nothing {word} due of {count} {'other ' if other else ''}{'table' if count == 1 else 'tables'}.")


def status(found: Sequence[TableStatus], *, as_json: bool) -> None:
    """The archive as it stands."""
    if as_json:
        print_json([one.as_json() for one in found])
        return
    if not found:
        print("Nothing was ever archived.")
        return
    numbers = (">units", ">rows", ">also hot", ">bytes")
    shown = table("table", "kind", *numbers, "from", "until", "verified", ">days behind")
    for one in found:
        times = [str(t.date()) if t else "-" for t in (one.first, one.last)]
        verified = str(one.verified_at)[:16] if one.verified_at else "not yet"
        values = [one.table, one.kind, *_numbers(one.units, one.rows, one.also_hot_rows, one.bytes), *times, verified]
        behind = "-" if one.lag_seconds is None else f"{one.lag_seconds / 86400:.1f}"
        shown.add_row(*values, behind)
    print_table(shown)
    if found[0].paused:
        print(f"{found[0].paused}; `archive-jobs resume` lets it go on")
    if found[0].next_window:
        print(f"outside its window, which opens at {found[0].next_window:%Y-%m-%d %H:%M %Z}")
    for one in found:
        told = {
            "late": one.late_units, "restored and kept": one.restored_units, "being purged": one.purging_units,
            "held back": one.held_back, "in flight": one.in_flight, "given up, ever": one.abandoned,
        }  # fmt: skip
        if any(told.values()):
            said = ", ".join(f"{count:,} {what}" for what, count in told.items() if count)
            print(f"units of {one.table} ({one.kind}): {said}")
        for failure in one.last_failures:
            print(f"failed: {one.table} ({one.kind}) {failure['at'][:19]}: {failure['reason']}")
        if one.held_back and one.last_reason:
            print(f"held back: {one.table} ({one.kind}): {one.last_reason}")


def reconciled(done: Reconciled, *, as_json: bool) -> None:
    """What was finished or undone."""
    orphans = done.orphans
    if as_json:
        named = {"removed_orphans": orphans.removed, "unknown_objects": orphans.unknown}
        print_json({**_reconciled_json(done), **named})
        return
    print(
        f"{done.resumed} units resumed, {done.abandoned} abandoned, {done.swept} swept,"
        f" {done.records} commit records written, {len(orphans.removed)} orphans removed"
    )
    for path in orphans.unknown[:_MOST_NAMED]:
        print(f"no attempt in the catalogue has written {path}")
    if orphans.unknown:
        print(
            f"{len(orphans.unknown):,} objects that this catalogue does not know: they count for nobody. Where the"
            " database was set back or rebuilt, commits that it has lost wrote them; compare before you delete them."
        )


def verified(found: Verified, *, deep: bool, as_json: bool) -> None:
    """What was read and what is wrong."""
    if as_json:
        counts = {
            "files": found.files,
            "bytes": found.bytes,
            "rows": found.rows,
            "commit_records": found.records,
        }
        print_json({**counts, "deep": deep, "faults": found.faults})
        return
    for fault in found.faults:
        print(fault)
    read = "every value" if deep else "every byte"
    print(
        f"{found.files:,} files, {found.rows:,} rows, {found.bytes:,} bytes: {read} read;"
        f" {found.records:,} commit records; {len(found.faults)} faults"
    )


def _reconciled_json(done: Reconciled) -> dict[str, int]:
    return {
        "resumed": done.resumed,
        "abandoned": done.abandoned,
        "swept": done.swept,
        "commit_records": done.records,
    }


def table(*headings: str) -> Table:
    """A table for people; headings that begin with > stand over numbers."""
    made = Table(box=None, header_style="bold", pad_edge=False)
    for heading in headings:
        made.add_column(heading.removeprefix(">"), justify="right" if heading.startswith(">") else "left")
    return made


def _numbers(*numbers: int) -> list[str]:
    return [f"{number:,}" for number in numbers]


def print_table(shown: Table) -> None:
    """Print it whole: a pipe has no width of its own, and nothing may be cut off for it."""
    Console(width=None if sys.stdout.isatty() else 200, highlight=False).print(shown)


def print_json(value: Any) -> None:
    """Print plain values as JSON."""
    print(json.dumps(value, indent=2, default=str))
