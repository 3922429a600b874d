"""Archived rows that another archived row of the same object beats: what must not stand in PostgreSQL as if it counted.

Where the key does not hold the time, an object's newer place may lie in any unit; where it does, in one whose range
meets. Of each key that stands more than once, the newest order comes into a temporary table of the session.
"""

from __future__ import annotations

from collections.abc import Sequence

from archive_jobs.copying.prove import canonical_text
from archive_jobs.database import Connection, one_row
from archive_jobs.failpoints import guarded
from archive_jobs.keeping.archived_units import ArchivedUnit
from archive_jobs.keeping.moved_events import RANK, can_move
from archive_jobs.moving.worker import Worker
from archive_jobs.planning.tables import ArchivedTable
from archive_jobs.reading.cold_files import ColdFile, Wanted, cold_files
from archive_jobs.reading.current_truth import meeting
from archive_jobs.reading.time_column import require_time_column
from archive_jobs.times import EVERYTHING
from definitions_to_dbt.lake import archive_select, lake_columns
from definitions_to_dbt.sql import bare_or_quoted, quote_identifier

NEWER = "pg_temp.newer_elsewhere"
# What counts now, of those a restore has left cold itself: they hold nothing that was not archived before.
_AS_OF = """
select coalesce(max(c.commit_seq), 0) from archive_catalog.commits as c
inner join archive_catalog.attempts as a on c.attempt_id = a.attempt_id
where (c.schema_name, c.table_name, c.kind) = (%s, %s, %s) and c.state = 'active' and a.predicate <> 'false'
"""


class NewerElsewhere:
    """The newest order of each key of these units that stands more than once in the archive."""

    def __init__(self, worker: Worker, table: ArchivedTable, units: Sequence[ArchivedUnit]) -> None:
        self._worker, self._table, self._units = worker, table, {unit.unit_id for unit in units}
        self._key = [c for c in lake_columns(table.model, "analytics") if c.name in table.model.primary_key]
        self._as_of: int | None = None
        self.is_asked = bool(
            units and table.kind == "analytics" and table.platform and self._key and guarded("restore.newer cold")
        )

    def bring_up_to_date(self) -> None:
        """Look again where something was archived since. Reads key and order of the files that may hold a newer row."""
        if not self.is_asked or self.is_up_to_date():
            return
        connection, table = self._worker.connection, self._table
        self._as_of = self._last_archived(connection)
        columns = [*self._key, *(c for c in lake_columns(table.model, "analytics") if c.name in RANK)]
        typed = ", ".join(f"null::{c.pg_type.sql} as {quote_identifier(c.name)}" for c in columns)
        with connection.transaction():
            connection.execute(f"drop table if exists {NEWER}".encode())
            connection.execute(f"create temp table newer_elsewhere as select {typed} limit 0".encode())
            if query := self._query():
                names = ", ".join(quote_identifier(c.name) for c in columns)
                with connection.cursor().copy(f"copy {NEWER} ({names}) from stdin (format csv)".encode()) as copy:
                    for piece in canonical_text(self._worker.proving, columns, query, for_restore=True):
                        copy.write(piece)
            connection.execute(f"analyze {NEWER}".encode())

    def is_up_to_date(self) -> bool:
        """False where rows were archived since it was looked. Under the table's guard row nobody can any more."""
        return not self.is_asked or self._as_of == self._last_archived(self._worker.connection)

    def beats(self, relation: str) -> str | None:
        """The condition that another archived row is newer than the one in `relation`."""
        if not self.is_asked:
            return None
        same = [f"newer.{quote_identifier(c.name)} = {relation}.{quote_identifier(c.name)}" for c in self._key]
        order = [", ".join(f"{of}.{name}" for name in RANK) for of in ("newer", relation)]
        return f"exists (select from {NEWER} as newer where {' and '.join(same)} and ({order[0]}) > ({order[1]}))"

    def _last_archived(self, connection: Connection) -> int:
        return int(one_row(connection, _AS_OF, self._table.key)[0])

    def _query(self) -> str | None:
        """DuckDB SQL for the newest of each key of the units that stands more than once; None where none can."""
        mine, among = self._files()
        if not mine:
            return None
        keys = ", ".join(bare_or_quoted(c.name) for c in self._key)
        rank = ", ".join(RANK)
        newest = ", ".join(f"max(({rank}))[{place}] as {name}" for place, name in enumerate(RANK, start=1))
        return (
            f"(select {keys}, {newest} from ({self._over(among)}) as among"
            f" semi join (select {keys} from ({self._over(mine)}) as own) as mine using ({keys})"
            f" group by {keys} having count(*) > 1)"
        )

    def _files(self) -> tuple[list[ColdFile], list[ColdFile]]:
        """The files of the units, and those among which a newer row of theirs may stand."""
        table, time = self._table, require_time_column(self._table.model, "analytics")
        listed = cold_files(
            self._worker.connection, Wanted(table.schema, table.table_name, table.kind), EVERYTHING, time
        )
        mine = [file for file in listed if file.unit_id in self._units]
        if can_move(table):
            orders = [file.oldest_order for file in mine]
            known = [order for order in orders if order is not None]
            floor = min(known) if len(known) == len(orders) and known else None
            among = [
                file for file in listed
                if floor is None or file.newest_order is None or file.newest_order >= floor
            ]  # fmt: skip
            return mine, among
        met = meeting(listed, time)
        return [file for file in mine if file.unit_id in met], [file for file in listed if file.unit_id in met]

    def _over(self, files: Sequence[ColdFile]) -> str:
        local = [str(self._worker.store.local(file.path, file.sha256)) for file in files]
        return archive_select(self._table.model, "analytics", local)
