"""Policies over HTTP: whoever proposes one does not approve of it. Each change is a version, and in the audit."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Sequence
from typing import Any

from archive_jobs.commands.policies import standing_policies
from archive_jobs.database import Connection
from archive_jobs.failpoints import guarded
from archive_jobs.planning.policy_changes import PolicyChange, changes_to_set, read_literals, write_changes
from archive_jobs.planning.policy_table import latest_policies
from archive_jobs.serving.audit import write_audit
from archive_jobs.serving.backend import Backend
from archive_jobs.serving.listing import Page
from archive_jobs.serving.principals import Principal
from archive_jobs.serving.problems import ApiError, invalid, not_found
from definitions_to_dbt.errors import ProblemError

_MOST_LITERALS = 100


def standing(backend: Backend, table_name: str | None) -> list[dict[str, Any]]:
    """What is in force."""
    try:
        found = standing_policies(backend.settings, backend.definitions, table_name, None)
    except ProblemError:
        raise ApiError(404, "unknown-table", "there is no such table here") from None
    return [one.as_json() for one in found]


def propose(backend: Backend, literals: Any, reason: str | None, caller: Principal) -> tuple[int, dict[str, Any]]:
    """Status and body: nothing to change, written, or waiting for somebody else."""
    schema = backend.settings.analytics_schema
    if backend.settings.four_eyes:
        _require_person(caller)
    with backend.connection() as connection, connection.transaction():
        wanted = _changes(backend, connection, literals)
        said = {"changes": [change.as_json() for change in wanted]}
        if not wanted:
            return 200, {"state": "unchanged", **said}
        if not backend.settings.four_eyes:
            write_changes(connection, schema, wanted, _because(reason, caller.name))
            write_audit(connection, schema, caller.name, "policies changed", {**said, "reason": reason})
            return 200, {"state": "in force", **said}
        row = connection.execute(
            "insert into archive_catalog.api_proposals (schema_name, literals, reason, digest, proposed_by,"
            " proposed_person) values (%s, %s, %s, %s, %s, %s) returning proposal_id",
            (schema, json.dumps(literals), reason, _digest(wanted), caller.name, caller.person),
        ).fetchone()
        proposal_id = str(row[0]) if row else ""
        write_audit(connection, schema, caller.name, "policies proposed", {"proposal": proposal_id, **said})
    return 202, {"state": "proposed", "proposal_id": proposal_id, **said}


def open_proposals(backend: Backend, page: Page) -> dict[str, Any]:
    """What nobody has decided on, a page of it."""
    known = "select from archive_catalog.api_proposals where schema_name = %s and proposal_id = %s"
    schema = backend.settings.analytics_schema
    with backend.connection() as connection:
        if page.after is not None and connection.execute(known, (schema, page.after)).fetchone() is None:
            raise not_found()
        rows = connection.execute(
            "select proposal_id, literals, reason, proposed_by, proposed_at from archive_catalog.api_proposals"
            " where schema_name = %s and state = 'open' and (%s::uuid is null or (proposed_at, proposal_id) >"
            " (select proposed_at, proposal_id from archive_catalog.api_proposals where proposal_id = %s))"
            " order by proposed_at, proposal_id limit %s",
            (schema, page.after, page.after, page.limit + 1),
        ).fetchall()
    found = [
        {
            "proposal_id": str(number), "policies": literals, "reason": reason, "proposed_by": by,
            "proposed_at": at.isoformat(),
        }
        for number, literals, reason, by, at in rows
    ]  # fmt: skip
    return page.of("proposals", found, "proposal_id")


def decide(backend: Backend, proposal_id: uuid.UUID, caller: Principal, *, is_approved: bool) -> dict[str, Any]:
    """Write what was proposed, or reject it. Raises ApiError for one's own, and for what is not as it was."""
    schema = backend.settings.analytics_schema
    with backend.connection() as connection, connection.transaction():
        row = connection.execute(
            "select literals, reason, digest, proposed_by, proposed_person, state from archive_catalog.api_proposals"
            " where schema_name = %s and proposal_id = %s for update",
            (schema, proposal_id),
        ).fetchone()
        if row is None:
            raise not_found()
        literals, reason, digest, proposed_by, person, state = row
        if state != "open":
            raise ApiError(409, "decided", f"the proposal is {state} already")
        said: dict[str, Any] = {"proposal": str(proposal_id), "proposed_by": proposed_by}
        if is_approved:
            _require_person(caller)
            if proposed_by == caller.name or person is None or (caller.is_same_person(person) and guarded("person")):
                raise ApiError(403, "four-eyes", "whoever proposes a policy does not approve of it")
            wanted = _changes(backend, connection, literals)
            if _digest(wanted) != digest:
                raise ApiError(
                    409, "changed", "policies have changed since: this would do something else than was shown"
                )
            write_changes(connection, schema, wanted, _because(reason, proposed_by, caller.name))
            said["changes"] = [change.as_json() for change in wanted]
        state = "approved" if is_approved else "rejected"
        connection.execute(
            "update archive_catalog.api_proposals set state = %s, decided_by = nullif(%s, proposed_by),"
            " decided_at = now() where proposal_id = %s",
            (state, caller.name, proposal_id),
        )
        write_audit(connection, schema, caller.name, f"policies {state}", said)
    return {"state": state, "proposal_id": str(proposal_id), "changes": said.get("changes", [])}


def _require_person(caller: Principal) -> None:
    """Raise ApiError for a token of which nobody knows who holds it: it may be the other one's."""
    if caller.person is None:
        raise ApiError(403, "no-owner", "the token names no owner; policies are for tokens made with one")


def _changes(backend: Backend, connection: Connection, literals: Any) -> list[PolicyChange]:
    """What the literals would change. Raises ApiError with every fault of them: those are words about the request."""
    settings = backend.settings
    if isinstance(literals, list) and len(literals) > _MOST_LITERALS:
        raise invalid("body", f"expected at most {_MOST_LITERALS} policies at once")
    try:
        latest = latest_policies(connection, settings.analytics_schema)
        wanted = read_literals(json.dumps(literals), "body")
        _require_known(backend, [one.table_name for one in wanted if one.table_name])
        return changes_to_set(backend.library, latest, wanted, settings.default_format)
    except ProblemError as error:
        faults = str(error).splitlines()[:20]
        listed = [{"where": "body", "expected": fault} for fault in faults]
        raise ApiError(422, "invalid", faults[0], errors=listed) from None


def _require_known(backend: Backend, names: Sequence[str]) -> None:
    """The library's own message says where its files are."""
    known = {*backend.library.tables, *(model.code for model in backend.library.objects)}
    for name in names:
        if name not in known and name.removeprefix("source_") not in backend.library.tables:
            raise invalid("body/table_name", f"there is no table {name} here")


def _digest(wanted: Sequence[PolicyChange]) -> str:
    text = json.dumps([change.as_json() for change in wanted], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def _because(reason: str | None, *who: str) -> str:
    return f"{reason or 'no reason given'} (by {', approved by '.join(who)})"
