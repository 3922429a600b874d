"""What `recall`, `recalls` and `replay` do, without their words: settings and definitions in, results out."""

from __future__ import annotations

from pathlib import Path

import psycopg

from archive_jobs.catalogue import bring_up, catalogue_exists, ensure_catalogue
from archive_jobs.commands.plan import chosen_tables
from archive_jobs.database import session
from archive_jobs.lake.stores import open_store
from archive_jobs.moving.run import Progress, open_workshop
from archive_jobs.planning.preflight import require_primary
from archive_jobs.planning.tables import Kind
from archive_jobs.replaying import copies
from archive_jobs.replaying import recall as recalling
from archive_jobs.replaying.beside import Wanted
from archive_jobs.replaying.refusals import require_tables_stand
from archive_jobs.replaying.replay import Replayed, replay
from archive_jobs.replaying.transform import Transform
from archive_jobs.replaying.versions_of_a_rule import TwoVersions, compare_versions
from archive_jobs.settings import ArchiveSettings
from archive_jobs.times import Interval
from definitions_to_dbt.errors import ProblemError


def recall_range(
    settings: ArchiveSettings,
    definitions: Path,
    table: str,
    kind: Kind,
    interval: Interval,
    ttl: str,
    into: str | None,
    report: Progress | None,
) -> recalling.Recalled:
    """Make a checked copy of a range; without `report` only say what would come."""
    with session(settings, read_only=report is None) as connection:
        require_primary(connection)
        (found,) = chosen_tables(connection, settings, definitions, [table], kind)
        if report is not None:
            bring_up(connection)
        if not catalogue_exists(connection):
            raise ProblemError(f"nothing of {found.name} is archived yet", hint="Nothing was changed.")
        try:
            planned = recalling.plan_recall(connection, found, interval, ttl, into)
        except psycopg.DataError as error:
            raise ProblemError(
                f"expected a time to live such as 12h or 7d, found {ttl!r}: {str(error).splitlines()[0]}",
                hint="Nothing was changed.",
            ) from None
        if report is None or not planned.units:
            return planned
        with open_workshop(connection, settings, open_store(settings, writable=False)) as shop:
            return recalling.recall(
                shop.worker(), planned, lambda done, total: report(f"recalling {found.name}", done, total)
            )


def list_recalled(settings: ArchiveSettings) -> list[copies.Copy]:
    """The copies that stand."""
    with session(settings, read_only=True) as connection:
        return copies.list_copies(connection, settings.analytics_schema) if catalogue_exists(connection) else []


def drop_recalled(settings: ArchiveSettings, name: str) -> str:
    """Drop a copy before its time."""
    with session(settings) as connection:
        require_primary(connection)
        ensure_catalogue(connection)
        return copies.drop_copy(connection, settings.analytics_schema, name)


def replay_records(
    settings: ArchiveSettings,
    definitions: Path,
    table: str,
    wanted: Wanted,
    transform: Transform,
    report: Progress,
    *,
    into: str | None,
    ttl: str,
    really: bool,
) -> Replayed:
    """Transform raw records once more, into the platform's schema, or beside it."""
    with session(settings) as connection:
        require_primary(connection)
        bring_up(connection)
        (found,) = chosen_tables(connection, settings, definitions, [table], "source")
        require_tables_stand(connection, found)
        with open_workshop(connection, settings, open_store(settings, writable=False)) as shop:
            return replay(
                shop.worker(), found, wanted, transform,
                lambda done, total: report(f"reading {found.name}", done, total), into=into, ttl=ttl, really=really,
            )  # fmt: skip


def compare_projects(
    settings: ArchiveSettings,
    definitions: Path,
    table: str,
    wanted: Wanted,
    before: Transform,
    after: Transform,
    report: Progress,
) -> TwoVersions:
    """The same records through two projects."""
    with session(settings) as connection:
        require_primary(connection)
        bring_up(connection)
        (found,) = chosen_tables(connection, settings, definitions, [table], "source")
        require_tables_stand(connection, found)
        with open_workshop(connection, settings, open_store(settings, writable=False)) as shop:
            return compare_versions(
                shop.worker(), found, wanted, before, after,
                lambda done, total: report(f"reading {found.name}", done, total),
            )  # fmt: skip
