"""A message that tells of a change, opened: the row in it, what happened to the row, and what says when.

Four shapes, read by the documentation of the formats. Looks at the message alone; what a row means is not asked here.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from definitions_to_dbt.selftest.epochs import read_epoch
from definitions_to_dbt.selftest.times import read_instant
from definitions_to_dbt.selftest.values import json_text, read_json
from definitions_to_dbt.selftest.verdicts import DoesNotFitError, UnjudgedError
from definitions_to_dbt.types import parse_type

# The word Debezium puts in place of a long value that an update did not touch.
LEFT_OUT = "__debezium_unavailable_value"
_LETTERS = {"c": "live", "u": "live", "r": "live", "d": "gone"}
_WORDS = {**_LETTERS, "insert": "live", "update": "live", "read": "live", "delete": "gone"}
_LSN = re.compile(r"([0-9A-F]{1,8})/([0-9A-F]{1,8})", re.ASCII | re.IGNORECASE)
# An lsn stands above every time.
_ABOVE_TIMES = 2**62
_INSTANT = parse_type("timestamptz")
_START = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Opened:
    """What a message says. `fault` names the part of it that cannot be used; `row` is then as far as it can be read."""

    row: dict[str, Any]
    envelope: Any
    is_delete: bool = False
    order: int | None = None
    at: datetime | None = None
    fault: str = ""


@dataclass(frozen=True)
class Shape:
    """What of the definition is needed to open a message: the format, the key's fields, the types that delete."""

    format: str
    key_fields: Sequence[str] | None
    delete_types: Sequence[str] = ()


def opened(shape: Shape, text: str | bytes, raw_id: str | None) -> Opened:
    """Open one message. Raises UnjudgedError where this cannot tell."""
    try:
        message = read_json(text) if isinstance(text, str) else ...
    except DoesNotFitError:
        message = ...
    if message is ...:
        return Opened({}, None, fault="payload")
    has_two_sides = shape.format.startswith("debezium")
    key, value = _sides(shape, message) if has_two_sides else (None, message)
    if shape.format == "cloudevents":
        return _cloud_event(shape, message)
    if value is None:
        row = _key(shape, key, raw_id)
        return Opened(row or {}, None, is_delete=True, fault="" if row is not None else "payload")
    if not isinstance(value, dict):
        return Opened({}, value, fault="payload")
    if shape.format == "debezium":
        return _debezium(shape, value, key, raw_id)
    if shape.format == "debezium_unwrapped":
        return _unwrapped(value)
    return _change_event(shape, value, raw_id)


def _sides(shape: Shape, message: Any) -> tuple[Any, Any]:
    """Key and value of a message that brings both, else the value alone; both without the schema around them."""
    is_both = isinstance(message, dict) and {"key", "value"} <= message.keys()
    if is_both and not (message["value"] is None or isinstance(message["value"], dict)):
        is_both = False
    # A row may have columns of these names: then only an object is a key.
    if is_both and (isinstance(message["key"], dict) if shape.format != "debezium" else "op" not in message):
        return _inside_schema(message["key"]), _inside_schema(message["value"])
    return None, _inside_schema(message)


def _inside_schema(value: Any) -> Any:
    is_wrapped = isinstance(value, dict) and "payload" in value and value.keys() <= {"schema", "payload"}
    return value["payload"] if is_wrapped else value


def _key(shape: Shape, key: Any, raw_id: str | None) -> dict[str, Any] | None:
    """The row's key as a row of its own, None where nothing names it."""
    if shape.key_fields is None:
        raise UnjudgedError("a key that stands deep in the row or is computed, told without the row")
    if isinstance(key, dict):
        return key
    text = raw_id if key is None else json_text(key)
    if text is None:
        return None
    if text.startswith("{"):
        try:
            found = _inside_schema(read_json(text))
            return found if isinstance(found, dict) else None
        except DoesNotFitError:
            pass
    parts = [text] if len(shape.key_fields) == 1 else text.split(":")
    return dict(zip(shape.key_fields, parts, strict=True)) if len(parts) == len(shape.key_fields) else None


def _debezium(shape: Shape, value: dict[str, Any], key: Any, raw_id: str | None) -> Opened:
    what = _happened(_LETTERS, value.get("op"))
    is_delete = what == "gone"
    row = value.get("before" if is_delete else "after")
    source = _part(value, "source")
    fault = "" if what else "op"
    if not isinstance(row, dict):
        row = _key(shape, key, raw_id) if is_delete else None
        fault = fault or ("" if row is not None else "before" if is_delete else "after")
    fault = fault or _left_out(is_delete, row)
    order, order_fault = _lsn(source.get("lsn"))
    at, time_fault = _epoch((source.get("ts_us"), 1), (source.get("ts_ms"), 1000), (value.get("ts_ms"), 1000))
    return _told(row, value, is_delete, order, at, fault or order_fault or (time_fault and "ts_ms"))


