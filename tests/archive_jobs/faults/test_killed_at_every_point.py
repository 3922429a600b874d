"""Killed at any named point, or after any call at all, a run loses nothing and the next one finishes the work."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from fault_kinds import AtPoint, KillAfter, LoseReply, Record
from fault_orders import hold, restore
from fault_worlds import DELETE, MARK, MODES, Mode, World
from shares import shared
from small_shop import SCHEMA
from warm_workers import obeyed

from archive_jobs import failpoints
from archive_jobs.database import connect
from archive_jobs.failpoints import DROP_POINTS, HOLD_POINTS, POINTS, RESTORE_POINTS, STORE_POINTS, SWEEP_POINTS
from archive_jobs.moving.owners import begin_to_live

NAMED = [point for point in POINTS if point != "commit.reply.lost"]
MakeWorld = Callable[[Mode], World]


@pytest.mark.parametrize("mode", MODES.values(), ids=list(MODES))
def test_killed_at_any_named_point_no_row_is_lost_and_none_doubled(make_world: MakeWorld, mode: Mode) -> None:
    # More of the two that everybody uses: where the others differ is in a few points.
    kill_at_every_point(make_world(mode), shared(NAMED, 2 if mode in (DELETE, MARK) else 4))


def test_killed_at_any_named_point_with_the_lake_in_azure(make_azure_world: MakeWorld) -> None:
    """`make test` takes every eighth and all of the store: what PostgreSQL is left with is the same on any lake."""
    # Small objects are staged on disks only.
    points = [point for point in NAMED if point != "put.staged.after"]
    world = make_azure_world(DELETE)
    for point in STORE_POINTS:
        world.add_day()
        assert world.archive(AtPoint(point), block_bytes=1_000).was_killed, point
        world.wait_for_the_dead()
    kill_at_every_point(world, shared(points, 8))


def kill_at_every_point(world: World, points: Sequence[str] = NAMED) -> None:
    """Each run also tidies up after the one before it, which died one point earlier."""
    for point in points:
        world.add_day()

        assert world.archive(AtPoint(point)).was_killed, point
        world.wait_for_the_dead()

        assert world.examine(settled=False).faults == [], point

    ended = world.archive()

    assert ended.value["kept_hot"] == [], ended
    assert (world.examine().faults, world.rows_left_hot()) == ([], world.mode.stays_hot(world))
    assert world.shop.invoke("verify", "--deep")[0] == 0


def test_killed_after_any_call_the_next_run_finishes_the_work(make_world: MakeWorld) -> None:
    """Every statement to PostgreSQL and DuckDB, every write, fsync, link, unlink: numbered once, then each fatal.

    `make test` takes every twentieth: the points that have names are between them.
    """
    world = make_world(DELETE)
    world.add_day()
    world.archive()
    world.add_day()
    calls = [call for call in world.archive(Record()).value["seen"] if call[0] != "point"]
    kinds = tuple({kind for kind, _ in calls})
    assert len(calls) > 100

    for number in shared(range(len(calls)), 20):
        world.add_day()

        assert world.archive(KillAfter(number, kinds)).was_killed, calls[number]
        world.wait_for_the_dead()
        assert world.examine(settled=False).faults == [], calls[number]
        world.archive()

        assert (world.examine().faults, world.rows_left_hot()) == ([], 0), calls[number]


@pytest.mark.parametrize("point", ["export.write.after", "publish.link.after", "prepare.after", "commit.after"])
def test_one_more_run_finishes_what_a_killed_one_began(make_world: MakeWorld, point: str) -> None:
    world = make_world(DELETE)
    world.add_day()
    world.add_day()
    world.archive(AtPoint(point))
    world.wait_for_the_dead()

    world.archive()

    assert (world.examine().faults, world.rows_left_hot()) == ([], 0)


def test_killed_while_dropping_raw_records_none_is_lost(make_world: MakeWorld) -> None:
    world = make_world(MARK)
    for point in DROP_POINTS:
        world.add_day()

        assert world.archive(AtPoint(point)).was_killed, point
        world.wait_for_the_dead()
        assert world.examine(settled=False).faults == [], point
        world.archive()

        assert world.examine().faults == [], point
        assert world.shop.value(f"select count(*) from {SCHEMA}.source_sales") == 0, point


@pytest.mark.parametrize("mode", [DELETE, MARK], ids=["delete", "mark"])
def test_killed_while_restoring_rows_are_hot_or_cold(make_world: MakeWorld, mode: Mode) -> None:
    world = make_world(mode)
    # Between them the two take every point.
    for point in shared(RESTORE_POINTS, 2, int(mode is MARK)):
        world.add_day()
        world.archive()

        ended = obeyed(restore, world.told(), AtPoint(point))
        world.wait_for_the_dead()

        # Raw records have nothing to flip: their unit goes on counting.
        assert ended.was_killed, (point, ended)
        assert world.examine(settled=False).faults == [], point
        world.archive()
        assert world.examine().faults == [], point
    obeyed(restore, world.told())
    assert world.examine().faults == []


def test_killed_while_placing_a_hold_it_stands_or_it_does_not(make_world: MakeWorld) -> None:
    world = make_world(DELETE)
    world.add_day()
    world.archive()
    for point in HOLD_POINTS:
        before = world.shop.value("select count(*) from archive_catalog.holds")

        assert obeyed(hold, world.told(), AtPoint(point)).was_killed, point
        world.wait_for_the_dead()

        placed = world.shop.value("select count(*) from archive_catalog.holds") - before
        assert placed == (1 if point in ("hold.after", "hold.mirrored.after") else 0), point
    assert world.examine().faults == []


def test_every_named_point_is_fatal_in_some_test() -> None:
    """Named itself, or walked with its family: whole words, as STORE_POINTS stands within RESTORE_POINTS."""
    here = Path(__file__).parents[1]
    files = [*here.rglob("test_*.py"), *here.with_name("dbt_project").glob("test_replay*.py")]
    tests = "".join(file.read_text() for file in files)
    tried = set(re.findall(r"[\w.]+", re.sub(r'interruptions\["[\w.]+"\]', "", tests)))
    families = {name: points for name, points in vars(failpoints).items() if name.endswith("POINTS")}
    untried = [
        point for name, points in families.items() if name not in tried for point in points if point not in tried
    ]

    assert untried == []
    assert sum(len(points) for points in families.values()) >= 45


def test_killed_while_sweeping_the_next_run_sweeps_on(make_world: MakeWorld) -> None:
    world = make_world(DELETE)
    for point in SWEEP_POINTS:
        world.add_day()

        world.archive(AtPoint("publish.manifest.after"))
        world.wait_for_the_dead()
        assert world.archive(AtPoint(point)).was_killed, point
        world.wait_for_the_dead()
        world.archive()

        assert (world.examine().faults, world.rows_left_hot()) == ([], 0), point


def test_a_lost_reply_to_commit_is_looked_up_before_anything_else(make_world: MakeWorld) -> None:
    world = make_world(DELETE)
    world.add_day()

    ended = world.archive(LoseReply())

    assert (ended.value["units"], world.examine().faults, world.rows_left_hot()) == (1, [], 0)


def test_a_prepared_unit_of_a_dead_run_is_taken_up_where_it_was(make_world: MakeWorld) -> None:
    world = make_world(DELETE)
    world.add_day()
    world.archive(AtPoint("prepare.after"))
    world.wait_for_the_dead()

    ended = world.archive()

    assert (ended.value["resumed"], ended.value["units"]) == (1, 0)
    assert world.shop.value("select count(*) from archive_catalog.attempts") == 1


def test_a_small_file_that_a_killed_run_staged_is_swept_by_the_next_and_that_of_a_living_run_is_not(
    make_world: MakeWorld,
) -> None:
    """It stayed for a day: nothing in its name said whose it was, and killed threads of one run leave several."""
    world = make_world(DELETE)
    world.add_day()
    staging = world.shop.lake / ".staging"
    assert world.archive(AtPoint("put.staged.after")).was_killed
    world.wait_for_the_dead()
    left = [path.name for path in staging.glob("small-*.part")]
    mark, key = left[0].split("-")[1:3]
    another_database = staging / f"small-00000000-{key}-1.part"
    another_database.touch()
    with connect(world.shop.settings) as living:
        alive = staging / f"small-{mark}-{begin_to_live(living)}-1.part"
        alive.touch()

        world.archive()

        assert sorted(staging.glob("*.part")) == sorted((another_database, alive))
    world.archive()
    assert list(staging.glob("*.part")) == [another_database]
