"""`status`: what is behind, held back, paused, and what failed last."""

from __future__ import annotations

import json
from typing import Any

import pytest
from small_shop import SCHEMA, Shop

from archive_jobs import failpoints


def status(shop: Shop) -> dict[str, Any]:
    found: list[dict[str, Any]] = json.loads(shop.invoke("status", "--json")[1])
    (one,) = found
    return one


def test_status_says_how_far_the_archive_is_behind_and_who_has_paused_it(shop: Shop) -> None:
    shop.execute(
        f"insert into {SCHEMA}.sales (sale_id, sold_at, _raw_seq, _source_order)"
        " values (1, now() - interval '100 days', 1, 1)"
    )
    shop.run("analytics", objects=("SALE",))
    shop.invoke("pause", "--reason", "a look")

    found = status(shop)

    assert 8.9 < found["lag_seconds"] / 86400 < 10.1
    assert "a look" in found["paused"]
    assert "`archive-jobs resume` lets it go on" in shop.invoke("status")[1]


def test_status_lists_the_last_failures_with_their_reasons(shop: Shop) -> None:
    shop.add_sales(days=1)
    late = f"insert into {SCHEMA}.sales (sale_id, sold_at, _raw_seq, _source_order) values (1, '2024-01-01', 1, 9)"
    failpoints.interruptions["prepare.after"] = lambda: shop.execute(late)
    shop.run("analytics", objects=("SALE",))

    found = status(shop)

    assert [failure["event"] for failure in found["last_failures"]] == ["failed"]
    assert "since the export" in found["last_failures"][0]["reason"]


def test_status_says_when_the_window_opens_next(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.add_sales(days=1)
    shop.run("analytics", objects=("SALE",))
    hour = shop.value("select extract(hour from now() at time zone 'UTC')::int")
    monkeypatch.setenv("ARCHIVE_JOBS_WINDOW", f"{(hour + 2) % 24:02}:00-{(hour + 3) % 24:02}:00")

    assert f"T{(hour + 2) % 24:02}:00:00" in status(shop)["next_window"]


def test_status_says_how_many_archived_rows_are_hot_too(shop: Shop) -> None:
    shop.add_sales(days=1)
    shop.add_raw(12, ingested_at="2024-06-01 10:00+00")
    shop.execute(f"update {SCHEMA}.source_sales set processed = raw_seq > 5")
    shop.run()

    found = {(one["kind"], one["table"]): one for one in json.loads(shop.invoke("status", "--json")[1])}

    # Seven were old and processed, and were dropped.
    assert [found["source", "sales"][name] for name in ("rows", "dropped_rows", "also_hot_rows")] == [12, 7, 5]
    assert [found["analytics", "sales"][name] for name in ("rows", "also_hot_rows")] == [40, 0]
    assert shop.value(f"select count(*) from {SCHEMA}.source_sales where archived_in is not null") == 5
