"""What changes something is asked for twice, done once, by somebody else where that matters, and written down."""

from __future__ import annotations

import calendar
import itertools
import json
import re
import time
import uuid
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from served_shop import ServedShop, add_purchases, problem
from small_shop import SCHEMA

from archive_jobs import failpoints
from archive_jobs.database import connect
from archive_jobs.scheduling.stopping import Stop
from archive_jobs.scheduling.worker import Worker, work
from archive_jobs.serving.audit import audit_faults, write_audit
from archive_jobs.serving.tokens import create_token
from definitions_to_dbt.errors import ProblemError

_months = itertools.count(1)


def some_month(served: ServedShop) -> dict[str, str]:
    """A month in which there is something to archive; each is used once."""
    month = next(_months)
    first, last = f"2023-{month:02}-01", f"2023-{month:02}-{calendar.monthrange(2023, month)[1]}"
    add_purchases(served.shop, first, start=int(time.time_ns() % 10**9), per_tenant=2)
    return {"table_name": "purchases", "start_time": first, "end_time": last}


def work_off(served: ServedShop) -> None:
    """A worker that does what is queued, and schedules nothing by itself."""
    settings = served.backend.settings.model_copy(update={"auto_archival_enabled": False})
    work(Worker(settings, served.shop.definitions, Stop()), once=True)


def until_over(served: ServedShop, job_id: str, *who: Any) -> dict[str, Any]:
    while (found := served.get(f"/api/v1/jobs/{job_id}", *who).json())["state"] in ("queued", "running"):
        pass
    return dict(found)


def test_30_archiving_needs_the_token_of_a_dry_run_of_the_very_same(served: ServedShop) -> None:
    asked = some_month(served)
    shown = served.post("/api/v1/archive", asked).json()
    assert (shown["units"], shown["rows"], shown["dry_run"]) == (1, 6, True)
    token = shown["dry_run_token"]

    other = some_month(served)
    for body, who in (
        ({**asked, "dry_run_token": "x"}, None), ({**other, "dry_run_token": token}, None),
        ({**asked, "archive_type": "source", "dry_run_token": token}, None),
        ({**asked, "dry_run_token": token}, ["archive"]), ({**asked, "dry_run_token": token[:-4] + "AAAA"}, None),
    ):  # fmt: skip
        assert problem(served.post("/api/v1/archive", body, None, who))["status"] == 409

    queued = served.post("/api/v1/archive", {**asked, "dry_run_token": token})
    again = served.post("/api/v1/archive", {**asked, "dry_run_token": token})
    assert (queued.status_code, problem(again)["type"]) == (202, "urn:archive-jobs:agreement-used")
    assert served.get(queued.headers["location"]).json()["state"] == "queued"
    work_off(served)
    assert served.get(queued.headers["location"]).json()["state"] == "done"
    assert served.post("/api/v1/archive", asked).json()["units"] == 0


@pytest.mark.parametrize("guard_stands", [True, False])
def test_30_what_has_changed_since_it_was_shown_is_not_archived(served: ServedShop, guard_stands: bool) -> None:
    asked = some_month(served)
    token = served.post("/api/v1/archive", asked).json()["dry_run_token"]
    add_purchases(served.shop, asked["start_time"], start=int(time.time_ns() % 10**9), per_tenant=1)
    refused = served.post("/api/v1/archive", {**asked, "dry_run_token": token})
    assert problem(refused)["type"] == "urn:archive-jobs:changed"

    token = served.post("/api/v1/archive", asked).json()["dry_run_token"]
    queued = served.post("/api/v1/archive", {**asked, "dry_run_token": token}).json()["job_id"]
    add_purchases(served.shop, asked["start_time"], start=int(time.time_ns() % 10**9), per_tenant=1)
    if not guard_stands:
        failpoints.disabled_guards.add("agreed")
    work_off(served)
    assert (until_over(served, queued)["state"] == "failed") is guard_stands


