"""Transform raw records once more, into the platform's own schema: the rejected ones, or those of a range.

beside    the records are transformed in a schema of their own: what comes out is known before anything is changed
weigh     it is compared with what stands, hot and archived
queue     one transaction: the records come back where they were dropped, marked with their unit, and stand in a batch
          of their own; the newest archived row of each key stands beside them
transform dbt takes the batch from claim to close, as any other; what is newer stays, whatever is hot or cold
A crash before `queue` leaves the schema beside, which the next replay drops; one after it a batch that the next dbt run
ends, as it does with every batch of a run that died.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from psycopg import errors

from archive_jobs.catalogue import write_event
from archive_jobs.database import Connection, one_row
from archive_jobs.failpoints import fail_at, guarded
from archive_jobs.moving.worker import Worker
from archive_jobs.planning.tables import ArchivedTable
from archive_jobs.privacy.token_keys import require_same_tokens
from archive_jobs.replaying.beside import Beside, Wanted, build_beside, standing
from archive_jobs.replaying.copies import drop_scratch
from archive_jobs.replaying.let_go import leave_out_let_go
from archive_jobs.replaying.raw_numbers import lift_raw_seq
from archive_jobs.replaying.refusals import (
    require_ageing_is_known,
    require_marked,
    require_no_open_batch,
    require_one_key,
)
from archive_jobs.replaying.transform import Transform
from archive_jobs.replaying.weigh import NOTED, Weighed, weigh
from definitions_to_dbt.errors import ProblemError
from definitions_to_dbt.platform_columns import LAYER_3
from definitions_to_dbt.sql import quote_identifier

_COPIED = ", ".join(column.name for column in LAYER_3 if column.is_archived and column.name != "raw_sha256")
_TRIES = 3
_SCRATCH = "replay_scratch"


@dataclass
class Replayed:
    """What was transformed once more, or would be."""

    table: ArchivedTable
    wanted: Wanted
    records: int = 0
    from_files: int = 0
    erased: int = 0
    gone: int = 0
    # Records whose rows the archive has let go, their retention being over.
    let_go: int = 0
    weighed: Weighed = field(default_factory=Weighed)
    # What became of the records: beside, or in the batch where there is one.
    outcomes: dict[str, int] = field(default_factory=dict)
    batch_id: int | None = None
    # The schema that stays for comparison.
    schema: str | None = None
    expires_at: datetime | None = None

    def as_json(self) -> dict[str, Any]:
        """The result as plain values."""
        return {
            "schema": self.table.schema, "table": self.table.table_name, "asked": str(self.wanted.interval),
            "rejected_only": self.wanted.only_rejected, "records": self.records, "from_files": self.from_files,
            "erased": self.erased, "records_gone": self.gone, "let_go": self.let_go, "rows": self.weighed.as_json(),
            "outcomes": self.outcomes, "batch": self.batch_id, "into": self.schema,
            "expires_at": self.expires_at and self.expires_at.isoformat(),
        }  # fmt: skip


def replay(
    worker: Worker,
    table: ArchivedTable,
    wanted: Wanted,
    transform: Transform,
    progress: Callable[[int, int], None],
    *,
    into: str | None = None,
    ttl: str = "1 day",
    really: bool = False,
) -> Replayed:
    """Replay into the platform's schema if `really`; else say what would come of it, and leave it in `into`."""
    connection = worker.connection
    expires_at = one_row(connection, "select now() + %s::interval", (ttl,))[0]
    # Two would queue the same records; the second waits for nothing, it says so.
    with alone(connection, table):
        drop_scratch(connection, table.schema, table.table_name)
        schema = into or scratch_name(connection)
        try:
            beside = build_beside(
                worker, table, wanted, schema, expires_at, transform, progress, is_scratch=into is None
            )
            # What is kept for comparison is kept whole.
            let_go = leave_out_let_go(connection, beside) if really or into is None else 0
            done = Replayed(
                table, wanted, beside.records, beside.from_files, beside.erased, beside.gone, let_go,
                weigh(worker, beside), beside.outcomes,
            )  # fmt: skip
            fail_at("replay.weighed.after")
            if really and beside.records:
                require_one_key(table, done.weighed)
                require_ageing_is_known(connection, table)
                require_same_tokens(connection, table.model, table.schema)
                done.batch_id = _queue(worker, beside)
                transform(table.model, table.schema)
                fail_at("replay.transformed.after")
                done.outcomes = _closed(connection, table, done.batch_id)
        finally:
            if not connection.closed:
                drop_scratch(connection, table.schema, table.table_name)
    if into is not None:
        done.schema, done.expires_at = into, expires_at
    fail_at("replay.after")
    return done


def scratch_name(connection: Connection) -> str:
    """A name for a schema that stands while a command works: the same for all tables, or dbt would parse anew."""
    taken = {name for (name,) in connection.execute("select nspname::text from pg_namespace")}
    names = (_SCRATCH, *(f"{_SCRATCH}_{number}" for number in range(2, len(taken) + 3)))
    return next(name for name in names if name not in taken)


