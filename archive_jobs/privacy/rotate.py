"""Give all keys a new master key, and see that both places hold the same keys."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from typing import Any

from archive_jobs.catalogue import ensure_catalogue, write_event
from archive_jobs.database import Connection, one_row
from archive_jobs.failpoints import fail_at
from archive_jobs.lake.store import Store
from archive_jobs.privacy.certificates import take_over
from archive_jobs.privacy.key_store import Entry, KeyStore, open_key_store
from archive_jobs.privacy.keys import KEY_LOCK_CLASS, bound_name, bundle_entries
from archive_jobs.privacy.master_key import MasterKey, previous_master_key, require_master_key
from archive_jobs.privacy.token_keys import put_back, put_back_is_due
from archive_jobs.settings import ArchiveSettings
from definitions_to_dbt.errors import ProblemError

_TAKE_OVER = """
insert into archive_catalog.subject_keys
    (key_id, schema_name, subject_digest, also_digests, purpose, scope, master_key_id, wrapped_key, bundle, stored_at)
select e.key_id::uuid, %(schema)s, e.digest, e.also, e.purpose, e.scope, e.master_key_id, decode(e.wrapped, 'base64'),
    %(bundle)s, now()
from jsonb_to_recordset(%(entries)s::jsonb)
    as e (key_id text, digest text, also text[], purpose text, scope text, master_key_id text, wrapped text)
