"""Prove the lake from the outside: chains, manifests and files against each other, with nothing but the lake."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from archive_jobs.keeping.held_in_lake import read_holds
from archive_jobs.lake.chains import Chain, Link, read_chains
from archive_jobs.lake.store import Store
from archive_jobs.privacy.certificates import prove_erasures
from definitions_to_dbt.errors import ProblemError


@dataclass(frozen=True)
class NotedHead:
    """A record somebody noted down outside the lake: whatever the lake says now must go on from there."""

    folder: str
    commit_seq: int
    sha256: str


@dataclass
class Proof:
    """What was read, and every fault."""

    chains: list[Chain] = field(default_factory=list)
    manifests: int = 0
    files: int = 0
    bytes: int = 0
    rows: int = 0
    erasures: int = 0
    rows_erased: int = 0
    # Legal holds that were placed and not released.
    holds: int = 0
    faults: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """The proof as plain values; `chains` holds the heads to note down."""
        return {
            "chains": [chain.as_json() for chain in self.chains], "manifests": self.manifests, "files": self.files,
            "rows": self.rows, "bytes": self.bytes, "erasures": self.erasures, "rows_erased": self.rows_erased,
            "holds": self.holds, "faults": self.faults,
        }  # fmt: skip


def parse_head(written: str) -> NotedHead:
    """Read `FOLDER:COMMIT_SEQ:SHA256`."""
    parts = written.split(":")
    if len(parts) != 3 or not parts[1].isdigit() or len(parts[2]) != 64:
        raise ProblemError(f"expected --head FOLDER:COMMIT_SEQ:SHA256 as `prove --json` shows it, found {written!r}")
    return NotedHead(parts[0], int(parts[1]), parts[2].lower())


def prove_lake(store: Store, schema: str, heads: Sequence[NotedHead], progress: Callable[[int, int], None]) -> Proof:
    """Check everything the lake says about itself. Raises ProblemError where it says nothing at all."""
    found = read_chains(store, schema)
    if not found.chains and not found.faults and not heads:
        raise ProblemError(
            f"expected commit records in {store.name}/{schema}/_commits, found none",
            hint="Set ARCHIVE_URL and ANALYTICS_SCHEMA to the lake that is meant.",
        )
    proof = Proof(found.chains, faults=found.faults + list(_head_faults(found.chains, heads)))
    units = [link for chain in proof.chains for link in chain.latest().values()]
    with ThreadPoolExecutor(4) as pool:
        for done, (counts, faults) in enumerate(pool.map(lambda link: _unit(store, link), units), start=1):
            proof.manifests += 1
            proof.files, proof.bytes = proof.files + counts[0], proof.bytes + counts[1]
            proof.rows += counts[2]
            proof.faults += faults
            progress(done, len(units))
    proof.erasures, proof.rows_erased, faults = prove_erasures(store, schema, proof.chains)
    proof.faults += faults
    try:
        proof.holds = sum(1 if fact == "placed" else -1 for fact, _ in read_holds(store, schema))
    except ProblemError as problem:
        proof.faults.append(str(problem))
    return proof


def _head_faults(chains: Sequence[Chain], heads: Sequence[NotedHead]) -> Iterator[str]:
    known = {
        (link.path.rsplit("/", 2)[1], link.body["commit_seq"]): link.sha256 for chain in chains for link in chain.links
    }
    for head in heads:
        found = known.get((head.folder, head.commit_seq))
        if found != head.sha256:
            yield (
                f"{head.folder}/{head.commit_seq}.json: noted with SHA-256 {head.sha256}, found {found or 'no record'}:"
                " the chain was cut off or written anew"
            )


def _unit(store: Store, link: Link) -> tuple[tuple[int, int, int], list[str]]:
    """Files, bytes and rows that were read of a unit, and its faults."""
    faults: list[str] = []
    manifest = _manifest(store, link, faults)
    if manifest is None:
        return (0, 0, 0), faults
    if link.body["state"] in ("purging", "purged"):
        faults += _not_purged(store, link, manifest)
        return (0, 0, 0), faults
    for file in manifest["files"]:
        faults += _file_faults(store, file)
    counts = link.body["state"] == "active"
    rows = sum(file["rows"] for file in manifest["files"])
    if rows != link.body["rows"]:
        faults.append(f"{link.path}: says {link.body['rows']} rows, the files of its manifest hold {rows}")
    sizes = [file["bytes"] for file in manifest["files"]]
    return (len(sizes), sum(sizes), rows if counts else 0), faults


def _manifest(store: Store, link: Link, faults: list[str]) -> dict[str, Any] | None:
    said = link.body["manifest"]
    try:
        content = store.read(said["path"])
    except OSError as error:
        faults.append(f"{said['path']}: cannot be read: {error.strerror or type(error).__name__}")
        return None
    if hashlib.sha256(content).hexdigest() != said["sha256"]:
        faults.append(f"{said['path']}: not the manifest that was committed")
        return None
    manifest: dict[str, Any] = json.loads(content)
    if (manifest["unit"], manifest["attempt"]) != (link.body["unit"], link.body["attempt"]):
        faults.append(f"{said['path']}: the manifest of another unit than {link.path} says")
        return None
    return manifest


def _file_faults(store: Store, file: dict[str, Any]) -> Iterator[str]:
    try:
        found = store.sha256(file["path"])
    except FileNotFoundError:
        yield f"{file['path']}: missing"
    except OSError as error:
        yield f"{file['path']}: cannot be read: {error.strerror or type(error).__name__}"
    else:
        if found != file["sha256"]:
            yield f"{file['path']}: damaged, expected SHA-256 {file['sha256']}, found {found}"


def _not_purged(store: Store, link: Link, manifest: dict[str, Any]) -> Iterator[str]:
    for file in manifest["files"] if link.body["state"] == "purged" else ():
        try:
            store.sha256(file["path"])
        except FileNotFoundError:
            continue
        except OSError:
            pass
        yield f"{file['path']}: still there, though {link.path} says it was purged"
