"""What `archive-jobs run`, `pause`, `resume` and `reconcile` do, without their words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from archive_jobs.catalogue import bring_up, catalogue_exists, ensure_catalogue
from archive_jobs.commands.plan import chosen_tables
from archive_jobs.database import connect, session
from archive_jobs.lake.stores import open_store
from archive_jobs.moving.orphans import settle_orphans
from archive_jobs.moving.reconcile import Reconciled, reconcile
from archive_jobs.moving.run import Progress, RunResult, open_workshop, run
from archive_jobs.planning.portion import Portion
from archive_jobs.planning.preflight import require_primary
from archive_jobs.planning.tables import Kind, open_library
from archive_jobs.scheduling.pace import Pace, limits_of
from archive_jobs.scheduling.pauses import Pause, current_pause, pause, resume
from archive_jobs.scheduling.stopping import Stop
from archive_jobs.settings import ArchiveSettings
from archive_jobs.times import parse_time

# A throttled run takes so many seconds' worth of rows at once: a big batch would go in one rush, and then rest.
_SECONDS_AT_ONCE = 5


def run_tables(
    settings: ArchiveSettings,
    definitions: Path,
    objects: Sequence[str] | None,
    kind: Kind | None,
    as_of: str | None,
    report: Progress,
    *,
    stop: Stop | None = None,
    say: Callable[[str], None] | None = None,
    portion: Portion | None = None,
    waits: bool = True,
) -> RunResult:
    """Archive what is due, as fast as the limits allow. A run that begins while archiving is paused does nothing."""
    moment = parse_time(as_of) if as_of else None
    limits = limits_of(settings, waits=waits)
    if settings.max_rows_per_second:
        at_once = max(1, int(settings.max_rows_per_second * _SECONDS_AT_ONCE))
        settings = settings.model_copy(update={"batch_rows": min(settings.batch_rows, at_once)})
    with session(settings) as connection:
        bring_up(connection)
        if catalogue_exists(connection) and (paused := current_pause(connection, settings.analytics_schema)):
            return RunResult([], Reconciled(), str(paused))
        tables = chosen_tables(connection, settings, definitions, objects, kind)
        store = open_store(settings, writable=False)
        # A connection of its own: the pace is asked by every thread, at any moment.
        with connect(settings, read_only=True) as asking:
            pace = Pace(asking, settings.analytics_schema, limits, stop, say)
            library = open_library(settings, definitions)
            return run(connection, settings, store, tables, moment, report, pace, portion, library)


def pause_archiving(settings: ArchiveSettings, reason: str | None) -> Pause:
    """Stop every run between units."""
    with session(settings) as connection:
        require_primary(connection)
        ensure_catalogue(connection)
        return pause(connection, settings.analytics_schema, reason)


def resume_archiving(settings: ArchiveSettings) -> Pause | None:
    """Let runs go on; the pause that has ended, if there was one."""
    with session(settings) as connection:
        require_primary(connection)
        ensure_catalogue(connection)
        return resume(connection, settings.analytics_schema)


def reconcile_tables(settings: ArchiveSettings, definitions: Path) -> Reconciled:
    """Finish or undo what dead runs have left."""
    with session(settings) as connection:
        bring_up(connection)
        tables = chosen_tables(connection, settings, definitions, None, None)
        store = open_store(settings, writable=False)
        with open_workshop(connection, settings, store) as shop:
            done = reconcile(shop.worker(), tables)
            done.orphans = settle_orphans(connection, store, settings.analytics_schema)
            return done
