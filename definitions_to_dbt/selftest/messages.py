"""A row as its sender sends it: as JSON text, and where the format tells of changes with the message around it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from definitions_to_dbt.definition import ObjectModel
from definitions_to_dbt.selftest.payload import ENVELOPE

_START = datetime(2024, 5, 1, 12, 0, 0, tzinfo=UTC)
_OPERATIONS = {"insert": "c", "update": "u", "delete": "d", "read": "r"}


class _Number(float):
    """A number that JSON writes with just these digits."""

    def __new__(cls, number: Decimal) -> _Number:
        made = super().__new__(cls, 0.0)
        made.digits = str(number)
        return made

    digits: str

    def __repr__(self) -> str:
        return self.digits


def as_text(payload: Any) -> str:
    """JSON text with all digits of every number."""
    return json.dumps(_with_digits(payload), ensure_ascii=False)


def _with_digits(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _with_digits(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_with_digits(inner) for inner in value]
    return _Number(value) if isinstance(value, Decimal) else value


def message(
    model: ObjectModel, row: Mapping[str, Any] | None, did: str = "update", place: int | None = None, log: bool = True
) -> Any:
    """The row as the object's format sends it. `place` says when; where there is a log, its clock runs backwards.

    `row` may hold parts of the message under `$envelope`. Without `place` nothing says when.
    """
    kind = model.source.format
    if kind == "json":
        return row
    around = deepcopy((row or {}).get(ENVELOPE) or {})
    row = None if row is None else {key: value for key, value in row.items() if key != ENVELOPE}
    log = log and kind != "cloudevents"
    lsn = None if place is None or not log else f"{place:X}/0" if place % 2 else place << 32
    at = None if place is None else _START + timedelta(minutes=-place if log else place)
    made = _MADE[kind](model, row, did, lsn, at)
    return _merged(around, made) if isinstance(around, dict) else made


def lsn_of(place: int) -> str:
    """The place as PostgreSQL writes it: 9 is 9/0, 16 is 10/0."""
    return f"{place:X}/0"


def _debezium(_: ObjectModel, row: Any, did: str, lsn: Any, at: datetime | None) -> dict[str, Any]:
    millis = None if at is None else int(at.timestamp() * 1000)
    source = {"connector": "postgresql", "lsn": lsn, "ts_ms": millis}
    sides = {"before": row, "after": None} if did == "delete" else {"before": None, "after": row}
    return {**sides, "source": source, "op": _OPERATIONS.get(did, did)}


def _unwrapped(_: ObjectModel, row: Any, did: str, lsn: Any, at: datetime | None) -> dict[str, Any]:
    millis = None if at is None else int(at.timestamp() * 1000)
    told = {"__op": _OPERATIONS.get(did, did), "__deleted": str(did == "delete").lower()}
    return {**(row or {}), **told, "__lsn": lsn, "__source_ts_ms": millis}


def _change_event(_: ObjectModel, row: Any, did: str, lsn: Any, at: datetime | None) -> dict[str, Any]:
    told = {"operation": did.upper(), "source": "till", "lsn": lsn, "timestamp": None if at is None else at.isoformat()}
    return {"schema": {"name": "selftest"}, "payload": row, "metadata": told}


def _cloud_event(model: ObjectModel, row: Any, did: str, _: Any, at: datetime | None) -> dict[str, Any]:
    types = model.source.delete_types
    kind = types[0] if did == "delete" and types else "selftest.changed"
    time = {} if at is None else {"time": at.isoformat()}
    data = {} if row is None else {"data": row}
    return {"specversion": "1.0", "id": "e", "source": "/selftest", "type": kind, **time, **data}


_MADE: dict[str, Any] = {
    "debezium": _debezium, "debezium_unwrapped": _unwrapped, "change_event": _change_event, "cloudevents": _cloud_event,
}  # fmt: skip


_ROWS = ("before", "after", "payload", "data")


def _merged(around: dict[str, Any], made: Mapping[str, Any]) -> dict[str, Any]:
    """What columns say stands around the row, below what the message itself says there."""
    for key, value in made.items():
        known = around.get(key)
        both = isinstance(value, dict) and isinstance(known, dict) and key not in _ROWS
        around[key] = _merged(known, value) if both and known is not None else value
    return around
