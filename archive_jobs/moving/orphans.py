"""Objects in the lake that no file in the catalogue accounts for: found by listing it, which only `reconcile` does.

A run that was taken for dead and then killed may have published under names that were swept already. The state of its
attempt decides, never the age of an object: a swept one can never count, so what it wrote is removed. An object of an
attempt that this catalogue does not know is only named: the database may have been set back.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from uuid import UUID

from archive_jobs.database import Connection
from archive_jobs.lake.store import Store
from archive_jobs.planning.tables import KINDS

_OF_AN_ATTEMPT = re.compile(
    r"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?:-[0-9a-f]{16})?\.(?:parquet|ndjson\.gz|json)"
)


@dataclass
class Orphans:
    """Paths of objects: those removed, and those of attempts that nobody here knows."""

    removed: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)


def settle_orphans(connection: Connection, store: Store, schema: str) -> Orphans:
    """Remove what swept attempts have left in the schema's part of the lake; name what no attempt here has written."""
    found = Orphans()
    for folder in _folders(store, schema):
        written = {path: match[1] for path in store.names(folder) if (match := _OF_AN_ATTEMPT.fullmatch(_name(path)))}
        query = "select attempt_id, state from archive_catalog.attempts where attempt_id = any(%s)"
        states: dict[UUID, str] = dict(
            connection.execute(query, ([UUID(one) for one in set(written.values())],)).fetchall()
        )
        for path, attempt in written.items():
            state = states.get(UUID(attempt))
            if state == "swept":
                store.delete(path)
                found.removed.append(path)
            elif state is None:
                found.unknown.append(path)
    return found


def _folders(store: Store, schema: str) -> Iterator[str]:
    """Where data files and manifests stand. A Delta log holds other names."""
    yield from store.folders(f"{schema}/_manifests")
    waiting = [f"{schema}/{kind}" for kind in KINDS]
    while waiting:
        folder = waiting.pop()
        waiting += [one for one in store.folders(folder) if not _name(one).startswith("_")]
        yield folder


def _name(path: str) -> str:
    return path.rpartition("/")[2]
