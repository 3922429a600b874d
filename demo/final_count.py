"""Count both sides of everything once the main job is done, and put them beside each other."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from demo import counts
from demo.counts import Lake, open_lake
from demo.main_job import SCHEMA, MainJob, files
from demo.sums import Records, Sum, byte_sums, history_sums, mart_sums

# Sent as lines, so that each record's bytes can be taken from the file as they stand.
_COMPARED_BY_BYTES = ("orders", "order_items", "customers")


@dataclass(frozen=True)
class FinalCount:
    """What became of each object's records, rows in history per table, and every sum."""

    records: list[Records]
    in_history: dict[str, int]
    sums: list[Sum]


def count_all(job: MainJob) -> FinalCount:
    """Read the files again, ask PostgreSQL, and read the lake with a plain DuckDB session."""
    ledger = job.shop.ledger
    records = _records(job)
    with open_lake(SCHEMA) as lake:
        for one in records:
            one.raw_in_postgres, one.raw_in_lake = lake.raw_records(one.table, files(one.table, "source"))
        in_history, cents = _history(job, lake)
        bytes_differ = _byte_sums(job, lake)
    marts = job.counted.marts[-1]
    sums = [one for record in records for one in record.sums(ledger)]
    sums += [one for archived in job.counted.archived for one in archived.sums()]
    sums += history_sums(in_history, ledger)
    sums.append(Sum("order totals in history, in cents = the ledger's", cents, ledger.order_total_cents))
    sums += mart_sums(job.counted.marts[0], job.counted.marts[1])
    sums += [
        Sum(f"{mart} = {table} in history", marts[mart], in_history[table])
        for mart, table in (
            ("mart_daily_sales: orders", "orders"),
            ("fct_orders: orders", "orders"),
            ("fct_order_items: order items", "order_items"),
        )
    ]
    by_day, by_hour = (marts[f"{mart}: gross sales in cents"] for mart in ("mart_daily_sales", "mart_hourly_revenue"))
    sums.append(Sum("gross sales by the hour = by the day", by_hour, by_day))
    return FinalCount(records, in_history, sums + bytes_differ + job.counted.answers)


def _records(job: MainJob) -> list[Records]:
    landed: Counter[str] = Counter()
    for file in job.landed:
        landed[file.table] += counts.records_in(file.path, file.format)
    return [
        Records(model.table_name, landed[model.table_name], job.counted.outcomes[model.table_name])
        for model in job.library.objects
        if model.table_name in landed
    ]


def _history(job: MainJob, lake: Lake) -> tuple[dict[str, int], int]:
    """Rows of current truth per table, and the orders' totals in cents."""
    rows, cents = {}, 0
    for model in job.library.objects:
        table = model.table_name
        cold = files(table, "analytics") if model.ages else []
        total = "order_total" if table == "orders" else "0"
        rows[table], summed = lake.current_truth(table, model.primary_key, cold, total)
        cents += summed
    return rows, cents


def _byte_sums(job: MainJob, lake: Lake) -> list[Sum]:
    sent: dict[str, Counter[str]] = {}
    kept: dict[str, Counter[str]] = {}
    for table in _COMPARED_BY_BYTES:
        lines = [file for file in job.landed if file.table == table]
        sent[table] = sum((counts.record_digests(file.path, file.format) for file in lines), Counter())
        kept[table] = lake.raw_digests([file.path for file in lines], files(table, "source"))
    return byte_sums(sent, kept)
