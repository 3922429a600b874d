"""Retrievals as jobs: whose they are, in what order they are done, what stays of them, and for how long."""

from __future__ import annotations

import os
import stat
import uuid
from typing import Any

from served_shop import RANGE, ServedShop, changed, locked, problem, until
from small_shop import SCHEMA

from archive_jobs import failpoints
from archive_jobs.privacy.erase_answers import withdraw_answers
from archive_jobs.serving.turns import Turns

BODY = {"table_name": "purchases", **RANGE}


def begin(served: ServedShop, *who: Any, **more: Any) -> str:
    """A job; its number."""
    return str(served.post("/api/v1/retrievals", BODY | more, *who).json()["job_id"])


def until_over(served: ServedShop, job_id: str, *who: Any) -> dict[str, Any]:
    """The job when it has ended."""
    until(lambda: served.get(f"/api/v1/jobs/{job_id}", *who).json()["state"] not in ("queued", "running"))
    return dict(served.get(f"/api/v1/jobs/{job_id}", *who).json())


def test_24_so_many_jobs_of_a_tenant_may_wait(served: ServedShop) -> None:
    with changed(served, max_waiting_jobs=2), locked(served):
        first, second, third = (served.post("/api/v1/retrievals", BODY, "acme") for _ in range(3))
        other = served.post("/api/v1/retrievals", BODY, "globex")
        assert [first.status_code, second.status_code, other.status_code] == [202, 202, 202]
        assert (problem(third)["status"], third.headers["retry-after"]) == (429, "30")
        numbers = [(one.json()["job_id"], who) for one, who in ((first, "acme"), (second, "acme"), (other, "globex"))]
        for job_id, who in numbers:
            assert served.post(f"/api/v1/jobs/{job_id}/cancel", {}, who).json()["state"] == "cancelled"


def test_answers_of_jobs_are_private_bounded_and_go_in_time(served: ServedShop) -> None:
    def ended() -> dict[str, Any]:
        job_id = served.post("/api/v1/retrievals", BODY, "acme").json()["job_id"]
        until(lambda: served.get(f"/api/v1/jobs/{job_id}", "acme").json()["state"] not in ("queued", "running"))
        return dict(served.get(f"/api/v1/jobs/{job_id}", "acme").json())

    done = ended()
    folder = served.backend.exports.answers.folder
    file = folder / f"{done['job_id']}.parquet"
    somebody_elses = folder / "notes.txt"
    somebody_elses.write_text("keep")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    for old in (file, somebody_elses):
        os.utime(old, (0, 0))
    assert problem(served.get(done["result"], "acme"))["status"] == 404
    ended()
    assert (file.exists(), somebody_elses.exists()) == (False, True)
    with changed(served, results_bytes=10):
        full = ended()
    assert (full["state"], full["reason"]) == ("failed", "there is no room for the answer among those that are kept")


def test_a_job_is_alive_after_the_server_was_restarted(served: ServedShop) -> None:
    with locked(served) as other:
        at_work, waiting = begin(served, "acme"), begin(served, "acme")
        until(lambda: served.get(f"/api/v1/jobs/{at_work}", "acme").json()["state"] == "running")
        served.shop.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database()"
            " and pid not in (pg_backend_pid(), %s)", other.info.backend_pid,
        )  # fmt: skip
        after = begin(served, "acme")
        assert served.get(f"/api/v1/jobs/{waiting}", "acme").json()["state"] in ("queued", "running")
    # Nothing had been read yet, so that it begins once more.
    assert [until_over(served, one, "acme")["state"] for one in (at_work, waiting, after)] == ["done"] * 3
    assert problem(served.get(f"/api/v1/jobs/{uuid.uuid4()}", "acme"))["status"] == 404


