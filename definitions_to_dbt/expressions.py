"""SQL expressions of definitions: parsed, allow-listed, and written anew so that they cannot raise on a row.

What is not on the list is refused by name. Integers are added as numerics and divisors of nought give null,
because an overflow or a division by zero would fail the batch of every other record.
"""

from __future__ import annotations

import difflib
import logging
import re
from collections.abc import Mapping

import sqlglot
from sqlglot import exp
from sqlglot.errors import ParseError, TokenError

from definitions_to_dbt.sql import bare_or_quoted
from definitions_to_dbt.types import PgType

# A statement in place of an expression is refused here, so that the parser need not remark on it.
logging.getLogger("sqlglot").setLevel(logging.ERROR)

MAX_LENGTH = 10_000
MAX_NODES = 500
_PLAIN_NUMBER = re.compile(r"\d{0,38}\.?\d{0,38}(?:[eE][-+]?\d{1,2})?")
_VOLATILE = frozenset(
    """now current_timestamp current_date current_time localtime localtimestamp clock_timestamp statement_timestamp
    transaction_timestamp timeofday random rand random_normal setseed gen_random_uuid uuid uuidv4 uuidv7
    uuid_generate_v1 uuid_generate_v4 nextval currval lastval txid_current age""".split()  # noqa: SIM905  # a word list reads better as text
)

_ALLOWED: tuple[type[exp.Expr], ...] = (
    exp.Column, exp.Identifier, exp.Literal, exp.Boolean, exp.Null, exp.Paren, exp.Neg,
    exp.And, exp.Or, exp.Not, exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Is, exp.In, exp.Between,
    exp.Like, exp.ILike, exp.Case, exp.If, exp.Coalesce, exp.Nullif, exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Mod,
    exp.DPipe, exp.Concat, exp.Lower, exp.Upper, exp.Trim, exp.Length, exp.Abs, exp.Round, exp.Floor, exp.Ceil,
    exp.Greatest, exp.Least, exp.Tuple, exp.NullSafeEQ, exp.NullSafeNEQ, exp.StartsWith,
)  # fmt: skip
_PARTS_OF_A_DATE = ("year", "quarter", "month")


class ExpressionError(ValueError):
    """An expression that is refused. `code` is one of the E_SQL_ codes."""

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        super().__init__(message)


def checked(sql: str, columns: Mapping[str, PgType], dialect: str = "postgres") -> str:
    """Return the expression as canonical SQL over these columns, for PostgreSQL or for `either` engine alike.

    Raises ExpressionError naming what is not allowed, or the column that does not exist.
    """
    try:
        tree = parsed(sql, columns)
        tree = _for_either(tree, columns) if dialect == "either" else _without_overflow(tree, columns)
        text = tree.sql(dialect="postgres", normalize_functions="lower")
    except RecursionError:
        raise ExpressionError("E_LIMIT", "the expression is nested too deep to be read") from None
    return _lower_keywords(text)


def parsed(sql: str, columns: Mapping[str, PgType]) -> exp.Expr:
    """Return the tree of an expression in which every part is allowed. Raises ExpressionError."""
    tree = _parsed(sql)
    for node in tree.walk():
        _check_node(node, columns)
    return tree


def _lower_keywords(sql: str) -> str:
    """Everything outside quotes in lower case, as the rest of the project is typed."""
    parts = re.split(r"('(?:[^']|'')*'|\"(?:[^\"]|\"\")*\")", sql)
    return "".join(part if number % 2 else part.lower() for number, part in enumerate(parts))


