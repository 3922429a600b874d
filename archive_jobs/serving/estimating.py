"""How much an answer could be, from the catalogue and before a row is read. Tells a tenant of its own rows alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from archive_jobs.database import Connection, one_row
from archive_jobs.lake.lake_identity import part_of_tenant
from archive_jobs.serving.principals import Principal
from archive_jobs.serving.retrieving import Wanted
from archive_jobs.serving.service_settings import ServiceSettings

if TYPE_CHECKING:
    from archive_jobs.serving.backend import Backend

_COLD = """
select coalesce(sum(f.row_count), 0)::bigint, coalesce(sum(f.byte_count), 0)::bigint, count(*),
    (select l.lake_id::text from archive_catalog.lakes as l where l.schema_name = %s)
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


def estimate(backend: Backend, wanted: Wanted, principal: Principal) -> Estimate:
    """What the catalogue says of the files that may hold rows of the range. One question to it, mostly."""
    schema = backend.settings.analytics_schema
    key = (schema, wanted.model.table_name, wanted.kind)
    with backend.connection() as connection:
        while True:
            lake, tenant = backend.lake, principal.tenant
            part = None if tenant is None else part_of_tenant((lake or "").encode(), tenant)
            values = (schema, *key, wanted.interval.end, wanted.interval.start, part)
            *found, backend.lake = one_row(connection, _COLD, values)
            # Another lake may have taken the place of the one that was known.
            if tenant is None or backend.lake == lake:
                return Estimate(*found)


def part_of(connection: Connection, schema: str, tenant: str | None) -> str | None:
    """The opaque number under which a tenant's files go; None for every tenant."""
    if tenant is None:
        return None
    lake = connection.execute("select lake_id::text from archive_catalog.lakes where schema_name = %s", (schema,))
    row = lake.fetchone()
    return part_of_tenant(str(row[0]).encode(), tenant) if row else "none"