def test_23_a_retrieval_that_is_too_large_is_a_413_and_can_be_had_as_a_job(served: ServedShop) -> None:
    everything = {"table_name": "purchases", "start_time": "2024-01-01", "end_time": "2024-12-31"}
    settings = served.backend.settings
    served.backend.settings = settings.model_copy(update={"max_rows": 100})
    try:
        refused = served.retrieve(format="csv")
        of_tenant = served.retrieve("acme", format="csv")
    finally:
        served.backend.settings = settings
    assert (problem(refused)["status"], problem(refused)["job"]) == (413, "/api/v1/retrievals")
    assert of_tenant.status_code == 200  # its own rows are 40

    job = served.post("/api/v1/retrievals", {**everything, "format": "csv"}, "acme").json()
    ended = until_over(served, job["job_id"], "acme")
    content = served.get(ended["result"], "acme")
    assert (ended["state"], ended["bytes"]) == ("done", len(content.content))
    assert sorted(content.text.splitlines()) == sorted(served.retrieve("acme", format="csv").text.splitlines())


def test_06_a_job_of_somebody_else_is_as_unknown_as_one_that_is_not_there(served: ServedShop) -> None:
    body = {"table_name": "purchases", "start_time": "2024-01-01", "end_time": "2024-01-31"}
    job_id = served.post("/api/v1/retrievals", body, "globex").json()["job_id"]
    until_over(served, job_id, "globex")

    def refusals() -> list[list[Any]]:
        found = []
        for number in (job_id, str(uuid.uuid4())):
            answers = [served.get(f"/api/v1/jobs/{number}{more}", "acme") for more in ("", "/result")]
            answers.append(served.post(f"/api/v1/jobs/{number}/cancel", {}, "acme"))
            found.append([(a.status_code, a.text.partition('"request_id"')[0]) for a in answers])
        return found

    foreign, unknown = refusals()
    assert foreign == unknown
    assert [status for status, _ in foreign] == [404] * 3
    assert job_id not in served.get("/api/v1/jobs", "acme").text
    assert job_id in served.get("/api/v1/jobs", "globex").text
    failpoints.disabled_guards.add("tenant jobs")
    assert refusals()[0] != unknown


def test_11_an_answer_that_was_made_for_more_is_not_fetched_by_less(served: ServedShop) -> None:
    body = {"table_name": "purchases", "start_time": "2024-01-01", "end_time": "2024-01-31", "columns": ["email"]}
    more = ["retrieve", "pii"]
    job_id = served.post("/api/v1/retrievals", body, "acme", more).json()["job_id"]
    until_over(served, job_id, "acme", more)
    assert served.get(f"/api/v1/jobs/{job_id}/result", "acme", more).status_code == 200
    for path in (f"/api/v1/jobs/{job_id}", f"/api/v1/jobs/{job_id}/result"):
        assert problem(served.get(path, "acme"))["status"] == 404
    assert job_id not in served.get("/api/v1/jobs", "acme").text


def test_a_job_whose_process_has_ended_has_failed(served: ServedShop) -> None:
    row = served.shop.execute(
        "insert into archive_catalog.api_jobs (schema_name, principal, work, request, request_sha256, owner_key, state)"
        " values (%s, 'x', 'retrieve', '{}', '', 1, 'running') returning job_id", SCHEMA,
    ).fetchone()  # fmt: skip
    found = served.get(f"/api/v1/jobs/{row[0]}").json()
    assert (found["state"], found["reason"]) == ("failed", "the process that was at it has ended; ask for it again")


def test_tenants_take_turns_and_each_has_one_job_at_work() -> None:
    turns: Turns[int] = Turns()
    for number in range(3):
        turns.add("acme", number)
    turns.add("globex", 10)
    taken = [turns.take(), turns.take()]
    turns.put_back("globex", 10)  # there was no engine for it
    turns.done("acme")
    taken += [turns.take(), turns.take()]
    assert taken == [("acme", 0), ("globex", 10), ("acme", 1), ("globex", 10)]
    turns.close()
    assert turns.take() is None


