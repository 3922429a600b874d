"""What is asked has its bounds: ranges, memory, time, lists, bodies, pages and cursors."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import duckdb
import pytest
from served_shop import ServedShop, problem

from archive_jobs.copying.engine import open_engine
from archive_jobs.serving.engines import StoppedError, lock_down
from archive_jobs.serving.guard import MOST_BYTES
from archive_jobs.serving.service_settings import ServiceSettings


def test_25_memory_disk_and_time_are_limited_and_the_engine_is_whole_again(tmp_path: Path) -> None:
    settings = ServiceSettings(memory_limit="64MB", query_seconds=0.5)
    engine = open_engine(settings, tmp_path / "spill")
    lock_down(engine, [tmp_path], 16 << 20)
    with pytest.raises(duckdb.OutOfMemoryException):
        engine.execute(
            "select count(distinct hash(range)) from (select * from range(6000000) order by hash(range))"
        ).fetchall()
    with pytest.raises(duckdb.OutOfMemoryException):
        engine.execute("select list(range) from range(20000000)").fetchall()
    assert engine.execute("select 1").fetchall() == [(1,)]
    assert engine.execute("select current_setting('threads')").fetchall() == [(settings.duckdb_threads,)]


def test_25_a_cross_product_of_a_billion_rows_is_interrupted(served: ServedShop) -> None:
    quick = served.backend.settings.model_copy(update={"query_seconds": 0.3})
    with served.backend.engines.reader("purchases", None) as running:
        running._settings = quick
        crossed = "select count(*) from range(40000) as a, range(40000) as b where hash(a.range * b.range) = 1"
        with pytest.raises(StoppedError, match="time"):
            list(running.batches(crossed, {}))
    assert len(served.rows("acme", limit=5)) == 5


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2024-01-01", "2026-01-01"),
        ("2024-02-01", "2024-01-01"),
        ("0001-01-01", "0001-02-01"),
        ("9999-12-01", "9999-12-31"),
        ("infinity", "infinity"),
        ("2024-03-31T02:30:00[Europe/Berlin]", "2024-04-01"),
        ("2024-02-30", "2024-03-01"),
        ("now", "today"),
        ("", ""),
        (None, None),
        ("2024-01-01", None),
        ("0", "1"),
        ("2024-01-01T25:00:00Z", "2024-01-02"),
        ("٢٠٢٤-٠١-٠١", "2024-01-02"),
        ("2024-01-01T00:00:01Z", "2024-01-01T00:00:00Z"),
        ("-0044-03-15", "2024-01-01"),
        ("2024-01-01T00:00:00+99:00", "2024-01-02"),
    ],
)
def test_22_a_range_that_makes_no_sense_or_is_too_long_is_refused(served: ServedShop, start: str, end: str) -> None:
    answer = served.retrieve("acme", start_time=start, end_time=end)
    assert answer.status_code == 422, answer.text
    problem(answer)


@pytest.mark.parametrize(
    ("start", "end", "resolved"),
    [
        ("2024-01-02", "2024-01-02", ("2024-01-02T00:00:00+00:00", "2024-01-03T00:00:00+00:00")),
        (
            "2024-01-01T00:00:00Z",
            "2024-01-31T23:59:59Z",
            ("2024-01-01T00:00:00+00:00", "2024-01-31T23:59:59.000001+00:00"),
        ),
        ("2024-03-31T02:30:00+01:00", "2024-03-31", ("2024-03-31T01:30:00+00:00", "2024-04-01T00:00:00+00:00")),
    ],
)
def test_22_the_resolved_range_is_always_echoed(served: ServedShop, start: str, end: str, resolved: Any) -> None:
    page = served.retrieve("acme", start_time=start, end_time=end).json()["interval"]
    stream = served.retrieve("acme", start_time=start, end_time=end, format="csv").headers
    assert (page["start"], page["end_excluded"]) == resolved
    assert (stream["x-interval-start"], stream["x-interval-end-excluded"]) == resolved


def test_26_lists_pages_depth_and_bodies_are_bounded(served: ServedShop) -> None:
    many = json.dumps([{"col": "quantity", "op": "in", "value": list(range(1001))}])
    most = json.dumps([{"col": "quantity", "op": "in", "value": list(range(1000))}])
    assert served.retrieve("acme", filter=many).status_code == 422
    assert served.retrieve("acme", filter=most).status_code == 200
    for limit in (0, -1, 10_001, 10**30):
        assert served.retrieve("acme", limit=limit).status_code == 422
    authorized = {"Authorization": f"Bearer {served.token()}", "Content-Type": "application/json"}
    large = served.client.post("/api/v1/archive", content=b" " * (MOST_BYTES + 1), headers=authorized)
    chunked = served.client.post("/api/v1/archive", content=iter([b" " * 600_000] * 2), headers=authorized)
    deep = served.client.post("/api/v1/archive", content=b"[" * 33 + b"]" * 33, headers=authorized)
    form = served.client.post(
        "/api/v1/archive", data={"a": "b"}, headers={"Authorization": authorized["Authorization"]}
    )
    assert [a.status_code for a in (large, chunked, deep, form)] == [413, 413, 422, 415]
    assert all(problem(a) for a in (large, chunked, deep, form))


def test_26_a_text_that_never_ends_costs_one_pass(served: ServedShop) -> None:
    endless = b'"' + b'\\"' * 450_000
    began = time.process_time()
    answer = served.ask("POST", "/nothing", content=endless, headers={"Content-Type": "application/json"})
    assert problem(answer)["status"] == 422
    assert time.process_time() - began < 20  # it was hours


def test_26_a_cursor_is_of_one_question_of_one_token(served: ServedShop) -> None:
    first = served.retrieve("acme", limit=3).json()
    cursor = first["next_cursor"]
    assert served.retrieve("acme", limit=3, cursor=cursor).status_code == 200
    for tenant, query in (
        ("globex", {}),
        (None, {}),
        ("acme", {"order": "amount"}),
        ("acme", {"columns": "note"}),
        ("acme", {"filter": '[{"col": "quantity", "op": ">", "value": 1}]'}),
        ("acme", {"end_time": "2024-11-30"}),
    ):
        assert served.retrieve(tenant, limit=3, cursor=cursor, **query).status_code == 422
    for broken in (cursor[:-2], ("B" if cursor[0] == "A" else "A") + cursor[1:], cursor + "AA", "", "é", "A" * 50_000):
        assert served.retrieve("acme", limit=3, cursor=broken).status_code == 422
    assert "canary" not in cursor


@pytest.mark.parametrize("order", [None, "-amount", "note,-quantity", "quantity"])
@pytest.mark.parametrize("columns", [None, "quantity", "note,quantity"])
def test_26_pages_lie_end_to_end(served: ServedShop, order: str | None, columns: str | None) -> None:
    query = {"order": order, "columns": columns}
    whole = served.rows("acme", limit=10_000, **query)
    pages, cursor = [], None
    while cursor or not pages:
        page = served.retrieve("acme", limit=33, cursor=cursor, **query).json()
        pages += page["rows"]
        cursor = page["next_cursor"]
    assert pages == whole
    assert len(whole) == 80