def _parsed(sql: str) -> exp.Expr:
    if not sql.strip():
        raise ExpressionError("E_EMPTY", "expected an SQL expression, found nothing")
    if len(sql) > MAX_LENGTH:
        raise ExpressionError("E_LIMIT", f"expected at most {MAX_LENGTH} characters, found {len(sql)}")
    for mark in ("{{", "{%", "{#"):
        if mark in sql:
            raise ExpressionError("E_SQL_JINJA", f"{mark} is not SQL")
    if "--" in sql or "/*" in sql:
        raise ExpressionError("E_SQL_COMMENT", "comments are not allowed in an expression")
    if re.search(r"\$\w*\$", sql) or "\\" in sql:
        raise ExpressionError("E_SQL_NODE", "escapes and dollar quotes are not allowed in an expression")
    if sql.count("(") > 100:
        raise ExpressionError("E_LIMIT", "expected at most 100 brackets")
    try:
        trees = sqlglot.parse(sql, dialect="postgres")
    except (ParseError, TokenError) as error:
        raise ExpressionError("E_SQL_PARSE", f"not an SQL expression: {str(error).splitlines()[0]}") from None
    if len(trees) != 1 or trees[0] is None:
        raise ExpressionError("E_SQL_MULTI", "expected one expression")
    tree = trees[0]
    if sum(1 for _ in tree.walk()) > MAX_NODES:
        raise ExpressionError("E_LIMIT", f"expected at most {MAX_NODES} parts")
    return tree


def _check_node(node: exp.Expr, columns: Mapping[str, PgType]) -> None:
    if isinstance(node, exp.Column):
        _check_column(node, columns)
    elif isinstance(node, exp.Cast):
        _refuse_cast(node, columns)
    elif isinstance(node, exp.Extract):
        _check_part_of_a_date(node, columns)
    elif isinstance(node, exp.Func) and not isinstance(node, _ALLOWED):
        name = (node.name if isinstance(node, exp.Anonymous) else node.sql_name()).lower()
        if name in _VOLATILE:
            raise ExpressionError("E_SQL_VOLATILE", f"{name} gives another answer each time; name a column instead")
        raise ExpressionError("E_SQL_FUNC", f"the function {name} is not allowed here")
    elif isinstance(node, exp.Like | exp.ILike) and not isinstance(node.expression, exp.Literal):
        raise ExpressionError("E_SQL_NODE", "like needs a literal pattern: one from a row can be malformed")
    elif isinstance(node, exp.Div | exp.Mod) and _is_zero(node.expression):
        raise ExpressionError("E_SQL_NODE", "a division by zero fails on every row")
    elif isinstance(node, exp.Literal) and node.is_number and not _PLAIN_NUMBER.fullmatch(str(node.this)):
        raise ExpressionError("E_LIMIT", f"expected a number of at most 38 digits, found {str(node.this)[:50]}")
    elif not isinstance(node, _ALLOWED) and not (isinstance(node, exp.Var) and isinstance(node.parent, exp.Extract)):
        raise ExpressionError("E_SQL_NODE", f"{type(node).__name__.lower()} is not allowed here")


def _check_column(node: exp.Column, columns: Mapping[str, PgType]) -> None:
    if node.table or node.name not in columns:
        close = difflib.get_close_matches(node.name, columns, n=1, cutoff=0.5)
        meant = f"did you mean {close[0]!r}?" if close else f"known: {', '.join(columns)}"
        raise ExpressionError("E_SQL_COLUMN", f"no column is called {node.sql()}; {meant}")
    if columns[node.name].sql == "numeric" and _is_reckoned_with(node):
        raise ExpressionError("E_SQL_NODE", f"{node.name} needs a precision to be reckoned with: it may overflow")


def _check_part_of_a_date(node: exp.Extract, columns: Mapping[str, PgType]) -> None:
    """Year, quarter and month of a date stand in both engines; those of an instant depend on the session's zone."""
    part, of = node.name.lower(), node.expression
    if part not in _PARTS_OF_A_DATE:
        expected = ", ".join(_PARTS_OF_A_DATE)
        raise ExpressionError("E_SQL_FUNC", f"expected one of {expected} to extract, found {part}")
    found = columns.get(of.name) if isinstance(of, exp.Column) else None
    if found is None or found.element is not None or found.base not in ("date", "timestamp"):
        raise ExpressionError("E_SQL_NODE", f"extract needs a column of type date or timestamp, found {of.sql()}")


def _refuse_cast(node: exp.Cast, columns: Mapping[str, PgType]) -> None:
    """A cast can fail on a row; one of an instant also depends on the zone of whoever asks."""
    found = columns.get(node.this.name) if isinstance(node.this, exp.Column) else None
    if found is not None and found.base == "timestamptz":
        raise ExpressionError("E_SQL_VOLATILE", f"a cast of {node.this.name} depends on the session's time zone")
    raise ExpressionError("E_SQL_NODE", "a cast is not allowed here: declare the column with the type it has")


