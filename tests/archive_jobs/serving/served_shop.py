"""A shop of two tenants behind the service: rows hot and cold, personal data, and canaries that only one may see."""

from __future__ import annotations

import json
import os
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
import uvicorn
from small_shop import SCHEMA, TICK, Shop, write_definitions
from starlette.testclient import TestClient

from archive_jobs.database import connect
from archive_jobs.serving.app import make_app
from archive_jobs.serving.backend import Backend
from archive_jobs.serving.principals import SCOPES
from archive_jobs.serving.service_settings import ServiceSettings
from archive_jobs.serving.tokens import create_token
from definitions_to_dbt.embedded_postgres import EmbeddedPostgres

TENANTS = ("acme", "globex", "o'hara")
# The same text in every column of the rows of one tenant, so that it is found wherever it gets to.
CANARIES = {tenant: f"canary{number}x{number * 7919}" for number, tenant in enumerate(TENANTS, start=3)}
ORDER: dict[str, Any] = {
    "code": "PURCHASE",
    "name": "Purchase",
    "module": "SHOP",
    "description": "One purchase of one tenant's customer.",
    "kind": "event",
    "time_column": "bought_at",
    "tenant_column": "tenant_id",
    "archive": {"analytics": {"retention": "90 days"}},
    "table_schema": {
        "table_name": "purchases",
        "columns": [
            {"name": "purchase_id", "type": "text", "primary_key": True},
            {"name": "tenant_id", "type": "text", "nullable": False},
            {"name": "bought_at", "type": "timestamptz", "nullable": False},
            {"name": "amount", "type": "numeric(18,6)"},
            {"name": "quantity", "type": "integer"},
            {"name": "note", "type": "text"},
            {"name": "email", "type": "text", "pii": "tokenize"},
            {"name": "phone", "type": "text", "pii": "mask"},
        ],
    },
}
RANGE = {"start_time": "2024-01-01", "end_time": "2024-12-31"}


@dataclass
class ServedShop:
    """The shop, its service, and tokens for everybody."""

    shop: Shop
    backend: Backend
    client: TestClient
    tokens: dict[str, str] = field(default_factory=dict)

    def token(self, tenant: str | None = None, scopes: Sequence[str] | None = None) -> str:
        """A token; each is made once."""
        given = tuple(scopes) if scopes is not None else (SCOPES if tenant is None else ("retrieve", "status"))
        key = f"{tenant} {given}"
        if key not in self.tokens:
            with connect(self.backend.settings) as connection:
                _, text = create_token(connection, SCHEMA, key, given, tenant, timedelta(hours=1), key)
            self.tokens[key] = text
        return self.tokens[key]

    def get(self, path: str, tenant: str | None = None, scopes: Sequence[str] | None = None, **query: Any) -> Any:
        """A GET with a token."""
        return self.ask("GET", path, tenant, scopes, params={k: v for k, v in query.items() if v is not None})

    def post(
        self, path: str, body: Any, tenant: str | None = None, scopes: Sequence[str] | None = None, **h: str
    ) -> Any:
        """A POST of JSON with a token."""
        return self.ask("POST", path, tenant, scopes, json=body, headers=h)

    def ask(
        self, method: str, path: str, tenant: str | None = None, scopes: Sequence[str] | None = None, **given: Any
    ) -> Any:
        headers = {"Authorization": f"Bearer {self.token(tenant, scopes)}", **given.pop("headers", {})}
        return self.client.request(method, path, headers=headers, **given)

    def retrieve(self, tenant: str | None = None, scopes: Sequence[str] | None = None, **query: Any) -> Any:
        """A retrieval of purchases."""
        return self.get("/api/v1/retrieve", tenant, scopes, **{"table_name": "purchases", **RANGE, **query})

    def rows(
        self, tenant: str | None = None, scopes: Sequence[str] | None = None, **query: Any
    ) -> list[dict[str, Any]]:
        """The rows of a page."""
        answer = self.retrieve(tenant, scopes, **query)
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()["rows"]
        return found


