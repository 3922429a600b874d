"""One object for each shape of change events, and records in that shape. One library, so that dbt parses once."""

from __future__ import annotations

import base64
import json
from typing import Any

from small_library import Definition

Record = dict[str, Any]


def _definition(code: str, table: str, source: dict[str, Any], columns: list[dict[str, Any]], **more: Any) -> Definition:
    schema = {"table_name": table, "columns": columns}
    return {"code": code, "name": code, "module": "SHOP", "source": source, "table_schema": schema, **more}


_NAME_AND_LEVEL: list[dict[str, Any]] = [
    {"name": "name", "type": "text", "nullable": False},
    {"name": "level", "type": "integer", "quality": [{"rule": "range", "min": 0}]},
]

# Debezium's envelope.
CUSTOMER = _definition(
    "CUSTOMER", "customers", {"format": "debezium"},
    [
        {"name": "customer_id", "type": "integer", "primary_key": True, "source_path": "id"},
        *_NAME_AND_LEVEL,
        {"name": "born", "type": "date", "time_format": "epoch_days"},
        {"name": "origin", "type": "text", "source_path": "$envelope.source.table"},
        {"name": "deleted_at", "type": "timestamptz"},
    ],
    examples=[
        {
            "payload": {"before": None, "after": {"id": 7, "name": "A", "born": 0}, "op": "c", "source": {"lsn": 1}},
            "row": {"customer_id": 7, "name": "A", "born": "1970-01-01", "_deleted": False},
        },
        {"payload": {"before": {"id": 7}, "after": None, "op": "d"}, "row": {"customer_id": 7, "_deleted": True}},
        {"payload": None, "raw_id": "7", "row": {"customer_id": 7, "_deleted": True}},
    ],
)  # fmt: skip

# Unwrapped by ExtractNewRecordState; a key of two columns.
STOCK = _definition(
    "STOCK", "stocks", {"format": "debezium_unwrapped"},
    [
        {"name": "shop", "type": "text", "primary_key": True},
        {"name": "item", "type": "integer", "primary_key": True},
        {"name": "pieces", "type": "integer", "nullable": False},
    ],
    kind="reference",
    examples=[
        {
            "payload": {"shop": "A", "item": 1, "pieces": 5, "__op": "u", "__deleted": "false", "__lsn": 9},
            "row": {"shop": "A", "item": 1, "pieces": 5, "_deleted": False},
        },
    ],
)  # fmt: skip

# Schema, payload, metadata; an event, which ages.
SALE = _definition(
    "SALE", "sales", {"format": "change_event"},
    [
        {"name": "sale_id", "type": "text", "primary_key": True},
        {"name": "sold_at", "type": "timestamptz", "nullable": False},
        {"name": "amount", "type": "numeric(10,2)", "nullable": False},
        {"name": "deleted_at", "type": "timestamp", "time_zone": "Europe/Berlin"},
    ],
    kind="event", time_column="sold_at", archive={"analytics": {"retention": "90 days"}},
    examples=[
        {
            "payload": {
                "schema": {}, "payload": {"sale_id": "s", "sold_at": "2024-01-01T00:00:00Z", "amount": "1.5"},
                "metadata": {"operation": "INSERT", "lsn": "24/3F000140"},
            },
            "row": {"sale_id": "s", "sold_at": "2024-01-01 00:00:00+00", "amount": "1.50", "_deleted": False},
        },
    ],
)  # fmt: skip

CLOSED = "com.shop.ticket.closed"
TICKET = _definition(
    "TICKET", "tickets", {"format": "cloudevents", "delete_types": [CLOSED]},
    [
        {"name": "ticket_id", "type": "text", "primary_key": True},
        {"name": "title", "type": "text", "nullable": False},
        {"name": "told_by", "type": "text", "source_path": "$envelope.source"},
    ],
    examples=[
        {
            "payload": {
                "specversion": "1.0", "id": "e1", "source": "/desk", "type": "com.shop.ticket.opened",
                "time": "2024-01-01T00:00:00.123456789Z", "data": {"ticket_id": "t1", "title": "A"},
            },
            "row": {"ticket_id": "t1", "title": "A", "told_by": "/desk", "_deleted": False},
        },
    ],
)  # fmt: skip

CHANGE_LIBRARY = (CUSTOMER, STOCK, SALE, TICKET)


def envelope(op: str, lsn: int | str | None, after: Record | None = None, before: Record | None = None) -> Record:
    """Debezium's envelope of a change to `customers`."""
    source = {"connector": "postgresql", "table": "customers", "lsn": lsn, "txId": 553, "ts_ms": 1704067200000 + 1000}
    return {"before": before, "after": after, "source": source, "op": op, "ts_ms": 1704067202000}


def customer(name: str | None, key: int = 1, **more: Any) -> Record:
    return {"id": key, "name": name, **more}


def wrapped(payload: Any) -> Record:
    """The same with its schema, as the JSON converter writes it unless told otherwise."""
    return {"schema": {"type": "struct", "fields": []}, "payload": payload}


def stock(pieces: int | None, lsn: int | None, key: str = "A", **more: Any) -> Record:
    told = {"__op": "u", "__deleted": "false", "__lsn": lsn, "__source_ts_ms": 1704067200000}
    return {"shop": key, "item": 1, "pieces": pieces, **told, **more}


def sale(operation: str, lsn: str | None, amount: str | None = "1.00", day: int = 1, **more: Any) -> Record:
    """A change event about the sale `s1`."""
    row = {"sale_id": "s1", "sold_at": f"2024-03-{day:02}T10:00:00Z", "amount": amount, **more}
    told = {"operation": operation, "source": "till", "timestamp": "2024-03-09T00:00:00Z", "lsn": lsn}
    return {"schema": {"name": "sales"}, "payload": row, "metadata": {**told, "transaction_id": 5}}


def ticket(title: str | None, minute: int | None, kind: str = "com.shop.ticket.changed", **more: Any) -> Record:
    """A CloudEvent about the ticket `t1`; `more` replaces attributes."""
    time = None if minute is None else f"2024-03-01T10:{minute:02}:00Z"
    event = {"specversion": "1.0", "id": "e", "source": "/desk", "type": kind, "subject": "t1", "time": time}
    data = None if title is None else {"ticket_id": "t1", "title": title}
    return {name: value for name, value in {**event, "data": data, **more}.items() if value is not None}


def in_base64(data: Any) -> str:
    return base64.b64encode(json.dumps(data).encode()).decode()
