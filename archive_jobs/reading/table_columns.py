"""Which columns the tables and views of a schema have, in the snapshot in which it is asked. Reads no row of theirs."""

from __future__ import annotations

from collections.abc import Iterable

from archive_jobs.database import Connection


def columns_query(schema: str, relations: str) -> str:
    """What PostgreSQL is asked, as text that can stand beside other statements in one message.

    Of both it is told the SQL: literals, or the parameters of a prepared statement.
    """
    return (
        "select c.relname::text, array_agg(a.attname::text) from pg_class as c"
        " inner join pg_namespace as n on n.oid = c.relnamespace"
        " inner join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped"
        f" where n.nspname = {schema} and c.relname = any({relations}) and c.relkind in ('r', 'p', 'v') group by 1"
    )


def columns_found(relations: Iterable[str], rows: Iterable[tuple[str, list[str]]]) -> dict[str, set[str]]:
    """The answer: of each relation its columns; none of one that is not there."""
    found = dict(rows)
    return {name: set(found.get(name, ())) for name in relations}


def columns_of(control: Connection, schema: str, relations: Iterable[str]) -> dict[str, set[str]]:
    """Ask now."""
    names = list(relations)
    return columns_found(names, control.execute(columns_query("%s", "%s").encode(), (schema, names)).fetchall())
