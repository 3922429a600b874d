"""What a caller is told of each table: everything but paths and reasons, or its own rows alone."""

from __future__ import annotations

from typing import Any

from archive_jobs.keeping.status import TableStatus, status
from archive_jobs.serving.backend import Backend
from archive_jobs.serving.estimating import part_of
from archive_jobs.serving.principals import Principal

_OF_TENANT = """
select u.table_name, count(distinct u.unit_id), coalesce(sum(f.row_count), 0)::bigint,
    coalesce(sum(f.byte_count), 0)::bigint, max(u.active_from), min(f.first_time), max(f.last_time)
from archive_catalog.units as u inner join archive_catalog.files as f on f.attempt_id = u.active_attempt
where u.state = 'active' and u.schema_name = %s and u.kind = 'analytics' and f.part_tenant = %s
group by 1 order by 1
"""


def status_for(backend: Backend, caller: Principal) -> list[dict[str, Any]]:
    """One entry for each table of each kind that was ever archived."""
    schema = backend.settings.analytics_schema
    with backend.connection() as connection:
        if caller.tenant is None:
            return [_said(one) for one in status(connection, schema)]
        part = part_of(connection, schema, caller.tenant)
        own = {model.table_name for model in backend.library.objects if model.tenant_column}
        found = connection.execute(_OF_TENANT.encode(), (schema, part)).fetchall()
    return [
        {
            "table": table, "kind": "analytics", "rows": rows, "bytes": size, "units": units,
            "last_archived": last.isoformat() if last else None, "first": first, "last": until,
        }
        for table, units, rows, size, last, first, until in found
        if table in own
    ]  # fmt: skip


def _said(one: TableStatus) -> dict[str, Any]:
    """Reasons are PostgreSQL's and the lake's words, with values and paths: `archive-jobs status` shows them."""
    said = one.as_json()
    said.pop("last_reason")
    said["last_failures"] = [{"at": failure["at"], "event": failure["event"]} for failure in one.last_failures]
    return said
