"""Erase a person: one order of steps, each noted as it is done. A crash leaves less, never more; the next call goes on.

asked       who (by digest) and since when: from here on nothing of theirs is sealed, archived or restored
hot         rows in Layers 2 and 3, one transaction per object
cold        rows in files of analytics/, by new generations without them
keys        what was sealed under their keys is closed for good, in the catalogue first, then in the key store
answers     what the service wrote for jobs about these tables; its processes remove the files
certificate what was destroyed and when, in the lake and in the catalogue
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from archive_jobs.catalogue import write_event
from archive_jobs.database import Connection, one_row
from archive_jobs.failpoints import fail_at
from archive_jobs.handing_over.kept import remove_handovers
from archive_jobs.keeping.expire import Expired, finish_purges
from archive_jobs.keeping.holds import Hold
from archive_jobs.lake.store import Store
from archive_jobs.moving.attempt import TOOL_VERSION
from archive_jobs.moving.reconcile import reconcile
from archive_jobs.moving.worker import Workshop
from archive_jobs.planning.tables import ArchivedTable
from archive_jobs.privacy.certificates import folder_of
from archive_jobs.privacy.destroy_keys import destroy_keys, keys_of
from archive_jobs.privacy.erase_answers import withdraw_answers
from archive_jobs.privacy.erase_cold import erase_unit
from archive_jobs.privacy.erase_hot import (
    HotRows,
    count_hot,
    forget_statistics,
    holds_in_the_way,
    hot_rows,
    remove_hot,
    require_no_hold,
)
from archive_jobs.privacy.find_cold import sealed_numbers, units_with
from archive_jobs.privacy.key_store import open_key_store
from archive_jobs.privacy.remains import files_waiting, remains, require_in_sight
from archive_jobs.privacy.subjects import Subject
from definitions_to_dbt.errors import ProblemError
from definitions_to_dbt.library import Library

_ERASE_LOCK_CLASS = 7308
Say = Callable[[str], None]


@dataclass
class Found:
    """What is there of a subject, before anything is done."""

    hot: dict[str, int] = field(default_factory=dict)
    cold: dict[str, int] = field(default_factory=dict)
    sealed: dict[str, int] = field(default_factory=dict)
    keys: int = 0
    holds: list[Hold] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """As plain values."""
        return {
            "hot_rows": self.hot, "cold_rows": self.cold, "sealed_records": self.sealed, "keys": self.keys,
            "holds": [hold.name for hold in self.holds],
        }  # fmt: skip


@dataclass(frozen=True)
class Scope:
    """Where rows of the subject may be."""

    subject: Subject
    schema: str
    hot: tuple[HotRows, ...]
    tables: tuple[ArchivedTable, ...]
    # The tables of all objects, also of those that are nobody's.
    known: tuple[str, ...]

    def of(self, rows: HotRows, kind: str) -> list[ArchivedTable]:
        """The archived table of an object, if it is archived."""
        return [t for t in self.tables if t.model.code == rows.model.code and t.kind == kind]


def scope_of(
    connection: Connection, subject: Subject, schema: str, tables: Sequence[ArchivedTable], library: Library
) -> Scope:
    """Every table of every object that holds data of the same people."""
    codes = {model.code for model in subject.models}
    hot = tuple(hot_rows(connection, schema, model) for model in subject.models)
    known = tuple(model.table_name for model in library.objects)
    return Scope(subject, schema, hot, tuple(table for table in tables if table.model.code in codes), known)


def look(shop: Workshop, scope: Scope) -> Found:
    """What erasing would do. Reads; changes nothing."""
    worker, subject = shop.worker(), scope.subject
    require_in_sight(worker.connection, scope.schema, subject.models, scope.tables)
    keys = keys_of(worker.connection, scope.schema, subject.digest)
    found = Found(keys=len(keys), holds=holds_in_the_way(worker.connection, scope.schema, subject))
    for rows in scope.hot:
        numbers = _sealed(worker.connection, shop.store, scope, rows, keys, found)
        for layer, count in count_hot(worker.connection, rows, subject, numbers).items():
            found.hot[rows.conditions[layer][0]] = count
        for table in scope.of(rows, "analytics"):
            cold = units_with(worker.connection, worker.proving, shop.store, table, subject, numbers)
            found.cold[table.table_name] = sum(unit.rows for unit in cold)
    return found


def _sealed(
    connection: Connection, store: Store, scope: Scope, rows: HotRows, keys: Sequence[str], found: Found
) -> list[int]:
    numbers: list[int] = []
    for table in scope.of(rows, "source"):
        numbers = sealed_numbers(connection, store, table, keys)
        found.sealed[table.relation_name] = len(numbers)
    return numbers


def erase(shop: Workshop, scope: Scope, reason: str | None, say: Say) -> dict[str, Any]:
    """Erase the subject; return the certificate. Raises ProblemError where a hold or somebody else is in the way."""
    connection = shop.worker().connection
    locked = one_row(connection, "select pg_try_advisory_lock(%s, hashtext(%s))", (_ERASE_LOCK_CLASS, scope.schema))
    if not locked[0]:
        raise ProblemError(
            f"somebody else is erasing in {scope.schema} now", hint="Nothing was erased. Try again later."
        )
    try:
        return _erase(shop, scope, reason, say)
    finally:
        if not connection.closed:
            connection.execute("select pg_advisory_unlock(%s, hashtext(%s))", (_ERASE_LOCK_CLASS, scope.schema))


def _erase(shop: Workshop, scope: Scope, reason: str | None, say: Say) -> dict[str, Any]:
    worker, subject = shop.worker(), scope.subject
    connection = worker.connection
    require_in_sight(connection, scope.schema, subject.models, scope.tables)
    erasure_id = _ask(connection, scope, reason)
    # What a run that died has left, this command's own included, would be in the way.
    reconcile(worker, scope.tables)
    keys = keys_of(connection, scope.schema, subject.digest)
    found = Found()
    for rows in scope.hot:
        numbers = _sealed(connection, shop.store, scope, rows, keys, found)
        say(f"hot rows of {rows.model.table_name}")
        remove_hot(connection, rows, subject, numbers, erasure_id)
        forget_statistics(connection, rows)
        for table in scope.of(rows, "analytics"):
            say(f"archived rows of {rows.model.table_name}")
            for unit in list(units_with(connection, worker.proving, shop.store, table, subject, numbers)):
                done = erase_unit(shop, table, unit, subject, numbers)
                _note(connection, erasure_id, "cold", [done])
    say("keys")
    destroyed = destroy_keys(connection, open_key_store(shop.settings), scope.schema, subject.digest)
    # After all else: an answer that is begun from now on is made without the person.
    _note(connection, erasure_id, "answers", [withdraw_answers(connection, scope.schema, subject.models)])
    _forget_digests(connection, scope)
    for table in scope.tables:
        # Where there is no grace for readers, what was replaced a moment ago goes at once.
        finish_purges(connection, shop.store, table, Expired(table))
    say("certificate")
    return _certify(connection, shop, scope, erasure_id, found, destroyed)


def _ask(connection: Connection, scope: Scope, reason: str | None) -> uuid.UUID:
    """Write down who is to be erased. The same person asked for again goes on under the same number."""
    subject = scope.subject
    holds = holds_in_the_way(connection, scope.schema, subject)
    if holds:
        write_event(connection, "erasure_refused", subject_digest=subject.digest, holds=[str(h.hold_id) for h in holds])
    require_no_hold(holds)
    row = one_row(
        connection,
        "insert into archive_catalog.erasures (schema_name, subject_kind, subject_digest, token_digest, reason)"
        " values (%s, %s, %s, %s, %s) on conflict (schema_name, subject_digest) where state <> 'lifted'"
        " do update set state = 'erasing', reason = coalesce(excluded.reason, erasures.reason) returning erasure_id",
        (scope.schema, subject.kind, subject.digest, subject.token_digest, reason),
    )
    fail_at("erase.asked.after")
    erasure_id: uuid.UUID = row[0]
    return erasure_id


def _note(connection: Connection, erasure_id: uuid.UUID, name: str, done: Sequence[dict[str, Any] | int]) -> None:
    connection.execute(
        "update archive_catalog.erasures set done = jsonb_set(done, array[%s], coalesce(done -> %s, '[]') || %s::jsonb)"
        " where erasure_id = %s",
        (name, name, json.dumps(done), erasure_id),
    )


def _forget_digests(connection: Connection, scope: Scope) -> None:
    """Digests of rows in the clear tell a guess right from wrong; what is archived is proven by its stored bytes."""
    connection.execute(
        "update archive_catalog.attempts as a set digest_0 = null, digest_1 = null"
        " from archive_catalog.units as u where u.unit_id = a.unit_id and u.schema_name = %s"
        " and u.table_name = any(%s) and u.kind = 'source' and a.state not in ('planned', 'prepared')",
        (scope.schema, [rows.model.table_name for rows in scope.hot]),
    )
    fail_at("erase.digests.after")


def _certify(
    connection: Connection,
    shop: Workshop,
    scope: Scope,
    erasure_id: uuid.UUID,
    found: Found,
    destroyed: list[dict[str, Any]],
) -> dict[str, Any]:
    """Write what was done, create-only in the lake, then in the catalogue."""
    # Hot rows of the subject may have been handed over to other engines.
    remove_handovers(shop.store, scope.schema)
    asked, done = one_row(
        connection,
        "select requested_at, done from archive_catalog.erasures where erasure_id = %s",
        (erasure_id,),
    )
    certificate = {
        "certificate": 1, "erasure": str(erasure_id), "number": str(uuid.uuid4()), "tool": TOOL_VERSION,
        "schema": scope.schema, "subject_kind": scope.subject.kind, "subject_digest": scope.subject.digest,
        "token_digest": scope.subject.token_digest,
        "asked_at": asked.isoformat(), "finished_at": datetime.now(UTC).isoformat(),
        "hot_rows_removed": done.get("hot", {}), "units_rewritten": done.get("cold", []),
        "sealed_records_closed": found.sealed, "keys_destroyed": destroyed,
        "answers_withdrawn": sum(done.get("answers", [])),
        "files_waiting": files_waiting(connection, scope.tables),
        "remains": remains(connection, shop, scope.schema, scope.tables, scope.known),
    }  # fmt: skip
    text = json.dumps(certificate, indent=1, sort_keys=True) + "\n"
    path = f"{folder_of(scope.schema)}/{erasure_id}-{certificate['number']}.json"
    shop.store.put(path, text.encode())
    shop.store.sync()
    fail_at("erase.certificate.after")
    with connection.transaction():
        connection.execute(
            "update archive_catalog.erasures set state = 'erased', finished_at = now(), certificate = %s,"
            " certificate_path = %s where erasure_id = %s",
            (text, path, erasure_id),
        )
        digest = hashlib.sha256(text.encode()).hexdigest()
        write_event(connection, "erased", erasure=str(erasure_id), certificate=path, sha256=digest)
    fail_at("erase.after")
    return certificate
