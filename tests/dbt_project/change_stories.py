"""What sources tell of changes, story by story, and what is to stand afterwards: the cases of `test_change_events.py`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, NamedTuple

import psycopg
import pytest
from change_library import (
    CHANGE_LIBRARY, CLOSED, customer, envelope, in_base64, sale, stock, ticket, wrapped,
)  # fmt: skip
from platform_under_test import SCHEMA, Platform, fresh_database
from running import Project

from definitions_to_dbt.definition import ObjectModel
from definitions_to_dbt.embedded_postgres import EmbeddedPostgres
from definitions_to_dbt.selftest.interpret import interpret
from definitions_to_dbt.selftest.outcomes import Arrived, Ledger


class Told(NamedTuple):
    """A tombstone or another record whose id says more than its text."""

    raw_id: str
    payload: Any = "null"


class Story(NamedTuple):
    """What is sent of one object, batch by batch; what stands in the end; what became of each record."""

    table: str
    batches: tuple[tuple[Any, ...], ...]
    row: tuple[Any, ...] | None
    outcomes: str


def _customers(key: int) -> dict[str, Story]:
    """Each story has a key of its own. The row: name, level, _deleted."""
    numbers = iter(range(key, key + 100))

    def story(row: tuple[Any, ...] | None, outcomes: str, *batches: Any) -> Story:
        number = next(numbers)
        made = tuple(tuple(record(number) if callable(record) else record for record in batch) for batch in batches)
        return Story("customers", made, row, outcomes)

    def c(name: str, lsn: int | str | None, op: str = "c", **more: Any) -> Any:
        return lambda number: envelope(op, lsn, customer(name, number, **more))

    def d(lsn: int | str | None, **before: Any) -> Any:
        return lambda number: envelope("d", lsn, None, {"id": number, **before})

    def tombstone(number: int) -> Told:
        return Told(str(number))

    return {
        "a snapshot read is an insert, with its schema around it": story(
            ("A", 3, False), "loaded", [lambda number: wrapped(envelope("r", 10, customer("A", number, level="3")))]
        ),
        "an update wins over what was before": story(("B", None, False), "superseded loaded", [c("A", 10), c("B", 11, "u")]),
        "changes out of order end in the newest": story(
            ("C", None, False), "loaded superseded superseded", [c("C", 12, "u"), c("A", 10)], [c("B", 11, "u")]
        ),
        "lsns are numbers and no texts": story(
            ("new", None, False), "loaded superseded", [c("new", "10/0", "u")], [c("old", "9/0", "u")]
        ),
        "an lsn as a text and as its number stand in one row": story(
            ("new", None, False), "loaded loaded", [c("old", 255, "u")], [c("new", "0/100", "u")]
        ),
        "the same change again is a duplicate": story(
            ("A", None, False), "loaded duplicate duplicate", [c("A", 10)], [c("A", 10)], [c("A", 10)]
        ),
        "a delete keeps what was last known": story(
            ("B", 2, True), "loaded loaded loaded", [c("A", 10)], [c("B", 11, "u", level=2)], [d(12)]
        ),
        "in one batch too": story(("B", 2, True), "superseded superseded loaded", [c("A", 10), c("B", 11, "u", level=2), d(12)]),
        "what Debezium fills a delete up with is no value": story(
            ("A", 7, True), "loaded loaded", [c("A", 10, level=7)], [d(12, name="", level=0)]
        ),
        "a delete of what nobody told of": story((None, None, True), "loaded", [d(12)]),
        "a delete of which the rest does not fit": story(("A", 1, True), "loaded loaded", [c("A", 10, level=1)], [d(12, level="x")]),
        "a tombstone behind its delete says nothing new": story(
            ("A", None, True), "superseded loaded duplicate", [c("A", 10), d(12), tombstone]
        ),
        "a tombstone in the next batch neither": story(
            ("A", None, True), "loaded loaded duplicate", [c("A", 10)], [d(12)], [tombstone]
        ),
        "a tombstone alone deletes": story(("A", None, True), "loaded loaded", [c("A", 10)], [tombstone]),
        "a tombstone with its key in the message": story(
            ("A", None, True), "loaded loaded", [c("A", 10)],
            [lambda number: {"key": wrapped({"id": number}), "value": None}],
        ),
        "a late update does not resurrect": story(
            ("A", None, True), "loaded loaded superseded", [c("A", 10)], [d(12)], [c("B", 11, "u")]
        ),
        "nor after a tombstone": story(
            ("A", None, True), "loaded loaded superseded", [c("A", 10)], [tombstone], [c("B", 9, "u")]
        ),
        "nor in the same batch": story(("B", None, True), "superseded loaded superseded", [c("A", 10), d(12), c("B", 11, "u")]),
        "an insert after the delete is a row again": story(
            ("N", None, False), "loaded loaded loaded", [c("A", 10)], [d(12)], [c("N", 13)]
        ),
        "also behind the tombstone of one batch": story(
            ("N", None, False), "superseded superseded superseded loaded", [c("A", 10), d(12), tombstone, c("N", 13)]
        ),
        "the whole story sent twice": story(
            ("A", None, True), "superseded loaded superseded duplicate", [c("A", 10), d(12)], [c("A", 10), d(12)]
        ),
        "without an lsn the time says": story(
            ("late", None, False), "loaded superseded",
            [lambda n: {"before": None, "after": customer("late", n), "op": "u", "ts_ms": 1704067202000}],
            [lambda n: {"before": None, "after": customer("early", n), "op": "u", "source": {"ts_us": 1704067201000000}}],
        ),
        "who gets lsns later never loses to times": story(
            ("lsn", None, False), "loaded loaded", [lambda n: {"after": customer("time", n), "op": "u", "ts_ms": 1704067202000}],
            [c("lsn", 5, "u")],
        ),
        "a required column is missing": story(None, "rejected", [lambda number: envelope("c", 10, {"id": number})]),
        "a rule is broken": story(None, "rejected", [c("A", 10, level=-1)]),
        "an lsn that is none": story(None, "rejected", [c("A", "24-1")]),
        "a time that is none": story(None, "rejected", [lambda n: {"after": customer("A", n), "op": "c", "ts_ms": "soon"}]),
        "an unknown operation": story(None, "rejected", [c("A", 10, "x")]),
        "a truncation": story(None, "rejected", [{"op": "t", "before": None, "after": None}]),
        "an update without its row": story(None, "rejected", [envelope("u", 10)]),
        "a delete of nothing": story(None, "rejected", [envelope("d", 10)]),
        "a tombstone without a key": story(None, "rejected", ["null"]),
        "no envelope": story(None, "rejected", [{"id": 5, "name": "A"}]),
        "a list": story(None, "rejected", ["[1]"]),
        "a NUL character": story(None, "rejected", ['{"op": "c", "after": {"id": 1, "name": "\\u0000"}}']),
        "a long value that an update left out": story(None, "rejected", [c("__debezium_unavailable_value", 10, "u")]),
        "a key that does not fit": story(None, "rejected", [envelope("d", 10, None, {"id": "x"})]),
    }  # fmt: skip


STORIES: dict[str, Story] = {
    **_customers(100),
    "unwrapped: in order": Story(
        "stocks", ((stock(5, 10, "U1"), stock(6, 11, "U1")),), (6, False), "superseded loaded"
    ),
    "unwrapped: a delete by __deleted": Story(
        "stocks", ((stock(5, 10, "U2"), stock(None, 12, "U2", __op="d", __deleted="true")), (stock(4, 11, "U2"),)),
        (5, True), "superseded loaded superseded",
    ),
    "unwrapped: a tombstone by the parts of its key": Story(
        "stocks", ((wrapped(stock(5, 10, "U3")),), (Told("U3:1"),)), (5, True), "loaded loaded"
    ),
    "unwrapped: a tombstone by its key as JSON": Story(
        "stocks", ((stock(5, 10, "U4"),), (Told('{"shop": "U4", "item": 1}'),)), (5, True), "loaded loaded"
    ),
    "unwrapped: nothing but the row, so the last to arrive counts": Story(
        "stocks", (({"shop": "U5", "item": 1, "pieces": 5},), ({"shop": "U5", "item": 1, "pieces": 6},),
                   ({"shop": "U5", "item": 1, "pieces": 6},)), (6, False), "loaded loaded duplicate",
    ),
    "unwrapped: a flag that is none": Story("stocks", ((stock(5, 10, "U6", __deleted="perhaps"),),), None, "rejected"),
    "a change event: words for what happened": Story(
        "sales", ((sale("INSERT", "24/3F000140", sale_id="s2"),), (sale("update", "24/3F000200", "2.00", sale_id="s2"),)),
        ("2024-03-01", "2.00", False), "loaded loaded",
    ),
    "a change event: a delete by its key alone stands where the row stood": Story(
        "sales", ((sale("insert", "24/1", "3.00", sale_id="s3"),),
                  ({**sale("delete", "24/2"), "payload": {"sale_id": "s3"}},), (sale("update", "24/1", "4.00", sale_id="s3"),)),
        ("2024-03-01", "3.00", True), "loaded loaded superseded",
    ),
    "a change event: a delete of what is no longer here stands at its own time": Story(
        "sales", (({**sale("delete", "24/2"), "payload": {"sale_id": "s4"}},),), ("2024-03-09", None, True), "loaded"
    ),
    "a change event: no metadata": Story("sales", (({"payload": {"sale_id": "s5"}},),), None, "rejected"),
    "a cloud event: the newest time": Story(
        "tickets", ((ticket("B", 2), ticket("A", 1)),), ("B", "/desk", False), "loaded superseded"
    ),
    "a cloud event: data in base64": Story(
        "tickets", ((ticket(None, 1, data_base64=in_base64({"ticket_id": "t2", "title": "A"})),),),
        ("A", "/desk", False), "loaded",
    ),
    "a cloud event: base64 that is none": Story("tickets", ((ticket(None, 1, data_base64="%%%"),),), None, "rejected"),
    "a cloud event: base64 of no text": Story("tickets", ((ticket(None, 1, data_base64="//8="),),), None, "rejected"),
    "a cloud event: a type that deletes, by its subject": Story(
        "tickets", ((ticket(None, 1, data={"ticket_id": "t3", "title": "A"}),), (ticket(None, 3, CLOSED, subject="t3"),),
                    (ticket(None, 2, data={"ticket_id": "t3", "title": "B"}),)),
        ("A", "/desk", True), "loaded loaded superseded",
    ),
    "a cloud event: no event at all": Story("tickets", (({"ticket_id": "t4", "title": "A"},),), None, "rejected"),
    "a cloud event: a text as data": Story("tickets", ((ticket(None, 1, data="text"),),), None, "rejected"),
}  # fmt: skip
REASONS = {
    "a required column is missing": "name: missing",
    "a rule is broken": "level: expected at least 0",
    "an lsn that is none": "lsn: not pg_lsn",
    "a time that is none": "ts_ms: not a time",
    "an unknown operation": "op: expected one of c, u, r, d",
    "a truncation": "op: expected one of c, u, r, d",
    "an update without its row": "after: missing",
    "a delete of nothing": "before: missing, and no key beside it",
    "a tombstone without a key": "payload: a tombstone that names no key",
    "no envelope": "op: expected one of c, u, r, d",
    "a list": "payload: not a JSON object",
    "a NUL character": "payload: not readable as JSON",
    "a long value that an update left out": (
        "payload: holds __debezium_unavailable_value; the table needs REPLICA IDENTITY FULL"
    ),
    "a key that does not fit": "customer_id: not integer",
    "unwrapped: a flag that is none": "__deleted: expected true or false",
    "a change event: no metadata": "metadata.operation: expected insert, update, delete or read",
    "a cloud event: base64 that is none": "data: no JSON object in it",
    "a cloud event: base64 of no text": "data: no JSON object in it",
    "a cloud event: no event at all": "specversion: missing, so this is no CloudEvent",
    "a cloud event: a text as data": "data: no JSON object in it",
}
