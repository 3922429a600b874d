"""CHECK constraints of PostgreSQL as quality rules. Whether a rule may stand is for validation to say."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from definitions_to_dbt.bridges.imported import Definition
from definitions_to_dbt.bridges.json_schema_types import anywhere
from definitions_to_dbt.sql import bare_or_quoted

_CHECK = re.compile(r"CHECK \((.*)\)(?: NO INHERIT)?(?: NOT VALID)?", re.DOTALL)


def check_rules(definition: str, names: Mapping[str, str]) -> list[tuple[str, Definition]] | None:
    """Return a rule for each condition that the check joins with AND, each with the column it speaks of first.

    `names` gives the identifier of each column. None where the check is nothing that can be read.
    """
    written = _CHECK.fullmatch(definition)
    try:
        tree = sqlglot.parse_one(written[1], dialect="postgres") if written else None
    except SqlglotError:
        tree = None
    if tree is None:
        return None
    tree = tree.transform(lambda node: node.this.unnest() if _is_cast_constant(node) else node)
    return [_rule(condition, names) for condition in _conjuncts(tree)]


def _conjuncts(tree: exp.Expr) -> Iterator[exp.Expr]:
    tree = tree.unnest()
    if isinstance(tree, exp.And):
        yield from _conjuncts(tree.left)
        yield from _conjuncts(tree.right)
    else:
        yield tree


def _is_cast_constant(node: exp.Expr) -> bool:
    """'new'::text and 0::numeric are how the catalogue writes 'new' and 0."""
    return (
        isinstance(node, exp.Cast)
        and isinstance(node.this, exp.Literal | exp.Neg | exp.Paren)
        and not list(node.find_all(exp.Column))
    )


def _rule(condition: exp.Expr, names: Mapping[str, str]) -> tuple[str, Definition]:
    found = [names.get(column.name, names.get(column.name.lower(), "")) for column in condition.find_all(exp.Column)]
    first = next(iter(found), "")
    one, other = condition.args.get("this"), condition.args.get("expression")
    if isinstance(one, exp.Column) and isinstance(condition, exp.EQ) and isinstance(other, exp.Any):
        # status = ANY (ARRAY['new', 'paid']) is how the catalogue writes status in ('new', 'paid').
        listed = [node.this for node in other.find_all(exp.Literal) if node.is_string]
        if listed:
            return first, {"rule": "accepted_values", "values": listed}
    if isinstance(one, exp.Column) and isinstance(condition, exp.RegexpLike) and isinstance(other, exp.Literal):
        return first, {"rule": "pattern", "regex": anywhere(other.this)}
    for column in list(condition.find_all(exp.Column)):
        known = names.get(column.name, names.get(column.name.lower()))
        if known:
            column.replace(sqlglot.parse_one(bare_or_quoted(known), dialect="postgres"))
    return first, {"rule": "expression", "sql": condition.sql(dialect="postgres")}
