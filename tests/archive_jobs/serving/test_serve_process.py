"""The service as it is run: a process of its own over TLS, and a role of its own behind PostgreSQL's row security."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import ssl
import subprocess
import sys
import urllib.error
import urllib.request
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
import uvicorn
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from served_shop import RANGE, ServedShop, problem
from small_shop import SCHEMA, Shop
from starlette.testclient import TestClient

from archive_jobs import failpoints
from archive_jobs.database import connect
from archive_jobs.serving.app import make_app
from archive_jobs.serving.backend import Backend
from archive_jobs.serving.engines import EnginePool
from archive_jobs.serving.listening import listen
from archive_jobs.serving.service_settings import ServiceSettings
from archive_jobs.serving.tokens import create_token
from definitions_to_dbt.errors import ProblemError

SECOND_WALL = Path(__file__).parents[3] / "docs" / "80_row_security.sql"


def certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate of this machine, by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(1).not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    cert, secret = folder / "cert.pem", folder / "key.pem"
    cert.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    secret.write_bytes(key.private_bytes(encoding, form, serialization.NoEncryption()))
    return cert, secret


def test_35_serve_speaks_tls_logs_no_values_and_ends_when_told(served: ServedShop, tmp_path: Path) -> None:
    cert, key = certificate(tmp_path)
    words = ["serve", "--port", "0", "--tls-cert", str(cert), "--tls-key", str(key)]
    process = subprocess.Popen(
        [Path(sys.executable).with_name("archive-jobs"), *words, "--definitions", str(served.shop.definitions)],
        stderr=subprocess.PIPE, text=True, env=os.environ | {"ARCHIVE_API_RESULTS": str(tmp_path / "results")},
    )  # fmt: skip
    assert process.stderr is not None
    said = (re.search(r"listening on (https://)127.0.0.1(:\d+)", line) for line in process.stderr)
    url = next(f"{found[1]}localhost{found[2]}" for found in said if found)
    trusting = ssl.create_default_context(cafile=str(cert))
    path = f"{url}/api/v1/retrieve?table_name=purchases&start_time=2024-01-01&end_time=2024-01-31&limit=2"
    headers = {"Authorization": f"Bearer {served.token('acme')}"}
    with urllib.request.urlopen(urllib.request.Request(path, headers=headers), context=trusting) as answer:
        rows = json.loads(answer.read())["rows"]
        assert answer.headers["strict-transport-security"].startswith("max-age=")
    with pytest.raises(urllib.error.HTTPError, match="401"):
        urllib.request.urlopen(path, context=trusting)
    process.send_signal(signal.SIGTERM)
    log = [json.loads(line) for line in process.stderr if line.startswith("{")]

    assert [row["tenant_id"] for row in rows] == ["acme", "acme"]
    assert process.wait() == -signal.SIGTERM
    assert [(one["route"], one["status"]) for one in log if one["event"] == "request"] == [
        ("/api/v1/retrieve", 200), ("none", 401)
    ]  # fmt: skip
    assert "purchases" not in json.dumps(log)


def test_serve_refuses_to_begin_without_the_lake_of_its_catalogue(served: ServedShop, tmp_path: Path) -> None:
    identity = Path(os.environ["ARCHIVE_URL"]) / SCHEMA / "_lake.json"
    away, other = tmp_path / "away", tmp_path / "other"
    (other / SCHEMA).mkdir(parents=True)
    another = json.loads(identity.read_bytes()) | {"lake_id": "5b4d6c2a-0000-4000-8000-000000000000"}
    (other / SCHEMA / "_lake.json").write_text(json.dumps(another))
    for lake, reason in ((away, "found none"), (other, "another lake")):
        # This is made before anything listens.
        with pytest.raises(ProblemError, match=reason):
            Backend(ServiceSettings(archive_url=str(lake)), served.shop.definitions)
    assert not away.exists()


def test_09_a_role_of_its_own_is_held_by_row_security_where_our_own_condition_fails(served: ServedShop) -> None:
    role = f"archive_api_{os.getpid()}"
    text = SECOND_WALL.read_text().replace("archive_api", role).replace("scor_metrics", "purchases")
    served.shop.connection.execute(text)
    row = served.shop.execute(
        "select rolsuper, rolbypassrls, exists (select from pg_class where relowner = r.oid) from pg_roles r"
        " where rolname = %s", role,
    ).fetchone()  # fmt: skip
    assert row == (False, False, False)
    before = served.backend.engines
    settings = served.backend.settings.model_copy(update={"database_role": role, "engines": 1})
    served.backend.engines = EnginePool(settings, served.backend.store)
    hot = {**RANGE, "start_time": "2024-04-01", "limit": 1000}  # what is archived is older
    try:
        assert len(served.rows("acme", **hot)) == 40
        failpoints.disabled_guards.add("tenant rows")
        assert {row["tenant_id"] for row in served.rows("acme", **hot)} == {"acme"}
        assert {row["tenant_id"] for row in served.rows("globex", **hot)} == {"globex"}
        # Nothing of a tenant is left on the connections that it was answered by.
        (warm,) = [served.backend.engines._free.get()]
        assert warm is not None
        left = "select current_setting('archive_jobs.tenant', true)"
        found = warm.engine.execute(f"select * from postgres_query('pg', {psycopg.sql.quote(left)})").fetchone()
        assert (found, warm.control.execute(left.encode()).fetchone()) == (("",), ("",))
        served.backend.engines._free.put(warm)
        assert problem(served.retrieve("acme", table_name="ticks"))["status"] == 404
    finally:
        served.backend.engines.close()
        served.backend.engines = before
        served.shop.execute("alter table analytics_service.purchases no force row level security")
        served.shop.execute("alter table analytics_service.purchases disable row level security")
        served.shop.execute(f"drop owned by {role}")
        served.shop.execute(f"drop role {role}")


@pytest.mark.usefixtures("azure_lake")
def test_rows_of_a_remote_lake_are_read_where_the_engine_reaches_no_network(shop: Shop, tmp_path: Path) -> None:
    shop.add_sales(days=2)
    shop.run("analytics", objects=("SALE",))
    backend = Backend(ServiceSettings(results=tmp_path / "results"), shop.definitions)
    with TestClient(make_app(backend)) as client, connect(backend.settings) as connection:
        _, token = create_token(connection, SCHEMA, "remote", ["retrieve"], None, timedelta(hours=1))
        asked = {"table_name": "sales", "start_time": "2024-01-01", "end_time": "2024-01-31", "limit": "1000"}
        headers = {"Authorization": f"Bearer {token}"}
        healthy = client.get("/api/v1/health", headers=headers)
        page = client.get("/api/v1/retrieve", params=asked, headers=headers)
    assert (healthy.status_code, page.status_code, len(page.json()["rows"])) == (200, 200, 80)


def test_a_port_that_is_taken_is_one_message() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(ProblemError, match=f"cannot listen on 127.0.0.1:{port}: Address already in use"):
            listen(uvicorn.Config("nothing:app", host="127.0.0.1", port=port, log_level="critical"))


def test_an_answer_is_sent_as_soon_as_it_is_written() -> None:
    listening = listen(uvicorn.Config("nothing:app", host="127.0.0.1", port=0, log_level="critical"))
    with listening, socket.create_connection(listening.getsockname()):
        accepted, _ = listening.accept()
        with accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) != 0
