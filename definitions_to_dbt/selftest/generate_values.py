"""Values for a column: good ones that keep its rules, those at the edge of its type, and texts that are none."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Context, Decimal
from typing import Any
from uuid import UUID

from definitions_to_dbt.column import Column
from definitions_to_dbt.quality import AcceptedValues, Length, Pattern, Range
from definitions_to_dbt.selftest.pattern_texts import texts_of_pattern
from definitions_to_dbt.selftest.samples import SAMPLES
from definitions_to_dbt.types import PgType

_INTEGERS = {"smallint": 2**15, "integer": 2**31, "bigint": 2**63}
_EXACT = Context(prec=2_000)
_START = datetime(2024, 3, 1, 10, 0, 0)


def good_values(column: Column, n: int) -> Iterator[Any]:
    """Values to try for the n-th record, likeliest first. Not each of them keeps every rule."""
    rules = [rule for rule in column.quality if rule.is_active]
    if column.time_format != "iso":
        yield from epochs_of(column, n)
        return
    for rule in rules:
        if isinstance(rule, AcceptedValues):
            yield from (rule.values[(n + turn) % len(rule.values)] for turn in range(len(rule.values)))
    for rule in rules:
        if isinstance(rule, Pattern):
            yield from texts_of_pattern(rule.regex, n)
    low, high = _bounds(rules)
    if low is not None or high is not None:
        yield from _between(column.pg_type, low, high, n)
    if column.pg_type.family == "text":
        for rule in rules:
            if isinstance(rule, Length):
                yield _text_of_length(max(rule.min or 0, min(rule.max or 12, 12)), n)
    yield from of_type(column.pg_type, n)


def _bounds(rules: list[Any]) -> tuple[Any, Any]:
    lows = [rule.min for rule in rules if isinstance(rule, Range) and rule.min is not None]
    highs = [rule.max for rule in rules if isinstance(rule, Range) and rule.max is not None]
    return (max(lows, key=_sortable) if lows else None), (min(highs, key=_sortable) if highs else None)


def _sortable(value: Any) -> Any:
    return value if isinstance(value, str) else Decimal(str(value))


def _between(pg_type: PgType, low: Any, high: Any, n: int) -> Iterator[Any]:
    """Values between two bounds and at them. A time keeps its form."""
    if isinstance(low, str) or isinstance(high, str):
        if pg_type.family in ("date", "instant"):
            yield from _times_between(pg_type, low, high, n)
        yield from (bound for bound in (low, high) if bound is not None)
        return
    step = Decimal(1) if pg_type.family == "integer" or not pg_type.scale else Decimal(1).scaleb(-pg_type.scale)
    base = Decimal(str(low if low is not None else high))
    if low is not None and high is not None:
        span = int((Decimal(str(high)) - Decimal(str(low))) / step)
        yield from (_number(base + step * (turn % (span + 1))) for turn in (n, n // 2, 0))
    else:
        yield from (_number(base + step * turn * (1 if low is not None else -1)) for turn in (n, 0))
    yield _number(base.to_integral_value("ROUND_CEILING"))


def _times_between(pg_type: PgType, low: Any, high: Any, n: int) -> Iterator[str]:
    start = datetime.fromisoformat(low if low is not None else high)
    moved = start + timedelta(days=(n % 20) * (1 if low is not None else -1))
    yield moved.date().isoformat() if pg_type.family == "date" else moved.isoformat()


def _number(value: Decimal) -> int | str:
    """As JSON sends it: a whole number, or one with digits behind the point as text, which loses none."""
    return int(value) if value == value.to_integral_value() else f"{value:f}"


def of_type(pg_type: PgType, n: int) -> Iterator[Any]:
    """Plain values of a type, different for different n where the type has as many."""
    base, family = pg_type.base, pg_type.family
    if pg_type.element is not None:
        inner = list(of_type(pg_type.element, n))[:2]
        yield from ([*inner, None], [], inner[:1])
    elif family == "boolean":
        yield from (n % 2 == 0, "yes")
    elif family == "integer":
        yield n if n < _INTEGERS[base] else n % _INTEGERS[base]
    elif family == "numeric":
        yield from _numerics(pg_type, n)
    elif family == "float":
        yield from (n + 0.5, str(n))
    elif family == "text" or base == "name":
        yield _text_of_length(min(pg_type.length or (1 if base == "char" else 12), 12), n)
    elif family == "date":
        yield (_START + timedelta(days=n % 3000)).date().isoformat()
    elif family == "instant":
        moment = _START + timedelta(hours=n)
        yield from (moment.isoformat() + "Z", moment.isoformat(" "))
    elif base == "uuid":
        yield str(UUID(int=(0xAB << 120) + n))
    elif base == "time":
        yield (_START + timedelta(seconds=n)).time().isoformat()
    elif base == "bytea":
        yield "\\x" + n.to_bytes(4, "big").hex()
    elif base in ("bit", "varbit"):
        length = pg_type.length or (1 if base == "bit" else 8)
        yield format(n % 2 ** min(length, 16), "b").zfill(length)
    elif family == "json":
        yield from ({"n": n, "list": [1, None, "x"]}, [n], "text", n, True)
    else:
        yield from (sent for sent, _ in SAMPLES[base].good) if base in SAMPLES else ()


def epochs_of(column: Column, n: int) -> Iterator[Any]:
    """Numbers since 1970, one hour or day apart."""
    seconds = 3600 * (n % 24) if (column.pg_type.element or column.pg_type).base == "time" else 1_709_287_200 + 3600 * n
    units = {"epoch_seconds": 1, "epoch_milliseconds": 1_000, "epoch_microseconds": 1_000_000}
    number = seconds * units[column.time_format] if column.time_format in units else 19_783 + n
    if (column.pg_type.element or column.pg_type).base == "date" and column.time_format in units:
        number = (19_783 + n) * 86_400 * units[column.time_format]
    yield from ([[number], [str(number), None]] if column.pg_type.element is not None else [number, str(number)])


def epoch_edges() -> tuple[Any, ...]:
    """Numbers at the edge of what a time can be, and what is none."""
    return (
        0,
        -1,
        "0.5",
        "1e3",
        "-62135596800",
        "253402300799",
        "253402300800",
        "1.0000001",
        "x",
        "2024-01-01",
        "",
        True,
    )


def _numerics(pg_type: PgType, n: int) -> Iterator[Any]:
    if pg_type.precision is None:
        yield from (n, f"{n}.25")
        return
    scale = pg_type.scale or 0
    whole = max(0, pg_type.precision - scale)
    step = Decimal(1).scaleb(-scale)
    if whole > 0 and scale >= 0:
        value = Decimal(n % int(10 ** min(whole, 9)))
        yield from (_number(value + step) if scale else int(value), f"{value:f}")
    else:
        yield f"{step * (n % 10 ** min(pg_type.precision, 9)):f}"


def _text_of_length(length: int, n: int) -> str:
    letters = "abcdefghijklmnopqrstuvwxyz0123456789"
    text = ""
    while n or not text:
        n, place = divmod(n, len(letters))
        text = letters[place] + text
    return text[-length:].rjust(length, "x") if length else ""


def edges_of(pg_type: PgType) -> Iterator[Any]:
    """Values at the edge of what the type holds: some fit, some are one beyond."""
    base, family = pg_type.base, pg_type.family
    if pg_type.element is not None:
        yield from ([], [None], [None, None], {}, "[]", 1)
        yield from ([edge] for edge in edges_of(pg_type.element) if not isinstance(edge, list | dict))
    elif family == "integer":
        most = _INTEGERS[base]
        yield from (most - 1, -most, most, -most - 1, str(most - 1), "12.0", "12.5", "+7", "1e2", "007", 0, -0.0)
    elif family == "numeric":
        yield from ("0", "-0.0", "1e0", ".5", "5.", "+1", "1e-3", 0.1, 1e15)
        if pg_type.precision is not None:
            yield from _limits(pg_type.precision, pg_type.scale or 0)
    elif family == "float":
        yield from ("NaN", "Infinity", "-Infinity", "1e-3", 1.5, "3.4e38", "3.5e38", "1.7e308", "1.8e308", "-0")
    elif family == "text":
        if pg_type.length is not None or base == "char":
            length = pg_type.length or 1
            yield from (("é" * size for size in (length, length + 1)) if length <= 5_000 else ())
        else:
            yield from ("", "é" * 900, "x" * 5_000)
        yield from (" ", "  a ", "a\tb\n", "'quoted' \"twice\" \\ {{ 7*7 }} %s $1", "\u202e\U0001f600", 17, True, 1.50)
    elif family == "date":
        yield from (
            "0001-01-01",
            "9999-12-31",
            "2024-02-29",
            "2023-02-29",
            "0000-01-01",
            "2024-1-1",
            "2024-01-01T00:00",
        )
    elif family == "instant":
        yield from ("0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z", "2024-02-29 12:00:00.5", "2024-02-29T12:00")
        yield from ("2024-06-01T00:00:00+14:00", "2024-06-01T00:00:00-0330", "2024-06-01T00:00:00.1234567Z")
        yield from ("2024-06-01", "2024-06-01T24:00:00Z", "2024-06-01T25:00:00Z", "2024-06-01T00:00:00+16:00")
    elif base == "uuid":
        yield from ("00000000-0000-0000-0000-000000000000", "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF")
        yield from ("{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11}", "a0eebc999c0b4ef8bb6d6bb9bd380a11", "a0eebc99")
    elif base == "boolean":
        yield from ("t", "F", "on", "of", "o", " yes ", 1, 0, "2")
    elif base == "time":
        yield from ("00:00", "23:59:59.999999", "23:60", "12:00:00.1234567")
    elif family == "json":
        yield from ("", [], {}, 0, False, {"b": 1.50, "a": [1e2, "\u00e9"]}, "null")
    elif base == "name":
        yield from ("x" * 63, "x" * 64)
    elif base in SAMPLES:
        yield from (sent for sent, _ in SAMPLES[base].good)


def _limits(precision: int, scale: int) -> Iterator[str]:
    """The largest number, the same below nought, one more, half the smallest step, and a needless nought behind."""
    largest = Decimal("9" * precision).scaleb(-scale, _EXACT)
    yield from (f"{largest:f}", f"-{largest:f}", f"{Decimal(1).scaleb(precision - scale):f}")
    yield f"{Decimal(5).scaleb(-scale - 1):f}"
    yield f"{largest:f}0" if scale > 0 else f"{largest:f}.0"


def not_of_type(pg_type: PgType) -> tuple[Any, ...]:
    """What is no value of the type. Empty for types that take anything."""
    if pg_type.element is not None:
        bad = not_of_type(pg_type.element)
        return ("x", {"a": 1}, *([one] for one in bad[:2]))
    if pg_type.base in SAMPLES:
        return SAMPLES[pg_type.base].bad
    return {
        "boolean": ("maybe", 17),
        "integer": ("x", "1.5", True, {"a": 1}),
        "numeric": ("x", "1,5", "NaN", [1]),
        "float": ("x", "0x1", False),
        "date": ("today", "01.02.2024", "2024-13-01", 17),
        "instant": ("now", "infinity", "2024-02-30T00:00:00Z", "01/02/2024 10:00", 1),
    }.get(pg_type.family) or {"uuid": ("x", "g" * 32), "bytea": ("x", "\\x0"), "time": ("now",)}.get(pg_type.base, ())


def beyond_rule(column: Column, rule: Any) -> Iterator[Any]:
    """Values at the edge of a rule and beyond it."""
    pg_type = column.pg_type
    if isinstance(rule, AcceptedValues):
        yield from rule.values[:2]
        yield from (
            "no such value",
            str(rule.values[0]) + "x",
            -987,
            98765,
            "2999-01-01",
            True,
            False,
            str(UUID(int=7)),
        )
    elif isinstance(rule, Range):
        for bound in (rule.min, rule.max):
            if bound is not None:
                yield from _around(pg_type, bound)
    elif isinstance(rule, Length):
        for length in {rule.min or 0, rule.max or 0}:
            yield from ("y" * size for size in (length - 1, length, length + 1) if 0 <= size <= 5_000)
    elif isinstance(rule, Pattern):
        yield from ("", "\n", "!", "no match?", "000")
        for text in list(texts_of_pattern(rule.regex, 1))[:2]:
            yield from (text + "x", "x" + text, text + "\n", text[:-1])
    for n in range(3):
        yield from of_type(pg_type, 1000 + n)


def _around(pg_type: PgType, bound: Any) -> Iterator[Any]:
    if not isinstance(bound, str):
        value = Decimal(str(bound))
        step = Decimal(1).scaleb(-(pg_type.scale or 0)) if pg_type.family == "numeric" else Decimal(1)
        yield from (_number(one) for one in (value - step, value, value + step))
    elif pg_type.family == "date":
        day = date.fromisoformat(bound)
        yield from ((day + timedelta(days=days)).isoformat() for days in (-1, 0, 1) if 2 < day.year < 9998)
    elif pg_type.family == "instant":
        moment = datetime.fromisoformat(bound)
        yield from ((moment + timedelta(seconds=s)).isoformat() for s in (-1, 0, 1) if 2 < moment.year < 9998)
    else:
        yield from (bound, bound[:-1], bound + "a")
