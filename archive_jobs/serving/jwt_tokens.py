"""Tokens of somebody else's making: JSON Web Tokens of one issuer, for one audience, under asymmetric keys."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jwt

from archive_jobs.serving.principals import Principal, fault_of
from archive_jobs.serving.service_settings import ServiceSettings
from definitions_to_dbt.errors import ProblemError

# No algorithm whose key both sides know: a public key must never be taken for a secret.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
# What the claim of the tenant says where a token is of no tenant. A claim that is missing says nothing.
EVERY_TENANT = "*"
_LEEWAY_SECONDS = 10
_LONGEST, _ISSUER_SECONDS = 8192, 5


class JwtChecker:
    """Knows the issuer's keys. Raises ProblemError where they cannot be read."""

    def __init__(self, settings: ServiceSettings) -> None:
        given = (settings.jwt_issuer, settings.jwt_audience, settings.jwt_keys)
        if any(given) and not all(given):
            raise ProblemError(
                "ARCHIVE_API_JWT_ISSUER, ARCHIVE_API_JWT_AUDIENCE and ARCHIVE_API_JWT_KEYS belong together: expected"
                " all of them or none",
                hint="The service was not started.",
            )
        self._issuer, self._audience, self._claim = given[0], given[1], settings.jwt_tenant_claim
        self._keys = _keys(given[2]) if given[2] else None

    def principal(self, text: str) -> Principal | None:
        """Whose token it is; None where it is not one of these, whatever is wrong with it."""
        if self._keys is None or len(text) > _LONGEST:
            return None
        try:
            key = key_of(self._keys, text)
            claims = jwt.decode(
                text, key, algorithms=list(ALGORITHMS), issuer=self._issuer, audience=self._audience,
                leeway=_LEEWAY_SECONDS, options={"require": ["exp", "iss", "aud", "sub"]},
            )  # fmt: skip
        except (jwt.PyJWTError, ValueError):
            return None
        return self._principal(claims)

    def _principal(self, claims: dict[str, Any]) -> Principal | None:
        tenant, scope = claims.get(self._claim), claims.get("scope", claims.get("scp"))
        if not isinstance(tenant, str) or not tenant.strip():
            return None
        scopes = scope.split() if isinstance(scope, str) else scope
        if not isinstance(scopes, list) or not all(isinstance(one, str) for one in scopes):
            return None
        known = {one.removeprefix("archive:") for one in scopes}
        mine = None if tenant == EVERY_TENANT else tenant
        if fault_of(known, mine):
            return None
        # The same person in two tenants is two callers: neither has the other's jobs.
        return Principal(f"subject {json.dumps([claims['sub'], tenant])}", frozenset(known), mine, claims["sub"])


def _keys(where: str) -> jwt.PyJWKClient | jwt.PyJWKSet:
    if where.startswith("https://"):
        return client(where)
    if "://" in where:
        raise ProblemError(
            "ARCHIVE_API_JWT_KEYS: expected an https:// URL or a file", hint="The service was not started."
        )
    try:
        return jwt.PyJWKSet.from_dict(json.loads(Path(where).read_text()))
    except (OSError, ValueError, jwt.PyJWTError) as error:
        raise ProblemError(
            f"ARCHIVE_API_JWT_KEYS={where} holds no JSON Web Key Set: {error}", hint="The service was not started."
        ) from None


def client(where: str) -> jwt.PyJWKClient:
    """Asks the issuer for its keys, every five minutes. What it remembers beyond that would outlive a key's removal."""
    return jwt.PyJWKClient(where, cache_keys=False, lifespan=300, timeout=_ISSUER_SECONDS)


def key_of(keys: jwt.PyJWKClient | jwt.PyJWKSet, text: str) -> jwt.PyJWK:
    """The key that the token names. Raises ValueError for one that nobody has."""
    named = jwt.get_unverified_header(text).get("kid")
    known: jwt.PyJWKClient | jwt.PyJWKSet | None = keys
    if isinstance(keys, jwt.PyJWKClient):
        # Not by the client first: it keeps everybody waiting while it asks the issuer for a key that nobody has.
        known = keys.jwk_set_cache.get() if keys.jwk_set_cache is not None else None
    found = [key for key in known.keys if key.key_id == named] if isinstance(known, jwt.PyJWKSet) else []
    if len(found) == 1:
        return found[0]
    if isinstance(keys, jwt.PyJWKClient) and isinstance(named, str):
        return keys.get_signing_key(named)
    raise ValueError("no such key")
