"""Read the chains of commit records from the lake alone, and say where one is broken. Asks no database."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from archive_jobs.lake.store import Store


@dataclass(frozen=True)
class Link:
    """One commit record as it stands in the lake."""

    path: str
    text: str
    body: dict[str, Any]

    @property
    def sha256(self) -> str:
        """What the next record holds."""
        return hashlib.sha256(self.text.encode()).hexdigest()


@dataclass
class Chain:
    """The records of one table's archive, from the first to the last. A rename goes on in another folder."""

    links: list[Link]

    @property
    def head(self) -> Link:
        """The last record."""
        return self.links[-1]

    @property
    def key(self) -> tuple[str, str, str]:
        """Schema, table and kind, by the name the table had last."""
        return (self.head.body["schema"], self.head.body["table"], self.head.body["kind"])

    @property
    def folder(self) -> str:
        """The folder of the last record."""
        return self.head.path.rsplit("/", 2)[1]

    def latest(self) -> dict[str, Link]:
        """The last record of each unit."""
        return {link.body["unit"]: link for link in self.links}

    def as_json(self) -> dict[str, Any]:
        """The chain in numbers, and its head: what an auditor notes down."""
        states = Counter(link.body["state"] for link in self.latest().values())
        return {
            "folder": self.folder, "table": self.key[1], "kind": self.key[2], "records": len(self.links),
            "head": {"commit_seq": self.head.body["commit_seq"], "sha256": self.head.sha256}, "units": dict(states),
        }  # fmt: skip


@dataclass
class Chains:
    """Every chain of a schema, and what is wrong with them."""

    chains: list[Chain] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


def read_chains(store: Store, schema: str) -> Chains:
    """Read every commit record of the schema and join those whose hashes say that they follow each other."""
    found = Chains()
    links = list(_links(store, schema, found.faults))
    following: dict[str | None, list[Link]] = {}
    for link in links:
        following.setdefault(link.body["previous_sha256"], []).append(link)
    for previous, after in following.items():
        if previous is not None and len(after) > 1:
            found.faults.append(f"{' and '.join(link.path for link in after)}: both follow the same record")
    joined: set[str] = set()
    for root in following.get(None, []):
        chain = Chain([root])
        while chain.head.sha256 in following:
            chain.links.append(following[chain.head.sha256][0])
        joined |= {link.path for link in chain.links}
        found.chains.append(chain)
        found.faults += _sequence_faults(chain)
    found.faults += [
        f"{link.path}: the chain is broken before it: no record has the hash it says"
        for link in links
        if link.path not in joined
    ]
    found.chains.sort(key=lambda chain: chain.key)
    return found


def _links(store: Store, schema: str, faults: list[str]) -> Iterator[Link]:
    for folder in store.folders(f"{schema}/_commits"):
        for path in store.names(folder):
            try:
                text = store.read(path).decode()
                body = json.loads(text)
                # Whatever else reads the record relies on these.
                said = (body["schema"], f"{body['commit_seq']}.json", body["unit"], body["attempt"], body["state"])
                (body["table"], body["kind"], body["manifest"]["path"], body["manifest"]["sha256"], body["rows"])
                body["previous_sha256"]
            except (OSError, ValueError, KeyError, TypeError) as error:
                faults.append(f"{path}: cannot be read as a commit record: {type(error).__name__} {error}")
                continue
            if said[:2] != (schema, path.rpartition("/")[2]):
                faults.append(f"{path}: says of itself {said[0]}, {said[1]}")
            yield Link(path, text, body)


def _sequence_faults(chain: Chain) -> Iterator[str]:
    for number, link in enumerate(chain.links, start=1):
        if link.body["commit_seq"] != number:
            yield f"{link.path}: expected record {number} of its chain, found {link.body['commit_seq']}"
        if link.body["kind"] != chain.key[2]:
            yield f"{link.path}: expected kind {chain.key[2]}, found {link.body['kind']}"
