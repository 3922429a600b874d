"""What a text means as a value of a type, by the rules of the documentation. Writes no SQL and asks no database.

A value is a bool, int, Decimal, float, str, date, datetime, time, UUID, bytes, a tuple for an array, `Json` for JSON,
and `AsWritten` for types of which only samples are known here (samples.py).
"""

from __future__ import annotations

import json
import re
import struct
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Context, Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from definitions_to_dbt.selftest.epochs import read_epoch
from definitions_to_dbt.selftest.samples import SAMPLES
from definitions_to_dbt.selftest.times import read_date, read_instant, read_time
from definitions_to_dbt.selftest.verdicts import DoesNotFitError, UnjudgedError
from definitions_to_dbt.types import PgType

_NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?", re.ASCII)
_WHOLE = re.compile(r"([-+]?\d+)(\.0+)?", re.ASCII)
_UUID = re.compile(r"(\{?)(?:[0-9a-fA-F]{4}-?){7}[0-9a-fA-F]{4}(\}?)", re.ASCII)
_INTEGER_BITS = {"smallint": 15, "integer": 31, "bigint": 63}
_BOOLEANS = {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False}
_EXACT = Context(prec=140_000)


@dataclass(frozen=True)
class AsWritten:
    """A value of a type of which only samples are known: PostgreSQL's own text for it."""

    text: str


@dataclass(frozen=True)
class Json:
    """A JSON value; two are the same where PostgreSQL's jsonb writes the same text, numbers aside."""

    value: Any

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Json) and _comparable(self.value) == _comparable(other.value)

    def __hash__(self) -> int:
        return hash(_comparable(self.value))


def read_json(text: str) -> Any:
    """The JSON value of a text, numbers with all their digits. Raises DoesNotFitError where jsonb would not take it."""
    try:
        value = json.loads(text, parse_float=Decimal, parse_constant=_no_such_number)
        text.encode()
    except (ValueError, RecursionError) as error:
        raise DoesNotFitError(str(error)) from None
    _check(value)
    return value


def _no_such_number(word: str) -> None:
    raise ValueError(f"{word} is no JSON")


def _check(value: Any) -> None:
    if isinstance(value, str):
        if "\0" in value or any("\ud800" <= character <= "\udfff" for character in value):
            raise DoesNotFitError("a character that jsonb cannot hold")
    elif isinstance(value, Decimal):
        if value.adjusted() > 131_071:
            raise DoesNotFitError("a number that is too large")
    elif isinstance(value, list | dict):
        for inner in value if isinstance(value, list) else (*value.keys(), *value.values()):
            _check(inner)


def json_text(value: Any) -> str:
    """A JSON value as a column of text receives it: a text as it is, anything else as jsonb writes it."""
    return value if isinstance(value, str) else _jsonb(value)


def _jsonb(value: Any) -> str:
    if isinstance(value, dict):
        keys = sorted(value, key=lambda key: (len(key.encode()), key.encode()))
        return "{" + ", ".join(f"{_jsonb(key)}: {_jsonb(value[key])}" for key in keys) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_jsonb, value)) + "]"
    if isinstance(value, Decimal):
        return f"{value if value else abs(value):f}"
    return json.dumps(value, ensure_ascii=False)


