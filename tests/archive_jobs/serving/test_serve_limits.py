"""One tenant cannot take what the others need: requests, engines, places in the queue, bytes, time."""

from __future__ import annotations

import asyncio
import os
import socket
import stat
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from served_shop import RANGE, ServedShop, over_http, problem
from starlette.types import Message

from archive_jobs import failpoints
from archive_jobs.serving.limits import Limits
from archive_jobs.serving.problems import ApiError
from archive_jobs.serving.service_settings import ServiceSettings
from archive_jobs.serving.streaming import Streamed
from definitions_to_dbt.errors import ProblemError
from landing.settings import checked_settings

BODY = {"table_name": "purchases", **RANGE}


def until(what: Callable[[], bool]) -> None:
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


def waiting(served: ServedShop) -> int:
    return int(served.shop.value(
        "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
        " and application_name like 'archive-jobs%%'"
    ))  # fmt: skip


def test_24_a_share_has_so_many_requests_a_minute_and_others_have_theirs() -> None:
    now = [100.0]
    limits = Limits(per_minute=60, at_once=1, clock=lambda: now[0])
    for _ in range(60):
        limits.take_request("acme")
    with pytest.raises(ApiError) as refused:
        limits.take_request("acme")
    limits.take_request("globex")
    now[0] += 1.0
    limits.take_request("acme")
    assert (refused.value.status, refused.value.headers) == (429, {"Retry-After": "1"})


def test_24_too_much_at_once_is_a_429_that_says_when_to_come_back(served: ServedShop) -> None:
    limits = served.backend.limits
    served.backend.limits = Limits(per_minute=3, at_once=1)
    try:
        with served.backend.limits.running("tenant acme"):
            busy = served.retrieve("acme")
            other = served.retrieve("globex", limit=1)
        served.get("/api/v1/health", "acme")
        served.get("/api/v1/health", "acme")
        often = served.get("/api/v1/health", "acme")
    finally:
        served.backend.limits = limits
    assert (problem(busy)["status"], busy.headers["retry-after"]) == (429, "1")
    assert (problem(often)["status"], 1 <= int(often.headers["retry-after"]) <= 20) == (429, True)
    assert other.status_code == 200


def test_24_when_every_engine_is_at_work_others_are_told_and_jobs_wait(served: ServedShop) -> None:
    engines = served.backend.engines
    taken = [engines._free.get() for _ in range(served.backend.settings.engines)]
    with changed(served, wait_seconds=0.05):
        assert problem(served.retrieve("acme"))["status"] == 429
        job_id = served.post("/api/v1/retrievals", BODY, "acme").json()["job_id"]
        for engine in taken:
            engines._free.put(engine)
        until(lambda: served.get(f"/api/v1/jobs/{job_id}", "acme").json()["state"] == "done")


def test_24_so_many_jobs_of_a_tenant_may_wait(served: ServedShop) -> None:
    with changed(served, max_waiting_jobs=2), locked(served):
        first, second, third = (served.post("/api/v1/retrievals", BODY, "acme") for _ in range(3))
        other = served.post("/api/v1/retrievals", BODY, "globex")
        assert [first.status_code, second.status_code, other.status_code] == [202, 202, 202]
        assert (problem(third)["status"], third.headers["retry-after"]) == (429, "30")
        numbers = [(one.json()["job_id"], who) for one, who in ((first, "acme"), (second, "acme"), (other, "globex"))]
        for job_id, who in numbers:
            assert served.post(f"/api/v1/jobs/{job_id}/cancel", {}, who).json()["state"] == "cancelled"


def test_25_what_waits_for_a_lock_is_interrupted_in_time_too(served: ServedShop) -> None:
    with changed(served, query_seconds=0.3), locked(served):
        slow = served.retrieve("acme")
    assert (problem(slow)["status"], len(served.rows("acme", limit=5))) == (504, 5)


def test_27_a_client_that_goes_away_stops_its_query(served: ServedShop) -> None:
    token = served.token("acme")
    with over_http(served) as url, locked(served):
        place = urlsplit(url)
        with socket.create_connection((place.hostname, place.port)) as client:
            query = f"table_name=purchases&start_time={RANGE['start_time']}&end_time={RANGE['end_time']}&format=csv"
            text = f"GET /api/v1/retrieve?{query} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\r\n"
            client.sendall(text.encode())
            until(lambda: waiting(served) > 0)
        until(lambda: waiting(served) == 0)
    assert len(served.rows("acme", limit=5)) == 5


def test_27_a_client_that_takes_nothing_does_not_keep_its_engine() -> None:
    given_back, stopped = threading.Event(), list[str]()
    held = ExitStack()
    held.callback(given_back.set)

    async def never() -> Message:
        await asyncio.Event().wait()
        raise AssertionError

    async def stuck(message: Message) -> None:
        if message["type"] == "http.response.body":
            await asyncio.Event().wait()

    async def answer() -> None:
        with ThreadPoolExecutor(4) as threads:
            chunks = iter([b"row"] * 10)
            await Streamed(chunks, held, stopped.append, threads, "text/csv", {}, 0.05)({}, never, stuck)

    with pytest.raises(TimeoutError):
        asyncio.run(answer())
    assert (given_back.is_set(), stopped) == (True, ["time"])


def test_23_what_is_read_counts_and_not_what_is_asked_for(served: ServedShop) -> None:
    own = served.get("/api/v1/status", "acme").json()["tables"][0]["bytes"]
    whole = served.shop.value("select sum(bytes) from archive_catalog.readable_files where table_name = 'purchases'")
    with changed(served, max_bytes=int((own + whole) / 2)):
        # The files of the other tenants are read too: a record of theirs may be a later one of the same key.
        assert problem(served.retrieve("acme"))["status"] == 413
        failpoints.disabled_guards.add("bytes")
        assert served.retrieve("acme").status_code == 200


def test_answers_of_jobs_are_private_bounded_and_go_in_time(served: ServedShop) -> None:
    def ended() -> dict[str, Any]:
        job_id = served.post("/api/v1/retrievals", BODY, "acme").json()["job_id"]
        until(lambda: served.get(f"/api/v1/jobs/{job_id}", "acme").json()["state"] not in ("queued", "running"))
        return dict(served.get(f"/api/v1/jobs/{job_id}", "acme").json())

    done = ended()
    folder = served.backend.exports.folder
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
    served.shop.execute(
        "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database()"
        " and pid <> pg_backend_pid()"
    )
    job_id = served.post("/api/v1/retrievals", BODY, "acme").json()["job_id"]
    until(lambda: served.get(f"/api/v1/jobs/{job_id}", "acme").json()["state"] == "done")
    assert problem(served.get(f"/api/v1/jobs/{uuid.uuid4()}", "acme"))["status"] == 404


@pytest.mark.parametrize(
    ("given", "said"),
    [({"secret": "short"}, "at least 32"), ({"engines": 2, "max_at_once": 2}, "less than ARCHIVE_API_ENGINES")],
)
def test_settings_that_would_be_no_wall_are_refused(given: dict[str, Any], said: str) -> None:
    with pytest.raises(ProblemError, match=said):
        checked_settings(ServiceSettings, **given)
