"""Make the catalogue again from the lake alone: commit records say what became of each unit, manifests what it is.

Legal holds and the ledgers of loads and batches come back too; hot rows that stand in archived ranges are named. What
the old database had not told the lake before it was lost is not known here: attempts under way, and commits whose
record was not written yet. Their manifests are named and their files left alone.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from archive_jobs.catalogue import ensure_catalogue, write_event
from archive_jobs.database import Connection, one_row
from archive_jobs.failpoints import fail_at
from archive_jobs.keeping.held_in_lake import bring_back, read_holds
from archive_jobs.keeping.hot_again import back_in_the_lost, copied_from_the_lost, hot_again
from archive_jobs.keeping.ledger_in_lake import BroughtBack, bring_back_ledger
from archive_jobs.keeping.missing_chains import missing_chains, policies_of_today
from archive_jobs.lake.chains import Chain, Link, read_chains
from archive_jobs.lake.lake_identity import claim_lake, require_writable_lake, take_over
from archive_jobs.lake.statistics import shape_of
from archive_jobs.lake.store import Store
from archive_jobs.privacy.token_keys import note_told
from archive_jobs.replaying.raw_numbers import lift_raw_seq
from definitions_to_dbt.errors import ProblemError

_UNIT = """
insert into archive_catalog.units (unit_id, schema_name, table_name, kind, lo, hi, part_day, generation, state,
    active_attempt, row_count, created_at, active_from, keep_until, purge_not_before, mode)
values (%(unit)s, %(schema)s, %(table)s, %(kind)s, %(lo)s, %(hi)s, %(day)s, %(generation)s, %(state)s,
    %(attempt)s, %(rows)s, %(written)s, %(active_from)s, %(keep_until)s, %(not_before)s, %(mode)s)
"""
_ATTEMPT = """
insert into archive_catalog.attempts (attempt_id, unit_id, state, predicate, fingerprint, definition_hash,
    policy_version, owner_key, tool_version, server_version_num, snapshot, wal_lsn, row_count, content_sha256,
    manifest_path, manifest_sha256, created_at, prepared_at, finished_at, mode)
values (%(attempt)s, %(unit)s, %(state)s, %(predicate)s, %(fingerprint)s, %(definition)s,
    %(policy)s, 0, %(tool)s, %(server)s, %(snapshot)s, %(lsn)s::pg_lsn, %(rows)s, %(content)s,
    %(manifest)s, %(manifest_sha256)s, %(written)s, %(written)s, %(finished)s, %(mode)s)
"""
_FILE = """
insert into archive_catalog.files (path, attempt_id, unit_id, part_tenant, part_day, row_count, byte_count, sha256,
    content_sha256, first_time, last_time, statistics, shape)
values (%(path)s, %(attempt)s, %(unit)s, %(tenant)s, %(day)s, %(rows)s, %(bytes)s, %(sha256)s, %(content)s, %(first)s,
    %(last)s, %(statistics)s, %(shape)s)
"""
_COMMIT = """
insert into archive_catalog.commits (schema_name, table_name, kind, commit_seq, unit_id, attempt_id, state,
    manifest_sha256, previous_sha256, record_sha256, record, committed_at, emitted_at)
values (%(schema)s, %(table)s, %(kind)s, %(seq)s, %(unit)s, %(attempt)s, %(state)s,
    %(manifest_sha256)s, %(previous)s, %(sha256)s, %(record)s, %(at)s, now())
