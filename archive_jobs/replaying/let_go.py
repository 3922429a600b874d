"""Records whose rows the archive has let go by retention: a replay leaves them out, or they would be back for years.

Told by the time of the row that a record makes now: it lies in the range of a unit that was purged, and of which no
other unit holds rows. Rows that never were, because their records were rejected, come as any late row does.
"""

from __future__ import annotations

from archive_jobs.database import Connection
from archive_jobs.failpoints import guarded
from archive_jobs.replaying.beside import Beside
from archive_jobs.times import Interval, time_condition
from definitions_to_dbt.names import rejected
from definitions_to_dbt.sql import quote_identifier

# A unit that another took the place of, and one of which an erasure has left nothing, say nothing of other rows.
_LET_GO = """
select u.lo, u.hi from archive_catalog.units as u
where (u.schema_name, u.table_name, u.kind) = (%s, %s, 'analytics') and u.state in ('purging', 'purged')
    and u.superseded_by is null and not exists (
        select from archive_catalog.commits as c
        where c.unit_id = u.unit_id and c.state = 'purging' and c.record::jsonb ->> 'reason' = 'erased'
    ) and not exists (
        select from archive_catalog.units as other
        where (other.schema_name, other.table_name, other.kind) = (u.schema_name, u.table_name, u.kind)
            and other.state in ('active', 'restored') and other.lo < u.hi and other.hi > u.lo
    )
order by u.lo
"""


def leave_out_let_go(connection: Connection, beside: Beside) -> int:
    """Take such records, and those that they have beaten, out of the schema beside; return how many."""
    model, table = beside.model, beside.table
    if not model.ages or model.time_column is None or not beside.records or not guarded("replay.let go"):
        return 0
    spans = connection.execute(_LET_GO, (table.schema, model.table_name)).fetchall()
    if not spans:
        return 0
    time = model.column(model.time_column)
    within = " or ".join(
        f"({time_condition(time.name, time.pg_type.base, time.time_zone, Interval(lo, hi))})" for lo, hi in spans
    )
    refused = f"{quote_identifier(table.schema)}.{quote_identifier(rejected(model))}"
    with connection.transaction():
        connection.execute(b"drop table if exists pg_temp.let_go")
        connection.execute(
            f"create temp table let_go as select distinct _raw_seq from {beside.rows} where ({within})"
            f" and _raw_seq not in (select refused._raw_seq from {refused} as refused)".encode()
        )
        gone = connection.execute(
            f"delete from {beside.source} where coalesce(outcome_raw_seq, raw_seq) in (select _raw_seq from let_go)"
            " and outcome is distinct from 'rejected'".encode()
        ).rowcount
        connection.execute(f"delete from {beside.rows} where _raw_seq in (select _raw_seq from let_go)".encode())
        connection.execute(b"drop table pg_temp.let_go")
    beside.records -= gone
    return gone
