"""A shop whose sales are somebody's: raw records with payloads, and the rows that dbt would have made of them."""

from __future__ import annotations

import json
from typing import Any

from small_shop import SALE, SCHEMA, Shop

_SCHEMA: dict[str, Any] = SALE["table_schema"]  # type: ignore[assignment]  # a dict of many kinds of values
PERSONAL_SALE = SALE | {
    "subject_column": "buyer",
    "archive": {"analytics": {"retention": "90 days"}, "source": {"retention": "7 days"}},
    "table_schema": _SCHEMA
    | {"columns": [*_SCHEMA["columns"], {"name": "buyer", "type": "text", "foreign_key": "people.name"}]},
}
PERSON = {
    "code": "PERSON",
    "name": "Person",
    "module": "SHOP",
    "description": "One buyer.",
    "kind": "entity",
    "subject_column": "name",
    "archive": {"source": {"retention": "7 days"}},
    "table_schema": {
        "table_name": "people",
        "columns": [{"name": "name", "type": "text", "primary_key": True}, {"name": "city", "type": "text"}],
    },
}


def sell(
    shop: Shop, *buyers: str | None, first: int = 1, at: str = "2024-01-01 10:00+00", processed: bool = True
) -> None:
    """One raw record each, and its row; a buyer of None is a record that cannot be read."""
    for number, buyer in enumerate(buyers, start=first):
        payload = {"sale_id": number, "sold_at": at, "amount": 1.5, "note": f"secret of {buyer}", "buyer": buyer}
        shop.execute(
            f"insert into {SCHEMA}.source_sales (raw_id, raw_data, raw_bytes, ingested_at, processed)"
            " values (%s, %s::json, %s, %s, %s)",
            f"{buyer}-{number}" if buyer else None, json.dumps(payload) if buyer else None,
            None if buyer else b"\xffsecret", at, processed,
        )  # fmt: skip
        if buyer and processed:
            shop.execute(
                f"insert into {SCHEMA}.sales (sale_id, sold_at, amount, note, buyer, _raw_seq, _source_order)"
                f" values (%s, %s, 1.5, %s, %s, (select max(raw_seq) from {SCHEMA}.source_sales), %s)",
                number, at, f"secret of {buyer}", buyer, number,
            )  # fmt: skip