def test_04_the_same_key_is_the_same_job_and_another_request_under_it_is_refused(served: ServedShop) -> None:
    asked = some_month(served)
    agreed = {**asked, "dry_run_token": served.post("/api/v1/archive", asked).json()["dry_run_token"]}
    key = {"Idempotency-Key": uuid.uuid4().hex}

    first = served.post("/api/v1/archive", agreed, **key)
    work_off(served)
    second = served.post("/api/v1/archive", agreed, **key)
    other = served.post("/api/v1/archive", {**agreed, "end_time": "2024-01-02"}, **key)
    export = served.post("/api/v1/retrievals", asked, **key)
    stranger = served.post("/api/v1/archive", agreed, None, ["archive"], **key)

    assert (first.status_code, second.status_code) == (202, 200)
    assert first.json()["job_id"] == second.json()["job_id"]
    assert [problem(one)["type"] for one in (other, export)] == ["urn:archive-jobs:key-used"] * 2
    assert problem(stranger)["status"] == 409


def test_10_nothing_can_be_set_that_is_not_asked_for(served: ServedShop) -> None:
    asked = {"table_name": "purchases"}
    for word in (
        "state",
        "sha256",
        "path",
        "hold",
        "tenant",
        "schema",
        "job_id",
        "owner_key",
        "dry_run",
        "definitions",
    ):
        for path in ("archive", "retrievals", "holds"):
            answer = served.post(f"/api/v1/{path}", {**asked, "reason": "because", word: "x"})
            assert problem(answer)["status"] == 422, (path, word)
    for path in ("../x", "pg_catalog.pg_class", "purchases; drop table x"):
        assert problem(served.post("/api/v1/archive", {"table_name": path}))["status"] == 422
    assert problem(served.post("/api/v1/archive", {"table_name": "nothing"}))["status"] == 404


def test_a_job_that_nobody_has_begun_can_be_cancelled(served: ServedShop) -> None:
    asked = some_month(served)
    token = served.post("/api/v1/archive", asked).json()["dry_run_token"]
    job_id = served.post("/api/v1/archive", {**asked, "dry_run_token": token}).json()["job_id"]
    assert problem(served.post(f"/api/v1/jobs/{job_id}/cancel", {}, None, ["retrieve"]))["status"] == 404
    assert served.post(f"/api/v1/jobs/{job_id}/cancel", {}).json()["state"] == "cancelled"
    assert problem(served.post(f"/api/v1/jobs/{job_id}/cancel", {}))["status"] == 409
    work_off(served)
    assert served.post("/api/v1/archive", asked).json()["units"] == 1


def test_30_a_hold_is_placed_at_once_and_released_when_asked_twice(served: ServedShop) -> None:
    asked = {"table_name": "purchases", "start_time": "2024-01-01", "end_time": "2024-01-31", "reason": "case 7"}
    placed = served.post("/api/v1/holds", asked)
    hold_id = placed.json()["hold_id"]
    assert placed.status_code == 201
    assert hold_id in served.get("/api/v1/holds").text

    shown = served.post(f"/api/v1/holds/{hold_id}/release", {}).json()
    assert (shown["dry_run"], hold_id in served.get("/api/v1/holds").text) == (True, True)
    second = served.post("/api/v1/holds", asked).json()["hold_id"]
    for number, who, token in ((second, None, shown["dry_run_token"]), (hold_id, ["holds"], shown["dry_run_token"])):
        wrong = served.post(f"/api/v1/holds/{number}/release", {"dry_run_token": token}, None, who)
        assert problem(wrong)["type"] == "urn:archive-jobs:not-agreed"
    released = served.post(f"/api/v1/holds/{hold_id}/release", {"dry_run_token": shown["dry_run_token"]})
    assert released.json()["hold"]["released_at"] is not None
    for who in (placed.json()["placed_by"], released.json()["hold"]["released_by"]):
        assert re.fullmatch(r"token [0-9a-f]{16} \(as \w+\)", who)
    assert problem(served.post(f"/api/v1/holds/{hold_id}/release", {}))["status"] == 409
    assert problem(served.post(f"/api/v1/holds/{uuid.uuid4()}/release", {}))["status"] == 404


