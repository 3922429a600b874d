"""What happens to units is written down, and told to whoever listens, in the transaction that makes it true."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import takewhile
from typing import Any

import psycopg
import pytest
from small_shop import SCHEMA, Shop

from archive_jobs import failpoints


def told(listener: psycopg.Connection[Any]) -> list[dict[str, Any]]:
    """What has been told since the last time: PostgreSQL delivers in the order of commits, so our own word ends it."""
    listener.execute("notify archive_events, 'end'")
    words = (notice.payload for notice in listener.notifies(timeout=60))
    return [json.loads(word) for word in takewhile(lambda word: word != "end", words)]


@pytest.fixture
def listener(database: str) -> Iterator[psycopg.Connection[Any]]:  # noqa: ARG001  # in the test's own database
    with psycopg.connect(autocommit=True) as listening:
        listening.execute("listen archive_events")
        yield listening


def test_whoever_listens_hears_what_becomes_of_each_unit(shop: Shop, listener: psycopg.Connection[Any]) -> None:
    shop.add_sales(days=2)

    shop.run("analytics", objects=("SALE",))

    heard = [one for one in told(listener) if one["unit"]]
    assert [one["event"] for one in heard] == ["requested"] * 2 + ["started"] * 2 + ["archived"] * 2
    last = heard[-1]
    assert (last["schema"], last["table"], last["kind"], last["rows"]) == (SCHEMA, "sales", "analytics", 40)
    assert last["bytes"] == shop.value("select bytes from archive_catalog.readable_files order by lo desc limit 1")
    assert last["lo"] == "2024-01-02T00:00:00+00:00"


def test_what_is_told_is_what_is_written_down(shop: Shop, listener: psycopg.Connection[Any]) -> None:
    shop.add_sales(days=1)

    shop.run("analytics", objects=("SALE",))

    written = shop.execute("select event_id, event from archive_catalog.events order by event_id").fetchall()
    assert [(one["event_id"], one["event"]) for one in told(listener)] == written


def test_a_unit_that_fails_is_told_with_its_reason(shop: Shop, listener: psycopg.Connection[Any]) -> None:
    shop.add_sales(days=1)
    late = (
        f"insert into {SCHEMA}.sales (sale_id, sold_at, _raw_seq, _source_order)"
        " values (9, '2024-01-01 20:00+00', 9, 9)"
    )
    failpoints.interruptions["prepare.after"] = lambda: psycopg.connect(autocommit=True).execute(late)

    shop.run("analytics", objects=("SALE",))

    (failed,) = [one for one in told(listener) if one["event"] == "failed"]
    assert "since the export" in failed["reason"]
    assert failed["rows"] == 40


def test_nobody_hears_of_a_commit_that_did_not_happen(shop: Shop, listener: psycopg.Connection[Any]) -> None:
    shop.add_sales(days=1)

    shop.die_at("commit.flip.after", "analytics")

    assert "archived" not in [one["event"] for one in told(listener)]


def test_an_event_too_long_to_be_told_is_cut_and_stands_whole_in_the_table(
    shop: Shop, listener: psycopg.Connection[Any]
) -> None:
    shop.add_sales(days=1)
    shop.run("analytics", objects=("SALE",))
    told(listener)

    shop.execute(
        "select archive_catalog.note_event("
        "'failed', 's', 't', 'source', null, null, jsonb_build_object('reason', %s::text))",
        "x" * 10_000,
    )

    (heard,) = told(listener)
    assert (heard["cut"], "reason" in heard) == (True, False)
    query = "select length(details ->> 'reason') from archive_catalog.events where event_id = %s"
    assert shop.value(query, heard["event_id"]) == 10_000
