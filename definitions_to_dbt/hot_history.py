"""`history_<table>` as PostgreSQL answers it: what DuckDB says while no row is in the archive alone, else an error.

So that a metric over history has a relation on both engines. Renders SQL text only.
"""

from __future__ import annotations

from definitions_to_dbt.definition import ObjectModel
from definitions_to_dbt.lake import protected
from definitions_to_dbt.names import history
from definitions_to_dbt.platform_columns import LAYER_2
from definitions_to_dbt.sql import bare_or_quoted, quote_literal


def hot_history_ddl(model: ObjectModel, schema: str) -> str:
    """The statement that brings the view up to date; empty where nothing ages. Needs the functions of platform_ddl."""
    if not model.ages:
        return ""
    columns = [_shown(model, name, schema) for name in _names(model)]
    name, table = quote_literal(model.table_name), bare_or_quoted(model.table_name)
    # The first branch, so that who takes one row and no more has come by it. No condition: where PostgreSQL knows that
    # there is no row of the day that is asked for, it never tries one.
    body = (
        "select\n    " + ",\n    ".join(columns) + "\nfrom (\n"
        f"    select * from {schema}.missing_rows({name}, null::{schema}.{table})\n    union all\n"
        f"    select * from {schema}.{table}\n) as {table}\nwhere not _deleted"
    )
    return f"select {schema}.ensure_view({quote_literal(history(model))}, $view$\n{body}\n$view$);\n"


def _names(model: ObjectModel) -> list[str]:
    declared = [column.name for column in model.columns if column.pii != "drop"]
    return declared + [column.name for column in LAYER_2]


def _shown(model: ObjectModel, name: str, schema: str) -> str:
    column = next((column for column in model.columns if column.name == name), None)
    if column is None or column.pii == "none":
        return bare_or_quoted(name)
    return f"{protected(column, schema)} as {bare_or_quoted(name)}"
