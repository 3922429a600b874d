"""How much an answer could be, from the catalogue and before a row is read. Tells a tenant of its own rows alone."""

from __future__ import annotations

from dataclasses import dataclass

from archive_jobs.catalogue import catalogue_exists
from archive_jobs.database import Connection
from archive_jobs.lake.lake_identity import part_of_tenant
from archive_jobs.serving.principals import Principal
from archive_jobs.serving.retrieving import Wanted
from archive_jobs.serving.service_settings import ServiceSettings

_COLD = """
select coalesce(sum(f.row_count), 0)::bigint, coalesce(sum(f.byte_count), 0)::bigint, count(*)
from archive_catalog.units as u inner join archive_catalog.files as f on f.attempt_id = u.active_attempt
where u.state = 'active' and u.mode <> 'keep' and (u.schema_name, u.table_name, u.kind) = (%s, %s, %s)
    and coalesce(u.lo < %s, true) and coalesce(u.hi > %s, true)
    and coalesce(f.part_tenant is null or f.part_tenant = %s, true)
"""


@dataclass(frozen=True)
class Estimate:
    """An upper bound of what is cold; what is hot comes on top, and is bounded by its retention."""

    rows: int
    bytes: int
    files: int

    def exceeds(self, settings: ServiceSettings) -> bool:
        """True where it is too much for one request."""
        return self.rows > settings.max_rows or self.bytes > settings.max_bytes


def estimate(connection: Connection, settings: ServiceSettings, wanted: Wanted, principal: Principal) -> Estimate:
    """What the catalogue says of the files that may hold rows of the range."""
    if not catalogue_exists(connection):
        return Estimate(0, 0, 0)
    schema = settings.analytics_schema
    part = part_of(connection, schema, principal.tenant)
    key = (schema, wanted.model.table_name, wanted.kind)
    row = connection.execute(_COLD.encode(), (*key, wanted.interval.end, wanted.interval.start, part)).fetchone()
    return Estimate(*(row or (0, 0, 0)))


def part_of(connection: Connection, schema: str, tenant: str | None) -> str | None:
    """The opaque number under which a tenant's files go; None for every tenant."""
    if tenant is None:
        return None
    lake = connection.execute("select lake_id::text from archive_catalog.lakes where schema_name = %s", (schema,))
    row = lake.fetchone()
    return part_of_tenant(str(row[0]).encode(), tenant) if row else "none"