"""
_POLICY = """
insert into archive_catalog.policies (schema_name, table_name, kind, version, policy, definition_hash, proposed_by)
values (%s, %s, %s, %s, %s, %s, 'lake') on conflict do nothing
"""


@dataclass
class Rebuilt:
    """What was found in the lake and written into the catalogue."""

    tables: list[dict[str, Any]] = field(default_factory=list)
    units: int = 0
    files: int = 0
    records: int = 0
    former_owner: str = ""
    # Manifests that no commit record speaks of.
    unknown: list[str] = field(default_factory=list)
    # Legal holds that are in force again.
    holds: int = 0
    # Tables whose hot rows may count twice.
    hot_again: list[str] = field(default_factory=list)
    # Tables of which rows that were archived and hot again, or still, were lost with the database.
    lost_again: list[str] = field(default_factory=list)
    # Lines of the ledgers of loads and batches.
    ledger: BroughtBack = field(default_factory=BroughtBack)
    # Tables whose archived rows hold tokens, and what became of the key of those.
    tokens: list[str] = field(default_factory=list)
    token_key: str = ""

    @property
    def warnings(self) -> list[str]:
        """What an operator has to see to before the next run."""
        found = [*self.hot_again, *self.lost_again]
        if self.ledger.taken:
            found.append(f"{self.ledger.taken:,} batches have numbers that new ones have taken: trace cannot tell them")
        return [*found, self.token_key] if self.token_key else found

    def as_json(self) -> dict[str, Any]:
        """The result as plain values."""
        return {
            "tables": self.tables, "units": self.units, "files": self.files, "commit_records": self.records,
            "former_owner": self.former_owner, "manifests_without_a_record": self.unknown,
            "holds": self.holds, "hot_rows_in_archived_ranges": self.hot_again,
            "restored_rows_lost": self.lost_again, "ledger_lines": self.ledger.lines,
            "batches_with_numbers_taken": self.ledger.taken, "tables_with_tokens": self.tokens,
            "token_key": self.token_key,
        }  # fmt: skip


def rebuild(
    connection: Connection,
    store: Store,
    schema: str,
    *,
    taking_over: bool,
    really: bool,
    progress: Callable[[int, int], None],
) -> Rebuilt:
    """Fill a catalogue with the chains it does not have, all of it or nothing.

    Raises ProblemError where the lake is in doubt, or tells another story than the catalogue.
    """
    found = read_chains(store, schema)
    if found.faults or not found.chains:
        raise ProblemError(
            f"the commit records in {store.name}/{schema} cannot be trusted: {found.faults[0]}"
            if found.faults
            else f"expected commit records in {store.name}/{schema}/_commits, found none",
            hint="Nothing was changed. `archive-jobs prove` lists every fault."
            if found.faults
            else "Nothing was changed. Set ARCHIVE_URL and ANALYTICS_SCHEMA to the lake that is meant.",
        )
    if not really:
        return _described(store, schema, found.chains, found.chains)
    if not taking_over:
        require_writable_lake(connection, store, schema)
    # Not before it is known that the lake will be taken: what is refused makes nothing.
    ensure_catalogue(connection)
    with connection.transaction():
        connection.execute("select pg_advisory_xact_lock(7305, 1)")
        missing = missing_chains(connection, schema, found.chains)
        rebuilt = _described(store, schema, missing, found.chains)
        done = 0
        for chain in missing:
            for unit in _units(chain):
                _write_unit(connection, store, chain, unit)
                done += 1
                progress(done, rebuilt.units)
            _write_chain(connection, chain)
            policies_of_today(connection, chain)
            if chain.key[2] == "source":
                lift_raw_seq(connection, chain.key[0], chain.key[1])
        bring_back(connection, read_holds(store, schema), _names_of_today(found.chains))
        rebuilt.ledger = bring_back_ledger(connection, store, schema)
        rebuilt.tokens = note_told(connection, store, schema, _names_of_today(found.chains))
        rebuilt.hot_again = list(hot_again(connection, store, schema))
        rebuilt.lost_again = list(back_in_the_lost(connection, schema))
        rebuilt.lost_again += copied_from_the_lost(connection, store, schema)
        fail_at("rebuild.written.after")
        rebuilt.files = one_row(connection, "select count(*) from archive_catalog.files")[0]
        # Last, as it cannot be taken back: this database may write into the lake from now on.
        if taking_over:
            rebuilt.former_owner = take_over(connection, store, schema)
        else:
            claim_lake(connection, store, schema)
        write_event(connection, "catalogue_rebuilt", units=rebuilt.units, former_owner=rebuilt.former_owner)
        fail_at("rebuild.owner.after")
    fail_at("rebuild.after")
    return rebuilt


def _described(store: Store, schema: str, chains: list[Chain], all_chains: list[Chain]) -> Rebuilt:
    known = {link.body["manifest"]["path"] for chain in all_chains for link in chain.links}
    rebuilt = Rebuilt([chain.as_json() for chain in chains])
    rebuilt.units = sum(len(chain.latest()) for chain in chains)
    rebuilt.records = sum(len(chain.links) for chain in chains)
    told = read_holds(store, schema)
    rebuilt.holds = sum(1 if fact == "placed" else -1 for fact, _ in told)
    for folder in store.folders(f"{schema}/_manifests"):
        rebuilt.unknown += [path for path in store.names(folder) if path not in known]
    return rebuilt


def _names_of_today(chains: list[Chain]) -> dict[tuple[str, str | None], str]:
    """Under what name a table goes that once had another, for holds on one kind and on both."""
    names: dict[tuple[str, str | None], str] = {}
    for chain in chains:
        for link in chain.links:
            names[link.body["table"], link.body["kind"]] = names[link.body["table"], None] = chain.key[1]
    return names


@dataclass(frozen=True)
class _Unit:
    """Every record of one unit."""

    links: list[Link]

    @property
    def last(self) -> dict[str, Any]:
        return self.links[-1].body

    def said(self, name: str) -> Any:
        """The last word on something that not every record says."""
        return next((link.body[name] for link in reversed(self.links) if name in link.body), None)


def _units(chain: Chain) -> Iterator[_Unit]:
    links: dict[str, list[Link]] = {}
    for link in chain.links:
        links.setdefault(link.body["unit"], []).append(link)
    yield from map(_Unit, links.values())


def _write_unit(connection: Connection, store: Store, chain: Chain, unit: _Unit) -> None:
    last = unit.last
    manifest = json.loads(store.local(last["manifest"]["path"], last["manifest"]["sha256"]).read_bytes())
    schema, table, kind = chain.key
    bounds, snapshot = manifest["bounds"], manifest["snapshot"]
    values = {
        "unit": last["unit"], "attempt": last["attempt"], "schema": schema, "table": table, "kind": kind,
        "lo": bounds["lo"], "hi": bounds["hi"], "day": min(file["day"] for file in manifest["files"]),
        "generation": manifest["generation"], "state": last["state"], "rows": last["rows"],
        "written": manifest["written_at"], "active_from": _active_from(unit), "finished": last["committed_at"],
        "keep_until": unit.said("keep_until"), "not_before": unit.said("not_before"),
        "mode": unit.said("mode") or manifest.get("mode") or ("mark" if kind == "source" else "delete"),
        "predicate": bounds["predicate"], "fingerprint": manifest["fingerprint"],
        "definition": manifest["definition"]["hash"], "policy": manifest["policy_version"], "tool": manifest["tool"],
        "server": snapshot["server_version_num"], "snapshot": snapshot["name"], "lsn": snapshot["wal_lsn"] or None,
        "content": manifest.get("content_sha256"),
        "manifest": last["manifest"]["path"], "manifest_sha256": last["manifest"]["sha256"],
    }  # fmt: skip
    connection.execute(_UNIT, values)
    connection.execute(_ATTEMPT, values)
    for file in manifest["files"]:
        connection.execute(
            _FILE,
            {
                "path": file["path"], "attempt": last["attempt"], "unit": last["unit"], "tenant": file.get("tenant"),
                "day": file["day"], "rows": file["rows"], "bytes": file["bytes"], "sha256": file["sha256"],
                "content": file["content_sha256"], "first": file["first"], "last": file["last"],
                "statistics": json.dumps(file["statistics"]) if file.get("statistics") else None,
                "shape": shape_of((column["name"], column["lake_type"]) for column in manifest["columns"]),
            },
        )  # fmt: skip
    if manifest.get("policy") is not None and manifest["policy_version"] is not None:
        policy = json.dumps(manifest["policy"])
        connection.execute(_POLICY, (*chain.key, manifest["policy_version"], policy, manifest["definition"]["hash"]))


def _active_from(unit: _Unit) -> datetime | str:
    return next((link.body["committed_at"] for link in unit.links if link.body["state"] == "active"), "-infinity")


def _write_chain(connection: Connection, chain: Chain) -> None:
    schema, table, kind = chain.key
    for link in chain.links:
        body = link.body
        connection.execute(
            _COMMIT,
            {
                "schema": schema, "table": table, "kind": kind, "seq": body["commit_seq"], "unit": body["unit"],
                "attempt": body["attempt"], "state": body["state"], "manifest_sha256": body["manifest"]["sha256"],
                "previous": body["previous_sha256"], "sha256": link.sha256, "record": link.text,
                "at": body["committed_at"],
            },
        )  # fmt: skip
        if body.get("superseded_by"):
            query = "update archive_catalog.units set superseded_by = %s where unit_id = %s"
            connection.execute(query, (body["superseded_by"], body["unit"]))
    connection.execute(
        "insert into archive_catalog.table_guards (schema_name, table_name, kind, last_commit_seq, last_record_sha256)"
        " values (%s, %s, %s, %s, %s) on conflict (schema_name, table_name, kind) do update"
        " set last_commit_seq = excluded.last_commit_seq, last_record_sha256 = excluded.last_record_sha256",
        (*chain.key, chain.head.body["commit_seq"], chain.head.sha256),
    )