class alone:  # noqa: N801  # reads as the word it is in `with`
    """The session's advisory lock on replays of a table; gone with the session."""

    def __init__(self, connection: Connection, table: ArchivedTable) -> None:
        self._connection, self._name, self._said = connection, f"replay:{table.schema}.{table.table_name}", table.name

    def __enter__(self) -> None:
        query = "select pg_try_advisory_lock(hashtextextended(%s, 0))"
        if not one_row(self._connection, query, (self._name,))[0]:
            raise ProblemError(f"{self._said} is being replayed by somebody else", hint="Nothing was changed.")

    def __exit__(self, *_: object) -> None:
        if not self._connection.closed:
            self._connection.execute("select pg_advisory_unlock(hashtextextended(%s, 0))", (self._name,))


def _queue(worker: Worker, beside: Beside) -> int:
    """Put the records into a batch of their own; return its number."""
    connection, table = worker.connection, beside.table
    for tried in range(1, _TRIES + 1):
        try:
            with connection.transaction():
                batch_id = _queue_once(connection, beside)
            fail_at("replay.queued.after")
            return batch_id
        except _ChangedError as error:
            if tried == _TRIES:
                raise ProblemError(
                    f"rows of {table.table_name} keep being archived, restored or erased meanwhile",
                    hint="Nothing was changed. Run the same command again.",
                ) from error
            # Somebody may have been erased: what was read before the change is not used.
            if error.was_erasure:
                raise ProblemError(
                    f"somebody was erased while {table.table_name} was replayed",
                    hint="Nothing was changed. Run the same command again.",
                ) from error
            beside.standing = error.now
            weigh(worker, beside)
        except (errors.UndefinedTable, errors.InvalidSchemaName) as error:
            raise ProblemError(
                f"{beside.schema} was dropped meanwhile: {str(error).splitlines()[0]}",
                hint="Nothing was changed. Run the command again.",
            ) from error
    raise LookupError("no try is the last one")


class _ChangedError(Exception):
    """The archive has moved on since the archived rows were read."""

    def __init__(self, before: tuple[Any, ...], now: tuple[Any, ...]) -> None:
        super().__init__()
        self.now = now
        self.was_erasure = before[0] != now[0]


def _queue_once(connection: Connection, beside: Beside) -> int:
    table = beside.table
    schema, live = quote_identifier(table.schema), table.relation
    # In turns with dbt's claim and the archiver's mark, as these are with each other.
    name = f"raw:{table.schema}.{table.table_name}"
    connection.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", (name,))
    now = standing(connection, table, locked=True)
    if guarded("replay.standing") and now != beside.standing:
        raise _ChangedError(beside.standing, now)
    # A commit that has its snapshot already fails on this, is tried again, and finds the batch.
    connection.execute(
        "update archive_catalog.table_guards set holds_changed = holds_changed + 1"
        " where (schema_name, table_name) = (%s, %s)",
        (table.schema, table.table_name),
    )
    fail_at("replay.locked.after")
    require_no_open_batch(connection, table)
    replay_id = uuid.uuid4()
    batch_id = int(
        one_row(
            connection,
            f"insert into {schema}.transform_batches (table_name, replay_id) values (%s, %s) returning batch_id",
            (table.table_name, replay_id),
        )[0]
    )
    back = connection.execute(
        f"insert into {live} ({_COPIED}, archived_in, batch_id) overriding system value"
        f" select {_COPIED}, archived_in, %s from {beside.source} as mine"
        f" where not exists (select from {live} as hot where hot.raw_seq = mine.raw_seq) order by raw_seq"
        " returning archived_in".encode(),
        (batch_id,),
    )
    came_back: dict[Any, int] = {}
    for (unit,) in back:
        came_back[unit] = came_back.get(unit, 0) + 1
    require_marked(connection, table, set(came_back))
    again = connection.execute(
        f"update {live} as raw set batch_id = %s, processed = false, processed_at = null, outcome = null,"
        f" outcome_raw_seq = null from {beside.source} as mine"
        " where raw.raw_seq = mine.raw_seq and raw.processed".encode(),
        (batch_id,),
    ).rowcount
    claimed = sum(came_back.values()) + again
    for unit, count in came_back.items():
        connection.execute(
            "update archive_catalog.units set dropped_rows = greatest(dropped_rows - %s, 0) where unit_id = %s",
            (count, unit),
        )
    connection.execute(
        f"update {schema}.transform_batches set claimed = %s where batch_id = %s".encode(), (claimed, batch_id)
    )
    connection.execute(
        f"insert into {schema}.cold_rows (table_name, batch_id, known) select %s, %s, known from {NOTED}".encode(),
        (table.table_name, batch_id),
    )
    lift_raw_seq(connection, table.schema, table.table_name)
    write_event(
        connection, "replay_queued", table, batch=batch_id, replay=str(replay_id), records=claimed,
        from_files=sum(came_back.values()),
    )  # fmt: skip
    fail_at("replay.queued.before")
    return batch_id


def _closed(connection: Connection, table: ArchivedTable, batch_id: int) -> dict[str, int]:
    row = one_row(
        connection,
        "select state, loaded, rejected, superseded, duplicate from"
        f" {quote_identifier(table.schema)}.transform_batches where batch_id = %s",
        (batch_id,),
    )
    if row[0] != "closed":
        raise ProblemError(
            f"dbt has not closed batch {batch_id} of {table.table_name}",
            hint="No record was lost. The next `dbt build` takes it up.",
        )
    return dict(zip(("loaded", "rejected", "superseded", "duplicate"), row[1:], strict=True))
