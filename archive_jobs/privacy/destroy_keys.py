"""Destroy the keys of a subject in both places. What was sealed under them cannot be opened by anybody any more."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from archive_jobs.database import Connection
from archive_jobs.failpoints import fail_at
from archive_jobs.privacy.key_store import Entry, KeyStore
from archive_jobs.privacy.keys import KEY_LOCK_CLASS

_THEIRS = "schema_name = %(schema)s and (subject_digest = %(digest)s or also_digests @> array[%(digest)s])"


def keys_of(connection: Connection, schema: str, digest: str) -> list[str]:
    """The ids of all keys of a subject, destroyed or not."""
    found = connection.execute(
        f"select key_id::text from archive_catalog.subject_keys where {_THEIRS} order by 1".encode(),
        {"schema": schema, "digest": digest},
    )
    return [key_id for (key_id,) in found]


def destroy_keys(connection: Connection, store: KeyStore, schema: str, digest: str) -> list[dict[str, Any]]:
    """First in the catalogue, then in the key store; whatever a crash leaves is done by the next call."""
    given = {"schema": schema, "digest": digest}
    fail_at("erase.keys.before")
    with connection.transaction():
        _take_turns(connection, schema)
        connection.execute(
            "update archive_catalog.subject_keys set wrapped_key = null, destroyed_at = coalesce(destroyed_at, now())"
            f" where {_THEIRS} and wrapped_key is not null".encode(),
            given,
        )
    fail_at("erase.keys.catalogue.after")
    with connection.transaction():
        _take_turns(connection, schema)
        waiting = connection.execute(
            "select bundle, key_id::text from archive_catalog.subject_keys"
            f" where {_THEIRS} and store_destroyed_at is null and bundle is not null".encode(),
            given,
        ).fetchall()
        bundles: defaultdict[str, set[str]] = defaultdict(set)
        for bundle, key_id in waiting:
            bundles[bundle].add(key_id)
        for bundle, key_ids in bundles.items():
            store.change(bundle, lambda entries, gone=key_ids: _without(entries, gone))  # type: ignore[misc]  # no type for defaults
        fail_at("erase.keys.store.after")
        connection.execute(
            "update archive_catalog.subject_keys set store_destroyed_at = clock_timestamp()"
            f" where {_THEIRS} and store_destroyed_at is null".encode(),
            given,
        )
    fail_at("erase.keys.after")
    found = connection.execute(
        "select key_id::text, purpose, destroyed_at::text, store_destroyed_at::text"
        f" from archive_catalog.subject_keys where {_THEIRS} order by 1".encode(),
        given,
    )
    names = ("key", "purpose", "destroyed_in_catalogue_at", "destroyed_in_key_store_at")
    return [dict(zip(names, row, strict=True)) for row in found]


def _without(entries: dict[str, Entry], gone: set[str]) -> dict[str, Entry]:
    return {key_id: entry for key_id, entry in entries.items() if key_id not in gone}


def _take_turns(connection: Connection, schema: str) -> None:
    connection.execute("select pg_advisory_xact_lock(%s, hashtext(%s))", (KEY_LOCK_CLASS, schema))
