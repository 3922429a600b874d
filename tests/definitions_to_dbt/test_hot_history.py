"""`history_<table>` in PostgreSQL itself. That it refuses once rows have left is tested where rows do leave."""

from __future__ import annotations

import copy
from typing import Any

import psycopg
import pytest

from definitions_to_dbt.catalogue_ddl import catalogue_ddl
from definitions_to_dbt.ddl import layer2_ddl, layer3_ddl, platform_ddl
from definitions_to_dbt.definition import ObjectModel
from definitions_to_dbt.hot_history import hot_history_ddl

SCHEMA = "analytics_service"
SALE: dict[str, Any] = {
    "code": "SALE",
    "name": "Sale",
    "module": "SHOP",
    "kind": "event",
    "time_column": "sold_at",
    "archive": {"analytics": {"retention": "90 days"}},
    "table_schema": {
        "table_name": "sales",
        "columns": [
            {"name": "sale_id", "type": "integer", "primary_key": True},
            {"name": "sold_at", "type": "timestamptz", "nullable": False},
            {"name": "amount", "type": "numeric(10,2)"},
            {"name": "buyer", "type": "text", "pii": "mask"},
            {"name": "card", "type": "text", "pii": "drop"},
        ],
    },
}


class Sales:
    """The table as a dbt run makes it."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self.connection, self.definition = connection, copy.deepcopy(SALE)
        connection.execute(platform_ddl(SCHEMA).encode())
        connection.execute(catalogue_ddl().encode())
        self.make()
        connection.execute(
            f"insert into {SCHEMA}.sales (sale_id, sold_at, amount, buyer, card, _raw_seq, _source_order, _deleted)"
            " values (1, '2024-01-05', 10.25, 'Somebody', '4111', 1, 1, false),"
            " (2, '2024-01-06', 99, 'Nobody', '4112', 2, 2, true)".encode()
        )

    def make(self) -> None:
        model = ObjectModel.model_validate(self.definition)
        self.connection.execute(layer3_ddl(model, SCHEMA).encode())
        with self.connection.transaction():
            self.connection.execute((layer2_ddl(model, SCHEMA) + hot_history_ddl(model, SCHEMA)).encode())

    def history(self, columns: str = "*", table: str = "sales") -> list[dict[str, Any]]:
        cursor = self.connection.execute(f"select {columns} from {SCHEMA}.history_{table}".encode())
        return [dict(zip([c.name for c in cursor.description or ()], row, strict=True)) for row in cursor]


@pytest.fixture
def sales(connection: psycopg.Connection[Any]) -> Sales:
    return Sales(connection)


def test_it_shows_current_rows_and_personal_data_as_readers_may_see_it(sales: Sales) -> None:
    (row,) = sales.history()

    assert (row["sale_id"], row["amount"], row["buyer"]) == (1, 10.25, "S***")
    assert "card" not in row


def test_it_follows_when_a_column_changes_its_type_and_its_name(sales: Sales) -> None:
    columns = sales.definition["table_schema"]["columns"]
    columns[2] = {"name": "total", "renamed_from": "amount", "type": "numeric(14,2)"}

    sales.make()

    (row,) = sales.history()
    assert row["total"] == 10.25 and "amount" not in row


def test_it_gets_the_objects_new_name(sales: Sales) -> None:
    sales.definition["renamed_from"] = "sales"
    sales.definition["table_schema"]["table_name"] = "receipts"

    sales.make()

    assert len(sales.history(table="receipts")) == 1
    found = sales.connection.execute("select to_regclass(%s)", [f"{SCHEMA}.history_sales"]).fetchone()
    assert found == (None,)


def test_without_the_archives_catalogue_it_says_so_and_shows_no_row(sales: Sales) -> None:
    sales.connection.execute("drop schema archive_catalog cascade")

    with pytest.raises(psycopg.errors.RaiseException, match="history_sales cannot be told: the archive's catalogue"):
        sales.history("count(*)")


def test_an_object_of_which_nothing_ages_has_none() -> None:
    keeps = {key: value for key, value in SALE.items() if key != "archive"}

    assert hot_history_ddl(ObjectModel.model_validate(keeps), SCHEMA) == ""