@contextmanager
def served_shop(server: EmbeddedPostgres, folder: Path, **settings: Any) -> Iterator[ServedShop]:
    """A database, a lake, two years of purchases of which the older ones are archived, and the service over them."""
    name = f"serve_{uuid.uuid4().hex[:12]}"
    with pytest.MonkeyPatch.context() as patch:
        for variable, value in server.environment.items():
            patch.setenv(variable, value)
        with psycopg.connect(autocommit=True) as administrator:
            administrator.execute(f"create database {name} strategy file_copy")
        patch.setenv("PGDATABASE", name)
        patch.setenv("ANALYTICS_SCHEMA", SCHEMA)
        patch.setenv("ARCHIVE_URL", str(folder / "lake"))
        definitions = write_definitions(folder / "definitions", ORDER, TICK)
        with psycopg.connect(autocommit=True) as connection:
            shop = Shop(connection, definitions, Path(os.environ["ARCHIVE_URL"]))
            shop.make_tables()
            add_purchases(shop)
            shop.add_ticks()
            shop.run()
            add_purchases(shop, first="2024-04-01", start=1000)
            given = {
                "results": folder / "results",
                "max_per_minute": 1_000_000,
                "max_wrong_per_minute": 1_000_000,
                "sample_seconds": 86_400,
                **settings,
            }
            backend = Backend(ServiceSettings(**given), definitions)
            with TestClient(make_app(backend), raise_server_exceptions=False) as client:
                yield ServedShop(shop, backend, client)
        with psycopg.connect(dbname="postgres", autocommit=True) as administrator:
            administrator.execute(f"drop database {name} with (force)")


def add_purchases(shop: Shop, first: str = "2024-01-01", start: int = 0, per_tenant: int = 40) -> None:
    """Rows of every tenant, over four days, each with its tenant's canary in every text."""
    for tenant, canary in CANARIES.items():
        shop.execute(
            f"insert into {SCHEMA}.purchases (purchase_id, tenant_id, bought_at, amount, quantity, note, email, phone,"
            " _raw_seq, _source_order)"
            " select %s || n, %s, %s::timestamptz + (n - %s) * interval '2 hours', n * 1.37, n %% 7,"
            " case n %% 5 when 0 then null when 1 then '=cmd|' || %s when 2 then 'a\"b,' || chr(10) || %s else %s end,"
            " %s || n %% 3 || '@example.com', '+49 170 ' || %s, n, n"
            " from generate_series(%s + 1, %s + %s) n",
            canary, tenant, first, start, canary, canary, canary, canary, canary, start, start, per_tenant,
        )  # fmt: skip


def problem(answer: Any) -> dict[str, Any]:
    """The body of a refusal, which must be one as RFC 9457 says it, and name nothing of what lies below."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    body: dict[str, Any] = json.loads(answer.text)
    assert body["status"] == answer.status_code
    assert {"type", "title", "status", "detail", "request_id"} <= body.keys()
    lowered = answer.text.lower()
    for word in (
        "select ",
        " from ",
        "traceback",
        ".parquet",
        "psycopg",
        "duckdb",
        "/home",
        "/tmp",
        'file \\"',
        "lake/",
    ):
        assert word not in lowered, answer.text
    return body


@contextmanager
def over_http(served: ServedShop) -> Iterator[str]:
    """The service on a port of its own, as it is served in production; its URL."""
    options: dict[str, Any] = {"host": "127.0.0.1", "port": 0, "lifespan": "off", "access_log": False}
    options["h11_max_incomplete_event_size"] = 512 << 10
    server = uvicorn.Server(uvicorn.Config(served.client.app, log_level="critical", server_header=False, **options))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join()


def until(what: Callable[[], bool]) -> None:
    """Wait until it is so."""
    while not what():
        time.sleep(0.01)


@contextmanager
def locked(served: ServedShop) -> Iterator[psycopg.Connection[Any]]:
    """Nobody can read the purchases meanwhile."""
    with psycopg.connect() as other:
        other.execute("lock table analytics_service.purchases in access exclusive mode")
        yield other
        other.rollback()
    until(lambda: served.backend.engines._free.qsize() == served.backend.settings.engines)


@contextmanager
def changed(served: ServedShop, **settings: Any) -> Iterator[None]:
    """Other settings for a while."""
    before = served.backend.settings, served.backend.engines._settings
    served.backend.settings = served.backend.settings.model_copy(update=settings)
    served.backend.engines._settings = served.backend.settings
    yield
    served.backend.settings, served.backend.engines._settings = before
