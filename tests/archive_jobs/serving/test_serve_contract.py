"""The service does what its description says, asked by a machine with a real token about real rows."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from packaging.version import Version
from served_shop import ServedShop, over_http

HERE = Path(__file__).parent
# `make check-api` asks for a thousand, and for each answer within two seconds.
EXAMPLES = os.environ.get("API_EXAMPLES", "8")


def test_33_schemathesis_finds_nothing_and_has_reached_what_there_is(served: ServedShop, tmp_path: Path) -> None:
    before = {work: answered(served, *work) for work in REACHED}
    words = [
        "--config-file", str(HERE / "schemathesis.toml"), "run", "--phases", "examples,coverage,fuzzing,stateful",
        "--checks", "all", "--max-examples", EXAMPLES, "--generation-deterministic",
        "--no-color", "-H", f"Authorization: Bearer {served.token()}",
    ]  # fmt: skip
    if EXAMPLES != "8":
        words += ["--max-response-time", "2"]
    with over_http(served) as url:
        done = subprocess.run(
            [Path(sys.executable).with_name("st"), *words, f"{url}/api/v1/openapi.json"],
            capture_output=True,
            text=True,
            cwd=tmp_path,  # where it keeps its notes
            env={**os.environ, "SCHEMATHESIS_HOOKS": "known_tables", "PYTHONPATH": str(HERE)},
        )
    assert done.returncode == 0, "\n".join(line[:300] for line in (done.stdout + done.stderr).splitlines())
    # A run that only ever sees 404 and 422 proves nothing.
    for work, least in REACHED.items():
        assert answered(served, *work) - before[work] >= least, work


REACHED = {
    ("GET", "/api/v1/retrieve", "200"): 6,
    ("POST", "/api/v1/retrievals", "202"): 3,
    ("POST", "/api/v1/archive", "200"): 3,
    ("POST", "/api/v1/holds", "201"): 3,
    ("POST", "/api/v1/policies", "202"): 3,
    ("GET", "/api/v1/status", "200"): 3,
}


def answered(served: ServedShop, verb: str, route: str, status: str) -> float:
    """How often a route was answered so."""
    labels = {"method": verb, "route": route, "status": status}
    return served.backend.metrics.registry.get_sample_value("archive_api_requests_total", labels) or 0


@pytest.mark.parametrize(
    ("package", "least"),
    # CVE-2025-62727 (ranges), CVE-2025-54121 (multipart), CVE-2023-29159 (static files); PyJWT's check of `iss`.
    [("starlette", "0.49.1"), ("pyjwt", "2.10.1"), ("h11", "0.16.0"), ("cryptography", "44.0.1")],
)
def test_29_what_the_service_is_made_of_is_no_version_with_a_known_hole(package: str, least: str) -> None:
    (pinned,) = [one["version"] for one in locked_packages() if one["name"] == package]
    assert min(Version(version(package)), Version(pinned)) >= Version(least)


def test_29_every_package_is_pinned_by_its_hashes() -> None:
    found = locked_packages()
    files = [
        (one["name"], file) for one in found for file in [*one.get("wheels", []), *filter(None, [one.get("sdist")])]
    ]
    assert {name for name, _ in files} == {one["name"] for one in found} - {"definitions-to-lake"}
    assert [name for name, file in files if not re.fullmatch("sha256:[0-9a-f]{64}", file.get("hash", ""))] == []


def locked_packages() -> list[dict[str, Any]]:
    """What uv.lock says that is installed; `make audit` asks of the same whether anybody knows a hole."""
    found: list[dict[str, Any]] = tomllib.loads((HERE.parents[2] / "uv.lock").read_text())["package"]
    return found


def test_the_calls_that_users_know_work_as_they_are_written(served: ServedShop) -> None:
    rows = served.get(
        "/api/v1/retrieve", table_name="purchases", data_type="analytics", start_time="2024-01-01T00:00:00Z",
        end_time="2024-01-31T23:59:59Z", columns="purchase_id,amount,bought_at",
    ).json()  # fmt: skip
    raw = served.get(
        "/api/v1/retrieve", table_name="source_purchases", data_type="source", start_time="2024-11-01",
        end_time="2024-11-08", columns="raw_id,raw_data,ingested_at",
    )  # fmt: skip
    assert [column["name"] for column in rows["columns"]] == ["purchase_id", "amount", "bought_at"]
    assert len(rows["rows"]) == 120
    assert (raw.status_code, raw.json()["rows"]) == (200, [])
    assert served.get("/api/v1/status").status_code == served.get("/api/v1/policies").status_code == 200
    assert served.post("/api/v1/archive", {"table_name": "purchases"}).status_code == 200
    literal = {"table_name": "ticks", "retention_days": 90, "archive_format": "parquet", "compression": "snappy"}
    assert served.post("/api/v1/policies", literal | {"partition_by": "day"}).status_code == 202
