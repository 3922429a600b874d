"""Under writers, two archivers and readers every read is right to the row; the obvious jobs are shown to be wrong."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import fault_archivers as beside
import fault_traffic as traffic
import pytest
from fault_worlds import CHUNK, DELETE, KEEP, PARTITION, Mode, World
from small_shop import SCHEMA
from warm_workers import Child, Ended, start

SECONDS = 2.0
# Of the archiver's races: somebody has archived and both readers have read while everybody was at work.
ALL_AT_WORK = ("archived", "read", "read by the archiver")
ALSO_WITHOUT_A_LOCK = (*ALL_AT_WORK, "read without a lock")
MakeWorld = Callable[[Mode], World]


def all_ended(children: list[Child]) -> list[Ended]:
    """Wait for them, longer than any goes on."""
    return [child.ended(SECONDS + 2 * traffic.ENOUGH_SECONDS) for child in children]


@pytest.fixture
def busy(make_world: MakeWorld) -> World:
    """A world with the tables in which writers say what they do."""
    world = make_world(DELETE)
    world.shop.execute(traffic.TABLES)
    return world


def test_every_read_is_right_under_writers_and_two_archivers(busy: World, tmp_path: Path) -> None:
    told, goal = busy.told(lock_timeout=0.2), traffic.Goal(tmp_path, ALL_AT_WORK)
    writers = [start(traffic.write, number, number, SECONDS, 0.0, goal) for number in (1, 2)]
    archivers = [start(beside.archive_for, told, SECONDS, 0.0, goal) for _ in range(2)]
    readers = [start(traffic.read, told, traffic.ACTIVE, SECONDS, 10**9, goal),
               start(traffic.read_by_the_archiver, told, SECONDS, goal)]  # fmt: skip

    ended = all_ended([*writers, *archivers, *readers])

    assert [child.error for child in ended] == [None] * 6
    reads = [child.value for child in ended[4:]]
    assert all(done > 0 for done, _ in reads)
    assert [wrong for _, wrong in reads] == [0, 0]
    assert sum(child.value["units"] for child in ended[2:4]) > 0
    assert traffic.lost_and_doubled(busy.shop.connection, busy.shop.lake, traffic.ACTIVE) == (0, 0)
    busy.archive()
    assert traffic.lost_and_doubled(busy.shop.connection, busy.shop.lake, traffic.ACTIVE) == (0, 0)


def test_every_read_is_right_while_partitions_are_dropped_and_made_again(make_world: MakeWorld, tmp_path: Path) -> None:
    world = race(make_world, PARTITION, tmp_path, (beside.make_partitions_for, SECONDS))

    assert world.shop.value("select count(*) from archive_catalog.units where mode = 'partition'") > 0


@pytest.mark.timescale
def test_every_read_is_right_while_chunks_are_dropped_made_again_and_compressed(
    make_world: MakeWorld, tmp_path: Path
) -> None:
    world = make_world(CHUNK)
    world.shop.execute(
        f"alter table {SCHEMA}.sales set (timescaledb.compress, timescaledb.compress_orderby = 'sold_at')"
    )
    world = race(make_world, CHUNK, tmp_path, (beside.compress_for, SECONDS), world)

    assert world.shop.value("select count(*) from archive_catalog.units where mode = 'chunk'") > 0
    assert world.shop.invoke("verify", "--deep")[0] == 0


def test_copies_that_stay_are_replaced_and_purged_and_every_read_is_right(
    make_world: MakeWorld, tmp_path: Path
) -> None:
    world = make_world(KEEP)
    world = race(make_world, KEEP, tmp_path, (beside.purge_for, world.told(lock_timeout=0.2), SECONDS), world)

    assert world.shop.value("select count(*) from archive_catalog.units where state = 'active' and mode = 'keep'") > 0
    assert world.shop.invoke("verify", "--deep")[0] == 0


def race(
    make_world: MakeWorld, mode: Mode, folder: Path, besides: tuple[Any, ...], world: World | None = None
) -> World:
    """Two writers, an archiver and all readers, and somebody besides."""
    world = world or make_world(mode)
    world.shop.execute(traffic.TABLES)
    told, goal = world.told(lock_timeout=0.2), traffic.Goal(folder, ALSO_WITHOUT_A_LOCK)
    if mode is PARTITION:
        beside.make_partitions_for(0.1)
    children = [start(traffic.write, number, number, SECONDS, 0.005, goal) for number in (1, 2)]
    children += [start(beside.archive_for, told, SECONDS, 0.0, goal), start(*besides, goal)]
    readers = [start(traffic.read, told, traffic.ACTIVE, SECONDS, 10**9, goal),
               start(traffic.read_by_the_archiver, told, SECONDS, goal),
               start(traffic.read_without_a_lock, told, SECONDS, goal)]  # fmt: skip

    ended = all_ended([*children, *readers])

    assert [child.error for child in ended] == [None] * 7
    assert all(done > 0 for done, _ in (child.value for child in ended[4:]))
    assert [wrong for _, wrong in (child.value for child in ended[4:])] == [0, 0, 0]
    world.archive()
    assert traffic.lost_and_doubled(world.shop.connection, world.shop.lake, traffic.ACTIVE) == (0, 0)
    return world


@pytest.mark.parametrize("by", ["predicate", "keys"])
def test_the_obvious_job_loses_or_doubles_rows_in_the_same_harness(busy: World, tmp_path: Path, by: str) -> None:
    """So that the harness is known to see what it looks for."""
    # A file never changes, and a row that is lost is not seen by any writer: what was wrong once stays wrong.
    goal = traffic.Goal(tmp_path, ("wrong",))
    writers = [start(traffic.write, number, number, SECONDS, 0.0, goal) for number in (1, 2)]
    archivers = [start(beside.archive_the_obvious_way, busy.told(), by, SECONDS, goal) for _ in range(2)]
    reader = start(traffic.read, busy.told(), traffic.OBVIOUS, SECONDS, 10**9, goal)

    ended = all_ended([*writers, *archivers, reader])

    assert [child.error for child in ended] == [None] * 5
    lost, doubled = traffic.lost_and_doubled(busy.shop.connection, busy.shop.lake, traffic.OBVIOUS)
    assert lost + doubled > 0
    assert ended[4].value[1] > 0
