"""Certificates of erasures against what they speak of: from the catalogue for `verify`, from the lake for `prove`."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from archive_jobs.database import Connection
from archive_jobs.lake.chains import Chain
from archive_jobs.lake.store import Store

_DESTROYED = """
insert into archive_catalog.subject_keys as k
    (key_id, schema_name, subject_digest, purpose, master_key_id, destroyed_at, stored_at, store_destroyed_at)
select key_id, %(schema)s, %(digest)s, purpose, '', now(), now(), now()
from unnest(%(keys)s::uuid[], %(purposes)s::text[]) as t (key_id, purpose)
on conflict (key_id) do update set wrapped_key = null, destroyed_at = now(), store_destroyed_at = null
where k.wrapped_key is not null
"""
_ERASED = """
insert into archive_catalog.erasures (erasure_id, schema_name, subject_kind, subject_digest, token_digest, requested_at)
values (%(erasure)s, %(schema)s, %(kind)s, %(digest)s, %(token)s, %(asked)s) on conflict do nothing
"""


def folder_of(schema: str) -> str:
    """Where the certificates of a schema stand."""
    return f"{schema}/_erasures"


def read_certificates(store: Store, schema: str) -> list[dict[str, Any]]:
    """Every certificate in the lake, by the names of the files."""
    return [json.loads(store.read(path)) for path in store.names(folder_of(schema)) if path.endswith(".json")]


def take_over(connection: Connection, store: Store, schema: str) -> int:
    """Bring what certificates say into a catalogue that does not know it: one made anew, or of an older day.

    A destroyed key that an old catalogue has again is destroyed again. Whoever is unknown to the ledger is noted as
    begun: `erase --again` looks for rows that came back with the catalogue. Returns how much was taken over.
    """
    taken = 0
    for said in read_certificates(store, schema):
        given = {
            "schema": schema, "digest": said["subject_digest"], "kind": said["subject_kind"],
            "token": said["token_digest"], "erasure": said["erasure"], "asked": said["asked_at"],
            "keys": [key["key"] for key in said["keys_destroyed"]],
            "purposes": [key["purpose"] for key in said["keys_destroyed"]],
        }  # fmt: skip
        with connection.transaction():
            for statement in (_DESTROYED, _ERASED):
                taken += connection.execute(statement.encode(), given).rowcount
    return taken


def certificate_faults(connection: Connection, schema: str, damage: Callable[[str, str], str | None]) -> Iterator[str]:
    """Certificates that are missing or not the ones that were given, and erasures that were begun and not finished."""
    rows = connection.execute(
        "select erasure_id::text, state, certificate, certificate_path from archive_catalog.erasures"
        " where schema_name = %s order by requested_at",
        (schema,),
    )
    for erasure, state, text, path in rows:
        if path is not None and (fault := damage(path, hashlib.sha256(text.encode()).hexdigest())):
            yield fault
        if state == "erasing":
            yield f"erasure {erasure} was begun and not finished; run `archive-jobs erase --again --yes`"


def prove_erasures(store: Store, schema: str, chains: Sequence[Chain]) -> tuple[int, int, list[str]]:
    """How many certificates the lake holds and how many archived rows they say were erased, and every fault.

    Erased rows are missing on purpose: each unit that lost some says so in its chain, and a certificate says why.
    """
    states = {link.body["unit"]: link.body for chain in chains for link in chain.links}
    erased = {
        link.body["unit"]: link.body for chain in chains for link in chain.links if link.body.get("reason") == "erased"
    }
    certificates = read_certificates(store, schema)
    certified: dict[str, dict[str, Any]] = {
        unit["unit"]: unit for certificate in certificates for unit in certificate["units_rewritten"]
    }
    faults = []
    for unit, said in certified.items():
        state = states.get(unit, {}).get("state", "unknown")
        if state not in ("purging", "purged"):
            faults.append(f"unit {unit} of {said['table']}: erased, says a certificate, but {state}, says its chain")
        successor = said.get("superseded_by")
        if successor is not None and successor not in states:
            faults.append(f"unit {successor} of {said['table']}: a certificate names it, no commit record does")
    faults += [
        f"unit {unit} of {body['table']}: its chain says that it was erased, no certificate does"
        for unit, body in erased.items()
        if unit not in certified
    ]
    return len(certificates), sum(unit["rows_erased"] for unit in certified.values()), faults
