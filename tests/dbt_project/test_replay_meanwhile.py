"""What else happens while raw records are transformed once more: kills, restores, archiving; nothing is lost or doubled."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import psycopg
import pytest
from platform_under_test import SCHEMA
from replayed_shop import ReplayedShop, failpoints_as_they_were, record, shop_of, when_everything_is_asked_for
from running import Project
from shares import shared

from archive_jobs import failpoints
from archive_jobs.failpoints import BESIDE_POINTS, REPLAY_POINTS
from archive_jobs.keeping.archived_units import units_of
from archive_jobs.keeping.expire import begin_purge
from definitions_to_dbt.duration import Duration
from definitions_to_dbt.errors import ProblemError


@pytest.fixture(autouse=True)
def guards_stand_again() -> Iterator[None]:
    """What one test takes away or puts in the way is gone for the next."""
    yield from failpoints_as_they_were()


@pytest.fixture
def shop(replayed_project: Project, connection: psycopg.Connection[Any]) -> ReplayedShop:
    return shop_of(replayed_project, connection)


def test_killed_at_any_point_nothing_counts_twice_and_the_next_command_goes_on(
    shop: ReplayedShop, mended_project: Project
) -> None:
    """Before the batch stands nothing has changed; from then on any dbt run ends it. `make test` takes a share."""
    shop.land_on("2024-01-06", "sales", record(1, 1, -5), record(2, 5, 7), record(2, 4, -1))
    shop.build()
    shop.archive()
    # dbt parses what has changed, which it cannot in a forked process.
    shop.replay("sales", project=mended_project)
    columns = "sale_id, version, amount::double as amount"
    before, raw = shop.history("sales", columns), f"select count(*) from {SCHEMA}.source_sales"
    for point in shared([*BESIDE_POINTS, *REPLAY_POINTS[:3]], 6, 1):
        assert shop.dies_at(point, lambda dying: dying.replay("sales", rejected=True, really=True)), point

        assert (shop.value(raw), shop.history("sales", columns)) == (0, before), point
    after = [{"sale_id": 1, "version": 1, "amount": -5.0}, *before]
    assert shop.dies_at("replay.queued.after", lambda dying: dying.replay("sales", rejected=True, really=True))
    assert (shop.value(raw), shop.history("sales", columns)) == (2, before)
    shop.build()
    assert shop.history("sales", columns) == after
    assert shop.outcomes("sales") == {1: ("loaded", None), 3: ("superseded", 2)}
    for point in shared(REPLAY_POINTS[4:], 2, 1):
        assert shop.dies_at(point, lambda dying: dying.replay("sales", really=True)), point
        assert shop.history("sales", columns) == after, point
    # Whoever dies leaves its schema for a day.
    shop.execute("update archive_catalog.recalls set expires_at = now() - interval '1 second'")
    shop.archive()
    assert shop.rows("select nspname from pg_namespace where nspname like 'replay%%'") == []
    assert (shop.history("sales", columns), set(shop.raw_counts("sales").values())) == (after, {1})


@pytest.mark.parametrize("guard_stands", [True, False])
def test_what_the_archive_has_let_go_stays_gone(
    shop: ReplayedShop, mended_project: Project, guard_stands: bool
) -> None:
    """Raw records may be kept for longer than the rows; a rejected one never had a row, and comes as a late one does."""
    if not guard_stands:
        failpoints.disabled_guards.add("replay.let go")
    february = record(3, 1, 7, day="2024-02-04")
    shop.land_on("2024-02-06", "sales", record(1, 1, 5), record(1, 2, 6), record(2, 1, -5), february)
    shop.build()
    shop.archive()
    january, _ = units_of(shop.connection, (SCHEMA, "sales", "analytics"), ["active"])
    begin_purge(shop.connection, january, Duration(0, "day"), "its retention is over")

    done = shop.replay("sales", project=mended_project, really=True)

    assert done.let_go == (2 if guard_stands else 0)
    found = shop.history("sales", "sale_id, version")
    kept = [{"sale_id": 2, "version": 1}, {"sale_id": 3, "version": 1}]
    assert found == (kept if guard_stands else [{"sale_id": 1, "version": 2}, *kept])


def test_what_is_restored_while_a_replay_stands_open_is_not_lost(shop: ReplayedShop) -> None:
    """A row without a key that came back hot was deleted as old, and left out as archived."""
    shop.land_on("2024-01-06", "ticks", {"at_time": "2024-01-05T10:00Z", "reading": 1.5})
    shop.build()
    shop.archive()
    definitions = ("--definitions", str(shop.project.definitions))
    told: list[tuple[int, str, str]] = []
    failpoints.interruptions["replay.queued.after"] = lambda: told.append(
        shop.invoke("restore", "ticks", "--yes", *definitions)
    )

    shop.replay("ticks", really=True)

    assert told[0][0] == 1 and "replays records of it" in told[0][1]
    assert shop.history("ticks", "reading::double as reading") == [{"reading": 1.5}]


def test_records_that_were_archived_and_dropped_meanwhile_are_not_queued_without_their_unit(
    shop: ReplayedShop,
) -> None:
    shop.land_on("2024-01-06", "ticks", {"at_time": "2099-01-05T10:00Z", "reading": 1.5})
    shop.build()
    failpoints.interruptions["replay.weighed.after"] = shop.archive

    with pytest.raises(ProblemError, match="were archived, dropped or let go meanwhile"):
        shop.replay("ticks", really=True)

    assert shop.raw_counts("ticks") == {1: 1}
    assert shop.replay("ticks", really=True).outcomes["loaded"] == 1
    assert shop.raw_counts("ticks") == {1: 1}


def land_a_rejected_record_and_a_newer_one(shop: ReplayedShop) -> None:
    """The first is archived, the second is a hot row."""
    shop.land_on("2024-01-06", "sales", record(2, 4, -1))
    shop.build()
    shop.archive()
    shop.land("sales", record(2, 5, 7))
    shop.build()


@pytest.mark.parametrize("guard", [None, pytest.param("replayed", marks=when_everything_is_asked_for)])
def test_what_would_leave_while_a_replay_stands_open_stays_hot(
    shop: ReplayedShop, mended_project: Project, guard: str | None
) -> None:
    """The replay has noted what is archived of its keys. Without the fence an older row would come beside a newer one."""
    if guard is not None:
        failpoints.disabled_guards.add("replayed")
    land_a_rejected_record_and_a_newer_one(shop)
    failpoints.interruptions["replay.queued.after"] = lambda: shop.invoke(
        "run", "--yes", "--type", "analytics", "--definitions", str(shop.project.definitions)
    )

    done = shop.replay("sales", rejected=True, really=True, project=mended_project)

    if guard is not None:
        assert shop.rows(f"select sale_id, version from {SCHEMA}.sales") == [(2, 4)]
        return
    assert done.outcomes["superseded"] == 1
    assert shop.rows(f"select sale_id, version from {SCHEMA}.sales") == [(2, 5)]
    reason = shop.value("select max(reason) from archive_catalog.attempts where state in ('abandoned', 'swept')")
    assert "replays records of it" in reason
    shop.archive()
    assert shop.history("sales", "sale_id, version") == [{"sale_id": 2, "version": 5}]


@pytest.mark.parametrize("guard", [None, pytest.param("replay.standing", marks=when_everything_is_asked_for)])
def test_what_is_archived_between_weighing_and_queueing_is_weighed_again(
    shop: ReplayedShop, mended_project: Project, guard: str | None
) -> None:
    if guard is not None:
        failpoints.disabled_guards.add("replay.standing")
    land_a_rejected_record_and_a_newer_one(shop)
    failpoints.interruptions["replay.weighed.after"] = shop.archive

    done = shop.replay("sales", rejected=True, really=True, project=mended_project)

    if guard is not None:
        assert shop.rows(f"select sale_id, version from {SCHEMA}.sales") == [(2, 4)]
        return
    assert done.outcomes["superseded"] == 1
    assert shop.value(f"select count(*) from {SCHEMA}.sales") == 0
    assert shop.history("sales", "sale_id, version") == [{"sale_id": 2, "version": 5}]
