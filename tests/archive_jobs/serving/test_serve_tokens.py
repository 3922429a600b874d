"""Who gets in, and for what: tokens of our own, JSON Web Tokens, scopes."""

from __future__ import annotations

import base64
import hmac
import itertools
import json
import re
import time
import uuid
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from served_shop import ServedShop, problem
from small_shop import SCHEMA

from archive_jobs import failpoints
from archive_jobs.database import connect
from archive_jobs.serving import tokens
from archive_jobs.serving.jwt_tokens import JwtChecker
from archive_jobs.serving.principals import ONLY_WITHOUT_TENANT, SCOPES
from archive_jobs.serving.service_settings import ServiceSettings
from archive_jobs.serving.tokens import create_token, principal_of_token, revoke_token
from definitions_to_dbt.errors import ProblemError

KEY = ec.generate_private_key(ec.SECP256R1())
OTHER = ec.generate_private_key(ec.SECP256R1())
ISSUER, AUDIENCE = "https://login.example.com/", "archive"
VERBS = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD")


def routes(served: ServedShop) -> list[tuple[str, str]]:
    """Every route with every verb, those that there are not among them."""
    described = served.get("/api/v1/openapi.json").json()["paths"]
    paths = [re.sub(r"\{\w+\}", "{}", path) for path in described]
    return list(itertools.product(VERBS, [*paths, "/", "/sign-in", "/api/v1/openapi.json", "/docs", "/nothing/here"]))


