"""Partitions for rows that come back: those they stood in may have been dropped since."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from psycopg import errors

from archive_jobs.database import Connection, one_row
from archive_jobs.keeping.archived_units import ArchivedUnit
from archive_jobs.planning.tables import ArchivedTable
from definitions_to_dbt.sql import quote_identifier, quote_literal

_PLATFORM = """
select to_regproc(format('%%I.make_partitions', %(schema)s::text)) is not null
    and to_regclass(format('%%I.%%I', %(schema)s::text, %(relation)s::text || '_p_other')) is not null
"""


def make_platform_partitions(connection: Connection, table: ArchivedTable, units: Sequence[ArchivedUnit]) -> None:
    """Make the missing partitions of a table that the platform cuts. Rows for which it makes none have a common one."""
    names = {"schema": table.schema, "relation": table.relation_name}
    if not units or not one_row(connection, _PLATFORM, names)[0]:
        return
    span = table.model.storage.interval if table.model.storage else "1 month"
    times = [unit.lo.replace(tzinfo=None) for unit in units]
    with connection.transaction():
        connection.execute(
            f"select {quote_identifier(table.schema)}.make_partitions(%s, %s, 0, %s::timestamp[])".encode(),
            (table.relation_name, span, times),
        )


def make_partition(connection: Connection, table: ArchivedTable, unit: ArchivedUnit) -> bool:
    """Make one partition for the unit's range in a table that somebody else cuts; False where that cannot be."""
    kind = one_row(connection, "select relkind from pg_class where oid = %s::regclass", (table.relation,))[0]
    if kind != "p":
        return False
    name = f"{table.relation_name[:40]}_r{unit.lo:%Y%m%d}_{unit.unit_id.hex[:8]}"
    low, high = (quote_literal(_bound(table, instant)) for instant in (unit.lo, unit.hi))
    try:
        connection.execute(
            f"create table {quote_identifier(table.schema)}.{quote_identifier(name)} partition of {table.relation}"
            f" for values from ({low}) to ({high})".encode()
        )
    except (errors.InvalidObjectDefinition, errors.LockNotAvailable, errors.InsufficientPrivilege):
        return False
    return True


def _bound(table: ArchivedTable, instant: datetime) -> str:
    if table.time_base == "timestamptz":
        return instant.isoformat()
    return instant.astimezone(ZoneInfo(table.time_zone)).replace(tzinfo=None).isoformat(sep=" ")
