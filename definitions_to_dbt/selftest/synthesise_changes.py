"""Changes for one object, told in its format: lives with deletes, tombstones and latecomers; messages that are none."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any

from definitions_to_dbt.definition import ObjectModel
from definitions_to_dbt.selftest.good_payloads import Maker
from definitions_to_dbt.selftest.interpret import key_of
from definitions_to_dbt.selftest.messages import as_text, lsn_of, message
from definitions_to_dbt.selftest.opened import LEFT_OUT
from definitions_to_dbt.selftest.payload import path_of, put, value_at
from definitions_to_dbt.selftest.values import json_text

# Batch, what happened, its place in the log (None: nothing says when), what is sent beside the key of a delete.
Step = tuple[int, str, int | None] | tuple[int, str, int | None, str]
_LIVES: dict[str, tuple[Step, ...]] = {
    "changed, deleted, changed late": ((0, "insert", 1), (0, "update", 3), (1, "delete", 5), (1, "update", 4)),
    "all of that at once": ((0, "insert", 1), (0, "update", 3), (0, "delete", 5), (0, "update", 4), (1, "update", 2)),
    "deleted before anybody told of it": ((0, "delete", 9), (1, "insert", 8), (1, "insert", 16)),
    "9/0 stands before 10/0": ((0, "update", 16), (1, "update", 9), (1, "update", 17), (0, "update", 11)),
    "deleted and inserted again": ((0, "insert", 1), (0, "delete", 2), (0, "tombstone", None), (1, "insert", 3)),
    "again in one batch, then deleted again": (
        (0, "insert", 1), (0, "delete", 2), (0, "insert", 3), (1, "update", 2), (1, "delete", 5), (1, "delete", 4)
    ),
    "a delete and its tombstone in the next batch": ((0, "insert", 1), (0, "delete", 2), (1, "tombstone", None)),
    "tombstones alone, one after the other": ((0, "insert", 1), (0, "tombstone", None), (1, "tombstone", None)),
    "a tombstone of what nobody told of": ((0, "tombstone", None), (1, "insert", 7)),
    "a tombstone, then an older change": ((0, "insert", 8), (1, "tombstone", None), (1, "update", 7), (1, "update", 9)),
    "the same delete again": ((0, "insert", 1), (0, "delete", 2), (0, "delete", 2), (1, "delete", 2)),
    "an older delete late": ((0, "insert", 1), (0, "update", 5), (1, "delete", 3), (1, "delete", 7), (1, "delete", 6)),
    "a snapshot, twice": ((0, "read", 1), (0, "read", 1), (1, "update", 2), (1, "read", 1)),
    "a delete with all of the row": ((0, "insert", 1), (0, "delete", 2, "row"), (1, "delete", 3, "row")),
    "a delete filled up with what is no value": ((0, "insert", 1), (1, "delete", 2, "nothing")),
    "a delete of which the rest does not fit": ((0, "insert", 1), (1, "delete", 2, "nonsense")),
    "nothing says when": ((0, "insert", None), (0, "update", None), (1, "delete", None), (1, "delete", None)),
    "nothing says when, and it comes back": ((0, "insert", None), (0, "delete", None), (1, "insert", None)),
    "a delete without a time of its own": ((0, "insert", 3), (1, "delete", None), (1, "update", 2)),
    "by the clock, later by the log": ((0, "by clock", 9), (1, "update", 1), (1, "by clock", 30)),
    "by the clock alone": ((0, "by clock", 5), (1, "by clock", 4), (1, "by clock", 6), (0, "by clock", 3)),
}  # fmt: skip
Add = Callable[..., None]
Told = Callable[..., dict[str, Any]]
Odd = Iterator[tuple[str, Any]]


def changes(model: ObjectModel, maker: Maker, another: Callable[[dict[str, Any]], dict[str, Any]], add: Add) -> None:
    """Add every life and every message that is none. `another` says something else of the same row."""
    if model.source.format == "json":
        return
    # A live row has not been deleted; some senders say so of a row all the same.
    undeleted = {"deleted_at": ...} if any(column.name == "deleted_at" for column in model.columns) else {}
    for turn, (what, steps) in enumerate(_LIVES.items()):
        row = maker.payload(undeleted if turn % 8 else None)
        for number, (batch, did, place, *beside) in enumerate(steps):
            if number and steps[number - 1][2] != place:
                row = another(row)
            told = f"{what}: {did} at {'no place' if place is None else lsn_of(place)}"
            for sent, raw_id in _told(model, row, did, place, beside):
                add(batch, "change", told, sent, raw_id)
    for what, sent in _odd(model, maker):
        add(0, "change", what, sent)


def _told(
    model: ObjectModel, row: dict[str, Any], did: str, place: int | None, beside: list[str]
) -> Iterator[tuple[Any, str | None]]:
    """The message, where the format can say it, and the record's id."""
    is_event = model.source.format == "cloudevents"
    if did == "delete":
        yield from () if is_event and not model.source.delete_types else [_delete(model, row, place, beside)]
    elif did == "tombstone":
        yield from () if is_event else [("null", _key_text(model, row, len(json_text(row)) % 2 == 0))]
    else:
        yield message(model, row, "update" if did == "by clock" else did, place, did != "by clock"), None


