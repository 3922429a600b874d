"""A small library with one object of each kind, for tests that need a project of their own."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

Definition = dict[str, Any]

MODULE: Definition = {"code": "SHOP", "name": "Shop", "description": "A shop."}

CUSTOMER: Definition = {
    "code": "CUSTOMER",
    "name": "Customer",
    "module": "SHOP",
    "kind": "entity",
    "display_column": "name",
    "source": {"order": "updated_at"},
    "table_schema": {
        "table_name": "customers",
        "columns": [
            {"name": "customer_id", "type": "varchar(20)", "primary_key": True},
            {"name": "name", "type": "text", "nullable": False},
            {"name": "level", "type": "integer"},
            {"name": "updated_at", "type": "timestamptz", "nullable": False},
            {"name": "email", "type": "text", "pii": "tokenize", "quality": [{"rule": "pattern", "regex": "[^ ]+"}]},
            {
                "name": "phone",
                "type": "varchar(40)",
                "pii": "mask",
                "quality": [{"rule": "length", "min": 9, "severity": "warning"}],
            },
            {"name": "born_on", "type": "date", "pii": "drop"},
        ],
    },
}

ORDER: Definition = {
    "code": "ORDER",
    "name": "Order",
    "module": "SHOP",
    "kind": "event",
    "time_column": "ordered_at",
    "source": {
        "order": "version",
        "freshness": {"warn_after": "2 hours", "error_after": "5 hours"},
        "reject_rate": {"warn_above": 0.1, "error_above": 0.3},
        "volume": {"warn_below": 8, "error_above": 50},
    },
    "archive": {"analytics": {"retention": "90 days"}},
    "table_schema": {
        "table_name": "orders",
        "columns": [
            {"name": "order_id", "type": "integer", "primary_key": True},
            {"name": "ordered_at", "type": "timestamptz", "nullable": False},
            {"name": "version", "type": "bigint", "nullable": False},
            {
                "name": "amount",
                "type": "numeric(10,2)",
                "quality": [{"rule": "range", "min": 0}, {"rule": "range", "max": 1000, "severity": "warning"}],
            },
            {"name": "status", "type": "text", "quality": [{"rule": "accepted_values", "values": ["open", "paid"]}]},
            {"name": "customer_id", "type": "varchar(20)", "foreign_key": "customers.customer_id"},
        ],
    },
}

TICK: Definition = {
    "code": "TICK",
    "name": "Tick",
    "module": "SHOP",
    "description": "No key: the same tick twice is two ticks.",
    "kind": "event",
    "time_column": "at_time",
    "table_schema": {
        "table_name": "ticks",
        "columns": [
            {"name": "at_time", "type": "timestamptz", "nullable": False},
            {"name": "reading", "type": "double precision"},
        ],
    },
}

COUNTRY: Definition = {
    "code": "COUNTRY",
    "name": "Country",
    "module": "SHOP",
    "kind": "reference",
    "table_schema": {
        "table_name": "countries",
        "columns": [
            {"name": "code", "type": "char(2)", "primary_key": True},
            {"name": "name", "type": "text"},
            {
                "name": "checked_at",
                "type": "timestamptz",
                "quality": [{"rule": "freshness", "max_age": "2 days"}, {"rule": "range", "min": "2000-01-01", "severity": "info"}],
            },
        ],
    },
}

SMALL_LIBRARY = (CUSTOMER, ORDER, TICK, COUNTRY)


def write_definitions(folder: Path, objects: Iterable[Definition], module: Definition = MODULE) -> Path:
    """Write the definition files of one module below `folder`, over those of an earlier call."""
    for name in ("modules", "object_models"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    (folder / "modules" / f"{module['code']}.json").write_text(json.dumps(module))
    for definition in objects:
        (folder / "object_models" / f"{definition['code']}.json").write_text(json.dumps(definition))
    return folder