def _unwrapped(value: dict[str, Any]) -> Opened:
    op, deleted = value.get("__op"), value.get("__deleted")
    fault = "" if op is None or _happened(_LETTERS, op) else "__op"
    flag = None if deleted is None else json_text(deleted)
    fault = fault or ("" if flag in (None, "true", "false") else "__deleted")
    is_delete = flag == "true" or _happened(_LETTERS, op) == "gone"
    fault = fault or _left_out(is_delete, value)
    order, order_fault = _lsn(_first(value.get("__lsn"), value.get("__source_lsn")))
    at, time_fault = _epoch(
        (value.get("__source_ts_us"), 1), (value.get("__source_ts_ms"), 1000), (value.get("__ts_ms"), 1000)
    )
    return _told(value, value, is_delete, order, at, fault or order_fault or (time_fault and "__source_ts_ms"))


def _change_event(shape: Shape, value: dict[str, Any], raw_id: str | None) -> Opened:
    told = _part(value, "metadata")
    operation = told.get("operation")
    what = _happened(_WORDS, operation.lower() if isinstance(operation, str) else operation)
    is_delete, row = what == "gone", value.get("payload")
    fault = "" if what else "metadata.operation"
    if not isinstance(row, dict):
        row = _key(shape, None, raw_id) if is_delete else None
        fault = fault or ("" if row is not None else "payload")
    order, order_fault = _lsn(told.get("lsn"))
    at, time_fault = _iso(told.get("timestamp"))
    return _told(row, value, is_delete, order, at, fault or order_fault or (time_fault and "metadata.timestamp"))


def _cloud_event(shape: Shape, message: Any) -> Opened:
    if not isinstance(message, dict):
        return Opened({}, message, fault="payload")
    if isinstance(message.get("data_base64"), str):
        message = {**message, "data": _in_base64(message["data_base64"])}
    is_delete, row = message.get("type") in shape.delete_types, message.get("data")
    fault = "" if message.get("specversion") is not None else "specversion"
    if not isinstance(row, dict):
        row = _subject(shape, message.get("subject")) if is_delete else None
        fault = fault or ("" if row is not None else "data")
    at, time_fault = _iso(message.get("time"))
    return _told(row, message, is_delete, None, at, fault or (time_fault and "time"))


def _subject(shape: Shape, subject: Any) -> dict[str, Any] | None:
    """The subject is the key, where the key is one."""
    if shape.key_fields is None:
        raise UnjudgedError("a key that stands deep in the row or is computed, told without the row")
    return {shape.key_fields[0]: json_text(subject)} if subject is not None and len(shape.key_fields) == 1 else None


def _told(row: Any, envelope: Any, is_delete: bool, lsn: int | None, at: datetime | None, fault: str) -> Opened:
    order = lsn if lsn is not None else None if at is None else (at - _START) // timedelta(microseconds=1)
    return Opened(row if isinstance(row, dict) else {}, envelope, is_delete, order, at, fault)


def _part(message: dict[str, Any], name: str) -> dict[str, Any]:
    found = message.get(name)
    return found if isinstance(found, dict) else {}


def _happened(words: dict[str, str], word: Any) -> str:
    return words.get(word, "") if isinstance(word, str) else ""


def _left_out(is_delete: bool, row: Any) -> str:
    return "payload" if not is_delete and isinstance(row, dict) and LEFT_OUT in _texts(row.values()) else ""


def _texts(values: Iterable[Any]) -> set[str]:
    return {value for value in values if isinstance(value, str)}


def _first(*values: Any) -> Any:
    return next((value for value in values if value is not None), None)


def _lsn(value: Any) -> tuple[int | None, str]:
    """Where it stands in the log, and `lsn` where the value is no lsn."""
    if value is None:
        return None, ""
    text = json_text(value)
    if re.fullmatch(r"\d{1,19}", text, re.ASCII):
        number = int(text)
    elif found := _LSN.fullmatch(text):
        number = int(found[1], 16) << 32 | int(found[2], 16)
    else:
        return None, "lsn"
    # What an order of 64 bits cannot hold above the times.
    return (_ABOVE_TIMES + number, "") if number < _ABOVE_TIMES else (None, "lsn")


def _epoch(*values: tuple[Any, int]) -> tuple[datetime | None, str]:
    """The first time there is, as a number of microseconds or milliseconds."""
    for value, unit in values:
        if value is not None:
            units = "epoch_microseconds" if unit == 1 else "epoch_milliseconds"
            try:
                return read_epoch(json_text(value), _INSTANT, "UTC", units), ""
            except DoesNotFitError:
                return None, "time"
    return None, ""


def _iso(value: Any) -> tuple[datetime | None, str]:
    """A time as text. It only says what is newer: what is finer than a microsecond is cut off."""
    if value is None:
        return None, ""
    try:
        return read_instant(re.sub(r"(\.\d{6})\d+", r"\1", json_text(value), count=1), _INSTANT, "UTC"), ""
    except DoesNotFitError:
        return None, "time"


def _in_base64(text: str) -> Any:
    try:
        return read_json(base64.b64decode(text, validate=True).decode())
    except (binascii.Error, UnicodeDecodeError, DoesNotFitError):
        return None
