"""Tokens of our own: made once, kept as a digest, refused from the moment they are revoked."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from archive_jobs.database import Connection, one_row
from archive_jobs.failpoints import guarded
from archive_jobs.serving.audit import write_audit
from archive_jobs.serving.principals import Principal, fault_of
from definitions_to_dbt.errors import ProblemError

_TOKEN = re.compile(r"aj_([0-9a-f]{16})_([A-Za-z0-9_-]{43})")
_COLUMNS = "token_id, name, tenant, scopes, created_at, created_by, expires_at, revoked_at, revoked_by, owner"


@dataclass(frozen=True)
class Token:
    """What is known of a token; its secret is not."""

    token_id: str
    name: str
    tenant: str | None
    scopes: list[str]
    created_at: datetime
    created_by: str
    expires_at: datetime
    revoked_at: datetime | None
    revoked_by: str | None
    owner: str | None

    def as_json(self) -> dict[str, Any]:
        """The token as plain values; times in ISO 8601."""
        return {k: v.isoformat() if isinstance(v, datetime) else v for k, v in asdict(self).items()}


def create_token(
    connection: Connection, schema: str, name: str, scopes: Sequence[str], tenant: str | None, lives: timedelta,
    owner: str | None = None,
) -> tuple[Token, str]:  # fmt: skip
    """Make a token and return it with its text, which nobody can be told again."""
    if fault := fault_of(scopes, tenant):
        raise ProblemError(fault, hint="No token was made.")
    if "policies" in scopes and not (owner or "").strip():
        raise ProblemError(
            "who approves of policies must not be who proposed them: expected --owner, the person who holds the token",
            hint="No token was made. Give the same --owner with each token of one person.",
        )
    if tenant is not None and not tenant.strip():
        raise ProblemError("the tenant is empty", hint="No token was made. Name one, or say --all-tenants.")
    token_id, secret = secrets.token_hex(8), secrets.token_urlsafe(32)
    with connection.transaction():
        row = one_row(
            connection,
            "insert into archive_catalog.api_tokens (token_id, schema_name, secret_sha256, name, tenant, scopes,"
            f" expires_at, owner) values (%s, %s, %s, %s, %s, %s, now() + %s, %s) returning {_COLUMNS}",
            (token_id, schema, _digest(secret), name, tenant, sorted(set(scopes)), lives, owner),
        )
        token = Token(*row)
        said = {"token": token_id, "name": name, "tenant": tenant, "scopes": token.scopes, "owner": owner}
        write_audit(connection, schema, f"database role {token.created_by}", "token created", said)
    return token, f"aj_{token_id}_{secret}"


def list_tokens(connection: Connection, schema: str) -> list[Token]:
    """Every token there was."""
    query = f"select {_COLUMNS} from archive_catalog.api_tokens where schema_name = %s order by created_at"
    return [Token(*row) for row in connection.execute(query.encode(), (schema,))]


def revoke_token(connection: Connection, schema: str, token_id: str) -> Token:
    """From now on the token is refused. Raises ProblemError where there is none to revoke."""
    with connection.transaction():
        row = connection.execute(
            "update archive_catalog.api_tokens set revoked_at = now(), revoked_by = current_user"
            f" where schema_name = %s and token_id = %s and revoked_at is null returning {_COLUMNS}".encode(),
            (schema, token_id),
        ).fetchone()
        if row is None:
            raise ProblemError(
                f"there is no token {token_id} in force on {schema}",
                hint="Nothing was changed. `archive-jobs tokens list` shows them.",
            )
        token = Token(*row)
        write_audit(connection, schema, f"database role {token.revoked_by}", "token revoked", {"token": token_id})
    return token


def principal_of_token(connection: Connection, schema: str, given: str) -> Principal | None:
    """Whose token it is; None where it is nobody's, or no more. Takes as long for one that is not there."""
    found = _TOKEN.fullmatch(given)
    if found is None:
        return None
    row = connection.execute(
        "select secret_sha256, tenant, scopes, expires_at > now() and revoked_at is null, owner"
        " from archive_catalog.api_tokens where schema_name = %s and token_id = %s",
        (schema, found[1]),
    ).fetchone()
    kept, tenant, scopes, is_in_force, owner = row or ("0" * 64, None, [], False, None)
    is_right = hmac.compare_digest(_digest(found[2]), kept)
    if not is_right or not (is_in_force or not guarded("token in force")):
        return None
    return Principal(f"token {found[1]}", frozenset(scopes), tenant, owner)


def _digest(secret: str) -> str:
    """Of 256 random bits a plain digest is enough: there is nothing to guess."""
    return hashlib.sha256(secret.encode()).hexdigest()