on conflict do nothing
"""


@dataclass
class Rotated:
    """How many keys are wrapped by which master key."""

    new: str
    rewrapped: int = 0
    waiting: int = 0


@dataclass
class Checked:
    """What both places hold, and where they differ."""

    keys: int = 0
    mended: int = 0
    faults: list[str] = field(default_factory=list)


def rotate(connection: Connection, settings: ArchiveSettings, *, yes: bool) -> Rotated:
    """Wrap each key by the new master key, bundle by bundle. Safe to repeat: what is done is left alone."""
    ensure_catalogue(connection)
    new, old = require_master_key(settings, "rotating"), previous_master_key(settings)
    store, schema = open_key_store(settings), settings.analytics_schema
    waiting = connection.execute(
        "select bundle, count(*) from archive_catalog.subject_keys where schema_name = %s and wrapped_key is not null"
        " and master_key_id <> %s group by bundle order by bundle",
        (schema, new.key_id),
    ).fetchall()
    done = Rotated(new.key_id, waiting=sum(count for _, count in waiting))
    # A crash may have left a bundle of the store behind the catalogue: it is compared also where nothing waits.
    for (bundle,) in _bundles(connection, schema) if yes else ():
        with connection.transaction():
            _take_turns(connection, schema)
            done.rewrapped += _rewrap(connection, schema, bundle, old, new)
            fail_at("keys.rotate.noted.after")
            store.change(bundle, lambda _, one=bundle: bundle_entries(connection, one))  # type: ignore[misc]  # no type for defaults
            fail_at("keys.rotate.stored.after")
    if yes:
        done.waiting = 0
        write_event(connection, "master_key_rotated", keys=done.rewrapped, master_key_id=new.key_id)
    return done


def _bundles(connection: Connection, schema: str) -> list[tuple[str]]:
    query = (
        "select distinct bundle from archive_catalog.subject_keys where schema_name = %s and wrapped_key is not null"
    )
    return connection.execute(query.encode(), (schema,)).fetchall()


def _rewrap(connection: Connection, schema: str, bundle: str, old: MasterKey, new: MasterKey) -> int:
    rows = connection.execute(
        "select key_id::text, wrapped_key from archive_catalog.subject_keys"
        " where bundle = %s and wrapped_key is not null and master_key_id <> %s for update",
        (bundle, new.key_id),
    ).fetchall()
    for key_id, wrapped in rows:
        name = bound_name(schema, key_id)
        connection.execute(
            "update archive_catalog.subject_keys set wrapped_key = %s, master_key_id = %s where key_id = %s",
            (new.wrap(old.unwrap(wrapped, name), name), new.key_id, key_id),
        )
    return len(rows)


def check(connection: Connection, settings: ArchiveSettings, lake: Store, *, mend: bool) -> Checked:
    """Compare catalogue and key store, and open every key. `mend` copies what only one of them has to the other.

    What certificates in the lake say was destroyed is destroyed first, also where an old backup has it again.
    """
    ensure_catalogue(connection)
    master, store = require_master_key(settings, "checking keys"), open_key_store(settings)
    found, schema = Checked(), settings.analytics_schema
    if mend:
        found.mended += take_over(connection, lake, schema)
        found.mended += put_back(connection, settings) is True
    if put_back_is_due(connection, schema):
        found.faults.append("the key of the tokens is not the one by which rows were archived")
    with connection.transaction():
        _take_turns(connection, schema)
        noted = {bundle: bundle_entries(connection, bundle) for (bundle,) in _bundles(connection, schema)}
        for bundle in {*noted, *store.bundles()}:
            _compare(connection, store, schema, bundle, noted.get(bundle, {}), found, mend=mend)
        for entries in noted.values():
            found.keys += len(entries)
            found.faults += [fault for entry in entries.values() if (fault := _closed(master, schema, entry))]
    return found


def _compare(
    connection: Connection,
    store: KeyStore,
    schema: str,
    bundle: str,
    noted: dict[str, Entry],
    found: Checked,
    *,
    mend: bool,
) -> None:
    stored = store.read(bundle)
    only_noted, only_stored = noted.keys() - stored.keys(), stored.keys() - noted.keys()
    destroyed = _destroyed(connection, only_stored)
    for key_id in sorted(only_stored & destroyed):
        found.faults += [] if mend else [f"key {key_id} was destroyed and stands in the key store again"]
    for key_id in sorted(only_noted):
        found.faults += [] if mend else [f"key {key_id} stands in the catalogue only"]
    for key_id in sorted(only_stored - destroyed):
        found.faults += [] if mend else [f"key {key_id} stands in the key store only"]
    for key_id in sorted(noted.keys() & stored.keys()):
        if noted[key_id]["wrapped"] != stored[key_id]["wrapped"]:
            found.faults += [] if mend else [f"key {key_id} is wrapped otherwise in the key store"]
    if not mend:
        return
    taken = [stored[key_id] for key_id in sorted(only_stored - destroyed)]
    given = {"schema": schema, "bundle": bundle, "entries": json.dumps(taken)}
    connection.execute(_TAKE_OVER.encode(), given)
    after = {**{entry["key_id"]: entry for entry in taken}, **noted}
    found.mended += sum(stored.get(key_id) != entry for key_id, entry in after.items()) + len(taken)
    found.mended += len(only_stored & destroyed)

    def mended(now: dict[str, Entry]) -> dict[str, Entry]:
        if now != stored:
            raise ProblemError(
                f"the bundle {bundle} of keys was changed while it was compared",
                hint="Nothing of it was mended. Run `archive-jobs keys check --mend` again.",
            )
        return after

    store.change(bundle, mended)


def _destroyed(connection: Connection, key_ids: Any) -> set[str]:
    rows = connection.execute(
        "select key_id::text from archive_catalog.subject_keys where key_id = any(%s::uuid[]) and wrapped_key is null",
        (sorted(key_ids),),
    )
    return {key_id for (key_id,) in rows}


def _closed(master: MasterKey, schema: str, entry: Entry) -> str | None:
    if entry["master_key_id"] != master.key_id:
        return f"key {entry['key_id']} is wrapped by the master key {entry['master_key_id']}, not by {master.key_id}"
    try:
        master.unwrap(base64.b64decode(entry["wrapped"]), bound_name(schema, entry["key_id"]))
    except ProblemError as error:
        return f"key {entry['key_id']} does not open: {error}"
    return None


def _take_turns(connection: Connection, schema: str) -> None:
    one_row(connection, "select pg_advisory_xact_lock(%s, hashtext(%s))", (KEY_LOCK_CLASS, schema))
