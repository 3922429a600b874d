"""What the commands that keep the archive and look after it do, without their words."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

from archive_jobs.catalogue import bring_up, catalogue_exists, ensure_catalogue
from archive_jobs.commands.plan import chosen_tables
from archive_jobs.database import Connection, session
from archive_jobs.keeping import expire as expiring
from archive_jobs.keeping import holds
from archive_jobs.keeping import outside_proof as outside
from archive_jobs.keeping import rebuild as rebuilding
from archive_jobs.keeping import restore as restoring
from archive_jobs.keeping import verify as verifying
from archive_jobs.keeping.file_checks import Verified
from archive_jobs.keeping.held_in_lake import mirror_holds
from archive_jobs.keeping.status import TableStatus, status
from archive_jobs.lake.lake_identity import claim_lake, require_writable_lake
from archive_jobs.lake.stores import open_store
from archive_jobs.moving.run import Progress, open_workshop
from archive_jobs.planning.preflight import require_primary
from archive_jobs.planning.tables import Kind, open_library
from archive_jobs.privacy.keys import KeyRing
from archive_jobs.privacy.subjects import find_subject
from archive_jobs.privacy.token_keys import key_is_missing, put_back
from archive_jobs.scheduling.pace import limits_of
from archive_jobs.settings import ArchiveSettings
from archive_jobs.times import Interval
from definitions_to_dbt.errors import ProblemError


def restore_range(
    settings: ArchiveSettings,
    definitions: Path,
    table: str,
    kind: Kind,
    interval: Interval,
    keep_until: datetime | None,
    report: Progress | None,
) -> restoring.Restored:
    """Put a range back; without `report` only say what would come back."""
    with session(settings, read_only=report is None) as connection:
        require_primary(connection)
        (found,) = chosen_tables(connection, settings, definitions, [table], kind)
        if report is None and not catalogue_exists(connection):
            return restoring.Restored(found, interval, [], datetime.now(UTC))
        if report is None:
            return restoring.plan_restore(connection, found, interval, keep_until)
        store = open_store(settings, writable=False)
        with open_workshop(connection, settings, store) as shop:
            planned = restoring.plan_restore(connection, found, interval, keep_until)
            return restoring.restore(
                shop.worker(), planned, lambda done, total: report(f"restoring {found.name}", done, total)
            )


def place_hold(
    settings: ArchiveSettings,
    definitions: Path,
    table: str | None,
    kind: Kind | None,
    interval: Interval,
    subject: str | None,
    reason: str,
    say: Callable[[str], None],
) -> holds.Hold:
    """Place a legal hold."""
    library = open_library(settings, definitions)
    name = library.object(table).table_name if table else None
    with session(settings) as connection:
        require_primary(connection)
        ensure_catalogue(connection)
        if subject is not None:
            # Only a digest is ever written down.
            ring = KeyRing(settings, "a hold on a person")
            subject = find_subject(connection, ring, library, settings.analytics_schema, subject, table).digest
        wanted = holds.HoldRequest(settings.analytics_schema, reason, name, kind, interval.start, interval.end, subject)
        placed = holds.place_hold(connection, wanted)
        mirror_or_say(settings, connection, say)
        return placed


def mirror_or_say(settings: ArchiveSettings, connection: Connection, say: Callable[[str], None]) -> None:
    """Tell the lake of the holds. They bind without that: where the lake cannot be written the next run tells it."""
    try:
        store = open_store(settings, writable=False)
        require_writable_lake(connection, store, settings.analytics_schema)
        claim_lake(connection, store, settings.analytics_schema)
        mirror_holds(connection, store, settings.analytics_schema)
    except (ProblemError, OSError) as error:
        say(f"the hold binds, but the lake does not know of it yet: {error}; the next run writes it there")


def release_hold(settings: ArchiveSettings, hold_id: uuid.UUID, say: Callable[[str], None]) -> holds.Hold:
    """Release a legal hold."""
    with session(settings) as connection:
        require_primary(connection)
        ensure_catalogue(connection)
        released = holds.release_hold(connection, settings.analytics_schema, hold_id)
        mirror_or_say(settings, connection, say)
        return released


def list_holds(settings: ArchiveSettings, *, released: bool) -> list[holds.Hold]:
    """The holds there are."""
    with session(settings, read_only=True) as connection:
        if not catalogue_exists(connection):
            return []
        return holds.list_holds(connection, settings.analytics_schema, released=released)


def expire_units(
    settings: ArchiveSettings, definitions: Path, objects: Sequence[str] | None, kind: Kind | None, *, really: bool
) -> list[expiring.Expired]:
    """Purge what is due, or only say what would be."""
    with session(settings, read_only=not really) as connection:
        require_primary(connection)
        tables = chosen_tables(connection, settings, definitions, objects, kind)
        if not really:
            return [expiring.find_due(connection, t) for t in tables] if catalogue_exists(connection) else []
        store = open_store(settings, writable=False)
        with open_workshop(connection, settings, store):
            expiring.require_right_clocks(connection)
            return [expiring.expire(connection, store, table, settings.purge_grace) for table in tables]


def prove_from_outside(
    settings: ArchiveSettings, heads: Sequence[outside.NotedHead], report: Progress
) -> outside.Proof:
    """Check the lake with nothing but the lake."""
    store = open_store(settings, writable=False)
    return outside.prove_lake(
        store, settings.analytics_schema, heads, lambda done, total: report("proving", done, total)
    )


def rebuild_catalogue(
    settings: ArchiveSettings, *, taking_over: bool, really: bool, report: Progress
) -> rebuilding.Rebuilt:
    """Fill an empty catalogue from the lake, or only say what would be in it."""
    with session(settings, read_only=not really) as connection:
        require_primary(connection)
        store = open_store(settings, writable=False)
        if really:
            bring_up(connection)
        found = rebuilding.rebuild(
            connection,
            store,
            settings.analytics_schema,
            taking_over=taking_over,
            really=really,
            progress=lambda done, total: report("rebuilding", done, total),
        )
        if really and put_back(connection, settings) is False:
            found.token_key = key_is_missing(settings, found.tokens)
        return found


def scrub_lake(
    settings: ArchiveSettings, share: Fraction, *, deep: bool, report: Progress
) -> tuple[Verified, datetime | None]:
    """Check the share of the lake whose turn it is; when the file that waits longest was read."""
    with session(settings) as connection:
        require_primary(connection)
        ensure_catalogue(connection)
        found = verifying.scrub(
            connection,
            settings,
            open_store(settings, writable=False),
            share,
            deep=deep,
            progress=lambda done, total: report("verifying", done, total),
        )
        return found, verifying.oldest_check(connection, settings.analytics_schema)


def table_status(settings: ArchiveSettings) -> list[TableStatus]:
    """What the catalogue says of each table."""
    with session(settings, read_only=True) as connection:
        return status(connection, settings.analytics_schema, limits_of(settings).window)


def verify_lake(settings: ArchiveSettings, *, deep: bool, report: Progress) -> Verified:
    """Check the lake against the catalogue."""
    with session(settings) as connection:
        require_primary(connection)
        ensure_catalogue(connection)
        store = open_store(settings, writable=False)
        return verifying.verify(
            connection,
            settings,
            store,
            deep=deep,
            progress=lambda done, total: report("verifying", done, total),
        )
