"""Numbers of raw records are never given twice, also in a database that was made anew after a loss."""

from __future__ import annotations

from archive_jobs.database import Connection
from definitions_to_dbt.sql import quote_identifier

_LIFT = """
select setval(pg_get_serial_sequence(%(relation)s, 'raw_seq'), greatest(
    (select max(raw_seq) from {relation}),
    (
        select max((regexp_match(a.predicate, 'raw_seq between \\d+ and (\\d+)'))[1]::bigint)
        from archive_catalog.units as u
        inner join archive_catalog.attempts as a on a.unit_id = u.unit_id
        where (u.schema_name, u.table_name, u.kind) = (%(schema)s, %(table)s, 'source')
    ),
    nextval(pg_get_serial_sequence(%(relation)s, 'raw_seq'))
))
"""


def lift_raw_seq(connection: Connection, schema: str, table_name: str) -> None:
    """Let the next record get a number above every one that was ever archived. Nothing where the table is not there."""
    relation = f"{quote_identifier(schema)}.{quote_identifier(f'source_{table_name}')}"
    if connection.execute("select to_regclass(%s)", (relation,)).fetchone() != (None,):
        values = {"relation": relation, "schema": schema, "table": table_name}
        connection.execute(_LIFT.replace("{relation}", relation).encode(), values)
