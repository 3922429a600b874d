"""Whether the parts of an expression fit each other, so that PostgreSQL does not refuse it on the first batch.

Refuses only what is sure to be wrong: what it cannot tell it lets pass.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from uuid import UUID

from sqlglot import exp

from definitions_to_dbt.expressions import ExpressionError, parsed
from definitions_to_dbt.types import PgType

# A kind is number, text, boolean, time, the name of another type, or one of these two.
UNKNOWN, QUOTED = "unknown", "quoted"
_KINDS = {"integer": "number", "numeric": "number", "float": "number", "date": "time", "instant": "time"}
_CONNECTORS = (exp.And, exp.Or, exp.Not)
_COMPARISONS = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.NullSafeEQ, exp.NullSafeNEQ, exp.Between, exp.In)
_ARITHMETIC = (exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Mod, exp.Neg, exp.Abs, exp.Round, exp.Floor, exp.Ceil)
_OF_TEXT = (exp.Lower, exp.Upper, exp.Trim, exp.Length, exp.Like, exp.ILike, exp.StartsWith)
_ONE_OF = (exp.Coalesce, exp.Nullif, exp.Greatest, exp.Least)


def kind_of(sql: str, columns: Mapping[str, PgType]) -> str:
    """Return what the expression gives. Raises ExpressionError where its parts do not fit each other."""
    try:
        return _kind(parsed(sql, columns), columns)
    except RecursionError:
        raise ExpressionError("E_LIMIT", "the expression is nested too deep to be read") from None


def require(expected: str, sql: str, columns: Mapping[str, PgType], what: str) -> None:
    """Raise ExpressionError unless the expression gives the expected kind."""
    found = kind_of(sql, columns)
    if found not in (expected, UNKNOWN):
        raise ExpressionError("E_SQL_TYPE", f"{what} must be a {expected}, found {found}")


def _kind(node: exp.Expr, columns: Mapping[str, PgType]) -> str:
    if isinstance(node, exp.Column):
        return _kind_of_column(columns[node.name])
    if isinstance(node, exp.Literal):
        return QUOTED if node.is_string else "number"
    if isinstance(node, exp.Boolean):
        return "boolean"
    if isinstance(node, exp.Paren):
        return _kind(node.this, columns)
    if isinstance(node, exp.Extract):
        return "number"
    if isinstance(node, exp.Case):
        return _kind_of_case(node, columns)
    parts: list[exp.Expr] = [child for child in node.iter_expressions() if isinstance(child, exp.Condition | exp.Tuple)]
    kinds = [(part, _kind(part, columns)) for part in parts]
    return _kind_of_operation(node, kinds)


def _kind_of_operation(node: exp.Expr, kinds: list[tuple[exp.Expr, str]]) -> str:
    if isinstance(node, _CONNECTORS):
        _all_are("boolean", kinds, node)
        return "boolean"
    if isinstance(node, _COMPARISONS):
        _fit_each_other(kinds)
        return "boolean"
    if isinstance(node, exp.Is):
        return "boolean"
    if isinstance(node, _ARITHMETIC):
        if any(kind == "time" for _, kind in kinds) and isinstance(node, exp.Add | exp.Sub):
            return UNKNOWN
        _all_are("number", kinds, node)
        return "number"
    if isinstance(node, _OF_TEXT):
        if not (isinstance(node, exp.Length) and kinds[0][1] == "bytea"):
            _all_are("text", kinds, node)
        is_condition = isinstance(node, exp.Like | exp.ILike | exp.StartsWith)
        return "boolean" if is_condition else "number" if isinstance(node, exp.Length) else "text"
    if isinstance(node, exp.DPipe):
        if not any(kind in ("text", QUOTED, UNKNOWN) for _, kind in kinds):
            raise ExpressionError("E_SQL_TYPE", f"|| joins texts, found {' and '.join(kind for _, kind in kinds)}")
        return "text"
    if isinstance(node, exp.Concat):
        return "text"
    if isinstance(node, _ONE_OF):
        return _fit_each_other(kinds)
    return UNKNOWN


def _kind_of_column(pg_type: PgType) -> str:
    if pg_type.element is not None:
        return pg_type.sql
    return _KINDS.get(pg_type.family, pg_type.family if pg_type.family in ("text", "boolean") else pg_type.base)


def _kind_of_case(node: exp.Case, columns: Mapping[str, PgType]) -> str:
    conditions = [(branch.this, _kind(branch.this, columns)) for branch in node.args["ifs"]]
    if node.this is None:
        _all_are("boolean", conditions, node)
    else:
        _fit_each_other([(node.this, _kind(node.this, columns)), *conditions])
    answers = [branch.args["true"] for branch in node.args["ifs"]]
    answers += [node.args["default"]] if node.args.get("default") is not None else []
    return _fit_each_other([(answer, _kind(answer, columns)) for answer in answers])


def _all_are(expected: str, kinds: Iterable[tuple[exp.Expr, str]], node: exp.Expr) -> None:
    for part, kind in kinds:
        if kind == QUOTED:
            _quoted_fits(part, expected)
        elif kind not in (expected, UNKNOWN):
            name = node.key.lower()
            raise ExpressionError("E_SQL_TYPE", f"{name} needs a {expected}, found {part.sql()}, which is {kind}")


def _fit_each_other(kinds: list[tuple[exp.Expr, str]]) -> str:
    """The one kind that all parts are of. Quoted literals become what stands beside them."""
    known = [(part, kind) for part, kind in kinds if kind not in (UNKNOWN, QUOTED)]
    if not known:
        return "text" if kinds and all(kind == QUOTED for _, kind in kinds) else UNKNOWN
    first, expected = known[0]
    for part, kind in known[1:]:
        if kind != expected:
            message = f"{first.sql()} is {expected} and {part.sql()} is {kind}: they cannot be compared"
            raise ExpressionError("E_SQL_TYPE", message)
    for part, kind in kinds:
        if kind == QUOTED:
            _quoted_fits(part, expected)
    return expected


def _quoted_fits(literal: exp.Expr, expected: str) -> None:
    """A quoted literal is read as the type beside it; what cannot be read fails before the first row."""
    text = str(literal.this)
    try:
        if expected == "number":
            Decimal(text)
        elif expected == "time":
            datetime.fromisoformat(text)
        elif expected == "uuid":
            UUID(text)
        elif expected == "boolean" and text not in ("t", "f", "true", "false"):
            raise ValueError
    except (ValueError, InvalidOperation):
        raise ExpressionError("E_SQL_TYPE", f"'{text}' is not a {expected}") from None
