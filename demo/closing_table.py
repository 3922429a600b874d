"""The tables at the end of the demo, and where to look next. Results go to stdout."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from demo.counts import OUTCOMES
from demo.docs_site import SITE
from demo.final_count import FinalCount
from demo.main_job import MainJob
from demo.sums import Records, broken

_WIDTH = 120


def show(job: MainJob, counted: FinalCount, seconds: float) -> None:
    """Print every side as it was counted, then whether all sums hold."""
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = _WIDTH
    for table in (_records(job, counted.records), _rows(job, counted.in_history), _bytes(job), _marts(job)):
        console.print()
        console.print(table)
    console.print()
    wrong = broken(counted.sums)
    for one in wrong:
        console.print(f"[bold red]does not hold[/bold red]  {one}", soft_wrap=True)
    if wrong:
        console.print(f"[bold red]{len(wrong)} of {len(counted.sums)} sums do not hold[/bold red]; {seconds:.0f} s.")
    else:
        console.print(f"[bold green]All {len(counted.sums)} sums hold[/bold green]; {seconds:.0f} s.")
    console.print(_where_next(job), soft_wrap=True)


def _records(job: MainJob, records: Sequence[Records]) -> Table:
    table = _table(
        "What became of each record",
        "object", ">in the files", *(f">{name}" for name in OUTCOMES), ">sum", ">raw in the lake", "ledger",
    )  # fmt: skip
    kept = job.shop.ledger.tables()
    for one in records:
        agrees = all(found.holds for found in one.sums(job.shop.ledger))
        ledger = "-" if one.table not in kept else "agrees" if agrees else "differs"
        numbers = [one.landed, *(one.outcomes[name] for name in OUTCOMES), one.with_outcome, one.raw_in_lake]
        table.add_row(one.table, *_numbers(numbers), ledger)
    return table


def _rows(job: MainJob, in_history: dict[str, int]) -> Table:
    table = _table(
        "No row lost, none there twice",
        "table", "archive run", ">rows before", ">in PostgreSQL", ">in the lake", ">rows after",
        ">in history now", ">ledger",
    )  # fmt: skip
    expected = job.shop.ledger.rows_in_history
    for one in sorted(job.counted.archived, key=lambda archived: (archived.table, archived.run)):
        numbers = [one.before.together, one.after.hot, one.after.cold, one.after.together]
        is_last = one.run == max(other.run for other in job.counted.archived)
        now = f"{in_history[one.table]:,}" if is_last else ""
        ledger = f"{expected[one.table]:,}" if is_last and one.table in expected else ""
        table.add_row(one.table, str(one.run), *_numbers(numbers), now, ledger)
    return table


def _bytes(job: MainJob) -> Table:
    table = _table("What it takes, in MB", "place", ">before archiving", ">after", ">with the last weeks, archived")
    sizes = job.counted.sizes
    table.add_row("Layers 2 and 3 in PostgreSQL, indexes included", *(_megabytes(one.postgres_bytes) for one in sizes))
    table.add_row("lake: Parquet, manifests, commit records", *(_megabytes(one.lake_bytes) for one in sizes))
    table.add_row("files in the lake", *(f"{one.lake_files:,}" for one in sizes))
    return table


def _marts(job: MainJob) -> Table:
    table = _table("The marts do not notice", "total", ">before archiving", ">after", ">with the last weeks")
    before, after, *later = job.counted.marts
    for name in before:
        table.add_row(name, *(_total(totals.get(name)) for totals in (before, after, *later)))
    return table


def _where_next(job: MainJob) -> str:
    return f"""
Where to look next
  the lineage  {SITE}
  the lake     {job.folder}/lake
  the rows     . {job.folder}/open.sh
               archive-jobs sql "select status, count(*) from history_orders group by 1 order by 2 desc"
The server is stopped; open.sh starts it again with its data, and says how to stop it."""


def _table(title: str, *headings: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=None, header_style="dim", pad_edge=False)
    for heading in headings:
        table.add_column(heading.removeprefix(">"), justify="right" if heading.startswith(">") else "left")
    return table


def _megabytes(count: int) -> str:
    return f"{count / 1e6:,.1f}"


def _numbers(numbers: Sequence[int]) -> list[str]:
    return [f"{number:,}" for number in numbers]


def _total(value: object) -> str:
    return f"{value:,}" if isinstance(value, int | float) else str(value)
