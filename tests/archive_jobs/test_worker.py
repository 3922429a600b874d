"""Several workers share the queue; none does a unit twice, and what a dead one had begun the others finish."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from small_shop import SCHEMA, Shop

from archive_jobs.database import connect
from archive_jobs.scheduling.queue import ensure_queue, queue_exists

_WORKER = """
import sys, threading
from archive_jobs import failpoints, cli
def hold():
    print("held", file=sys.stderr, flush=True)
    threading.Event().wait()
def hold_the_next():
    failpoints.interruptions["export.snapshot.after"] = hold
{first}
sys.argv = ["archive-jobs", "worker", "--once", "--definitions", {definitions!r}]
cli.main()
"""
_HELD_AT_THE_SECOND_UNIT = 'failpoints.interruptions["commit.after"] = hold_the_next'


def start(shop: Shop, first: str = "") -> subprocess.Popen[str]:
    """A worker in a process of its own."""
    script = _WORKER.format(first=first, definitions=str(shop.definitions))
    return subprocess.Popen([sys.executable, "-c", script], stderr=subprocess.PIPE, text=True)


def until_held(worker: subprocess.Popen[str]) -> None:
    assert worker.stderr is not None
    for line in worker.stderr:
        if line == "held\n":
            return
    raise AssertionError("the worker ended before it was held")


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A unit a job, and workers that are missed soon."""
    monkeypatch.setenv("CHUNK_BATCH_SIZE", "1")
    monkeypatch.setenv("ARCHIVE_JOBS_HEARTBEAT", "0.3")


def jobs(shop: Shop, *words: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(shop.invoke("jobs", "--json", *words)[1])
    return found


def test_what_a_killed_worker_had_begun_another_takes_over_and_no_unit_is_done_twice(shop: Shop) -> None:
    shop.add_sales(days=2)
    before = shop.all_rows()
    first = start(shop, _HELD_AT_THE_SECOND_UNIT)
    until_held(first)
    at_work = jobs(shop, "--status", "doing")

    with start(shop) as second:
        first.send_signal(signal.SIGKILL)
        said = second.communicate()[1]
    first.communicate()

    assert (first.returncode, second.returncode) == (-signal.SIGKILL, 0), said
    assert len(at_work) == 1
    assert {job["status"] for job in jobs(shop)} == {"succeeded"}
    assert max(job["attempts"] for job in jobs(shop)) == 2
    assert shop.value(f"select count(*) from {SCHEMA}.sales") == 0
    assert shop.all_rows() == before
    assert shop.execute("select state, generation, count(*) from archive_catalog.units group by 1, 2").fetchall() == [
        ("active", 1, 2)
    ]


def test_a_worker_told_to_stop_gives_its_job_back_within_ten_seconds(shop: Shop) -> None:
    shop.add_sales(days=2)
    before = shop.all_rows()
    worker = start(shop, _HELD_AT_THE_SECOND_UNIT.replace("hold_the_next", "lambda: os.kill(os.getpid(), 15)").replace(
        "failpoints.", "import os; failpoints.", 1))  # fmt: skip

    said = worker.communicate()[1]

    assert worker.returncode == 128 + signal.SIGTERM, said
    assert shop.all_rows() == before
    assert {job["status"] for job in jobs(shop)} <= {"todo", "succeeded"}
    assert shop.invoke("worker", "--once", "--definitions", str(shop.definitions))[0] == 0
    assert shop.value(f"select count(*) from {SCHEMA}.sales") == 0
    assert shop.all_rows() == before


def test_with_auto_archival_disabled_nothing_is_scheduled(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.add_sales(days=1)
    monkeypatch.setenv("AUTO_ARCHIVAL_ENABLED", "false")

    status, _, said = shop.invoke("worker", "--once", "--definitions", str(shop.definitions))

    assert status == 0
    assert "nothing is scheduled" in said
    assert jobs(shop) == []
    assert shop.value(f"select count(*) from {SCHEMA}.sales") == 40


def test_a_worker_drops_raw_records_that_may_go_and_leaves_the_rest(shop: Shop) -> None:
    shop.add_raw(10)
    shop.add_raw(4, processed=False)
    words = ("worker", "--once", "--definitions", str(shop.definitions))

    # Archived first; what has been archived may be dropped by the next schedule.
    assert [shop.invoke(*words)[0] for _ in range(2)] == [0, 0]

    assert shop.value(f"select count(*) from {SCHEMA}.source_sales") == 4


def test_what_blocks_a_table_is_said_and_nothing_of_it_is_queued(shop: Shop) -> None:
    shop.add_sales(days=1)
    shop.execute("create table spy ()")
    shop.execute(f"create rule spying as on delete to {SCHEMA}.sales do also insert into spy default values")

    status, _, said = shop.invoke("worker", "--once", "--definitions", str(shop.definitions))

    assert "blocked: analytics_service.sales: the rule spying" in said
    assert (status, jobs(shop)) == (0, [])


def test_the_queue_is_made_once_and_only_in_its_own_schema(shop: Shop) -> None:
    with connect(shop.settings) as connection:
        assert not queue_exists(connection)
        ensure_queue(connection)
        ensure_queue(connection)
    schemas = "select distinct relnamespace::regnamespace::text from pg_class where relname ~ '^procrastinate'"
    assert [row[0] for row in shop.execute(schemas)] == ["archive_queue"]


def test_a_schedule_that_cron_would_not_understand_is_refused_before_anything_is_done(shop: Shop) -> None:
    shop.add_sales(days=1)

    status, _, said = shop.invoke("worker", "--schedule", "soon", "--definitions", str(shop.definitions))

    assert status == 2
    assert "expected a schedule in five fields of cron, such as '*/10 * * * *', found 'soon'" in said
    assert shop.value(f"select count(*) from {SCHEMA}.sales") == 40


def test_a_worker_that_may_not_go_on_says_what_it_waits_for_once(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.add_sales(days=3)
    shop.invoke("pause", "--reason", "month-end closing")

    status, _, said = shop.invoke("worker", "--once", "--definitions", str(shop.definitions))

    assert status == 1
    assert said.count("waiting: paused by") == 1 and "month-end closing" in said
    assert shop.value(f"select count(*) from {SCHEMA}.sales") == 120
    shop.invoke("resume")
    monkeypatch.setenv(
        "ARCHIVE_JOBS_WINDOW",
        f"{(datetime.now(UTC) + timedelta(hours=2)):%H}:00-{(datetime.now(UTC) + timedelta(hours=3)):%H}:00",
    )
    for _ in range(2):  # the second finds a queue in which nothing is due now
        status, _, said = shop.invoke("worker", "--once", "--definitions", str(shop.definitions))
        assert (status, "waiting: outside the window" in said) == (1, True)
