"""Three years of orders, most of them archived, and the analysts' worked queries over them, compiled once."""

from __future__ import annotations

import os
from typing import Any

import duckdb
from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from flow import Flow
from library_part import LIBRARY

from archive_jobs.copying.engine import postgres_extension

ANALYSES = LIBRARY.parent / "dbt_project" / "analyses"
TABLES = ("stores", "customers", "products", "orders", "order_items")
# 90 days later the orders of December are still in PostgreSQL.
AS_OF = "2025-01-31"
Answer = list[dict[str, Any]]


def uuid(kind: str, number: int) -> str:
    return f"{kind * 8}-0000-4000-8000-{number:012}"


ANNA, BORIS, STORE = uuid("a", 1), uuid("a", 2), uuid("5", 1)


def order(number: int, ordered: str, total: int, customer: str = ANNA, **changed: Any) -> dict[str, Any]:
    """An order as the till sends it."""
    at = f"{ordered}T12:00:00Z"
    return {
        "id": uuid("0", number), "customer": customer, "store_id": STORE, "ordered_at": at, "subtotal": total,
        "tax_paid": 0, "order_total": total, "status": "fulfilled", "fulfilled_at": at, "updated_at": at,
    } | changed  # fmt: skip


def item(number: int, sku: str, ordered: str) -> dict[str, Any]:
    at = f"{ordered}T12:00:00Z"
    return {"id": uuid("1", number), "order_id": uuid("0", number), "sku": sku, "ordered_at": at, "updated_at": at}


SENT = [
    order(1, "2022-01-10", 1000), order(2, "2022-01-11", 2000, BORIS), order(3, "2022-02-03", 500),
    order(4, "2023-01-10", 1100), order(5, "2023-01-20", 900, BORIS), order(6, "2023-02-05", 700, status="cancelled"),
    order(7, "2023-02-06", 800), order(8, "2024-01-10", 3000), order(9, "2024-02-01", 400, BORIS),
    order(10, "2024-12-24", 600, BORIS, status="placed", fulfilled_at=None), order(11, "2024-12-30", 650),
    order(12, "2024-12-30", 99, order_total="a lot"),
]  # fmt: skip
LATER = [
    order(4, "2023-01-10", 1111, updated_at="2025-01-02T00:00:00Z"),
    order(9, "2024-01-31", 450, BORIS, updated_at="2025-01-02T00:00:00Z"),
    order(10, "2024-12-24", 600, BORIS, updated_at="2024-12-25T00:00:00Z"),
    order(10, "2024-12-24", 620, BORIS, updated_at="2024-12-26T00:00:00Z"),
    order(13, "2022-02-20", 5),
]
ITEMS = [
    item(1, "BEV-001", "2022-01-10"), item(2, "JAF-001", "2022-01-11"), item(8, "JAF-001", "2024-01-10"),
    item(9, "JAF-001", "2024-02-01"), item(11, "JAF-999", "2024-12-30"),
]  # fmt: skip
PRICES = [("JAF-001", "1000", "2021-01-01"), ("JAF-001", "1500", "2024-01-15"), ("BEV-001", "300", "2022-06-01")]
PRODUCTS = [
    {"sku": sku, "name": sku, "type": "jaffle", "price": price, "description": None, "updated_at": f"{day}T00:00:00Z"}
    for sku, price, day in PRICES
]
NAMES = [(ANNA, "Anna Alt", "2021-01-01"), (ANNA, "Anna Neu", "2023-01-15"), (BORIS, "Boris", "2021-01-01")]
CUSTOMERS = [{"id": customer, "name": name, "updated_at": f"{day}T00:00:00Z"} for customer, name, day in NAMES]
OPENED = "2021-01-01T00:00:00Z"
STORES = [{"id": STORE, "name": "Here", "opened_at": OPENED, "tax_rate": "0.06", "updated_at": OPENED}]
FIRST = dict(zip(TABLES, (STORES, CUSTOMERS, PRODUCTS, SENT, ITEMS), strict=True))


class Answers:
    """The analyses, compiled once, asked of DuckDB alone."""

    def __init__(self, flow: Flow) -> None:
        self.flow, project = flow, flow.project
        self.shown = project.dbt("show", "--select", "archive_orders", target="duckdb")
        compiled = project.dbt("compile", "--select", "resource_type:analysis", target="duckdb")
        assert compiled.success, compiled.warnings
        self._sql = {path.stem: path.read_text() for path in (project.target_path / "duckdb").rglob("analyses/*.sql")}
        self.before = self._compiled_before_anything_was_archived()
        # In a process of its own dbt would let go of its DuckDB file by ending.
        DuckDBConnectionManager.close_all_connections()
        self.engine = duckdb.connect(os.environ["LAKE_DB"], read_only=True)
        self.engine.execute("set TimeZone = 'UTC'")
        self.engine.execute(f"load '{postgres_extension()}'")
        self.engine.execute(f"attach '' as {os.environ['PGDATABASE']} (type postgres, read_only)")

    def _compiled_before_anything_was_archived(self) -> str:
        """A query over the raw records of stores, compiled while the catalogue seems to have none."""
        of = "where kind = 'source' and table_name = 'stores'"
        guard, unit = (
            "update archive_catalog.table_guards set last_commit_seq",
            "update archive_catalog.units set state",
        )
        self.flow.execute(f"{guard} = -last_commit_seq {of}")
        self.flow.execute(f"{unit} = 'open' {of}")
        query = "select count(*) from {{ raw_records(source('commerce', 'source_stores')) }} as records"
        compiled = self.flow.project.dbt("compile", "--inline", query, target="duckdb")
        self.flow.execute(f"{guard} = -last_commit_seq {of}")
        self.flow.execute(f"{unit} = 'active' {of}")
        assert compiled.success, compiled.warnings
        return next((self.flow.project.target_path / "duckdb").rglob("inline_query*")).read_text()

    def of(self, name: str) -> Answer:
        found = self.engine.execute(self._sql[name])
        return [dict(zip([column[0] for column in found.description], row, strict=True)) for row in found.fetchall()]
