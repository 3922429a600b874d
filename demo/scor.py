"""Measure the shop by SCOR: read Layer 2 in PostgreSQL, write raw records to be landed like any other. Writes no table.

    write_store_processes(connection, folder / "scor_processes.ndjson")             # object SCOR_PROCESS
    write_measurements(connection, folder / "scor_metrics.ndjson", first, last)     # object SCOR_METRIC

One value per metric, store and UTC day on which the store took an order. A store is measured as its own way of process
F1, `F1.<NAME>` at level 4. A value that cannot be worked out (nothing was handed over that day) is not written. Only
days whose orders are all in Layer 2 should be asked for: what was archived is not seen. `scor_reference/` holds what
does not depend on the shop: processes, attributes, catalogue, practices, skills, and what belongs to which process.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from definitions_to_dbt.errors import ProblemError
from demo.shop_defects import json_line

SOURCE_SYSTEM = "scor_engine"
REFERENCE_SYSTEM = "scor_library"
PROMISED_MINUTES = 15
_REFERENCE_FOLDER = Path(__file__).parent / "scor_reference"
_REFERENCE = {
    "scor_processes": "SCOR_PROCESS",
    "scor_performance_attributes": "SCOR_PERFORMANCE_ATTRIBUTE",
    "scor_metric_catalog": "SCOR_METRIC_DEFINITION",
    "scor_practices": "SCOR_PRACTICE",
    "scor_skills": "SCOR_SKILL",
    "scor_process_metrics": "SCOR_PROCESS_METRIC",
    "scor_process_practices": "SCOR_PROCESS_PRACTICE",
    "scor_process_skills": "SCOR_PROCESS_SKILL",
}

_PROCESS_OF_STORE = "'F1.' || upper(regexp_replace(store_name, '[^A-Za-z0-9]+', '_', 'g'))"

_STORE_PROCESSES = f"""
select {_PROCESS_OF_STORE} as process_id, store_name, updated_at
from {{schema}}.stores
where not _deleted
order by process_id
"""

# Percentages are of all orders of the day unless the catalogue's formula says otherwise; net revenue is the subtotal
# of orders handed over and kept. Every piece handed over has cost its supplies, refunded or not.
_MEASUREMENTS = f"""
with supplies_of_product as (
    select sku, sum(cost) as cents from {{schema}}.supplies where not _deleted group by sku
),
supplies_of_order as (
    select items.order_id, sum(product.cents) as cents
    from {{schema}}.order_items as items
    join supplies_of_product as product using (sku)
    where not items._deleted and items.ordered_at >= %(first)s and items.ordered_at < %(after_last)s
    group by items.order_id
),
judged_orders as (
    select
        {_PROCESS_OF_STORE} as process_id,
        (orders.ordered_at at time zone 'utc')::date as day,
        orders.fulfilled_at is not null as in_full,
        coalesce(orders.fulfilled_at <= orders.ordered_at + %(promised)s, false) as in_time,
        orders.order_total = orders.subtotal + orders.tax_paid as adds_up,
        orders.status = 'refunded' as refunded,
        extract(epoch from orders.fulfilled_at - orders.ordered_at) / 60 as minutes,
        orders.subtotal,
        orders.order_total,
        coalesce(supplies_of_order.cents, 0) as supplies
    from {{schema}}.orders as orders
    join {{schema}}.stores as stores using (store_id)
    left join supplies_of_order using (order_id)
    where not orders._deleted and orders.ordered_at >= %(first)s and orders.ordered_at < %(after_last)s
),
store_days as (
    select
        process_id,
        day,
        count(*) as orders,
        count(*) filter (where in_full) as handed_over,
        count(*) filter (where in_time) as in_time,
        count(*) filter (where adds_up) as correct,
        count(*) filter (where in_full and in_time and adds_up and not refunded) as perfect,
        count(*) filter (where refunded) as refunded,
        avg(minutes) as minutes,
        count(*) filter (where in_full and not refunded) as kept,
        nullif(sum(subtotal) filter (where in_full and not refunded), 0) as net_revenue,
        sum(supplies) filter (where in_full) as supplies,
        coalesce(sum(order_total) filter (where refunded), 0) as refunds
    from judged_orders
    group by process_id, day
)
select metric_id, process_id, round(value::numeric, 6) as value, day
from store_days
cross join lateral (
    values
        ('SCOR.RL.1.1', 100.0 * perfect / orders),
        ('SCOR.RL.2.1', 100.0 * handed_over / orders),
        ('SCOR.RL.2.2', 100.0 * in_time / orders),
        ('SCOR.RL.2.3', 100.0 * correct / orders),
        ('SCOR.RS.1.1', minutes),
        ('SCOR.CO.1.1', 100.0 * (supplies + refunds) / net_revenue),
        ('SCOR.CO.2.3', 100.0 * supplies / net_revenue),
        ('SCOR.CO.2.4', 100.0 * refunds / net_revenue),
        ('SCOR.F1.REVENUE_PER_ORDER', 1.0 * net_revenue / kept),
        ('SCOR.R1.RETURN_RATE', 100.0 * refunded / nullif(handed_over, 0))
) as measured (metric_id, value)
where value is not null
order by day, process_id, metric_id
"""


@dataclass(frozen=True)
class ReferenceFile:
    """A committed list to land: JSON array, one record per element."""

    path: Path
    object_code: str
    table_name: str


def reference_files() -> list[ReferenceFile]:
    """The SCOR lists, parents before children."""
    return [ReferenceFile(_REFERENCE_FOLDER / f"{table}.json", code, table) for table, code in _REFERENCE.items()]


def write_store_processes(connection: psycopg.Connection[Any], path: Path, schema: str = "analytics_service") -> int:
    """Write one SCOR process per store, as NDJSON, and return how many. Raises ProblemError if there is no store."""
    stores = connection.execute(_in(schema, _STORE_PROCESSES)).fetchall()
    records = (
        {
            "process_id": process_id,
            "process_name": f"Fulfill for consumers, {store_name}",
            "process_level": 4,
            "process_type": "fulfill",
            "parent_process_id": "F1",
            "description": f"How the store in {store_name} hands over what people bought for themselves.",
            "updated_at": updated_at.astimezone(UTC).isoformat(),
        }
        for process_id, store_name, updated_at in stores
    )
    return _write(path, records, f"a store in {schema}.stores")


def write_measurements(
    connection: psycopg.Connection[Any],
    path: Path,
    first_day: date,
    last_day: date,
    schema: str = "analytics_service",
) -> int:
    """Write the measurements of the days from first to last, both included, as NDJSON, and return how many.

    Raises ProblemError if Layer 2 holds no order of these days.
    """
    first = datetime.combine(first_day, time(), UTC)
    after_last = datetime.combine(last_day + timedelta(days=1), time(), UTC)
    values = {"first": first, "after_last": after_last, "promised": timedelta(minutes=PROMISED_MINUTES)}
    measured = connection.execute(_in(schema, _MEASUREMENTS), values).fetchall()
    records = (
        {"metric_id": metric, "process_id": process, "value": float(value), "timestamp": f"{day}T00:00:00Z"}
        for metric, process, value, day in measured
    )
    return _write(path, records, f"an order in {schema}.orders from {first_day} to {last_day}")


def _in(schema: str, statement: str) -> sql.Composed:
    return sql.SQL(statement).format(schema=sql.Identifier(schema))


def _write(path: Path, records: Iterator[dict[str, Any]], expected: str) -> int:
    lines = [json_line(record) for record in records]
    if not lines:
        raise ProblemError(
            f"expected {expected}, found none",
            hint="Nothing was written. Land the shop's files and run `dbt build` first.",
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"\n".join(lines) + b"\n")
    return len(lines)
