"""The way to checked SQL for those who write files. The parser behind it is loaded with the first expression."""

from __future__ import annotations

from collections.abc import Mapping

from definitions_to_dbt.types import PgType


def checked(sql: str, columns: Mapping[str, PgType], dialect: str = "postgres") -> str:
    """Return the expression as canonical SQL over these columns. Raises what expressions.checked raises."""
    from definitions_to_dbt import expressions

    return expressions.checked(sql, columns, dialect)


def named_columns(sql: str) -> set[str]:
    """Return the columns that an expression names."""
    from definitions_to_dbt import expressions

    return set(expressions.named_columns(sql))