def test_a_long_job_of_one_tenant_keeps_no_other_waiting(served: ServedShop) -> None:
    with locked(served):
        long, after = begin(served, "acme"), begin(served, "acme")
        until(lambda: served.get(f"/api/v1/jobs/{long}", "acme").json()["state"] == "running")
        ticks = {"table_name": "ticks", "start_time": "2024-01-01", "end_time": "2024-01-31"}
        other = served.post("/api/v1/retrievals", ticks).json()["job_id"]
        assert until_over(served, other)["state"] == "done"
        assert served.get(f"/api/v1/jobs/{after}", "acme").json()["state"] == "queued"
    assert [until_over(served, one, "acme")["state"] for one in (long, after)] == ["done", "done"]


def test_jobs_of_processes_that_have_ended_do_not_count(served: ServedShop) -> None:
    with changed(served, max_waiting_jobs=2):
        for _ in range(3):
            insert(served, "running", owner_key=1)
        assert until_over(served, begin(served, "acme"), "acme")["state"] == "done"


def insert(served: ServedShop, state: str, tenant: str | None = "acme", owner_key: int = 1) -> str:
    """A job as some process has left it; its number."""
    return str(served.shop.value(
        "insert into archive_catalog.api_jobs (schema_name, principal, tenant, work, request, request_sha256,"
        " owner_key, state, created_at, finished_at)"
        " values (%s, 'x', %s, 'retrieve', '{}', '', %s, %s, now() - interval '2 days', now() - interval '2 days')"
        " returning job_id", SCHEMA, tenant, owner_key, state,
    ))  # fmt: skip


def test_16_what_was_asked_for_is_forgotten_with_its_answer(served: ServedShop) -> None:
    old, dead, young = insert(served, "done"), insert(served, "running"), begin(served, "acme")
    until_over(served, young, "acme")
    served.backend.exports.look(served.backend)
    kept = "select count(*) from archive_catalog.api_jobs where job_id::text = any(%s)"
    assert (served.shop.value(kept, [old, dead]), served.shop.value(kept, [young])) == (0, 1)


def test_the_end_of_a_job_is_told_when_the_catalogue_can_be_told_again(served: ServedShop) -> None:
    exports = served.backend.exports
    with locked(served):
        job_id = begin(served, "acme")
        until(lambda: served.get(f"/api/v1/jobs/{job_id}", "acme").json()["state"] == "running")
        served.shop.execute("alter table archive_catalog.api_jobs rename to away")
    until(lambda: uuid.UUID(job_id) not in exports._tasks)
    served.shop.execute("alter table archive_catalog.away rename to api_jobs")
    assert served.get(f"/api/v1/jobs/{job_id}", "acme").json()["state"] == "running"
    exports.look(served.backend)
    done = served.get(f"/api/v1/jobs/{job_id}", "acme").json()
    assert (done["state"], served.get(done["result"], "acme").status_code) == ("done", 200)


def test_14_answers_about_a_table_go_when_somebody_is_erased_from_it(served: ServedShop) -> None:
    exports, models = served.backend.exports, [served.backend.library.tables["purchases"]]
    done = until_over(served, begin(served, "acme"), "acme")
    file = exports.answers.folder / f"{done['job_id']}.parquet"
    with locked(served):
        at_work, waiting = begin(served, "acme"), begin(served, "acme")
        until(lambda: served.get(f"/api/v1/jobs/{at_work}", "acme").json()["state"] == "running")
        with served.backend.connection() as connection:
            withdraw_answers(connection, SCHEMA, [served.backend.library.tables["ticks"]])
            assert served.get(f"/api/v1/jobs/{done['job_id']}", "acme").json()["state"] == "done"
            assert withdraw_answers(connection, SCHEMA, models) >= 2
        # At once nobody fetches it, and soon it is nowhere.
        assert problem(served.get(done["result"], "acme"))["status"] == 409
        assert file.exists()
    assert [until_over(served, one, "acme")["state"] for one in (at_work, waiting)] == ["cancelled", "done"]
    until(lambda: uuid.UUID(at_work) not in exports._tasks)
    assert uuid.UUID(at_work) not in exports.answers.jobs()
    exports.look(served.backend)
    left = [
        found.name for found in exports.answers.folder.iterdir() if found.name.startswith((done["job_id"], at_work))
    ]
    assert left == []
