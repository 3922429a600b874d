"""What `archive-jobs plan` does, without its words, and the tables that a command is about."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

from archive_jobs.database import Connection, session
from archive_jobs.moving.run import plan_all
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
