"""Read the lake again and say whether it is what the catalogue says: files, manifests, commit chain, values.

`verify` reads all of it; `scrub` the share that was not read for longest, so that each file has its turn.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from typing import Any

from archive_jobs.database import Connection, one_row
from archive_jobs.keeping.file_checks import READABLE, Verified, check_files, damage, tell_of_faults
from archive_jobs.keeping.held_in_lake import hold_faults
from archive_jobs.lake.commit_records import record_folder, record_path
from archive_jobs.lake.lake_identity import require_lake
from archive_jobs.lake.store import Store
from archive_jobs.privacy.certificates import certificate_faults
from archive_jobs.settings import ArchiveSettings
from definitions_to_dbt.errors import ProblemError

# The files whose turn it is: so many that the share of all bytes is reached, the one that reaches it included.
_TURN = f"""
select unit_id, kind, table_name, path, sha256, byte_count, row_count, content_sha256, manifest_path, manifest_sha256,
    verified_at
from (
    select *, sum(byte_count) over (order by verified_at nulls first, path) - byte_count as before,
        sum(byte_count) over () as in_all
    from ({READABLE}) as readable
) as in_turn
where before < in_all * %s::numeric / %s::numeric
order by before
"""
_CHAIN = """
select kind, table_name, commit_seq, previous_sha256, record_sha256, record from archive_catalog.commits
where schema_name = %s order by kind, table_name, commit_seq
"""


def verify(
    connection: Connection,
    settings: ArchiveSettings,
    store: Store,
    *,
    deep: bool,
    progress: Callable[[int, int], None],
) -> Verified:
    """Check every readable file's SHA-256 and every chain; `deep` also reads every value again."""
    require_lake(connection, store, settings.analytics_schema)
    rows = connection.execute(f"{READABLE} order by f.path".encode(), (settings.analytics_schema,)).fetchall()
    found = check_files(connection, store, rows, deep=deep, progress=progress)
    chain = connection.execute(_CHAIN.encode(), (settings.analytics_schema,)).fetchall()
    found.records = len(chain)
    found.faults += _chain_faults(store, settings.analytics_schema, chain)
    found.faults += certificate_faults(
        connection, settings.analytics_schema, lambda path, sha256: damage(store, path, sha256)
    )
    found.faults += hold_faults(connection, store, settings.analytics_schema)
    tell_of_faults(connection, found, by="verify")
    return found


def parse_share(written: str) -> Fraction:
    """Read `1/30` or `0.05`. Raises ProblemError unless it is more than nothing and not more than all."""
    try:
        share = Fraction(written.strip())
    except (ValueError, ZeroDivisionError):
        share = Fraction(0)
    if not 0 < share <= 1:
        raise ProblemError(f"expected a share such as 1/30 or 0.05, found {written!r}")
    return share


def scrub(
    connection: Connection,
    settings: ArchiveSettings,
    store: Store,
    share: Fraction,
    *,
    deep: bool,
    progress: Callable[[int, int], None],
) -> Verified:
    """Check the share of all bytes that was not checked for longest. Run each night, every file has its turn."""
    require_lake(connection, store, settings.analytics_schema)
    values = (settings.analytics_schema, share.numerator, share.denominator)
    rows = connection.execute(_TURN.encode(), values).fetchall()
    found = check_files(connection, store, rows, deep=deep, progress=progress)
    tell_of_faults(connection, found, by="scrub")
    return found


def oldest_check(connection: Connection, schema: str) -> Any:
    """When the file that waits longest was read; None while one never was."""
    oldest = "case when bool_and(verified_at is not null) then min(verified_at) end"
    return one_row(connection, f"select {oldest} from ({READABLE}) as readable", (schema,))[0]


def _chain_faults(store: Store, schema: str, chain: Sequence[tuple[Any, ...]]) -> Iterator[str]:
    previous: dict[tuple[str, str], tuple[int, str]] = {}
    for kind, table, commit_seq, previous_sha256, record_sha256, text in chain:
        folder = record_folder(text, kind, table)
        place = store.url(record_path(schema, folder, commit_seq))
        last_seq, last_sha256 = previous.get((kind, table), (0, None))
        if (commit_seq, previous_sha256) != (last_seq + 1, last_sha256):
            yield f"{place}: the chain is broken between {last_seq} and {commit_seq}"
        if hashlib.sha256(text.encode()).hexdigest() != record_sha256:
            yield f"{place}: the catalogue's copy of the record was changed"
        previous[(kind, table)] = (commit_seq, record_sha256)
        fault = damage(store, record_path(schema, folder, commit_seq), record_sha256)
        if fault is not None:
            yield fault
