"""An SQL expression reckoned in Python over one row, with null as unknown. Where it cannot tell, it says so.

Reads the expression as its author wrote it, and knows nothing of how the generator writes it anew. The rules it keeps
are those of the documentation: integers are reckoned as exact numbers, a division by nought gives null.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal, InvalidOperation
from functools import lru_cache
from typing import Any
from uuid import UUID

import sqlglot
from sqlglot import exp

from definitions_to_dbt.selftest.reckoning import Inexact, cased, compare, reckoned, text, with_days
from definitions_to_dbt.selftest.values import AsWritten, Json, round_to
from definitions_to_dbt.selftest.verdicts import UnjudgedError

Row = Mapping[str, Any]


def evaluate(sql: str, row: Row) -> Any:
    """The value of the expression. Raises UnjudgedError where this interpreter cannot tell."""
    try:
        return _value(_tree(sql), row)
    except (InvalidOperation, OverflowError, RecursionError, TypeError, AttributeError) as error:
        raise UnjudgedError(f"{type(error).__name__} in {sql}") from None


@lru_cache(maxsize=4096)
def _tree(sql: str) -> exp.Expr:
    return sqlglot.parse_one(sql, dialect="postgres")


def columns_named(sql: str) -> list[str]:
    """The columns the expression reads, each once, in order of appearance."""
    return list(dict.fromkeys(column.name for column in _tree(sql).find_all(exp.Column)))


def literals_in(sql: str) -> list[Any]:
    """The literals that stand in the expression: values worth trying."""
    found = [Decimal(str(n.this)) if n.is_number else str(n.this) for n in _tree(sql).find_all(exp.Literal)]
    return list(dict.fromkeys(found))


def _value(node: exp.Expr, row: Row) -> Any:
    reckon = _NODES.get(type(node))
    if reckon is None:
        raise UnjudgedError(f"{type(node).__name__.lower()} is not reckoned here")
    return reckon(node, row)


def _column(node: exp.Expr, row: Row) -> Any:
    value = row[node.name]
    if (
        isinstance(value, bool | str | date | datetime | time | UUID | AsWritten | tuple | Json | bytes)
        or value is None
    ):
        return value
    if isinstance(value, float):
        if value != value or value in (float("inf"), float("-inf")):
            raise UnjudgedError("NaN and infinity are not reckoned with here")
        return Inexact(format(value, ".15g"))
    return Decimal(value)


def _literal(node: exp.Expr, _: Row) -> Any:
    return str(node.this) if node.is_string else Decimal(str(node.this))


def _and(node: exp.Expr, row: Row) -> bool | None:
    sides = [_value(side, row) for side in (node.this, node.expression)]
    return False if False in sides else None if None in sides else True


def _or(node: exp.Expr, row: Row) -> bool | None:
    sides = [_value(side, row) for side in (node.this, node.expression)]
    return True if True in sides else None if None in sides else False


def _not(node: exp.Expr, row: Row) -> bool | None:
    value = _value(node.this, row)
    return None if value is None else not value


def _comparison(holds: Callable[[int], bool]) -> Callable[[exp.Expr, Row], bool | None]:
    def reckon(node: exp.Expr, row: Row) -> bool | None:
        if isinstance(node.this, exp.Tuple) or isinstance(node.expression, exp.Tuple):
            raise UnjudgedError("a comparison of rows")
        found = compare(_value(node.this, row), _value(node.expression, row))
        return None if found is None else holds(found)

    return reckon


def _same_or_null(node: exp.Expr, row: Row) -> bool:
    left, right = _value(node.this, row), _value(node.expression, row)
    return left is right if left is None or right is None else compare(left, right) == 0


def _is(node: exp.Expr, row: Row) -> bool:
    is_so = _value(node.this, row) is _value(node.expression, row)
    return is_so is not bool(node.args.get("negate"))


def _in(node: exp.Expr, row: Row) -> bool | None:
    value = _value(node.this, row)
    found = [compare(value, _value(one, row)) for one in node.expressions]
    return True if 0 in found else None if None in found else False


def _between(node: exp.Expr, row: Row) -> bool | None:
    value = _value(node.this, row)
    low, high = compare(value, _value(node.args["low"], row)), compare(value, _value(node.args["high"], row))
    sides = [None if low is None else low >= 0, None if high is None else high <= 0]
    return False if False in sides else None if None in sides else True


def _like(node: exp.Expr, row: Row) -> bool | None:
    value, pattern = _value(node.this, row), _value(node.expression, row)
    if value is None or pattern is None:
        return None
    if isinstance(node, exp.ILike):
        value, pattern = cased(value, str.lower), cased(pattern, str.lower)
    wild = {"%": ".*", "_": "."}
    return re.fullmatch("".join(wild.get(c, re.escape(c)) for c in pattern), value, re.DOTALL) is not None


def _case(node: exp.Expr, row: Row) -> Any:
    asked = _value(node.this, row) if node.this is not None else None
    for branch in node.args["ifs"]:
        condition = _value(branch.this, row)
        if (condition is True) if node.this is None else (compare(asked, condition) == 0):
            return _value(branch.args["true"], row)
    default = node.args.get("default")
    return None if default is None else _value(default, row)


def _number(name: str) -> Callable[[exp.Expr, Row], Any]:
    def reckon(node: exp.Expr, row: Row) -> Any:
        left, right = _value(node.this, row), _value(node.expression, row)
        if left is None or right is None:
            return None
        if isinstance(left, date) or isinstance(right, date):
            return with_days(name, left, right)
        if not isinstance(left, Decimal) or not isinstance(right, Decimal):
            raise UnjudgedError("reckoning with what is no number")
        return reckoned(name, left, right, _is_whole_literal(node.this) and _is_whole_literal(node.expression))

    return reckon


def _is_whole_literal(node: exp.Expr) -> bool:
    node = node.unnest()
    return isinstance(node, exp.Literal) and "." not in str(node.this)


def _of_one(change: Callable[[Any], Any]) -> Callable[[exp.Expr, Row], Any]:
    def reckon(node: exp.Expr, row: Row) -> Any:
        value = _value(node.this, row)
        if isinstance(value, Inexact):
            return Inexact(change(value))
        return None if value is None else change(value)

    return reckon


def _round(node: exp.Expr, row: Row) -> Any:
    value, digits = _value(node.this, row), node.args.get("decimals")
    if isinstance(value, Inexact) and digits is None:
        raise UnjudgedError("round() of a float rounds a half to even")
    return None if value is None else round_to(value, int(_value(digits, row)) if digits is not None else 0)


def _trim(node: exp.Expr, row: Row) -> Any:
    value, of = _value(node.this, row), node.args.get("expression")
    characters = " " if of is None else _value(of, row)
    if value is None or characters is None:
        return None
    where = str(node.args.get("position") or "BOTH").upper()
    return {"LEADING": str.lstrip, "TRAILING": str.rstrip}.get(where, str.strip)(value, characters)


def _coalesce(node: exp.Expr, row: Row) -> Any:
    values = (_value(one, row) for one in (node.this, *node.expressions))
    return next((value for value in values if value is not None), None)


def _nullif(node: exp.Expr, row: Row) -> Any:
    value = _value(node.this, row)
    return None if compare(value, _value(node.expression, row)) == 0 else value


def _extreme(sign: int) -> Callable[[exp.Expr, Row], Any]:
    def reckon(node: exp.Expr, row: Row) -> Any:
        best = None
        for one in (node.this, *node.expressions):
            value = _value(one, row)
            if value is not None and (best is None or (compare(value, best) or 0) * sign > 0):
                best = value
        return best

    return reckon


def _joined(node: exp.Expr, row: Row) -> Any:
    left, right = _value(node.this, row), _value(node.expression, row)
    return None if left is None or right is None else text(left) + text(right)


def _concat(node: exp.Expr, row: Row) -> str:
    return "".join(text(value) for one in node.expressions if (value := _value(one, row)) is not None)


def _starts_with(node: exp.Expr, row: Row) -> Any:
    value, start = _value(node.this, row), _value(node.expression, row)
    return None if value is None or start is None else value.startswith(start)


def _part_of_a_date(node: exp.Expr, row: Row) -> Any:
    day = _value(node.expression, row)
    if day is None:
        return None
    return Decimal((day.month + 2) // 3 if node.name.lower() == "quarter" else getattr(day, node.name.lower()))


_NODES: dict[type[exp.Expr], Callable[[Any, Row], Any]] = {
    exp.Column: _column,
    exp.Literal: _literal,
    exp.Boolean: lambda node, row: bool(node.this),
    exp.Null: lambda node, row: None,
    exp.Paren: lambda node, row: _value(node.this, row),
    exp.And: _and,
    exp.Or: _or,
    exp.Not: _not,
    exp.EQ: _comparison(lambda sign: sign == 0),
    exp.NEQ: _comparison(lambda sign: sign != 0),
    exp.GT: _comparison(lambda sign: sign > 0),
    exp.GTE: _comparison(lambda sign: sign >= 0),
    exp.LT: _comparison(lambda sign: sign < 0),
    exp.LTE: _comparison(lambda sign: sign <= 0),
    exp.NullSafeEQ: _same_or_null,
    exp.NullSafeNEQ: lambda node, row: not _same_or_null(node, row),
    exp.Is: _is,
    exp.In: _in,
    exp.Between: _between,
    exp.Like: _like,
    exp.ILike: _like,
    exp.Case: _case,
    exp.Add: _number("add"),
    exp.Sub: _number("sub"),
    exp.Mul: _number("mul"),
    exp.Div: _number("div"),
    exp.Mod: _number("mod"),
    exp.Neg: _of_one(lambda value: -value),
    exp.Abs: _of_one(abs),
    exp.Floor: _of_one(lambda value: value.to_integral_value(ROUND_FLOOR)),
    exp.Ceil: _of_one(lambda value: value.to_integral_value(ROUND_CEILING)),
    exp.Round: _round,
    exp.Lower: _of_one(lambda value: cased(value, str.lower)),
    exp.Upper: _of_one(lambda value: cased(value, str.upper)),
    exp.Length: _of_one(lambda value: Decimal(len(value))),
    exp.Trim: _trim,
    exp.Coalesce: _coalesce,
    exp.Nullif: _nullif,
    exp.Greatest: _extreme(1),
    exp.Least: _extreme(-1),
    exp.DPipe: _joined,
    exp.Concat: _concat,
    exp.StartsWith: _starts_with,
    exp.Extract: _part_of_a_date,
}
