"""The keys of subjects: made, looked up and cached here; each stands wrapped in the catalogue and in the key store.

A subject has no name here: it goes by a digest that nobody can work out without a key of its own, which is kept
like the others. Destroying keys is erase's, giving them a new master key is rotate's.
"""

from __future__ import annotations

import base64
import hmac
import json
import os
import threading
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from archive_jobs.database import Connection, connect
from archive_jobs.failpoints import fail_at
from archive_jobs.privacy.key_store import Entry, open_key_store
from archive_jobs.privacy.master_key import KEY_BYTES, MasterKey, require_master_key
from archive_jobs.settings import ArchiveSettings
from definitions_to_dbt.errors import ProblemError

# subject: one person's. shared: of records that tell of several. unknown: of one unit's records that name nobody.
# digest: makes the digests of all. token: makes the tokens; it is a copy, what uses it stands in the schema.
Purpose = Literal["subject", "shared", "unknown", "digest", "token"]
KEY_LOCK_CLASS = 7307
_MOST_CACHED = 50_000

_INSERT = """
insert into archive_catalog.subject_keys
    (key_id, schema_name, subject_digest, also_digests, purpose, scope, master_key_id, wrapped_key, bundle)
select e.key_id::uuid, %(schema)s, e.digest, e.also, e.purpose, e.scope, e.master_key_id, decode(e.wrapped, 'base64'),
    %(bundle)s
from jsonb_to_recordset(%(entries)s::jsonb)
    as e (key_id text, digest text, also text[], purpose text, scope text, master_key_id text, wrapped text)
on conflict do nothing
"""


class ErasedSubjectError(Exception):
    """A record belongs to somebody who was erased. It may not be archived."""


class SealedError(Exception):
    """A payload cannot be read here. The message says what is missing."""


@dataclass(frozen=True)
class DataKey:
    """A key ready for use."""

    key_id: str
    cipher: AESGCM


@dataclass(frozen=True)
class Wanted:
    """Whose key is asked for. `also`: others of whom the same records tell; erasing one of them destroys the key."""

    digest: str
    purpose: Purpose = "subject"
    also: tuple[str, ...] = ()
    scope: str | None = None


def bound_name(schema: str, key_id: str) -> str:
    """What a wrapped key is bound to, so that no key can be put in the place of another."""
    return f"{schema}/{key_id}"


def new_entry(master: MasterKey, schema: str, wanted: Wanted, key: bytes | None = None) -> Entry:
    """A fresh key, or the one given, as it is written down."""
    key_id = str(uuid.uuid4())
    wrapped = master.wrap(key or os.urandom(KEY_BYTES), bound_name(schema, key_id))
    return {
        "key_id": key_id, "digest": wanted.digest, "also": list(wanted.also), "purpose": wanted.purpose,
        "scope": wanted.scope, "master_key_id": master.key_id, "wrapped": base64.b64encode(wrapped).decode(),
    }  # fmt: skip


def bundle_entries(connection: Connection, bundle: str) -> dict[str, Entry]:
    """The keys of a bundle as the catalogue has them: what the key store holds of it."""
    rows = connection.execute(
        "select key_id::text, subject_digest, also_digests, purpose, scope, master_key_id,"
        " translate(encode(wrapped_key, 'base64'), E'\\n', '') from archive_catalog.subject_keys"
        " where bundle = %s and wrapped_key is not null",
        (bundle,),
    )
    names = ("key_id", "digest", "also", "purpose", "scope", "master_key_id", "wrapped")
    return {row[0]: dict(zip(names, row, strict=True)) for row in rows}


