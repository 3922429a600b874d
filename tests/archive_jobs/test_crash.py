"""Killed anywhere, a run loses nothing and doubles nothing, and the next run finishes the work."""

from __future__ import annotations

import os
import signal

import pytest
from small_shop import SCHEMA, Shop

from archive_jobs.database import connect
from archive_jobs.failpoints import DROP_POINTS, POINTS, SWEEP_POINTS
from archive_jobs.moving.owners import begin_to_live
from archive_jobs.planning.tables import Kind

KILLED_AT = [point for point in POINTS if point != "commit.reply.lost"]


def left_over(shop: Shop) -> list[str]:
    """Staging files, files that count for nothing, and attempts that are not over."""
    on_disk = {str(path.relative_to(shop.lake)) for path in shop.lake.rglob("*.parquet")}
    counted = {row[0] for row in shop.execute("select path from archive_catalog.readable_files")}
    unfinished = shop.execute(
        "select concat_ws(' ', state, reason) from archive_catalog.attempts where state not in ('active', 'swept')"
    )
    staged = [path.name for path in (shop.lake / ".staging").glob("*.part")]
    return sorted(on_disk ^ counted) + [row[0] for row in unfinished] + staged


@pytest.mark.parametrize("kind", ["analytics", "source"])
def test_killed_at_any_point_no_row_is_lost_and_none_doubled(shop: Shop, kind: Kind) -> None:
    """Each run also has to tidy up after the one before it, which died one point earlier."""
    for number, point in enumerate(KILLED_AT):
        day = f"2024-{1 + number // 28:02}-{1 + number % 28:02}"
        if kind == "analytics":
            shop.add_sales(days=1, per_day=20, first=day)
        else:
            shop.add_raw(20, ingested_at=f"{day} 10:00+00")
        before = shop.all_rows(kind=kind)

        status = shop.die_at(point, kind)

        assert os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL, point
        assert shop.all_rows(kind=kind) == before, point

    result = shop.run(kind)

    assert shop.all_rows(kind=kind) == before
    assert not [reason for table in result.tables for reason in table.kept_hot]
    assert left_over(shop) == []
    relation = "sales" if kind == "analytics" else "source_sales"
    assert shop.value(f"select count(*) from {SCHEMA}.{relation}") == 0
    assert shop.invoke("verify", "--deep")[0] == 0


@pytest.mark.parametrize("point", ["export.write.after", "publish.link.after", "prepare.after", "commit.after"])
def test_one_more_run_finishes_what_a_killed_one_began(shop: Shop, point: str) -> None:
    shop.add_sales(days=2)
    before = shop.all_rows()
    shop.die_at(point, "analytics")

    result = shop.run("analytics")

    assert not [reason for table in result.tables for reason in table.kept_hot]
    assert (shop.value(f"select count(*) from {SCHEMA}.sales"), shop.all_rows()) == (0, before)
    assert left_over(shop) == []


def test_killed_while_dropping_raw_records_none_is_lost(shop: Shop) -> None:
    for number, point in enumerate(DROP_POINTS):
        shop.add_raw(20, ingested_at=f"2024-01-{1 + number:02} 10:00+00")
        before = shop.all_rows(kind="source")

        status = shop.die_at(point, "source")
        between = shop.all_rows(kind="source")
        shop.run("source")

        assert os.WIFSIGNALED(status), point
        assert between == before == shop.all_rows(kind="source"), point
        assert shop.value(f"select count(*) from {SCHEMA}.source_sales") == 0, point


def test_killed_while_sweeping_the_next_run_sweeps_on(shop: Shop) -> None:
    for number, point in enumerate(SWEEP_POINTS):
        shop.add_sales(days=1, first=f"2024-01-{1 + number:02}")
        before = shop.all_rows()

        shop.die_at("publish.manifest.after", "analytics")
        shop.die_at(point, "analytics")
        shop.run("analytics")

        assert shop.all_rows() == before, point
        assert left_over(shop) == [], point


def test_a_lost_reply_to_commit_is_looked_up_before_anything_else(shop: Shop) -> None:
    shop.add_sales(days=2)
    before = shop.all_rows()

    status = shop.die_at("commit.reply.lost", "analytics", action="lose")

    assert os.WEXITSTATUS(status) == 0
    assert shop.all_rows() == before
    assert shop.value("select count(*) from archive_catalog.attempts where state = 'active'") == 2


def test_a_prepared_unit_of_a_dead_run_is_taken_up_where_it_was(shop: Shop) -> None:
    shop.add_sales(days=1)
    shop.die_at("prepare.after", "analytics")

    result = shop.run("analytics")

    assert result.reconciled.resumed == 1
    assert shop.value("select count(*) from archive_catalog.attempts") == 1


def test_a_small_file_that_a_killed_run_staged_is_swept_by_the_next_and_that_of_a_living_run_is_not(shop: Shop) -> None:
    """It stayed for a day: nothing in its name said whose it was, and killed threads of one run leave several."""
    shop.add_sales(days=1)
    staging = shop.lake / ".staging"
    shop.die_at("put.staged.after", "analytics")
    left = [path.name for path in staging.glob("small-*.part")]
    mark, key = left[0].split("-")[1:3]
    another_database = staging / f"small-00000000-{key}-1.part"
    another_database.touch()
    with connect(shop.settings) as living:
        alive = staging / f"small-{mark}-{begin_to_live(living)}-1.part"
        alive.touch()

        shop.run("analytics")

        assert sorted(staging.glob("*.part")) == sorted((another_database, alive))
    shop.run("analytics")
    assert list(staging.glob("*.part")) == [another_database]
