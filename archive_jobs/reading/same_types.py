"""A condition of DuckDB SQL: a table's columns have the types that they had. Hot values would be rounded to those.

The archive does not move on when a column is widened. What stands in its files is for the archive's own guard.
"""

from __future__ import annotations

from archive_jobs.reading.table_columns import Columns
from definitions_to_dbt.sql import quote_identifier, quote_literal


def same_types(database: str, schema: str, table: str, columns: Columns, problem: str) -> str:
    """True while it is so, else an error with these words. PostgreSQL is asked in the snapshot of the statement."""
    listed = ", ".join(f"({quote_literal(name)}, {quote_literal(stored)})" for name, stored in columns.items())
    relation = quote_literal(f"{quote_identifier(schema)}.{quote_identifier(table)}")
    asked = (
        f"select count(*) = {len(columns)} as is_same from pg_catalog.pg_attribute as a where a.attrelid ="
        f" to_regclass({relation}) and a.attnum > 0 and not a.attisdropped"
        f" and (a.attname::text, format_type(a.atttypid, a.atttypmod)) in ({listed})"
    )
    return (
        f"(select case when is_same then true else error({quote_literal(problem)}) end"
        f" from postgres_query({quote_literal(database)}, {quote_literal(asked)}))"
    )
