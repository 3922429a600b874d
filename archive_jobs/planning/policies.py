"""The policies a run obeyed, kept as versions: what was in force when a row left can be told years later."""

from __future__ import annotations

import json

from archive_jobs.database import Connection
from archive_jobs.planning.tables import ArchivedTable


def record_policy(connection: Connection, table: ArchivedTable) -> int:
    """Return the version of the table's policy, adding one when it differs from the last; make its guard row too."""
    policy = json.dumps(table.policy.model_dump(mode="json"), sort_keys=True)
    with connection.transaction():
        connection.execute(
            "insert into archive_catalog.table_guards (schema_name, table_name, kind) values (%s, %s, %s)"
            " on conflict do nothing",
            table.key,
        )
        # The guard row keeps two runs from adding the same version.
        connection.execute(
            "select 1 from archive_catalog.table_guards"
            " where (schema_name, table_name, kind) = (%s, %s, %s) for update",
            table.key,
        )
        last = connection.execute(
            "select version, policy = %s::jsonb from archive_catalog.policies"
            " where (schema_name, table_name, kind) = (%s, %s, %s) order by version desc limit 1",
            (policy, *table.key),
        ).fetchone()
        if last is not None and last[1]:
            return int(last[0])
        version = 1 if last is None else int(last[0]) + 1
        connection.execute(
            "insert into archive_catalog.policies (schema_name, table_name, kind, version, policy, definition_hash)"
            " values (%s, %s, %s, %s, %s, %s)",
            (*table.key, version, policy, table.model.definition_hash),
        )
    return version
