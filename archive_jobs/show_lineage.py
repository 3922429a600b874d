"""How lineage looks to people."""

from __future__ import annotations

from archive_jobs.show import print_table, table
from archive_jobs.tracing.comparison import Comparison


def comparison(report: Comparison) -> None:
    """Counts, then the columns that differ, then samples."""
    by = f" by {'event' if report.by == 'event' else 'arrival'}" if report.by else ""
    print(f"{report.expected} against {report.found}, {report.interval}{by}")
    shown = table("what", ">count")
    for name, number in report.counts.items():
        shown.add_row(name, f"{number:,}")
    print_table(shown)
    for name, number in report.columns.items():
        print(f"differs in {name}: {number:,}")
    for sample in report.samples:
        named = ", ".join(f"{key}={value}" for key, value in sample.items() if key not in ("problem", "columns"))
        print(f"{sample['problem']}: {named}")
        for name, values in sample.get("columns", {}).items():
            print(f"    {name}: expected {values['expected']!r}, found {values['found']!r}")
    if report.counts.get("accepted now"):
        print(
            "Records that were rejected then and are accepted now:"
            f" `archive-jobs replay {report.table} --rejected` transforms them again."
        )
    print("They differ." if report.differs else "They agree.")
