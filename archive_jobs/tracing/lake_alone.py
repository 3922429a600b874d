"""Which files of a lake count, from its commit records and manifests: of a lake that no catalogue here knows."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from archive_jobs.lake.chains import Chain, Link, read_chains
from archive_jobs.lake.store import Store, damaged
from archive_jobs.planning.tables import Kind
from definitions_to_dbt.errors import ProblemError


def chain_of(store: Store, schema: str, table_name: str, kind: Kind) -> Chain | None:
    """The chain of commit records of a table. Raises ProblemError where the lake's chains cannot be trusted."""
    found = read_chains(store, schema)
    if found.faults or not found.chains:
        raise ProblemError(
            found.faults[0] if found.faults else f"there are no commit records in {store.name}/{schema}/_commits",
            hint="Nothing was compared. Name a lake as ARCHIVE_URL does; `archive-jobs prove` lists every fault.",
        )
    return next((chain for chain in found.chains if chain.key == (schema, table_name, kind)), None)


def manifest_of(store: Store, link: Link) -> dict[str, Any]:
    """The manifest a commit record speaks of. Raises ProblemError where it is another."""
    content = store.read(link.body["manifest"]["path"])
    if hashlib.sha256(content).hexdigest() != link.body["manifest"]["sha256"]:
        raise damaged(link.body["manifest"]["path"], f"not the manifest that {link.path} speaks of")
    manifest: dict[str, Any] = json.loads(content)
    return manifest


def files_that_count(store: Store, schema: str, table_name: str, kind: Kind) -> list[str]:
    """Local files with exactly the bytes that were archived, of the units that are active."""
    chain = chain_of(store, schema, table_name, kind)
    active = [link for link in chain.latest().values() if link.body["state"] == "active"] if chain else []
    files = [file for link in active for file in manifest_of(store, link)["files"]]
    return [str(store.local(file["path"], file["sha256"])) for file in files]