@pytest.fixture(scope="module")
def checker(served: ServedShop, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The service also takes the tokens of an issuer."""
    public = json.loads(jwt.algorithms.ECAlgorithm.to_jwk(KEY.public_key())) | {"kid": "one", "alg": "ES256"}
    file = tmp_path_factory.mktemp("keys") / "jwks.json"
    file.write_text(json.dumps({"keys": [public]}))
    served.backend.jwt = JwtChecker(ServiceSettings(jwt_issuer=ISSUER, jwt_audience=AUDIENCE, jwt_keys=str(file)))
    yield
    served.backend.jwt = JwtChecker(ServiceSettings())


def web_token(key: Any = KEY, algorithm: str = "ES256", kid: str | None = "one", **changed: Any) -> str:
    """A token of the issuer; a claim that is None is left out."""
    claims = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": "ada",
        "exp": time.time() + 600,
        "tenant": "acme",
        "scope": "retrieve status",
    } | changed
    headers = {"kid": kid} if kid else {}
    return jwt.encode({k: v for k, v in claims.items() if v is not None}, key, algorithm, headers)


def by_the_public_key() -> str:
    """A token whose signature takes the issuer's public key, which everybody has, for a secret."""
    head, _, body = web_token().partition(".")
    body = body.partition(".")[0]
    head = base64.urlsafe_b64encode(b'{"alg":"HS256","kid":"one","typ":"JWT"}').decode().rstrip("=")
    encoding, form = serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    secret = KEY.public_key().public_bytes(encoding, form)
    signature = hmac.digest(secret, f"{head}.{body}".encode(), "sha256")
    return f"{head}.{body}.{base64.urlsafe_b64encode(signature).decode().rstrip('=')}"


def expired(served: ServedShop) -> str:
    with connect(served.backend.settings) as connection:
        return create_token(connection, SCHEMA, "old", ["status"], None, timedelta(seconds=-1))[1]


def revoked(served: ServedShop) -> str:
    with connect(served.backend.settings) as connection:
        token, text = create_token(connection, SCHEMA, "gone", ["status"], None, timedelta(days=1))
        revoke_token(connection, SCHEMA, token.token_id)
    return text


@pytest.mark.usefixtures("checker")
def test_01_without_a_valid_token_every_route_and_every_error_is_a_401(served: ServedShop) -> None:
    right = served.token(None)
    unsigned = web_token(None, "none", "one")
    confused = by_the_public_key()
    wrong = {
        "none": None,
        "blank": "",
        "no scheme": right,
        "basic": f"Basic {right}",
        "cut": f"Bearer {right[:-1]}",
        "secret of another": f"Bearer {right[:20]}{served.token('acme')[20:]}",
        "expired": f"Bearer {expired(served)}",
        "revoked": f"Bearer {revoked(served)}",
        "alg none": f"Bearer {unsigned}",
        "alg confused": f"Bearer {confused}",
        "issuer": f"Bearer {web_token(iss='https://elsewhere/')}",
        "audience": f"Bearer {web_token(aud='billing')}",
        "key": f"Bearer {web_token(OTHER)}",
        "kid": f"Bearer {web_token(kid='two')}",
        "no kid": f"Bearer {web_token(kid=None)}",
        "late": f"Bearer {web_token(exp=time.time() - 60)}",
        "no exp": f"Bearer {web_token(exp=None)}",
        "no tenant": f"Bearer {web_token(tenant=None)}",
        "list of tenants": f"Bearer {web_token(tenant=['acme'])}",
        "scope for no tenant": f"Bearer {web_token(scope='archive')}",
        "unknown scope": f"Bearer {web_token(scope='root')}",
    }
    everywhere = routes(served)
    for name, given in wrong.items():
        asked = (
            everywhere if name in ("none", "expired") else [("GET", "/api/v1/status"), ("GET", "/api/v1/openapi.json")]
        )
        for verb, path in asked:
            headers = {} if given is None else {"Authorization": given}
            answer = served.client.request(verb, path, headers=headers)
            assert answer.status_code == 401, (name, verb, path)
            if verb != "HEAD" and path != "/sign-in":
                assert problem(answer)["type"] == "urn:archive-jobs:unauthenticated"
            assert answer.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.usefixtures("checker")
def test_01_a_right_token_of_the_issuer_gets_what_its_claims_say(served: ServedShop) -> None:
    headers = {"Authorization": f"Bearer {web_token()}"}
    query = {"table_name": "purchases", "start_time": "2024-01-01", "end_time": "2024-02-01"}

    answer = served.client.get("/api/v1/retrieve", params=query, headers=headers)
    of_all = served.client.get("/api/v1/status", headers={"Authorization": f"Bearer {web_token(tenant='*')}"})

    assert {row["tenant_id"] for row in answer.json()["rows"]} == {"acme"}
    assert {one["rows"] for one in of_all.json()["tables"] if one["table"] == "purchases"} == {120}


@pytest.mark.parametrize(
    "given", [{"jwt_issuer": ISSUER}, {"jwt_issuer": "a", "jwt_audience": "b", "jwt_keys": "http://x/"}]
)
def test_01_half_an_issuer_is_refused(given: dict[str, str]) -> None:
    with pytest.raises(ProblemError, match=r"belong together|expected an https"):
        JwtChecker(ServiceSettings(**given))


def test_02_a_token_is_kept_as_a_digest_and_compared_in_constant_time(
    served: ServedShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = served.token("globex")
    kept = served.shop.execute("select api_tokens::text from archive_catalog.api_tokens").fetchall()
    assert not any(text.split("_", 2)[2] in row[0] for row in kept)

    compared: list[tuple[str, str]] = []
    plain = tokens.hmac.compare_digest
    monkeypatch.setattr(tokens.hmac, "compare_digest", lambda a, b: compared.append((a, b)) or plain(a, b))
    with connect(served.backend.settings) as connection:
        assert principal_of_token(connection, SCHEMA, text) is not None
        assert principal_of_token(connection, SCHEMA, f"aj_{'0' * 16}_{'x' * 43}") is None
    assert len(compared) == 2  # also for a token that is not there


def test_01_a_token_is_refused_from_the_moment_it_is_revoked(served: ServedShop) -> None:
    text = revoked(served)
    with connect(served.backend.settings) as connection:
        assert principal_of_token(connection, SCHEMA, text) is None
        failpoints.disabled_guards.add("token in force")
        assert principal_of_token(connection, SCHEMA, text) is not None


# Which scopes open each route and verb; a cell that is not here is nobody's.
ANY = frozenset(SCOPES)
OPENED_BY = {
    ("GET", "/api/v1/retrieve"): {"retrieve"},
    ("POST", "/api/v1/retrievals"): {"retrieve"},
    ("GET", "/api/v1/status"): {"status"},
    ("GET", "/api/v1/metrics"): {"status"},
    ("GET", "/api/v1/health"): ANY,
    ("GET", "/api/v1/openapi.json"): ANY,
    ("HEAD", "/api/v1/openapi.json"): ANY,
    ("GET", "/"): {"status"},
    ("POST", "/sign-in"): ANY,
    ("POST", "/api/v1/archive"): {"archive"},
    ("GET", "/api/v1/jobs"): {"archive", "retrieve"},
    ("GET", "/api/v1/jobs/{}"): {"archive", "retrieve"},
    ("GET", "/api/v1/jobs/{}/result"): {"retrieve"},
    ("POST", "/api/v1/jobs/{}/cancel"): {"archive", "retrieve"},
    ("GET", "/api/v1/holds"): {"holds"},
    ("POST", "/api/v1/holds"): {"holds"},
    ("POST", "/api/v1/holds/{}/release"): {"holds"},
    ("GET", "/api/v1/policies"): {"policies"},
    ("POST", "/api/v1/policies"): {"policies"},
    ("GET", "/api/v1/policies/proposals"): {"policies"},
    ("POST", "/api/v1/policies/proposals/{}/approve"): {"policies"},
    ("POST", "/api/v1/policies/proposals/{}/reject"): {"policies"},
}


def test_03_every_cell_of_scope_route_and_verb(served: ServedShop) -> None:
    assert {path for _, path in OPENED_BY} >= {path for _, path in routes(served) if path.startswith("/api/v1/")}
    for scope, (verb, path) in itertools.product(SCOPES, routes(served)):
        body = {"json": {}} if verb in ("POST", "PUT", "PATCH") and path != "/sign-in" else {}
        answer = served.ask(verb, path.replace("{}", str(uuid.UUID(int=0))), None, [scope], **body)
        opened_by = OPENED_BY.get((verb, path))
        if opened_by is None:
            assert answer.status_code in (404, 405), (scope, verb, path)
        elif path != "/sign-in":
            assert (answer.status_code != 403) is (scope in opened_by), (scope, verb, path, answer.text)
            assert answer.status_code < 500, (scope, verb, path, answer.text)


@pytest.mark.parametrize("scope", sorted(ONLY_WITHOUT_TENANT))
def test_03_no_token_of_a_tenant_can_have_a_scope_that_is_about_every_tenant(served: ServedShop, scope: str) -> None:
    with connect(served.backend.settings) as connection, pytest.raises(ProblemError, match="of no tenant"):
        create_token(connection, SCHEMA, "greedy", ["retrieve", scope], "acme", timedelta(days=1))


def test_the_commands_make_list_and_revoke_tokens(served: ServedShop) -> None:
    status, text, _ = served.shop.invoke("tokens", "create", "BI", "--tenant", "acme", "--scope", "retrieve")
    assert (status, text.startswith("aj_")) == (0, True)
    token_id = text.split("_")[1]

    assert token_id in served.shop.invoke("tokens", "list")[1]
    assert text.strip() not in served.shop.invoke("tokens", "list", "--json")[1]
    assert served.shop.invoke("tokens", "revoke", token_id)[0] == 0
    assert "no token" in served.shop.invoke("tokens", "revoke", token_id)[2]
    assert "--tenant or --all-tenants" in served.shop.invoke("tokens", "create", "BI", "--scope", "retrieve")[2]
    assert served.shop.invoke("tokens", "audit")[0] == 0


def test_35_no_token_crosses_a_network_in_the_clear(served: ServedShop, tmp_path: Path) -> None:
    assert "in the clear" in served.shop.invoke("serve", "--host", "0.0.0.0")[2]
    assert "belong together" in served.shop.invoke("serve", "--tls-cert", str(tmp_path))[2]
