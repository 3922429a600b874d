"""Which handovers are kept: two, so that a query over the one before still ends, and none where somebody was erased."""

from __future__ import annotations

from archive_jobs.lake.store import Store

_KEPT = 2


def folder_of(schema: str) -> str:
    """Where all handovers of a schema lie."""
    return f"{schema}/_handover"


def remove_handovers(store: Store, schema: str, keep: int = 0) -> int:
    """Remove all but the newest so many; return how many went. Who reads one that is gone gets an error."""
    found = sorted(store.folders(folder_of(schema)), reverse=True)
    for folder in found[keep:]:
        # The index last: what a crash leaves is found by its folder's name all the same.
        for name in sorted(store.names(folder)):
            store.delete(name)
    return len(found[keep:])


def keep_newest(store: Store, schema: str) -> int:
    """Remove all but the newest two."""
    return remove_handovers(store, schema, _KEPT)
