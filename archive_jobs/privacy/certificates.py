"""Certificates of erasures against what they speak of: from the catalogue for `verify`, from the lake for `prove`."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from archive_jobs.database import Connection
from archive_jobs.lake.chains import Chain
from archive_jobs.lake.store import Store


def folder_of(schema: str) -> str:
    """Where the certificates of a schema stand."""
    return f"{schema}/_erasures"


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
    certificates = [json.loads(store.read(path)) for path in store.names(folder_of(schema)) if path.endswith(".json")]
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
