"""Write down what an attempt is about to publish, and that it is published and proven. Opens no file."""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence

from archive_jobs.copying.tuples import Tuples
from archive_jobs.database import Connection
from archive_jobs.failpoints import fail_at, guarded
from archive_jobs.monitoring.telling import step
from archive_jobs.moving.attempt import Attempt

TAKEN_FOR_DEAD = "another run has taken this one for dead, as the server had closed the session that said it lives"


@step("note")
def note_files(connection: Connection, attempts: Sequence[Attempt]) -> list[Attempt]:
    """Write down the files' names before they are given: what a dead run left is found here, not by listing.

    Return the attempts that may go on: not those that another run has taken for dead and swept.
    """
    fail_at("publish.note.before")
    with connection.transaction(), connection.cursor() as cursor:
        cursor.executemany(
            "insert into archive_catalog.files (path, attempt_id, unit_id, part_tenant, part_day, row_count,"
            " byte_count, sha256, content_sha256, first_time, last_time, statistics, shape)"
            " select %s, attempt_id, unit_id, %s, %s, %s, %s, %s, %s, %s, %s, %s::jsonb, %s"
            " from archive_catalog.attempts where attempt_id = %s and state = 'planned'",
            [
                (f.path, f.tenant, f.day, f.rows, f.bytes, f.sha256, f.content_sha256, f.first, f.last,
                 json.dumps(f.statistics) if f.statistics else None, a.shape, a.attempt_id)
                for a in attempts for f in a.files
            ],
        )  # fmt: skip
    fail_at("publish.note.after")
    over = over_already(connection, attempts)
    for attempt in attempts:
        if attempt.attempt_id in over:
            attempt.outcome, attempt.reason = "abandoned", TAKEN_FOR_DEAD
    return [attempt for attempt in attempts if attempt.attempt_id not in over]


def over_already(connection: Connection, attempts: Sequence[Attempt]) -> set[uuid.UUID]:
    """Those of the attempts that can never count any more: somebody has given them up."""
    if not guarded("over"):
        return set()
    found = connection.execute(
        "select attempt_id from archive_catalog.attempts"
        " where attempt_id = any(%s) and state in ('abandoned', 'sweeping', 'swept')",
        ([attempt.attempt_id for attempt in attempts],),
    )
    return {attempt_id for (attempt_id,) in found}


@step("prepare")
def prepare(connection: Connection, attempts: Sequence[Attempt]) -> None:
    """Note that the files are published and proven: from here on only the commit is missing."""
    fail_at("prepare.before")
    with connection.transaction(), connection.cursor() as cursor:
        cursor.executemany(
            "update archive_catalog.attempts set state = 'prepared', prepared_at = now(), row_count = %s,"
            " digest_0 = %s, digest_1 = %s, tuples_sum = %s, tuples_xor = %s, snapshot_xid = nullif(%s, '')::xid8,"
            " content_sha256 = %s, manifest_path = %s, manifest_sha256 = %s,"
            " snapshot = %s, wal_lsn = %s::pg_lsn, server_version_num = %s"
            " where attempt_id = %s and state = 'planned'",
            [
                (a.rows, *(a.digests or (None, None)), *_noted(a.tuples), a.snapshot_xid,
                 a.content_sha256, a.manifest_path, a.manifest_sha256,
                 a.snapshot, a.wal_lsn, a.server_version, a.attempt_id)
                for a in attempts
            ],
        )  # fmt: skip
        cursor.executemany(
            "update archive_catalog.files set etag = %s where path = %s",
            [(f.etag, f.path) for a in attempts for f in a.files if f.etag],
        )
    for attempt in attempts:
        attempt.outcome = "prepared"
    fail_at("prepare.after")


def _noted(tuples: Tuples | None) -> tuple[int | None, int | None]:
    return (None, None) if tuples is None else (tuples.total, tuples.folded)
