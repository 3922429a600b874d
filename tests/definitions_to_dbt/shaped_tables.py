"""The tables of one object in a database, to be brought to another shape: an event's and an entity's."""

from __future__ import annotations

import copy
from typing import Any

import psycopg
import pytest

from definitions_to_dbt.ddl import layer2_ddl, layer3_ddl, platform_ddl
from definitions_to_dbt.definition import ObjectModel

SCHEMA = "analytics_service"
EVENT: dict[str, Any] = {
    "code": "SALE",
    "name": "Sale",
    "module": "SHOP",
    "kind": "event",
    "time_column": "sold_at",
    "table_schema": {
        "table_name": "sales",
        "columns": [
            {"name": "sale_id", "type": "integer", "primary_key": True},
            {"name": "sold_at", "type": "timestamp", "nullable": False},
            {"name": "amount", "type": "numeric(10,2)"},
        ],
    },
}
ENTITY: dict[str, Any] = {
    "code": "ITEM",
    "name": "Item",
    "module": "SHOP",
    "table_schema": {
        "table_name": "items",
        "columns": [
            {"name": "id", "type": "integer", "primary_key": True},
            {"name": "amount", "type": "numeric(10,2)"},
            {"name": "label", "type": "varchar(10)"},
            {"name": "made_on", "type": "date"},
        ],
    },
}


class Tables:
    """The tables of one object in a database."""

    def __init__(self, connection: psycopg.Connection[Any], definition: dict[str, Any]) -> None:
        self.connection, self.definition = connection, copy.deepcopy(definition)
        connection.execute(platform_ddl(SCHEMA).encode())
        connection.execute(f"set search_path = {SCHEMA}".encode())
        self.make()

    @property
    def columns(self) -> dict[str, dict[str, Any]]:
        return {column["name"]: column for column in self.definition["table_schema"]["columns"]}

    def make(self) -> None:
        """What a dbt run does before its models."""
        model = ObjectModel.model_validate(self.definition)
        self.connection.execute(layer3_ddl(model, SCHEMA).encode())
        with self.connection.transaction():
            self.connection.execute(layer2_ddl(model, SCHEMA).encode())

    def refused(self) -> str:
        """The message with which the definition is refused; nothing has changed then."""
        before = self.catalogue()
        with pytest.raises(psycopg.errors.RaiseException) as caught:
            self.make()
        assert self.catalogue() == before
        return str(caught.value.diag.message_primary)

    def add_sale(self, key: int = 1, amount: str = "10.25") -> None:
        self.execute(
            "insert into sales (sale_id, sold_at, amount, _raw_seq, _source_order)"
            f" values ({key}, '2024-01-05 10:00', {amount}, {key}, {key})"
        )

    def add_item(self) -> None:
        for table in ("items", "items_versions"):
            self.execute(
                f"insert into {table} (id, amount, label, made_on, _raw_seq, _source_order)"
                " values (1, 10.25, 'old', '2024-01-05', 1, 1)"
            )

    def execute(self, query: str) -> Any:
        return self.connection.execute(query.encode())

    def value(self, query: str) -> Any:
        row = self.execute(query).fetchone()
        return row[0] if row else None

    def catalogue(self) -> list[Any]:
        query = """
            select c.relname, attname, format_type(atttypid, atttypmod), attnotnull
            from pg_attribute join pg_class c on c.oid = attrelid
            where relnamespace = 'analytics_service'::regnamespace and attnum > 0 and not attisdropped order by 1, 2
        """
        return list(self.execute(query).fetchall())

    def types(self, table: str) -> dict[str, str]:
        return {name: kind for relation, name, kind, _ in self.catalogue() if relation == table}