def test_holds_and_proposals_are_listed_a_page_at_a_time(served: ServedShop) -> None:
    for number in range(3):
        served.post("/api/v1/holds", {"table_name": "ticks", "reason": f"case {number}"})
        served.post("/api/v1/policies", {"table_name": "ticks", "retention_days": 300 + number})
    for path, name, key in (("holds", "holds", "hold_id"), ("policies/proposals", "proposals", "proposal_id")):
        every = [one[key] for one in served.get(f"/api/v1/{path}").json()[name]]
        seen, after = [], {}
        while True:
            page = served.get(f"/api/v1/{path}", limit="2", **after).json()
            seen += [one[key] for one in page[name]]
            assert len(page[name]) <= 2
            if page["next"] is None:
                break
            after = {"after": page["next"]}
        assert (seen, len(every) >= 3) == (every, True)
        assert problem(served.get(f"/api/v1/{path}", after=str(uuid.uuid4())))["status"] == 404
        assert problem(served.get(f"/api/v1/{path}", limit="1001"))["status"] == 422


LITERALS = [
    {"table_name": "purchases", "retention_days": 90, "archive_format": "parquet", "compression": "snappy",
     "partition_by": "day"},
    {"source_layer": "layer_3", "archive_type": "source", "table_name": "source_purchases",
     "retention_in_layer_3": "7 days", "archive_after": "immediate", "archive_retention": "7 years",
     "archive_format": "parquet", "compression": "snappy", "partition_by": "ingestion_date",
     "preserve_raw_format": True},
    {"name": "analytics_data_archival", "source_layer": "layer_2", "archive_type": "analytics", "retention_days": 90,
     "archive_format": "parquet"},
    {"layer": "source", "retention_in_timescaledb": "7 days", "archive_to_layer_2a": True,
     "archive_retention": "7 years", "archive_format": "parquet", "partition_by": "ingestion_date"},
]  # fmt: skip


def test_31_a_policy_is_proposed_by_one_approved_by_another_and_is_a_version_in_the_audit(served: ServedShop) -> None:
    def versions() -> int:
        return int(served.shop.value("select count(*) from archive_catalog.policies where table_name = 'purchases'"))

    before = versions()
    proposed = served.post("/api/v1/policies?reason=storage", LITERALS)
    number = proposed.json()["proposal_id"]
    assert (proposed.status_code, proposed.json()["state"], versions()) == (202, "proposed", before)
    assert number in served.get("/api/v1/policies/proposals").text

    own = served.post(f"/api/v1/policies/proposals/{number}/approve", {})
    assert problem(own)["type"] == "urn:archive-jobs:four-eyes"
    served.token(None, ["policies"])
    seen = served.shop.value("select count(*) from archive_catalog.api_audit")
    done = served.post(f"/api/v1/policies/proposals/{number}/approve", {}, None, ["policies"])
    assert (done.status_code, versions() > before) == (200, True)
    assert served.shop.value("select count(*) from archive_catalog.api_audit") == seen + 1
    (one,) = [
        p for p in served.get("/api/v1/policies", table_name="purchases").json()["policies"] if p["kind"] == "analytics"
    ]
    assert one["policy"]["compression"] == "snappy"
    assert "approved by token" in one["reason"]
    assert served.post("/api/v1/policies", LITERALS).json()["state"] == "unchanged"
    assert problem(served.post(f"/api/v1/policies/proposals/{number}/reject", {}))["status"] == 409
    assert problem(served.post(f"/api/v1/policies/proposals/{uuid.uuid4()}/approve", {}))["status"] == 404


def test_31_two_tokens_of_one_person_are_two_eyes(served: ServedShop) -> None:
    number = served.post("/api/v1/policies", {"table_name": "ticks", "retention_days": 77}).json()["proposal_id"]
    proposer = served.shop.value(
        "select proposed_person from archive_catalog.api_proposals where proposal_id = %s", number
    )
    with connect(served.backend.settings) as connection:
        made = [
            create_token(connection, SCHEMA, name, ["policies"], None, timedelta(hours=1), owner)[1]
            for name, owner in (("another", f" {proposer.upper()}"), ("nobody's", "somebody"))
        ]
        connection.execute("update archive_catalog.api_tokens set owner = null where name = %s", ("nobody's",))
        with pytest.raises(ProblemError, match="expected --owner"):
            create_token(connection, SCHEMA, "again", ["policies"], None, timedelta(hours=1))

    def approve(token: str) -> str:
        headers = {"Authorization": f"Bearer {token}"}
        answer = served.client.post(f"/api/v1/policies/proposals/{number}/approve", json={}, headers=headers)
        return str(answer.json().get("type") or answer.json()["state"])

    assert [approve(token) for token in made] == ["urn:archive-jobs:four-eyes", "urn:archive-jobs:no-owner"]
    failpoints.disabled_guards.add("person")
    assert approve(made[0]) == "approved"