def text_of(value: Any) -> str:
    """The text PostgreSQL writes for a value that an expression gave. Raises UnjudgedError for what is not simple."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, datetime):
        return value.isoformat(" ")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, str | UUID):
        return str(value)
    if isinstance(value, AsWritten):
        return value.text
    raise UnjudgedError(f"the text of a {type(value).__name__}")


def _comparable(value: Any) -> Any:
    if isinstance(value, dict):
        return ("object", tuple(sorted((key, _comparable(inner)) for key, inner in value.items())))
    if isinstance(value, list):
        return ("array", tuple(map(_comparable, value)))
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return (type(value).__name__, str(value))
    # jsonb knows no negative zero.
    return ("number", str(Decimal(value).normalize(_EXACT) or Decimal(0)))


def read(sent: Any, pg_type: PgType, zone: str = "UTC", time_format: str = "iso") -> Any:
    """The value of what a payload holds: a text, or for JSON and arrays the JSON value itself.

    Raises DoesNotFitError, or UnjudgedError where this cannot tell.
    """
    if pg_type.element is not None:
        return _read_array(sent, pg_type.element, zone, time_format)
    if pg_type.family == "json":
        return Json(sent)
    text = json_text(sent)
    if time_format != "iso":
        return read_epoch(text, pg_type, zone, time_format)
    if pg_type.base in _INTEGER_BITS:
        return _read_integer(text, _INTEGER_BITS[pg_type.base])
    reader = _READERS.get(pg_type.base)
    if reader is not None:
        return reader(text, pg_type)
    if pg_type.base in ("timestamptz", "timestamp"):
        return read_instant(text, pg_type, zone)
    return _read_sample(text, pg_type)


def _read_array(sent: Any, element: PgType, zone: str, time_format: str) -> tuple[Any, ...]:
    if not isinstance(sent, list):
        raise DoesNotFitError("not an array")
    if element.family == "json":
        return tuple(None if inner is None else Json(inner) for inner in sent)
    # An empty text is nothing among elements too, but for texts.
    nothing = (None,) if element.family == "text" else (None, "")
    return tuple(
        None if inner is None or inner in nothing else read(json_text(inner), element, zone, time_format)
        for inner in sent
    )


def _read_integer(text: str, bits: int) -> int:
    found = _WHOLE.fullmatch(text)
    if found is None or not -(2**bits) <= int(found[1]) < 2**bits:
        raise DoesNotFitError("not a whole number that fits")
    return int(found[1])


def _read_boolean(text: str, _: PgType) -> bool:
    word = text.strip(" \t\n\r\v\f").lower()
    # PostgreSQL takes any beginning that leaves no doubt: t, tr, tru; but "o" could be on or off.
    found = {value for known, value in _BOOLEANS.items() if word and known.startswith(word)}
    if len(found) != 1:
        raise DoesNotFitError("neither true nor false")
    return found.pop()


def _read_numeric(text: str, pg_type: PgType) -> Decimal:
    if not _NUMBER.fullmatch(text):
        raise DoesNotFitError("not a number")
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise DoesNotFitError("not a number") from None
    if number and not -16_000 < number.adjusted() < 131_000:
        raise UnjudgedError("a number at the very ends of numeric")
    if pg_type.precision is not None:
        scale = pg_type.scale or 0
        if number and number.adjusted() >= pg_type.precision - scale:
            raise DoesNotFitError("too many digits before the point")
        if round_to(number, scale) != number:
            raise DoesNotFitError("would be rounded")
        number = round_to(number, scale)
    return number if number else abs(number)


def round_to(number: Decimal, scale: int) -> Decimal:
    """The number with this many digits behind the point, a half away from nought."""
    return number.quantize(Decimal(1).scaleb(-scale), rounding="ROUND_HALF_UP", context=_EXACT)


def _read_float(text: str, pg_type: PgType) -> float:
    if text in ("NaN", "Infinity", "-Infinity"):
        return float(text)
    if not _NUMBER.fullmatch(text):
        raise DoesNotFitError("not a number")
    number = float(text)
    if pg_type.base == "real":
        try:
            rounded: float = struct.unpack("f", struct.pack("f", number))[0]
        except OverflowError:
            raise DoesNotFitError("too large") from None
        number = rounded
    if number in (float("inf"), float("-inf")) or (not number and Decimal(text)):
        raise DoesNotFitError("too large or too small")
    return number


def _read_text(text: str, pg_type: PgType) -> str:
    longest = pg_type.length if pg_type.base != "char" else pg_type.length or 1
    if longest is not None and len(text) > longest:
        raise DoesNotFitError("too long")
    # Blanks behind a char are padding.
    return text.rstrip(" ") if pg_type.base == "char" else text


def _read_name(text: str, _: PgType) -> str:
    if len(text.encode()) > 63:
        raise DoesNotFitError("too long")
    return text


def _read_uuid(text: str, _: PgType) -> UUID:
    found = _UUID.fullmatch(text)
    if found is None or bool(found[1]) != bool(found[2]):
        raise DoesNotFitError("not a uuid")
    return UUID(text.strip("{}").replace("-", ""))


def _read_bytes(text: str, _: PgType) -> bytes:
    if not re.fullmatch(r"\\x([0-9a-fA-F]{2})*", text):
        raise DoesNotFitError("not bytes in hexadecimal digits")
    return bytes.fromhex(text[2:])


def _read_bits(text: str, pg_type: PgType) -> AsWritten:
    if not re.fullmatch("[01]*", text):
        raise UnjudgedError("bits that are written in another way than 0 and 1")
    length = pg_type.length or (1 if pg_type.base == "bit" else len(text))
    if len(text) > length or (pg_type.base == "bit" and len(text) != length):
        raise DoesNotFitError("not as many bits")
    return AsWritten(text)


def _read_sample(text: str, pg_type: PgType) -> AsWritten:
    samples = SAMPLES.get(pg_type.base)
    for sent, written in samples.good if samples else ():
        if text in (sent, written):
            return AsWritten(written)
    if samples and text in samples.bad:
        raise DoesNotFitError("not one of the type's values")
    raise UnjudgedError(f"a value of type {pg_type.sql} that is no known sample")


_READERS: dict[str, Any] = {
    "boolean": _read_boolean,
    "numeric": _read_numeric,
    "real": _read_float,
    "double precision": _read_float,
    "text": _read_text,
    "varchar": _read_text,
    "char": _read_text,
    "name": _read_name,
    "date": read_date,
    "time": read_time,
    "uuid": _read_uuid,
    "bytea": _read_bytes,
    "bit": _read_bits,
    "varbit": _read_bits,
}
