"""What each command does, without its words: settings and definitions in, results out."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

from archive_jobs.catalogue import bring_up, ensure_catalogue
from archive_jobs.database import Connection, session
from archive_jobs.keeping import verify as verifying
from archive_jobs.keeping.file_checks import Verified
from archive_jobs.keeping.status import TableStatus, status
from archive_jobs.lake.stores import open_store
from archive_jobs.moving.orphans import settle_orphans
from archive_jobs.moving.reconcile import Reconciled, reconcile
from archive_jobs.moving.run import Progress, open_workshop, plan_all
from archive_jobs.planning.plan import TablePlan
from archive_jobs.planning.portion import Portion
from archive_jobs.planning.preflight import require_primary, require_same_client
from archive_jobs.planning.tables import (
    KINDS,
    ArchivedTable,
    Kind,
    Selection,
    archived_tables,
    open_library,
    require_tables,
)
from archive_jobs.scheduling.pace import limits_of
from archive_jobs.settings import ArchiveSettings
from archive_jobs.times import parse_time
from definitions_to_dbt.errors import ProblemError


def chosen_tables(
    connection: Connection,
    settings: ArchiveSettings,
    definitions: Path,
    objects: Sequence[str] | None,
    kind: Kind | None,
) -> list[ArchivedTable]:
    """The tables a command is about. Raises ProblemError where there are none."""
    library = open_library(settings, definitions)
    require_same_client(connection, settings.analytics_schema, settings.client)
    selection = Selection(tuple(objects or ()), (kind,) if kind else KINDS)
    tables = archived_tables(connection, library, settings.analytics_schema, selection, settings.default_format)
    require_tables(tables, selection, settings.analytics_schema)
    return tables


def plan_tables(
    settings: ArchiveSettings,
    definitions: Path,
    objects: Sequence[str] | None,
    kind: Kind | None,
    as_of: str | None,
    *,
    exact: bool = False,
) -> list[TablePlan]:
    """What `run` would do."""
    moment = parse_time(as_of) if as_of else None
    with session(settings, read_only=True) as connection:
        require_primary(connection)
        return plan_all(
            connection, chosen_tables(connection, settings, definitions, objects, kind), moment, exact=exact
        )


def plan_portion(settings: ArchiveSettings, definitions: Path, table: str, kind: Kind, portion: Portion) -> TablePlan:
    """What a run of the portion would do."""
    with session(settings, read_only=True) as connection:
        require_primary(connection)
        tables = chosen_tables(connection, settings, definitions, [table], kind)
        (plan,) = portion.of(plan_all(connection, tables, None, exact=True))
        return plan


def require_agreed(
    settings: ArchiveSettings, definitions: Path, table: str, kind: Kind, portion: Portion, agreed: Collection[str]
) -> None:
    """Raise ProblemError where something is due that nobody has agreed to. What is done by now is no fault."""
    if not set(plan_portion(settings, definitions, table, kind, portion).unit_digests) <= set(agreed):
        raise ProblemError(
            f"{table} ({kind}): what is due is no longer what was agreed to",
            hint="Nothing was changed. Ask what is due now, and agree to that.",
        )


def reconcile_tables(settings: ArchiveSettings, definitions: Path) -> Reconciled:
    """Finish or undo what dead runs have left."""
    with session(settings) as connection:
        bring_up(connection)
        tables = chosen_tables(connection, settings, definitions, None, None)
        store = open_store(settings, writable=True)
        with open_workshop(connection, settings, store) as shop:
            done = reconcile(shop.worker(), tables)
            done.orphans = settle_orphans(connection, store, settings.analytics_schema)
            return done


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
