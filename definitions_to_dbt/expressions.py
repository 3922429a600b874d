"""SQL expressions of definitions: parsed, allow-listed, and written anew so that they cannot raise on a row.

What is not on the list is refused by name. Integers are added as numerics and divisors of nought give null,
because an overflow or a division by zero would fail the batch of every other record.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import sqlglot
from sqlglot import exp
from sqlglot.errors import ParseError, TokenError

from definitions_to_dbt.sql import bare_or_quoted
from definitions_to_dbt.types import PgType

MAX_LENGTH = 10_000
MAX_NODES = 500

_ALLOWED: tuple[type[exp.Expression], ...] = (
    exp.Column, exp.Identifier, exp.Literal, exp.Boolean, exp.Null, exp.Paren, exp.Neg,
    exp.And, exp.Or, exp.Not, exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Is, exp.In, exp.Between,
    exp.Like, exp.ILike, exp.Case, exp.If, exp.Coalesce, exp.Nullif, exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Mod,
    exp.DPipe, exp.Concat, exp.Lower, exp.Upper, exp.Trim, exp.Length, exp.Abs, exp.Round, exp.Floor, exp.Ceil,
    exp.Greatest, exp.Least, exp.Tuple, exp.NullSafeEQ, exp.NullSafeNEQ, exp.StartsWith,
)  # fmt: skip


class ExpressionFault(ValueError):
    """An expression that is refused. `code` is one of the E_SQL_ codes."""

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        super().__init__(message)


def checked(sql: str, columns: Mapping[str, PgType], dialect: str = "postgres") -> str:
    """Return the expression as canonical SQL over these columns.

    Raises ExpressionFault naming what is not allowed, or the column that does not exist.
    """
    tree = _parsed(sql)
    for node in tree.walk():
        _check_node(node, columns)
    text = _without_overflow(tree, columns).sql(dialect=dialect, normalize_functions="lower")
    return _lower_keywords(text)


def _lower_keywords(sql: str) -> str:
    """Everything outside quotes in lower case, as the rest of the project is typed."""
    parts = re.split(r"('(?:[^']|'')*'|\"(?:[^\"]|\"\")*\")", sql)
    return "".join(part if number % 2 else part.lower() for number, part in enumerate(parts))


def _parsed(sql: str) -> exp.Expression:
    if len(sql) > MAX_LENGTH:
        raise ExpressionFault("E_LIMIT", f"expected at most {MAX_LENGTH} characters, found {len(sql)}")
    for mark in ("{{", "{%", "{#"):
        if mark in sql:
            raise ExpressionFault("E_SQL_JINJA", f"{mark} is not SQL")
    if "--" in sql or "/*" in sql:
        raise ExpressionFault("E_SQL_COMMENT", "comments are not allowed in an expression")
    if "$$" in sql or "\\" in sql:
        raise ExpressionFault("E_SQL_NODE", "escapes and dollar quotes are not allowed in an expression")
    if sql.count("(") > 100:
        raise ExpressionFault("E_LIMIT", "expected at most 100 brackets")
    try:
        trees = sqlglot.parse(sql, dialect="postgres")
    except (ParseError, TokenError) as error:
        raise ExpressionFault("E_SQL_PARSE", f"not an SQL expression: {str(error).splitlines()[0]}") from None
    if len(trees) != 1 or trees[0] is None:
        raise ExpressionFault("E_SQL_MULTI", "expected one expression")
    tree = trees[0]
    if sum(1 for _ in tree.walk()) > MAX_NODES:
        raise ExpressionFault("E_LIMIT", f"expected at most {MAX_NODES} parts")
    return tree


def _check_node(node: exp.Expression, columns: Mapping[str, PgType]) -> None:
    if isinstance(node, exp.Column):
        if node.table or node.name not in columns:
            known = ", ".join(columns)
            raise ExpressionFault("E_SQL_COLUMN", f"no column is called {node.sql()}; known: {known}")
        if columns[node.name].sql == "numeric" and _is_reckoned_with(node):
            raise ExpressionFault("E_SQL_NODE", f"{node.name} needs a precision to be reckoned with: it may overflow")
    elif isinstance(node, exp.Func) and not isinstance(node, _ALLOWED):
        name = node.name if isinstance(node, exp.Anonymous) else node.sql_name()
        raise ExpressionFault("E_SQL_FUNC", f"the function {name.lower()} is not allowed here")
    elif isinstance(node, exp.Like | exp.ILike) and not isinstance(node.expression, exp.Literal):
        raise ExpressionFault("E_SQL_NODE", "like needs a literal pattern: one from a row can be malformed")
    elif not isinstance(node, _ALLOWED):
        raise ExpressionFault("E_SQL_NODE", f"{type(node).__name__.lower()} is not allowed here")


def _without_overflow(tree: exp.Expression, columns: Mapping[str, PgType]) -> exp.Expression:
    def rewrite(node: exp.Expression) -> exp.Expression:
        if isinstance(node, exp.Column):
            column = exp.column(node.name, quoted=bare_or_quoted(node.name) != node.name)
            may_overflow = columns[node.name].family in ("integer", "float")
            return exp.cast(column, "numeric") if may_overflow and _is_reckoned_with(node) else column
        if isinstance(node, exp.Div | exp.Mod) and not isinstance(node.expression, exp.Literal):
            node.set("expression", exp.Nullif(this=node.expression.unnest(), expression=exp.Literal.number(0)))
        return node

    return tree.transform(rewrite)


def _is_reckoned_with(node: exp.Expression) -> bool:
    parent = node.parent
    while isinstance(parent, exp.Paren | exp.Coalesce | exp.Nullif):
        parent = parent.parent
    return isinstance(parent, exp.Add | exp.Sub | exp.Mul | exp.Div | exp.Mod | exp.Neg | exp.Abs)
