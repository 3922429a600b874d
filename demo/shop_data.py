"""Make the demo's raw files: a year of a shop, landing in two batches with planted defects, and a ledger of them.

    data = make_shop_data(Path(".local/demo"), last_day=date.today() - timedelta(days=1))
    for file in data.batch(1): ...   # landing load FILE --object CODE --format FORMAT --source-system jaffle_shop

Land and build all files of a batch before the next, in the order given. The first batch is the shop's past, the second
its last weeks, late records and changes. Formats: NDJSON for orders, items and tweets, CSV for customers, stores and
products, a JSON array for supplies, Parquet for the second batch of tweets. `jaffle_shop.py` runs jafgen, says what it
adds to an order; `shop_defects.py` breaks records, `shop_batches.py` decides where, `shop_ledger.py` keeps the books.

All is the same for one seed, jafgen's ids aside. The ledger counts the rows it expects in two ways that do not know of
each other: what was planted by kind (`kinds`), and what the rules make of the records (`outcomes`).
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import pyarrow as pa
import pyarrow.parquet as pq
import typer

from definitions_to_dbt.command_line import run_command_line
from definitions_to_dbt.errors import ProblemError
from demo.jaffle_shop import Payload, simulate_shop
from demo.shop_batches import OBJECTS, Calendar, shop_batches
from demo.shop_defects import csv_line, json_line
from demo.shop_ledger import Ledger, LedgerLine, ObjectBook, Sent

SOURCE_SYSTEM = "jaffle_shop"
HOT_DAYS = 90
_FORMATS = {"customers": "csv", "stores": "csv", "products": "csv", "supplies": "json"}
# Typed columns: a text that is no time cannot be sent.
_TWEET_TYPES: dict[str, pa.DataType] = {
    "id": pa.string(),
    "user_id": pa.string(),
    "tweeted_at": pa.timestamp("us", "UTC"),
    "content": pa.string(),
}
_TWEETS = pa.schema(_TWEET_TYPES)


@dataclass(frozen=True)
class LandingFile:
    """One file to land. `format` is a value of `landing load --format`."""

    path: Path
    object_code: str
    table_name: str
    batch: int
    format: str
    records: int


@dataclass(frozen=True)
class ShopData:
    """The files in the order of landing, what must become of them, and the days they speak of."""

    files: tuple[LandingFile, ...]
    ledger: Ledger
    second_batch_from: date
    last_day: date

    def batch(self, number: int) -> list[LandingFile]:
        """The files of one batch, parents before children."""
        return [file for file in self.files if file.batch == number]


def make_shop_data(
    folder: Path,
    *,
    days: int = 365,
    last_day: date | None = None,
    later_days: int = 42,
    hot_days: int | None = HOT_DAYS,
    seed: int = 1,
) -> ShopData:
    """Simulate the shop below `folder` and write its landing files and `ledger.json` there.

    The shop's last day is `last_day` or up to six days before it (None: jafgen's own calendar, in 2018 and 2019); its
    last `later_days` days make the second batch. `hot_days` says what the caller archives between the batches: events
    of months that ended more than so many days before `last_day`'s next day, for partitions of a month leave as a
    whole; None: nothing. Raises ProblemError where jafgen cannot run
    or the first batch would be empty.
    """
    if not 0 < later_days < days:
        raise ProblemError(
            f"expected more days than the second batch's {later_days}, found {days}",
            hint="Nothing was written. Ask for more days.",
        )
    shop = simulate_shop(folder, days, last_day, seed)
    today = (last_day or shop.last_day) + timedelta(days=1)
    calendar = Calendar(
        second_batch_from=shop.last_day + timedelta(days=1 - later_days),
        hot_from=None if hot_days is None else (today - timedelta(days=hot_days)).replace(day=1),
    )
    batches = shop_batches(shop, calendar, seed)
    files = [_write(folder, table, number, batches[table][number - 1]) for number in (1, 2) for table in batches]
    ledger = _ledger(batches, calendar)
    (folder / "ledger.json").write_text(json.dumps(ledger_as_json(ledger), indent=2) + "\n", encoding="utf-8")
    return ShopData(tuple(files), ledger, calendar.second_batch_from, shop.last_day)


def ledger_as_json(ledger: Ledger) -> dict[str, Any]:
    """The ledger as plain values."""
    return {
        "lines": [
            {
                "object": line.object_code, "table": line.table_name, "batch": line.batch, "records": line.records,
                "kinds": line.kinds, "outcomes": line.outcomes, "flagged": line.flagged,
            }
            for line in ledger.lines
        ],
        "rows_in_history": ledger.rows_in_history,
        "order_total_cents": ledger.order_total_cents,
    }  # fmt: skip


def _ledger(batches: dict[str, list[list[Sent]]], calendar: Calendar) -> Ledger:
    books = {shop_object.table: ObjectBook(shop_object) for shop_object in OBJECTS}
    lines = []
    for number in (1, 2):
        for table, book in books.items():
            records = batches[table][number - 1]
            kinds = Counter(record.kind for record in records)
            outcomes = book.take_batch(records)
            lines.append(LedgerLine(book.shop_object.code, table, number, len(records), dict(kinds), dict(outcomes)))
            if calendar.hot_from is not None:
                book.archive_before(calendar.hot_from)
    totals = (held.payload["order_total"] for held in books["orders"].history.values())
    return Ledger(tuple(lines), {table: len(book.history) for table, book in books.items()}, sum(totals))


def _write(folder: Path, table: str, number: int, records: list[Sent]) -> LandingFile:
    form = "parquet" if (table, number) == ("tweets", 2) else _FORMATS.get(table, "ndjson")
    path = folder / "landing" / f"batch_{number}" / f"{table}.{form}"
    path.parent.mkdir(parents=True, exist_ok=True)
    if form == "parquet":
        pq.write_table(_tweets(records), path)
    else:
        path.write_bytes({"csv": _csv, "json": _json_array, "ndjson": _ndjson}[form](records))
    code = next(shop_object.code for shop_object in OBJECTS if shop_object.table == table)
    return LandingFile(path, code, table, number, form, len(records))


def _ndjson(records: list[Sent]) -> bytes:
    return b"".join(_line(record, json_line) + b"\n" for record in records)


def _json_array(records: list[Sent]) -> bytes:
    return b"[\n  " + b",\n  ".join(_line(record, json_line) for record in records) + b"\n]\n"


def _csv(records: list[Sent]) -> bytes:
    header = next(record.payload for record in records if record.payload is not None)
    return b"".join(line + b"\n" for line in [csv_line(list(header)), *(_line(r, _csv_row) for r in records)])


def _csv_row(payload: Payload) -> bytes:
    return csv_line([str(value) for value in payload.values()])


def _line(record: Sent, write: Any) -> bytes:
    if record.raw is not None:
        return record.raw
    line: bytes = write(record.payload)
    return line


def _tweets(records: list[Sent]) -> pa.Table:
    rows = [record.payload for record in records if record.payload is not None]
    times = [row["tweeted_at"] and datetime.fromisoformat(row["tweeted_at"]) for row in rows]
    return pa.Table.from_pylist([{**row, "tweeted_at": time} for row, time in zip(rows, times, strict=True)], _TWEETS)


app = typer.Typer(add_completion=False)


@app.command()
def make(
    folder: Annotated[Path, typer.Argument(help="Where the files go.")],
    days: Annotated[int, typer.Option(help="Days that jafgen simulates.")] = 365,
    last_day: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="The shop's last day. Default: jafgen's own."),
    ] = None,
    seed: Annotated[int, typer.Option(help="Draws the same defects again.")] = 1,
) -> None:
    """Make the demo's landing files and their ledger.

    Writes below FOLDER only. Exit status 0: done; 2: bad input, or jafgen could not run.
    Example: python -m demo.shop_data .local/demo --last-day 2026-11-20
    """
    data = make_shop_data(folder, days=days, last_day=last_day.date() if last_day else None, seed=seed)
    typer.echo(f"{'table':<12} batch  landed  loaded rejected superseded duplicate")
    for line in data.ledger.lines:
        of = data.ledger.of(line.table_name, line.batch)
        counts = f"{of['landed']:>7} {of['loaded']:>7} {of['rejected']:>8} {of['superseded']:>10} {of['duplicate']:>9}"
        typer.echo(f"{line.table_name:<12} {line.batch:>5} {counts}")


if __name__ == "__main__":
    run_command_line(app)