def test_31_the_policy_and_its_line_in_the_audit_are_one_transaction(
    served: ServedShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    literal = {"table_name": "ticks", "retention_days": 365}
    number = served.post("/api/v1/policies", literal).json()["proposal_id"]
    before = served.shop.value("select count(*) from archive_catalog.policies")

    def fail(*_: Any) -> None:
        raise psycopg.errors.DiskFull("no space for 'secret' in /var/lib/postgresql")

    with monkeypatch.context() as patch:
        patch.setattr("archive_jobs.serving.proposing.write_audit", fail)
        answer = served.post(f"/api/v1/policies/proposals/{number}/approve", {}, None, ["policies"])
    assert problem(answer)["status"] == 503
    assert served.shop.value("select count(*) from archive_catalog.policies") == before
    assert number in served.get("/api/v1/policies/proposals").text


def test_31_a_policy_that_cannot_be_obeyed_says_why(served: ServedShop) -> None:
    for literal, said in (
        ({"table_name": "purchases", "retention_day": 90}, "retention_days"), ({"table_name": "nothing"}, "nothing"),
        ({"retention_days": 3}, "neither a table nor a layer"), ([], None),
        ({"table_name": "purchases", "retention_days": "x"}, ""),
    ):  # fmt: skip
        answer = served.post("/api/v1/policies", literal)
        assert answer.status_code == (200 if literal == [] else 422), answer.text
        assert said is None or said in problem(answer)["detail"]


def test_36_the_audit_is_only_added_to_and_a_gap_is_found(served: ServedShop) -> None:
    with connect(served.backend.settings) as connection:
        for number in range(5):
            write_audit(connection, "elsewhere", "test", "counted", {"number": number})
        assert audit_faults(connection, "elsewhere") == []
        for change in ("update archive_catalog.api_audit set principal = 'x'", "delete from archive_catalog.api_audit",
                       "truncate archive_catalog.api_audit"):  # fmt: skip
            with pytest.raises(psycopg.errors.RaiseException, match="only ever added to"):
                connection.execute(change.encode())
        # Whoever owns the table can take the guard away, and is found out by the chain.
        connection.execute("alter table archive_catalog.api_audit disable trigger api_audit_is_only_added_to")
        connection.execute("delete from archive_catalog.api_audit where schema_name = 'elsewhere' and seq = 3")
        connection.execute(
            "update archive_catalog.api_audit set details = '{}' where schema_name = 'elsewhere' and seq = 5"
        )
        connection.execute("alter table archive_catalog.api_audit enable trigger api_audit_is_only_added_to")
        assert audit_faults(connection, "elsewhere") == ["rows 3 to 3 are missing", "row 5 was changed"]
    assert served.shop.invoke("tokens", "audit", "--json")[0] == 0


def test_32_status_says_no_reason_and_no_path(served: ServedShop) -> None:
    served.shop.execute(
        "insert into archive_catalog.events (event, schema_name, table_name, kind, details) values"
        " ('failed', %s, 'purchases', 'analytics', %s)", SCHEMA, json.dumps({"reason": "/srv/lake/x.parquet: 'ada'"}),
    )  # fmt: skip
    for who in (None, "acme"):
        said = served.get("/api/v1/status", who).text
        assert not any(word in said for word in ("/srv", "ada", ".parquet", str(served.shop.lake), "reason"))
    (one,) = [
        t
        for t in served.get("/api/v1/status").json()["tables"]
        if (t["table"], t["kind"]) == ("purchases", "analytics")
    ]
    assert one["last_failures"][0]["event"] == "failed"
