"""Times that come as numbers since 1970: exact, or none."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from decimal import Context, Decimal
from typing import Any
from zoneinfo import ZoneInfo

from definitions_to_dbt.selftest.verdicts import DoesNotFitError, UnjudgedError
from definitions_to_dbt.types import PgType

_NUMBER = re.compile(r"[-+]?\d+(\.\d+)?([eE][-+]?\d+)?", re.ASCII)
_MICROSECONDS = {
    "epoch_seconds": 1_000_000,
    "epoch_milliseconds": 1_000,
    "epoch_microseconds": 1,
    "epoch_days": 86_400_000_000,
}
_EXACT = Context(prec=200)
_START = datetime(1970, 1, 1, tzinfo=UTC)


def read_epoch(text: str, pg_type: PgType, zone: str, time_format: str) -> Any:
    """The time that a number means. It is an instant; a type without zone shows it in the column's."""
    if not _NUMBER.fullmatch(text):
        raise DoesNotFitError("not a number")
    if len(text) > 40:
        raise UnjudgedError("a number of more digits than a time has")
    exact = _EXACT.multiply(Decimal(text), Decimal(_MICROSECONDS[time_format]))
    step = 86_400_000_000 if pg_type.base == "date" else 10 ** (6 - (6 if pg_type.length is None else pg_type.length))
    if exact.adjusted() > 25 or exact % step:
        raise DoesNotFitError("finer than the type, or out of reach")
    micros = int(exact)
    if pg_type.base == "time":
        if not 0 <= micros < 86_400_000_000:
            raise DoesNotFitError("beyond midnight")
        return time.fromisoformat((datetime.min + timedelta(microseconds=micros)).time().isoformat())
    try:
        instant = _START + timedelta(microseconds=micros)
    except OverflowError:
        raise DoesNotFitError("outside the years 1 to 9999") from None
    if pg_type.base == "date":
        return date(instant.year, instant.month, instant.day)
    try:
        return instant if pg_type.base == "timestamptz" else instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    except OverflowError:
        raise UnjudgedError("a time beyond the year 9999") from None
