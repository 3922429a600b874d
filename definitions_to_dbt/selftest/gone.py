"""What stands of an object that its source says is gone: the values last known, and when it happened."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from definitions_to_dbt.column import Column
from definitions_to_dbt.definition import ObjectModel
from definitions_to_dbt.selftest.verdicts import UnjudgedError

_TIMES = ("timestamptz", "timestamp", "date")


class Known(NamedTuple):
    """What stands before a delete: the values, and whether it was gone by then."""

    values: dict[str, Any]
    is_gone: bool


def values_of_delete(
    model: ObjectModel, key: tuple[str, ...], sent: dict[str, Any], known: Known | None, at: datetime
) -> dict[str, Any]:
    """The row of a delete: what was last known, else what was sent of it, and the time of the change where it is kept.

    An event stays where it stood; `deleted_at` is what the row says itself, else when it happened.
    """
    values = dict(sent) if known is None else {**known.values, **{name: sent[name] for name in key}}
    for column in model.columns:
        is_time = model.kind == "event" and column.name == model.time_column and column.name not in key
        if column.pg_type.base not in _TIMES or not (is_time or column.name == "deleted_at"):
            continue
        # What is deleted a second time has been there again in between.
        is_again = known is not None and known.is_gone and not is_time
        if is_again or values[column.name] is None:
            own = sent[column.name]
            values[column.name] = own if own is not None else _as_type(column, at)
    return values


def _as_type(column: Column, at: datetime) -> date:
    """An instant as the column holds it; one without zone shows the time of day in its own."""
    base, digits = column.pg_type.base, column.pg_type.length
    if base == "date":
        return at.astimezone(UTC).date()
    if digits is not None and digits < 6 and at.microsecond % 10 ** (6 - digits):
        step = 10 ** (6 - digits)
        if at.year < 2000:
            raise UnjudgedError("a time before 2000 that is rounded")
        at += timedelta(microseconds=(at.microsecond + step // 2) // step * step - at.microsecond)
    return (
        at.astimezone(UTC) if base == "timestamptz" else at.astimezone(ZoneInfo(column.time_zone)).replace(tzinfo=None)
    )