def _delete(model: ObjectModel, row: dict[str, Any], place: int | None, beside: list[str]) -> tuple[Any, str | None]:
    """A delete by its key alone, or with what is said beside it; by its subject or its id where the format has one."""
    key = deepcopy(row) if beside == ["row"] else _key_only(model, row)
    for column in model.columns if beside in (["nothing"], ["nonsense"]) else ():
        if column.name not in key_of(model) and column.expression is None and column.name != model.source.order:
            nothing: Any = "" if column.pg_type.family == "text" else 0 if column.pg_type.family == "integer" else None
            put(key, path_of(column), nothing if beside == ["nothing"] else {"no": ["sense"]})
    if beside or (place or 0) % 2:
        return message(model, key, "delete", place), None
    if model.source.format == "cloudevents":
        return {**message(model, None, "delete", place), "subject": _key_text(model, row, False)}, None
    sent = None if model.source.format == "debezium" else key
    return message(model, sent, "delete", place), _key_text(model, row, True)


def _key_only(model: ObjectModel, row: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for column in map(model.column, key_of(model)):
        if column.expression is None:
            put(found, path_of(column), deepcopy(value_at(row, path_of(column))))
    return found


def _key_text(model: ObjectModel, row: dict[str, Any], as_json: bool) -> str | None:
    """The key as the id of a record says it: JSON, or its values joined by a colon."""
    key = _key_only(model, row)
    if as_json:
        return as_text(key)
    columns = [column for column in map(model.column, key_of(model)) if column.expression is None]
    return ":".join(json_text(value_at(key, path_of(column))) for column in columns)


def _odd(model: ObjectModel, maker: Maker) -> Iterator[tuple[str, Any]]:
    """Messages in other clothes, and messages that are none."""

    def told(did: str = "update", place: int | None = 20, **more: Any) -> dict[str, Any]:
        return {**message(model, maker.payload(), did, place), **more}

    yield "no message, but a row", maker.payload()
    yield "no row in it", message(model, None, "update", 20)
    yield "an unknown operation", told("x")
    yield from _ODD[model.source.format](model, maker, told)


def _odd_debezium(model: ObjectModel, maker: Maker, told: Told) -> Odd:
    row = maker.payload()
    yield "its schema around it", {"schema": {"type": "struct"}, "payload": told()}
    yield "key and value", {"key": _key_only(model, row), "value": message(model, row, "insert", 3)}
    yield "key and value, a tombstone", {"key": {"schema": {}, "payload": _key_only(model, row)}, "value": None}
    yield "a truncation", {"op": "t", "before": None, "after": None, "source": {"lsn": 5}}
    yield "a delete of nothing", {"op": "d", "before": None, "after": None}
    yield "a row that is none", told(after="text")
    yield "a long value left out", message(model, {**maker.payload(), "__large": LEFT_OUT}, "update", 20)
    yield "a delete with a long value left out", message(model, {**maker.payload(), "__large": LEFT_OUT}, "delete", 20)
    for lsn in ("24-1", "", "-1", 1.5, 2**62, "0/100000000", True, "100/0", 255):
        yield f"an lsn {lsn!r}", told(source={"lsn": lsn})
    for time in ("soon", 10**17, -1, 1_714_564_800_000):
        yield f"a time {time!r}", told(source={}, ts_ms=time)
    yield "microseconds before milliseconds", told(source={"ts_us": 1_714_564_800_000_001, "ts_ms": "x"})


def _odd_unwrapped(model: ObjectModel, maker: Maker, told: Told) -> Odd:
    row = maker.payload()
    yield "its schema around it", {"schema": {"type": "struct"}, "payload": told()}
    yield "key and value", {"key": _key_only(model, row), "value": message(model, row, "insert", 3)}
    yield "key and value, a tombstone", {"key": {"schema": {}, "payload": _key_only(model, row)}, "value": None}
    for flag in ("perhaps", True, False, "true", None, "TRUE"):
        yield f"a flag {flag!r}", told(__deleted=flag)
    yield "nothing said of what happened", told(__op=None, __deleted=None)
    yield "a long value left out", told(__large=LEFT_OUT)
    yield "a delete with a long value left out", told("delete", __large=LEFT_OUT)
    yield "the other lsn", told(__lsn=None, __source_lsn="24/3F000140")
    yield "an lsn that is none", told(__lsn="24-1")
    yield "a time that is none", told(place=None, __source_ts_ms="soon")


def _odd_change_event(_: ObjectModel, maker: Maker, told: Told) -> Odd:
    about = {"operation": "insert", "timestamp": "2024-01-01T00:00:00Z"}
    yield "no metadata", {"payload": maker.payload()}
    yield "metadata that is a text", told(metadata="insert")
    yield "small letters", told(metadata=about)
    yield "a row that is none", told(payload=[1])
    yield "an lsn that is none", told(metadata={**about, "lsn": "x/y"})
    yield "an lsn as a number", told(metadata={**about, "lsn": 153_008_013_632})
    yield "a time that is none", told(metadata={**about, "timestamp": "yesterday"})
    yield "a time finer than a microsecond", told(metadata={**about, "timestamp": "2024-01-01T00:00:00.123456789Z"})


def _odd_cloud_event(_: ObjectModel, maker: Maker, told: Told) -> Odd:
    inside = base64.b64encode(as_text(maker.payload()).encode()).decode()
    bare = {name: value for name, value in told().items() if name != "data"}
    yield "data in base64", {**bare, "data_base64": inside}
    yield "base64 of a list", {**bare, "data_base64": base64.b64encode(b"[1]").decode()}
    yield "base64 that is none", {**bare, "data_base64": "%%%"}
    yield "base64 of no text", {**bare, "data_base64": "//8="}
    yield "a text as data", told(data="text")
    yield "no specversion", {name: value for name, value in told().items() if name != "specversion"}
    yield "a time that is none", told(time="soon")
    yield "a time finer than a microsecond", told(time="2024-01-01T00:00:00.123456789Z")


_ODD: dict[str, Any] = {
    "debezium": _odd_debezium, "debezium_unwrapped": _odd_unwrapped, "change_event": _odd_change_event,
    "cloudevents": _odd_cloud_event,
}  # fmt: skip