class KeyRing:
    """The keys of one schema. Safe to use from several threads; opens a connection only while it asks for keys."""

    def __init__(self, settings: ArchiveSettings, why: str = "sealing payloads") -> None:
        self._settings, self._schema = settings, settings.analytics_schema
        self._master = require_master_key(settings, why)
        self._store = open_key_store(settings)
        self._lock = threading.Lock()
        self._by_id: dict[str, DataKey | None] = {}
        self._by_digest: dict[str, DataKey] = {}
        self._digest_key: bytes | None = None

    def digest(self, kind: str, subject: str) -> str:
        """How the subject goes by in catalogue, key store and certificates: 128 bits that only the key gives."""
        if self._digest_key is None:
            with self._lock, connect(self._settings) as connection:
                self._digest_key = self._find_digest_key(connection)
        return hmac.digest(self._digest_key, f"{kind}\0{subject}".encode(), "sha256").hex()[:32]

    def keys(self, wanted: Sequence[Wanted]) -> list[DataKey]:
        """The key of each, made where there is none. Raises ErasedSubjectError for whoever was erased."""
        known = self._by_digest if len(self._by_digest) < _MOST_CACHED else {}
        missing = {one.digest: one for one in wanted if one.digest not in known}
        if missing:
            with self._lock, connect(self._settings) as connection:
                known = self._by_digest = known | self._find_or_make(connection, missing)
        return [known[one.digest] for one in wanted]

    def by_id(self, key_ids: Iterable[str]) -> Mapping[str, DataKey | None]:
        """Keys by id; None for those that were destroyed. Raises SealedError for one that nobody knows."""
        wanted = set(key_ids)
        known = {key_id: self._by_id[key_id] for key_id in wanted if key_id in self._by_id}
        missing = wanted - known.keys()
        if missing:
            with connect(self._settings, read_only=True) as connection:
                rows = connection.execute(
                    "select key_id::text, master_key_id, wrapped_key from archive_catalog.subject_keys"
                    " where schema_name = %s and key_id = any(%s::uuid[])",
                    (self._schema, sorted(missing)),
                ).fetchall()
            found = {row[0]: None if row[2] is None else self._opened(*row) for row in rows}
            if missing - found.keys():
                raise SealedError(
                    f"{len(missing - found.keys())} keys stand in no catalogue; run `archive-jobs keys check --mend`,"
                    " which takes them over from the key store"
                )
            if len(self._by_id) > _MOST_CACHED:
                self._by_id = {}
            self._by_id |= found
            known |= found
        return known

    def data_keys(self, key_ids: Iterable[str]) -> dict[str, bytes]:
        """The keys themselves, for whoever is to open records without us. Those that were destroyed are left out."""
        with connect(self._settings, read_only=True) as connection:
            rows = connection.execute(
                "select key_id::text, wrapped_key from archive_catalog.subject_keys"
                " where schema_name = %s and key_id = any(%s::uuid[]) and wrapped_key is not null",
                (self._schema, sorted(set(key_ids))),
            ).fetchall()
        return {key_id: self._master.unwrap(wrapped, bound_name(self._schema, key_id)) for key_id, wrapped in rows}

    def forget(self) -> None:
        """Drop what is cached: keys were destroyed or wrapped anew."""
        self._by_id, self._by_digest = {}, {}

    def _find_or_make(self, connection: Connection, missing: Mapping[str, Wanted]) -> dict[str, DataKey]:
        found = self._find(connection, list(missing))
        wanted = [one for digest, one in missing.items() if digest not in found]
        if wanted:
            self._make(connection, wanted)
            found |= self._find(connection, [one.digest for one in wanted])
        return found

    def _take_turns(self, connection: Connection) -> None:
        """Whoever makes, destroys or rewraps keys does so alone."""
        connection.execute("select pg_advisory_xact_lock(%s, hashtext(%s))", (KEY_LOCK_CLASS, self._schema))

    def _refuse_erased(self, connection: Connection, wanted: Sequence[Wanted]) -> None:
        named = [digest for one in wanted for digest in (one.digest, *one.also)]
        row = connection.execute(
            "select count(*) from archive_catalog.erasures where schema_name = %s and subject_digest = any(%s)"
            " and state in ('erasing', 'erased')",
            (self._schema, named),
        ).fetchone()
        if row and row[0]:
            raise ErasedSubjectError(
                f"records of {row[0]} erased subjects have landed again; run `archive-jobs erase --again --yes`"
            )

    def keep(self, name: str, purpose: Purpose, key: bytes) -> None:
        """Keep a key that somebody else has made, once, under a name that says which it is."""
        with self._lock, connect(self._settings) as connection:
            if not self._find_stored(connection, name):
                self._require_fresh_store(connection)
                self._make(connection, [Wanted(name, purpose)], key)

    def _find_stored(self, connection: Connection, name: str) -> bool:
        query = (
            "select 1 from archive_catalog.subject_keys where (schema_name, subject_digest) = (%s, %s)"
            " and stored_at is not null"
        )
        return connection.execute(query, (self._schema, name)).fetchone() is not None

    def _make(self, connection: Connection, wanted: Sequence[Wanted], key: bytes | None = None) -> None:
        """The catalogue first, then the key store: only a key that is noted to stand in both is ever used."""
        with connection.transaction():
            self._take_turns(connection)
            self._refuse_erased(connection, wanted)
            waiting = self._not_stored(connection, wanted)
            entries = [new_entry(self._master, self._schema, one, key) for one in wanted if one.digest not in waiting]
            bundle = str(uuid.uuid4())
            parameters = {"schema": self._schema, "bundle": bundle, "entries": json.dumps(entries)}
            connection.execute(_INSERT.encode(), parameters)
        fail_at("keys.noted.after")
        for unfinished in {bundle, *waiting.values()}:
            with connection.transaction():
                self._take_turns(connection)
                self._store.change(unfinished, lambda _, one=unfinished: bundle_entries(connection, one))  # type: ignore[misc]  # no type for defaults
                fail_at("keys.stored.after")
                connection.execute(
                    "update archive_catalog.subject_keys set stored_at = now() where bundle = %s", (unfinished,)
                )

    def _not_stored(self, connection: Connection, wanted: Sequence[Wanted]) -> dict[str, str]:
        """Keys there are by now, or that somebody who died has noted: their bundles by digest."""
        rows = connection.execute(
            "select subject_digest, bundle::text from archive_catalog.subject_keys"
            " where schema_name = %s and subject_digest = any(%s) and wrapped_key is not null",
            (self._schema, [one.digest for one in wanted]),
        )
        return dict(rows.fetchall())

    def _find(self, connection: Connection, digests: Sequence[str]) -> dict[str, DataKey]:
        rows = connection.execute(
            "select subject_digest, key_id::text, master_key_id, wrapped_key from archive_catalog.subject_keys"
            " where schema_name = %s and subject_digest = any(%s) and wrapped_key is not null"
            " and stored_at is not null",
            (self._schema, list(digests)),
        )
        return {digest: self._opened(*rest) for digest, *rest in rows}

    def _opened(self, key_id: str, master_key_id: str, wrapped: bytes) -> DataKey:
        return DataKey(key_id, AESGCM(self._unwrapped(key_id, master_key_id, wrapped)))

    def _unwrapped(self, key_id: str, master_key_id: str, wrapped: bytes) -> bytes:
        if master_key_id != self._master.key_id:
            raise ProblemError(
                f"the keys of {self._schema} are wrapped by the master key {master_key_id}; this one is"
                f" {self._master.key_id}",
                hint="Nothing was changed. Set ARCHIVE_MASTER_KEY to that key, or finish `archive-jobs keys rotate`.",
            )
        return self._master.unwrap(wrapped, bound_name(self._schema, key_id))

    def _find_digest_key(self, connection: Connection) -> bytes:
        query = (
            "select key_id::text, master_key_id, wrapped_key from archive_catalog.subject_keys"
            " where schema_name = %s and purpose = 'digest' and stored_at is not null"
        )
        row: Any = connection.execute(query, (self._schema,)).fetchone()
        if row is None:
            self._require_fresh_store(connection)
            self._make(connection, [Wanted("digest", "digest")])
            row = connection.execute(query, (self._schema,)).fetchone()
        return self._unwrapped(*row)

    def _require_fresh_store(self, connection: Connection) -> None:
        noted = connection.execute(
            "select 1 from archive_catalog.subject_keys where schema_name = %s limit 1", (self._schema,)
        ).fetchone()
        if noted is None and next(self._store.bundles(), None) is not None:
            raise ProblemError(
                f"the key store {self._store.url} holds keys of {self._schema} that this database does not know",
                hint="Nothing was changed. Run `archive-jobs keys check --mend`, which takes them over, or set"
                " ARCHIVE_KEYS_URL to this database's own.",
            )
