"""The catalogue as gauges, asked at each scrape: what is cold, how far behind, what was held back or damaged."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import datetime

import psycopg
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from archive_jobs.catalogue import catalogue_exists
from archive_jobs.database import Connection, connect
from archive_jobs.keeping.status import TableStatus, status
from archive_jobs.scheduling.pauses import current_pause
from archive_jobs.scheduling.queue import QUEUE_SCHEMA, queue_exists, queue_of
from archive_jobs.settings import ArchiveSettings
from definitions_to_dbt.errors import ProblemError

_TABLE = ("schema", "table", "kind")
# A scrape is given up after ten seconds by default; it must not wait longer for the catalogue than that.
_PATIENCE = 5.0


def _seconds(moment: datetime | None) -> float | None:
    return moment.timestamp() if moment else None


_OF_TABLE: dict[str, tuple[str, Callable[[TableStatus], float | None]]] = {
    "archive_units": ("Units that count.", lambda s: s.units),
    "archive_rows": ("Rows in files that count.", lambda s: s.rows),
    "archive_bytes": ("Bytes of files that count.", lambda s: s.bytes),
    "archive_dropped_rows": ("Raw records that were dropped from Layer 3 since.", lambda s: s.dropped_rows),
    "archive_lag_seconds": ("How far what is archived is behind what may be.", lambda s: s.lag_seconds),
    "archive_last_archived_timestamp_seconds": ("When a unit last came to count.", lambda s: _seconds(s.last_archived)),
    "archive_oldest_check_timestamp_seconds": (
        "When the unit that waits longest was verified; absent while one never was.", lambda s: _seconds(s.verified_at),
    ),
    "archive_attempts_in_flight": ("Attempts that are under way, or were when their run died.", lambda s: s.in_flight),
    "archive_attempts_abandoned": ("Attempts that were given up, ever.", lambda s: s.abandoned),
    "archive_units_waiting": ("Units that were held back and are hot.", lambda s: s.held_back),
    "archive_units_late": ("Units of rows that came after their range was archived.", lambda s: s.late_units),
    "archive_units_restored": ("Units put back and kept hot.", lambda s: s.restored_units),
    "archive_units_purging": ("Units whose files wait to be deleted.", lambda s: s.purging_units),
    "archive_revision": ("The number of the last change to what counts.", lambda s: s.revision),
}  # fmt: skip
_DAMAGE = """
select extract(epoch from max(happened_at))::float8 from archive_catalog.events where event = 'damage_found'
"""
_WAITING = f"""
select coalesce(extract(epoch from now() - min(e.at)), 0)::float8, count(*)
from {QUEUE_SCHEMA}.procrastinate_jobs as j
left join lateral (
    select min(at) as at from {QUEUE_SCHEMA}.procrastinate_events where job_id = j.id
) as e on true
where j.queue_name = %s and j.status = 'todo'
"""
_JOBS = f"select status::text, count(*) from {QUEUE_SCHEMA}.procrastinate_jobs where queue_name = %s group by 1"


class CatalogueGauges(Collector):
    """Asks the catalogue when it is collected, over a connection of its own that lives as long as the question."""

    def __init__(self, settings: ArchiveSettings) -> None:
        self._settings = settings.model_copy(update={"statement_timeout": _PATIENCE, "lock_timeout": _PATIENCE})

    def describe(self) -> Iterator[GaugeMetricFamily]:
        """Nothing is asked for being registered."""
        return iter(())

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """All of it at one moment; up is 0, and nothing else, where the server does not answer."""
        began = time.monotonic()
        found: list[GaugeMetricFamily] = []
        try:
            with connect(self._settings, read_only=True) as connection:
                connection.execute("begin isolation level repeatable read read only")
                found = [*self._of_tables(connection), *self._of_schema(connection), *self._of_queue(connection)]
            is_up = 1.0
        except (ProblemError, psycopg.Error):
            found, is_up = [], 0.0
        yield _gauge("archive_catalogue_up", "Whether the catalogue answered.", is_up)
        yield _gauge("archive_catalogue_seconds", "How long it took to answer.", time.monotonic() - began)
        yield from found

    def _of_tables(self, connection: Connection) -> Iterator[GaugeMetricFamily]:
        found = status(connection, self._settings.analytics_schema)
        for name, (text, value_of) in _OF_TABLE.items():
            gauge = GaugeMetricFamily(name, text, labels=_TABLE)
            for one in found:
                if (value := value_of(one)) is not None:
                    gauge.add_metric([one.schema, one.table, one.kind], float(value))
            yield gauge

    def _of_schema(self, connection: Connection) -> Iterator[GaugeMetricFamily]:
        if not catalogue_exists(connection):
            return
        paused = current_pause(connection, self._settings.analytics_schema) is not None
        yield _gauge("archive_paused", "Whether archiving is paused.", float(paused))
        row = connection.execute(_DAMAGE.encode()).fetchone()
        if row and row[0]:
            yield _gauge("archive_damage_found_timestamp_seconds", "When a check last found damage.", row[0])

    def _of_queue(self, connection: Connection) -> Iterator[GaugeMetricFamily]:
        if not queue_exists(connection):
            return
        queue = queue_of(self._settings)
        jobs = GaugeMetricFamily("archive_queue_jobs", "Jobs of the queue.", labels=("status",))
        for state, number in connection.execute(_JOBS.encode(), (queue,)):
            jobs.add_metric([state], float(number))
        yield jobs
        row = connection.execute(_WAITING.encode(), (queue,)).fetchone()
        if row:
            yield _gauge("archive_queue_oldest_wait_seconds", "How long the oldest job has waited.", row[0])


def _gauge(name: str, text: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, text, value=value)
