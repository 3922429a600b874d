"""Dates, times of day and instants as ISO 8601 writes them, at most as fine as their type."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

from definitions_to_dbt.selftest.verdicts import DoesNotFitError, UnjudgedError
from definitions_to_dbt.types import PgType

_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})", re.ASCII)
_CLOCK = re.compile(r"(\d{2}):(\d{2})(?::(\d{2})(?:\.(\d+))?)?", re.ASCII)
_TIME = re.compile(
    r"(?P<date>\d{4}-\d{2}-\d{2})(?:[T ](?P<clock>\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)"
    r" ?(?P<offset>Z|[+-]\d{2}(?::?\d{2})?)?)?",
    re.ASCII,
)
_LATEST_OFFSET = timedelta(hours=16)


def read_date(text: str, _: PgType) -> date:
    """The date of a text such as 2024-01-31."""
    found = _DATE.fullmatch(text)
    if found is None:
        raise DoesNotFitError("not a date")
    try:
        return date(*map(int, found.groups()))
    except ValueError as error:
        raise DoesNotFitError(str(error)) from None


def _read_clock(text: str, digits: int) -> timedelta:
    found = _CLOCK.fullmatch(text)
    if found is None:
        raise DoesNotFitError("not a time of day")
    hour, minute, second = int(found[1]), int(found[2]), int(found[3] or 0)
    fraction = (found[4] or "")[:digits] if digits else ""
    if (found[4] or "")[len(fraction) :].strip("0"):
        raise DoesNotFitError("finer than the type")
    span = timedelta(hours=hour, minutes=minute, seconds=second, microseconds=int(fraction.ljust(6, "0")))
    if minute > 59 or second > 60 or span > timedelta(days=1):
        raise DoesNotFitError("no such time of day")
    if second == 60 or (second == 59 and span == timedelta(days=1)):
        raise UnjudgedError("a leap second")
    return span


def read_time(text: str, pg_type: PgType) -> time:
    """The time of day."""
    span = _read_clock(text, 6 if pg_type.length is None else pg_type.length)
    if span == timedelta(days=1):
        raise UnjudgedError("24:00")
    return (datetime.min + span).time()


def read_instant(text: str, pg_type: PgType, zone: str) -> datetime:
    """The instant, in UTC; of a type without zone, the time of day in the column's zone."""
    found = _TIME.fullmatch(text)
    if found is None:
        raise DoesNotFitError("not a time")
    day = read_date(found["date"], pg_type)
    clock = _read_clock(found["clock"], 6 if pg_type.length is None else pg_type.length) if found["clock"] else None
    try:
        local = datetime(day.year, day.month, day.day) + (clock or timedelta())
        if found["offset"] is None:
            return local if pg_type.base == "timestamp" else _at(local, zone)
        instant = local.replace(tzinfo=_offset(found["offset"])).astimezone(UTC)
        return instant if pg_type.base == "timestamptz" else instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    except OverflowError:
        raise UnjudgedError("a time beyond the year 9999") from None


def _offset(text: str) -> timezone:
    if text == "Z":
        return UTC
    minutes = int(text[-2:]) if len(text) > 3 else 0
    span = timedelta(hours=int(text[1:3]), minutes=minutes)
    if minutes > 59 or span >= _LATEST_OFFSET:
        raise DoesNotFitError("no such offset")
    return timezone(-span if text[0] == "-" else span)


def _at(local: datetime, zone: str) -> datetime:
    first, second = (local.replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC) for fold in (0, 1))
    if first != second:
        raise UnjudgedError("a time that the clocks' change makes twice or never")
    return first
