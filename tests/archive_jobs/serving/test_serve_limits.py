"""One tenant cannot take what the others need: requests, engines, places in the queue, bytes, time."""

from __future__ import annotations

import asyncio
import socket
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from served_shop import RANGE, ServedShop, changed, locked, over_http, problem, until
from small_shop import SCHEMA
from starlette.types import Message

from archive_jobs import failpoints
from archive_jobs.serving.alarms import Alarms
from archive_jobs.serving.limits import Limits, lease_requests
from archive_jobs.serving.problems import ApiError
from archive_jobs.serving.service_settings import ServiceSettings
from archive_jobs.serving.streaming import Streamed
from definitions_to_dbt.errors import ProblemError
from landing.settings import checked_settings

BODY = {"table_name": "purchases", **RANGE}


def waiting(served: ServedShop) -> int:
    return int(served.shop.value(
        "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
        " and application_name like 'archive-jobs%%'"
    ))  # fmt: skip


def limits_of(served: ServedShop, per_minute: int, at_once: int = 1) -> Limits:
    """Limits as a process of the service has them."""

    def lease(share: str, wanted: int) -> int:
        with served.backend.connection() as connection:
            return lease_requests(connection, "limits", share, per_minute, wanted)

    return Limits(per_minute, at_once, lease)


def test_24_a_share_has_so_many_requests_a_minute_in_all_processes_and_others_have_theirs(served: ServedShop) -> None:
    one, other = limits_of(served, per_minute=20), limits_of(served, per_minute=20)
    for _ in range(10):
        one.take_request("acme")
        other.take_request("acme")
    with pytest.raises(ApiError) as refused:
        for _ in range(5):  # three seconds bring one more
            one.take_request("acme")
    other.take_request("globex")
    with served.backend.connection() as connection:
        connection.execute("update archive_catalog.api_shares set at = at - interval '15 seconds'")
    for _ in range(5):
        other.take_request("acme")
    assert (refused.value.status, refused.value.headers) == (429, {"Retry-After": "3"})


def test_24_too_much_at_once_is_a_429_that_says_when_to_come_back(served: ServedShop) -> None:
    limits = served.backend.limits
    served.backend.limits = limits_of(served, per_minute=3, at_once=1)
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


def test_24_what_other_processes_are_at_counts_too(served: ServedShop) -> None:
    with psycopg.connect() as other:
        for number in range(1, served.backend.settings.max_at_once + 1):
            other.execute("select pg_advisory_xact_lock(7311, hashtext(%s))", (f"{SCHEMA} tenant acme {number}",))
        assert problem(served.retrieve("acme"))["type"] == "urn:archive-jobs:too-many"
        assert served.retrieve("globex", limit=1).status_code == 200
        failpoints.disabled_guards.add("places")
        assert served.retrieve("acme", limit=1).status_code == 200
    failpoints.disabled_guards.clear()
    assert served.retrieve("acme", limit=1).status_code == 200


def test_24_when_every_engine_is_at_work_others_are_told_and_jobs_wait(served: ServedShop) -> None:
    engines = served.backend.engines
    taken = [engines._free.get() for _ in range(served.backend.settings.engines)]
    with changed(served, wait_seconds=0.05):
        assert problem(served.retrieve("acme"))["status"] == 429
        job_id = served.post("/api/v1/retrievals", BODY, "acme").json()["job_id"]
        exports = served.backend.exports
        until(lambda: uuid.UUID(job_id) not in exports._tasks or bool(exports._turns._waiting["tenant acme"]))
        until(lambda: served.get(f"/api/v1/jobs/{job_id}", "acme").json()["state"] != "queued")
        for engine in taken:
            engines._free.put(engine)
        until(lambda: served.get(f"/api/v1/jobs/{job_id}", "acme").json()["state"] not in ("queued", "running"))
        assert served.get(f"/api/v1/jobs/{job_id}", "acme").json()["state"] == "done"


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
    given_back, stopped = threading.Event(), list[tuple[str, bool]]()
    held = ExitStack()
    held.callback(given_back.set)

    async def never() -> Message:
        await asyncio.Event().wait()
        raise AssertionError

    async def stuck(message: Message) -> None:
        if message["type"] == "http.response.body":
            await asyncio.Event().wait()

    def stop(why: str) -> None:
        stopped.append((why, threading.current_thread() is threading.main_thread()))

    async def answer() -> None:
        with ThreadPoolExecutor(4) as threads:
            chunks = iter([b"row"] * 10)
            await Streamed(chunks, held, stop, threads, "text/csv", {}, 0.05)({}, never, stuck)

    with pytest.raises(TimeoutError):
        asyncio.run(answer())
    # It may have to ask PostgreSQL, and other requests do not wait for that.
    assert (given_back.is_set(), stopped) == (True, [("time", False)])


def test_25_deadlines_come_in_their_order_and_not_where_they_were_cancelled() -> None:
    alarms, called, last = Alarms(), list[int](), threading.Event()
    with alarms._changed:  # nothing comes due meanwhile
        alarms.set(0.6, last.set)
        cancelled = [alarms.set(0.2, lambda n=n: called.append(n)) for n in range(10)]
        alarms.set(0.5, lambda: called.append(11))
        alarms.set(0, lambda: called.append(10))
        for cancel in cancelled:
            cancel()
    assert last.wait(30)
    assert called == [10, 11]


def test_23_what_a_tenant_asks_for_is_estimated_by_the_number_it_has_in_this_lake(served: ServedShop) -> None:
    with changed(served, max_rows=39):
        assert problem(served.retrieve("acme"))["status"] == 413
        served.backend.lake = "one that was there before"
        assert problem(served.retrieve("acme"))["status"] == 413


def test_23_what_is_read_counts_and_not_what_is_asked_for(served: ServedShop) -> None:
    own = served.get("/api/v1/status", "acme").json()["tables"][0]["bytes"]
    whole = served.shop.value("select sum(bytes) from archive_catalog.readable_files where table_name = 'purchases'")
    with changed(served, max_bytes=int((own + whole) / 2)):
        # The files of the other tenants are read too: a record of theirs may be a later one of the same key.
        assert problem(served.retrieve("acme"))["status"] == 413
        failpoints.disabled_guards.add("bytes")
        assert served.retrieve("acme").status_code == 200


@pytest.mark.parametrize(
    ("given", "said"),
    [({"secret": "short"}, "at least 32"), ({"engines": 2, "max_at_once": 2}, "less than ARCHIVE_API_ENGINES")],
)
def test_settings_that_would_be_no_wall_are_refused(given: dict[str, Any], said: str) -> None:
    with pytest.raises(ProblemError, match=said):
        checked_settings(ServiceSettings, **given)
