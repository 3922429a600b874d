"""Whether a unit that was due when it was planned still is. Between plan and commit may lie hours, and another run.

Whoever sets a policy or restores a range changes the table's guard row, which the caller has locked: a transaction
whose snapshot is older fails on it and is tried again.
"""

from __future__ import annotations

from archive_jobs.database import Connection
from archive_jobs.failpoints import guarded
from archive_jobs.moving.attempt import Attempt, UnarchivableError
from archive_jobs.planning.replayed import open_replay

# The table's last version, or a later one of its layer's default where the table goes by that.
_POLICY_SINCE = """
with own as (
    select version, proposed_by, created_at, created_by from archive_catalog.policies
    where (schema_name, table_name, kind) = (%(schema)s, %(table)s, %(kind)s) order by version desc limit 1
)
select created_by, created_at from own where version <> %(version)s
union all
select layer.created_by, layer.created_at
from own inner join archive_catalog.policies as layer
    on own.proposed_by = 'layer default' and layer.created_at > own.created_at
where (layer.schema_name, layer.table_name, layer.kind) = (%(schema)s, '*', %(kind)s)
"""
_KEPT = """
select keep_until from archive_catalog.units
where (schema_name, table_name, kind) = (%(schema)s, %(table)s, %(kind)s) and state = 'restored' and keep_until > now()
    and lo < %(hi)s and hi > %(lo)s
order by keep_until desc
"""


def require_still_due(connection: Connection, attempt: Attempt) -> None:
    """Raise UnarchivableError where the policy is another by now, or the range was restored to be kept."""
    schema, table, kind = attempt.table.key
    values = {
        "schema": schema, "table": table, "kind": kind, "version": attempt.policy_version,
        "lo": attempt.lo, "hi": attempt.hi,
    }  # fmt: skip
    newer = connection.execute(_POLICY_SINCE, values).fetchone()
    if guarded("policy") and newer is not None:
        raise UnarchivableError(f"its policy was changed after the plan, by {newer[0]}; the next run obeys the new one")
    kept = connection.execute(_KEPT, values).fetchone()
    if guarded("kept") and kept is not None:
        raise UnarchivableError(f"it was restored after the plan, to be kept until {kept[0].isoformat()}")
    _require_no_replay(connection, attempt)


def _require_no_replay(connection: Connection, attempt: Attempt) -> None:
    """A replay has noted what is archived of its keys: nothing more may leave until dbt has compared."""
    if attempt.table.kind == "source" or not guarded("replayed"):
        return
    batch = open_replay(connection, attempt.table.schema, attempt.table.table_name)
    if batch is not None:
        raise UnarchivableError(f"batch {batch} replays records of it; `dbt build` closes it")
