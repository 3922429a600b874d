"""Ways in which a record goes wrong between a till and a landing folder. Each maker takes an intact payload.

A broken record is sent besides the intact one, never instead: history then holds exactly what jafgen made up.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable

from demo.jaffle_shop import Payload, later

# A payload that breaks a rule, or the bytes of a record that cannot be read at all.
Broken = Callable[[Payload], Payload | bytes]
Version = Callable[[Payload, random.Random], Payload]


def json_line(payload: Payload) -> bytes:
    """A payload as one line of NDJSON."""
    return json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()


def csv_line(values: list[str]) -> bytes:
    """Values as one CSV row. Quoted where they hold a comma, a quote or nothing."""
    return ",".join(_csv_value(value) for value in values).encode()


def _csv_value(value: str) -> str:
    return '"' + value.replace('"', '""') + '"' if any(c in value for c in ',"\r\n') else value


def with_value(name: str, value: object) -> Broken:
    """The record with another value in one place."""
    return lambda payload: {**payload, name: value}


def without(name: str) -> Broken:
    """The record without one of its values."""
    return lambda payload: {key: value for key, value in payload.items() if key != name}


def _truncated(payload: Payload) -> bytes:
    line = json_line(payload)
    return line[: len(line) * 3 // 5]


def _invalid_utf8(name: str) -> Broken:
    mark = "\ufffd"
    return lambda payload: json_line({**payload, name: f"{mark}{payload[name]}"}).replace(mark.encode(), b"\xff\xfe")


def _escape_in(name: str, escape: bytes) -> Broken:
    """Valid JSON, but no PostgreSQL text can hold what the escape stands for."""
    return lambda payload: json_line({**payload, name: f"@@{payload[name]}"}).replace(b"@@", escape, 1)


def _impossible_date(name: str) -> Broken:
    return lambda payload: {**payload, name: f"{payload[name][:4]}-02-30{payload[name][10:]}"}


def _csv_bytes(change: Callable[[list[bytes]], list[bytes]]) -> Broken:
    return lambda payload: b",".join(change([_csv_value(str(value)).encode() for value in payload.values()]))


BROKEN_JSON: dict[str, dict[str, Broken]] = {
    "orders": {
        "truncated": _truncated,
        "invalid_utf8": _invalid_utf8("status"),
        "not_an_object": lambda payload: json.dumps(["order", payload["id"]]).encode(),
        "missing_key": without("id"),
        "null_key": with_value("id", None),
        "text_in_number": with_value("subtotal", "twelve dollars"),
        "fraction_of_a_cent": with_value("tax_paid", 21.5),
        "impossible_date": _impossible_date("ordered_at"),
        "word_for_a_time": with_value("ordered_at", "yesterday"),
        "negative_total": lambda payload: {**payload, "order_total": -100 - payload["order_total"]},
    },
    "order_items": {
        "truncated": _truncated,
        "missing_key": without("id"),
        "key_is_no_uuid": with_value("id", "item-0815"),
        "unknown_kind_of_sku": with_value("sku", "jaffle 1"),
        "word_for_a_time": with_value("ordered_at", "now"),
    },
    "tweets": {
        "truncated": _truncated,
        "invalid_utf8": _invalid_utf8("content"),
        "missing_key": without("id"),
        "too_long": lambda payload: {**payload, "content": payload["content"] * 60},
        "nul_character": _escape_in("content", b"\\u0000"),
        "half_surrogate": _escape_in("content", b"\\ud83e"),
        "impossible_date": _impossible_date("tweeted_at"),
    },
    "supplies": {"text_in_number": with_value("cost", "cheap")},
}
BROKEN_CSV: dict[str, dict[str, Broken]] = {
    "customers": {
        "missing_field": _csv_bytes(lambda values: values[:-1]),
        "extra_field": _csv_bytes(lambda values: [*values, b"new"]),
        "invalid_utf8": _csv_bytes(lambda values: [values[0], b"\xe9" + values[1], *values[2:]]),
        "empty_key": with_value("id", ""),
        "impossible_date": _impossible_date("updated_at"),
    }
}
# Typed columns keep the worst out: what is left are missing values and texts that break a rule.
BROKEN_PARQUET: dict[str, dict[str, Broken]] = {
    "tweets": {
        "null_key": with_value("id", None),
        "null_time": with_value("tweeted_at", None),
        "too_long": BROKEN_JSON["tweets"]["too_long"],
    }
}


def _refunded(order: Payload, rng: random.Random) -> Payload:
    status = "refunded" if order["fulfilled_at"] else order["status"]
    return {**order, "status": status, "updated_at": later(order["updated_at"], rng.randint(20, 90))}


def _other_sku(item: Payload, rng: random.Random) -> Payload:
    others = [f"BEV-00{n}" for n in range(1, 6) if item["sku"] != f"BEV-00{n}"]
    return {**item, "sku": rng.choice(others), "updated_at": later(item["updated_at"], 10)}


def _edited(tweet: Payload, rng: random.Random) -> Payload:
    return {**tweet, "content": f"{tweet['content']} (edited, {rng.randint(1, 60)} minutes later)"}


def _renamed(customer: Payload, rng: random.Random) -> Payload:
    family = rng.choice(["Ashdown", "Birkeland", "Çelik", "Dvořák", "O'Hara", "van der Meer"])
    changed_at = later(customer["updated_at"], rng.randint(30, 90))
    return {**customer, "name": f"{customer['name'].split()[0]} {family}", "updated_at": changed_at}


# What the same record looks like after a correction, and before it was what it is.
NEWER: dict[str, Version] = {
    "orders": _refunded,
    "order_items": _other_sku,
    "tweets": _edited,
    "customers": _renamed,
}
OLDER: dict[str, Version] = {
    "orders": lambda order, rng: {
        **order, "status": "placed", "fulfilled_at": None, "updated_at": order["ordered_at"]
    },
    "order_items": lambda item, rng: {
        **_other_sku(item, rng), "updated_at": item["ordered_at"]
    },
    "customers": lambda customer, rng: {
        **customer, "name": customer["name"].upper(), "updated_at": later(customer["updated_at"], -5)
    },
}  # fmt: skip
# Kept and flagged: rules of severity warning.
FLAGGED: dict[str, list[Version]] = {
    "orders": [
        lambda order, rng: {**order, "order_total": order["order_total"] + 100},
        lambda order, rng: {**order, "status": "wandered off"},
    ]
}