def _is_zero(node: exp.Expr) -> bool:
    node = node.unnest()
    return isinstance(node, exp.Literal) and node.is_number and not float(node.this)


def _without_overflow(tree: exp.Expr, columns: Mapping[str, PgType]) -> exp.Expr:
    def rewrite(node: exp.Expr) -> exp.Expr:
        if isinstance(node, exp.Column):
            column = exp.column(node.name, quoted=bare_or_quoted(node.name) != node.name)
            may_overflow = columns[node.name].family in ("integer", "float")
            return exp.cast(column, "numeric") if may_overflow and _is_reckoned_with(node) else column
        if isinstance(node, exp.Length) and _is_reckoned_with(node):
            return exp.cast(exp.Length(this=node.this.transform(rewrite)), "numeric")
        if isinstance(node, exp.Div | exp.Mod) and not isinstance(node.expression, exp.Literal):
            node.set("expression", exp.Nullif(this=node.expression.unnest(), expression=exp.Literal.number(0)))
        return node

    return tree.transform(rewrite)


def _for_either(tree: exp.Expr, columns: Mapping[str, PgType]) -> exp.Expr:
    """The same in words that PostgreSQL and DuckDB understand alike: a bare numeric has three decimals in DuckDB.

    Floats stay floats where both can reckon with them. A whole number divided by one is no whole number.
    """

    def rewrite(node: exp.Expr) -> exp.Expr:
        if isinstance(node, exp.Column):
            column = exp.column(node.name, quoted=bare_or_quoted(node.name) != node.name)
            family = columns[node.name].family
            if family == "integer" and _is_reckoned_with(node):
                return exp.cast(column, "decimal(38, 0)")
            return exp.cast(column, "decimal(38, 9)") if family == "float" and _needs_decimals(node) else column
        if isinstance(node, exp.Length) and _is_reckoned_with(node):
            return exp.cast(exp.Length(this=node.this.transform(rewrite)), "decimal(38, 0)")
        if isinstance(node, exp.Div) and isinstance(node.this, exp.Literal) and str(node.this.this).isdigit():
            node.set("this", exp.Literal.number(f"{node.this.this}.0"))
        if isinstance(node, exp.Div | exp.Mod) and not isinstance(node.expression, exp.Literal):
            node.set("expression", exp.Nullif(this=node.expression.unnest(), expression=exp.Literal.number(0)))
        return node

    return tree.transform(rewrite)


def _needs_decimals(node: exp.Expr) -> bool:
    """PostgreSQL neither rounds a float to digits nor takes the rest of its division."""
    return node.find_ancestor(exp.Round, exp.Mod) is not None


def _is_reckoned_with(node: exp.Expr) -> bool:
    parent = node.parent
    while isinstance(parent, exp.Paren | exp.Coalesce | exp.Nullif | exp.Case | exp.If | exp.Greatest | exp.Least):
        parent = parent.parent
    return isinstance(parent, exp.Add | exp.Sub | exp.Mul | exp.Div | exp.Mod | exp.Neg | exp.Abs)


def named_columns(sql: str) -> set[str]:
    """The columns that an expression names, once it has been checked."""
    return {column.name for column in _parsed(sql).find_all(exp.Column)}


def require_immutable(sql: str, columns: Mapping[str, PgType]) -> None:
    """Raise ExpressionError where PostgreSQL calls a part stable: the answer may hang on a setting of the session."""
    tree = _parsed(sql)
    bases = {columns[name].base for name in named_columns(sql)}
    if "timestamptz" in bases and bases & {"date", "timestamp"}:
        raise ExpressionError("E_SQL_VOLATILE", "an instant beside a wall time depends on the session's time zone")
    for node in tree.walk():
        parts = node.find_all(exp.Column) if isinstance(node, exp.Concat | exp.DPipe) else ()
        for column in parts:
            if columns[column.name].family != "text":
                message = f"{column.name} becomes text as the session's settings say; name columns of text only"
                raise ExpressionError("E_SQL_VOLATILE", message)
        if isinstance(node, exp.Concat):
            raise ExpressionError("E_SQL_VOLATILE", "concat is not immutable to PostgreSQL; write || instead")
