"""Two values compared, joined or reckoned with, as PostgreSQL would; where it could go either way, it says so."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Context, Decimal
from typing import Any
from uuid import UUID

from definitions_to_dbt.selftest.values import AsWritten, Json
from definitions_to_dbt.selftest.verdicts import UnjudgedError

_DIGITS = Context(prec=60)
# Two quotients nearer than this may compare either way: PostgreSQL keeps some twenty digits of them.
_NEAR = Decimal("1e-12")


class Inexact(Decimal):
    """A number that is not exact, for a division gave it or a column of floats holds it."""


def compare(left: Any, right: Any) -> int | None:
    """Below, at or above nought; None where one side is unknown."""
    if left is None or right is None:
        return None
    left, right = _alike(left, right)
    if isinstance(left, Decimal) and (isinstance(left, Inexact) or isinstance(right, Inexact)):
        gap = abs(_DIGITS.subtract(left, right))
        if gap and gap <= _NEAR * max(abs(left), abs(right)):
            raise UnjudgedError("two numbers too near to each other to tell apart")
    if isinstance(left, tuple | Json | AsWritten | bytes) and left != right:
        raise UnjudgedError(f"an order of {type(left).__name__}")
    if isinstance(left, UUID):
        left, right = left.int, right.int
    return 0 if left == right else -1 if left < right else 1


def _alike(left: Any, right: Any) -> tuple[Any, Any]:
    """Both sides as values that Python compares. A quoted literal is read as what stands beside it."""
    if isinstance(left, str) is not isinstance(right, str):
        if isinstance(left, str):
            return _quoted(left, right), right
        return left, _quoted(right, left)
    if isinstance(left, date) and isinstance(right, date):
        return _instant(left), _instant(right)
    if type(left) is not type(right) and not (isinstance(left, Decimal) and isinstance(right, Decimal)):
        raise UnjudgedError(f"{type(left).__name__} beside {type(right).__name__}")
    return left, right


def _instant(value: date) -> datetime:
    if not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day)
    return value if value.tzinfo else value.replace(tzinfo=UTC)


def _quoted(text: str, beside: Any) -> Any:
    if isinstance(beside, bool):
        return text in ("t", "true")
    if isinstance(beside, Decimal):
        return Decimal(text)
    if isinstance(beside, datetime):
        found = datetime.fromisoformat(text)
        return found.replace(tzinfo=None) if beside.tzinfo is None else _instant(found)
    readers: dict[type, Callable[[str], Any]] = {date: date.fromisoformat, time: time.fromisoformat, UUID: UUID}
    if type(beside) not in readers:
        raise UnjudgedError(f"a literal beside {type(beside).__name__}")
    return readers[type(beside)](text)


def cased(text: str, change: Callable[[str], str]) -> str:
    """The text in another case."""
    if not text.isascii():
        raise UnjudgedError("upper and lower case beyond ASCII depend on the server")
    return change(text)


def reckoned(name: str, left: Decimal, right: Decimal, is_whole: bool) -> Any:
    """Two numbers added, subtracted, multiplied or divided. `is_whole` says that both are whole literals."""
    if name in ("div", "mod"):
        if not right:
            return None
        if name == "div" and is_whole:
            raise UnjudgedError("a division of two whole literals cuts off what is behind the point")
        if name == "mod":
            return _DIGITS.remainder(left, right)
        quotient = _DIGITS.divide(left, right)
        is_exact = _DIGITS.multiply(quotient, right) == left and quotient.as_tuple().exponent >= -16  # type: ignore[operator]  # finite
        return quotient if is_exact and type(left) is type(right) is Decimal else Inexact(quotient)
    result = {"add": _DIGITS.add, "sub": _DIGITS.subtract, "mul": _DIGITS.multiply}[name](left, right)
    return Inexact(result) if isinstance(left, Inexact) or isinstance(right, Inexact) else result


def with_days(name: str, left: Any, right: Any) -> Any:
    """A date some days away, or the days between two."""
    if type(left) is date and isinstance(right, Decimal) and name in ("add", "sub"):
        return left + timedelta(days=int(right) if name == "add" else -int(right))
    if type(left) is date and type(right) is date and name == "sub":
        return Decimal((left - right).days)
    raise UnjudgedError("a span between two times")


def text(value: Any) -> str:
    """The value as || writes it."""
    if isinstance(value, str):
        return value
    if isinstance(value, Decimal) and not isinstance(value, Inexact):
        return f"{value:f}"
    if isinstance(value, UUID):
        return str(value)
    raise UnjudgedError(f"the text of a {type(value).__name__}")
