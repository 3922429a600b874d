"""A/B: the same raw records through two versions of a definition, and what differs. Both stand beside for that long."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from archive_jobs.database import Connection, one_row
from archive_jobs.moving.worker import Worker
from archive_jobs.planning.tables import ArchivedTable
from archive_jobs.replaying.beside import Beside, Wanted, build_beside
from archive_jobs.replaying.copies import drop_scratch
from archive_jobs.replaying.replay import alone, scratch_name
from archive_jobs.replaying.transform import Transform
from archive_jobs.tracing.compare import compare_schemas
from archive_jobs.tracing.comparison import Comparison
from definitions_to_dbt.sql import quote_identifier


@dataclass
class TwoVersions:
    """The records, what became of them by each version, and how the rows differ."""

    table: ArchivedTable
    wanted: Wanted
    records: int = 0
    # Outcomes by both, as "rejected → loaded", of the records where they differ.
    outcomes: dict[str, int] = field(default_factory=dict)
    rows: Comparison | None = None

    @property
    def differs(self) -> bool:
        """True where any record or row is another one."""
        return bool(self.outcomes) or (self.rows is not None and self.rows.differs)

    def as_json(self) -> dict[str, Any]:
        """As plain values."""
        return {
            "table": self.table.table_name, "asked": str(self.wanted.interval), "records": self.records,
            "outcomes_that_differ": self.outcomes, "rows": self.rows and self.rows.as_json(),
        }  # fmt: skip


def compare_versions(
    worker: Worker,
    table: ArchivedTable,
    wanted: Wanted,
    before: Transform,
    after: Transform,
    progress: Callable[[int, int], None],
) -> TwoVersions:
    """Transform by both versions, and compare. Columns are those of the later one; the table itself is not touched."""
    connection = worker.connection
    expires_at = one_row(connection, "select now() + interval '1 day'")[0]
    done = TwoVersions(table, wanted)
    with alone(connection, table):
        drop_scratch(connection, table.schema, table.table_name)
        try:
            sides = []
            for transform in (before, after):
                schema = scratch_name(connection)
                sides.append(
                    build_beside(worker, table, wanted, schema, expires_at, transform, progress, is_scratch=True)
                )
            done.records = sides[0].records
            if done.records:
                done.outcomes = _outcomes(connection, *sides)
                _add_missing_columns(connection, *sides)
                theirs = worker.settings.model_copy(update={"analytics_schema": sides[0].schema})
                done.rows = compare_schemas(theirs, table.model, sides[1].schema)
        finally:
            if not connection.closed:
                drop_scratch(connection, table.schema, table.table_name)
    return done


def _outcomes(connection: Connection, before: Beside, after: Beside) -> dict[str, int]:
    found = connection.execute(
        f"select a.outcome || ' → ' || b.outcome, count(*) from {before.source} as a inner join {after.source} as b"
        " on a.raw_seq = b.raw_seq where a.outcome <> b.outcome group by 1 order by 1".encode()
    )
    return dict(found.fetchall())


def _add_missing_columns(connection: Connection, before: Beside, after: Beside) -> None:
    """A column that the earlier version does not have is null in its rows."""
    missing = connection.execute(
        "select attname::text, format_type(atttypid, atttypmod) from pg_attribute where attrelid = %s::regclass"
        " and attnum > 0 and not attisdropped and attname not in ("
        " select attname from pg_attribute where attrelid = %s::regclass and not attisdropped)",
        (after.rows, before.rows),
    ).fetchall()
    for name, type_name in missing:
        connection.execute(f"alter table {before.rows} add {quote_identifier(name)} {type_name}".encode())
