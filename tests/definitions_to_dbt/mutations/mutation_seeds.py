"""Good definitions to spoil: one small library with a file of every kind."""

from __future__ import annotations

from typing import Any

Definition = dict[str, Any]

SHELF: Definition = {
    "code": "SHELF",
    "name": "Shelf",
    "module": "SHOP",
    "description": "Where things lie.",
    "source": {"order": "changed_at"},
    "table_schema": {
        "table_name": "shelves",
        "columns": [
            {"name": "shelf_id", "type": "integer", "primary_key": True},
            {"name": "code", "type": "varchar(12)", "quality": [{"rule": "pattern", "regex": "^[A-Z]{2}-[0-9]+$"}]},
            {"name": "height", "type": "Numeric", "precision": 8, "scale": 2, "unit": "m"},
            {"name": "built_on", "type": "date", "null_values": ["never"]},
            {"name": "is_full", "type": "boolean", "default": False},
            {"name": "keeper", "type": "text", "pii": "tokenize"},
            {"name": "changed_at", "type": "timestamptz", "nullable": False, "time_zone": "Europe/Vienna"},
        ],
    },
}
THING: Definition = {
    "spec_version": 1,
    "code": "THING",
    "name": "Thing",
    "module": "SHOP",
    "description": "One thing that happened.",
    "kind": "event",
    "version": 2,
    "time_column": "happened_at",
    "tenant_column": "tenant",
    "owner": "Shop",
    "tags": ["till"],
    "source": {
        "system": "till",
        "order": "revision",
        "business_key": ["thing_id"],
        "freshness": {"warn_after": "1 day", "error_after": "36 hours"},
        "reject_rate": {"warn_above": 0.1, "error_above": 0.2},
        "volume": {"warn_below": 1, "error_above": 100},
    },
    "archive": {
        "analytics": {"retention": "90 days", "archive_retention": "7 years", "partition_by": "month"},
        "source": {"retention": "7 days"},
    },
    "examples": [
        {
            "description": "A plain one.",
            "payload": {
                "thing_id": "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
                "happened_at": "2024-03-01T10:00:00Z",
                "revision": 1,
                "tenant": "t1",
                "amount": "2.50",
            },
            "row": {"amount": 2.5, "twice": 5},
        }
    ],
    "table_schema": {
        "table_name": "things",
        "columns": [
            {"name": "thing_id", "type": "uuid", "nullable": False},
            {"name": "happened_at", "type": "timestamptz", "nullable": False},
            {"name": "revision", "type": "bigint", "nullable": False},
            {"name": "tenant", "type": "String", "length": 20, "nullable": False, "index": True},
            {"name": "amount", "type": "numeric(10,2)", "quality": [{"rule": "range", "min": 0, "max": 10.5}]},
            {
                "name": "label",
                "type": "text",
                "description": "What is written on it.",
                "source_path": "$.deep.label",
                "quality": [
                    {"rule": "accepted_values", "values": ["a", "b", "c"], "severity": "warning"},
                    {"rule": "length", "min": 1, "max": 5},
                    {"rule": "expression", "sql": "label <> tenant or amount > 1", "severity": "warning"},
                ],
            },
            {"name": "shelf_id", "type": "integer", "foreign_key": "shelves.shelf_id"},
            {"name": "twice", "type": "numeric(12,2)", "expression": "amount * 2"},
            {"name": "sent_at", "type": "timestamp", "time_format": "epoch_seconds"},
            {"name": "parts", "type": "text[]", "source_path": "$.parts[*].name"},
            {"name": "extra", "type": "jsonb"},
        ],
        "indexes": [{"name": "ix_things_label", "columns": ["label", "amount"]}],
        "relationships": [
            {"name": "shelf", "type": "many_to_one", "target_entity": "SHELF", "foreign_key": "shelf_id"}
        ],
    },
}
COLOUR: Definition = {
    "_metadata": {"entity_code": "COLOUR", "entity_name": "Colour", "module": "SHOP"},
    "table_name": "colours",
    "columns": [
        {"name": "code", "type": "CHAR(3)", "primary_key": True},
        {"name": "name", "type": "String(40)", "attribute": "LABEL"},
        {"name": "share", "type": "Float", "quality": [{"rule": "range", "min": 0, "max": 1, "severity": "info"}]},
    ],
}
SEEDS: dict[str, Definition] = {
    "object_models/shop/thing.json": THING,
    "object_models/shop/shelf.json": SHELF,
    "object_models/shop/colour.json": COLOUR,
    "modules/SHOP.json": {
        "code": "SHOP",
        "name": "Shop",
        "description": "All of it.",
        "owner": "Shop",
        "tags": ["retail"],
    },
    "attributes/LABEL.json": {"code": "LABEL", "name": "Label", "type": "String", "length": 40},
    "kpis/amount.json": {
        "code": "AMOUNT",
        "name": "Amount",
        "module": "SHOP",
        "formula": {
            "object": "THING",
            "numerator": {"aggregation": "sum", "expression": "amount", "filter": "label = 'a'"},
            "denominator": {"aggregation": "count"},
            "scale": 100,
        },
        "unit": "EUR",
        "direction": "higher_is_better",
        "grain": "day",
        "time_column": "happened_at",
        "dimensions": ["shelf_id"],
    },
    "industries/RETAIL.json": {"code": "RETAIL", "name": "Retail"},
    "industries/CORNER.json": {"code": "CORNER", "name": "Corner shops", "parent": "RETAIL"},
    "benchmarks/amount.json": {
        "code": "AMOUNT_2024",
        "name": "Amount",
        "kpi": "AMOUNT",
        "industry": "CORNER",
        "period": {"start": "2024-01-01", "end": "2024-12-31"},
        "percentiles": {"p10": 1, "p50": 2.5, "p90": 4},
    },
    "value_chains/SELL.json": {
        "code": "SELL",
        "name": "Sell",
        "modules": ["SHOP"],
        "stages": [{"code": "BUY", "name": "Buy"}, {"code": "HAND_OVER", "name": "Hand over"}],
    },
    "clients/CORNER_SHOP.json": {
        "code": "CORNER_SHOP",
        "name": "The corner shop",
        "modules": ["SHOP"],
        "industry": "CORNER",
        "tenant_id": "t1",
        "overrides": {"THING": {"archive": {"analytics": {"retention": "180 days"}}}},
    },
    "associations/SELL_IN_SHOP.json": {
        "code": "SELL_IN_SHOP",
        "from": {"kind": "value_chain", "code": "SELL", "stage": "BUY"},
        "to": {"kind": "module", "code": "SHOP"},
        "type": "is_recorded_in",
    },
}
