"""Column lineage of hand-written models, as far as their committed SQL tells. Reads files; runs neither dbt nor SQL.

`ref`, `source`, `var` and `kpi_formulas` are answered; a model that calls another macro is reported as not told.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import StrictUndefined
from jinja2.exceptions import TemplateError
from jinja2.sandbox import SandboxedEnvironment
from sqlglot import exp, parse_one
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import Scope, build_scope

from definitions_to_dbt.column_lineage import Lineage, Origin
from definitions_to_dbt.kpis import kpi_list
from definitions_to_dbt.library import Library
from definitions_to_dbt.lock import read_lock
from definitions_to_dbt.platform_columns import LAYER_2, LAYER_3, VERSIONS

logging.getLogger("sqlglot").setLevel(logging.ERROR)
_PLATFORM = [column.name for column in (*LAYER_2, *VERSIONS)]
# What tells nothing of the value itself: how many, whether, which of several.
_NOT_THE_VALUE = (exp.Count, exp.ApproxDistinct, exp.Predicate, exp.Ordered)


@dataclass(frozen=True)
class Mart:
    """One hand-written model: its lineage, or why nothing can be told; and the columns it shows as they are."""

    path: Path
    lineage: Lineage
    shown: Mapping[str, frozenset[str]]
    untold: str = ""


def mart_lineage(library: Library, project: Path, lineages: Sequence[Lineage]) -> list[Mart]:
    """Every hand-written SQL model of the project, in the order of the paths."""
    owned = read_lock(project).files
    schema = {lineage.model: dict.fromkeys([*lineage.columns, *_PLATFORM], "text") for lineage in lineages}
    for model in library.objects:
        raw = dict.fromkeys([column.name for column in LAYER_3], "text")
        schema |= {f"source_{model.table_name}": raw, f"source_{model.table_name}__lake": raw}
    paths = (path for path in sorted((project / "models").rglob("*.sql")))
    written = [path for path in paths if path.relative_to(project).as_posix() not in owned]
    return [_mart(library, path, schema) for path in written]


def _mart(library: Library, path: Path, schema: Mapping[str, Mapping[str, str]]) -> Mart:
    nothing = Lineage(path.stem, "mart", "")
    try:
        sql = _rendered(library, path.read_text(encoding="utf-8"))
        tree = qualify(
            parse_one(sql, dialect="duckdb"), schema=dict(schema), dialect="duckdb", validate_qualify_columns=False
        )
        scope = build_scope(tree)
        if scope is None:
            return Mart(path, nothing, {}, "it is no query")
        reached = {name: dict(_reached(scope, name)) for name in _outputs(scope)}
    except (TemplateError, SqlglotError, TypeError, ValueError) as problem:
        return Mart(path, nothing, {}, str(problem).splitlines()[0])
    columns = {
        name: Origin(tuple(sorted(found)), "" if len(found) == 1 else "expression") for name, found in reached.items()
    }
    shown = {name: frozenset(node for node, as_it_is in found.items() if as_it_is) for name, found in reached.items()}
    return Mart(path, Lineage(path.stem, "mart", "", columns), shown)


def _rendered(library: Library, text: str) -> str:
    """The model as dbt would compile it, with models named by their names alone."""
    words: dict[str, Any] = {
        "ref": lambda *names: names[-1],
        "source": lambda _, table: table,
        "config": lambda **_: "",
        "var": lambda _, default="null": default,
        "kpi_formulas": lambda: kpi_list(library),
        "is_incremental": lambda: False,
        "this": "this",
        "target": {"schema": "analytics_service", "name": "duckdb", "type": "duckdb"},
    }
    environment = SandboxedEnvironment(undefined=StrictUndefined, extensions=["jinja2.ext.do"], autoescape=False)
    return environment.from_string(text).render(words)


def _outputs(scope: Scope) -> list[str]:
    return [one.alias_or_name for one in _projections(scope)]


def _projections(scope: Scope) -> list[exp.Expr]:
    query = scope.expression
    return list(query.selects) if isinstance(query, exp.Query) else []


def _reached(scope: Scope, name: str) -> Iterator[tuple[str, bool]]:
    """The columns of models that an output is made of, and whether it shows them as they are."""
    found: dict[str, bool] = {}
    for part in scope.set_operation_scopes or [scope]:
        if part is not scope:
            place = _outputs(scope).index(name)
            inner = _outputs(part)[place]
            for node, as_it_is in _reached(part, inner):
                found[node] = found.get(node, False) or as_it_is
            continue
        for node, as_it_is in _of_select(part, name):
            found[node] = found.get(node, False) or as_it_is
    yield from found.items()


def _of_select(scope: Scope, name: str) -> Iterator[tuple[str, bool]]:
    projection = next((one for one in _projections(scope) if one.alias_or_name == name), None)
    if projection is None:
        return
    for column in projection.find_all(exp.Column):
        as_it_is = _shows_the_value(column, projection)
        # A seed's columns are not known here; where it is the only source, they are its own.
        source = scope.sources.get(column.table or (next(iter(scope.sources)) if len(scope.sources) == 1 else ""))
        if isinstance(source, Scope):
            for node, inner in _reached(source, column.name):
                yield node, inner and as_it_is
        elif isinstance(source, exp.Table):
            yield f"{source.name}.{column.name}", as_it_is


def _shows_the_value(column: exp.Expr, projection: exp.Expr) -> bool:
    """False where only a count, a condition, an order or a token of the column is shown."""
    node: exp.Expr | None = column
    while node is not None and node is not projection.parent:
        is_condition = node.arg_key in ("this",) and isinstance(node.parent, exp.If)
        is_token = isinstance(node, exp.Anonymous) and node.name.lower() == "tokenize"
        if isinstance(node, _NOT_THE_VALUE) or is_condition or is_token or isinstance(node, exp.Where):
            return False
        node = node.parent
    return True
