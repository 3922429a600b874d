"""Under writers, two archivers and readers every read is right to the row; the obvious jobs are shown to be wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import fault_traffic as traffic
import pytest
from fault_worlds import CHUNK, DELETE, KEEP, PARTITION, Mode, World
from small_shop import SCHEMA
from warm_workers import start

SECONDS = 2.0
MakeWorld = Callable[[Mode], World]


@pytest.fixture
def busy(make_world: MakeWorld) -> World:
    """A world with the tables in which writers say what they do."""
    world = make_world(DELETE)
    world.shop.execute(traffic.TABLES)
    return world


def test_every_read_is_right_under_writers_and_two_archivers(busy: World) -> None:
    told = busy.told(lock_timeout=0.2)
    writers = [start(traffic.write, number, number, SECONDS) for number in (1, 2)]
    archivers = [start(traffic.archive_for, told, SECONDS) for _ in range(2)]
    readers = [start(traffic.read, told, traffic.ACTIVE, SECONDS, 10**9),
               start(traffic.read_by_the_archiver, told, SECONDS)]  # fmt: skip

    ended = [child.ended() for child in (*writers, *archivers, *readers)]

    assert [child.error for child in ended] == [None] * 6
    reads = [child.value for child in ended[4:]]
    assert all(done > 0 for done, _ in reads)
    assert [wrong for _, wrong in reads] == [0, 0]
    assert sum(child.value["units"] for child in ended[2:4]) > 0
    assert traffic.lost_and_doubled(busy.shop.connection, busy.shop.lake, traffic.ACTIVE) == (0, 0)
    busy.archive()
    assert traffic.lost_and_doubled(busy.shop.connection, busy.shop.lake, traffic.ACTIVE) == (0, 0)


def test_every_read_is_right_while_partitions_are_dropped_and_made_again(make_world: MakeWorld) -> None:
    world = race(make_world, PARTITION, (traffic.make_partitions_for, SECONDS))

    assert world.shop.value("select count(*) from archive_catalog.units where mode = 'partition'") > 0


@pytest.mark.timescale
def test_every_read_is_right_while_chunks_are_dropped_made_again_and_compressed(make_world: MakeWorld) -> None:
    world = make_world(CHUNK)
    world.shop.execute(
        f"alter table {SCHEMA}.sales set (timescaledb.compress, timescaledb.compress_orderby = 'sold_at')"
    )
    world = race(make_world, CHUNK, (traffic.compress_for, SECONDS), world)

    assert world.shop.value("select count(*) from archive_catalog.units where mode = 'chunk'") > 0
    assert world.shop.invoke("verify", "--deep")[0] == 0


def test_copies_that_stay_are_replaced_and_purged_and_every_read_is_right(make_world: MakeWorld) -> None:
    world = make_world(KEEP)
    world = race(make_world, KEEP, (traffic.purge_for, world.told(lock_timeout=0.2), SECONDS), world)

    assert world.shop.value("select count(*) from archive_catalog.units where state = 'active' and mode = 'keep'") > 0
    assert world.shop.invoke("verify", "--deep")[0] == 0


def race(make_world: MakeWorld, mode: Mode, besides: tuple[Any, ...], world: World | None = None) -> World:
    """Two writers, an archiver and both readers, and somebody besides."""
    world = world or make_world(mode)
    world.shop.execute(traffic.TABLES)
    told = world.told(lock_timeout=0.2)
    if mode is PARTITION:
        traffic.make_partitions_for(0.1)
    children = [start(traffic.write, number, number, SECONDS, 0.005) for number in (1, 2)]
    children += [start(traffic.archive_for, told, SECONDS), start(*besides)]
    readers = [start(traffic.read, told, traffic.ACTIVE, SECONDS, 10**9),
               start(traffic.read_by_the_archiver, told, SECONDS)]  # fmt: skip

    ended = [child.ended() for child in (*children, *readers)]

    assert [child.error for child in ended] == [None] * 6
    assert all(done > 0 for done, _ in (child.value for child in ended[4:]))
    assert [wrong for _, wrong in (child.value for child in ended[4:])] == [0, 0]
    world.archive()
    assert traffic.lost_and_doubled(world.shop.connection, world.shop.lake, traffic.ACTIVE) == (0, 0)
    return world


@pytest.mark.parametrize("by", ["predicate", "keys"])
def test_the_obvious_job_loses_or_doubles_rows_in_the_same_harness(busy: World, by: str) -> None:
    """So that the harness is known to see what it looks for."""
    writers = [start(traffic.write, number, number, SECONDS) for number in (1, 2)]
    archivers = [start(traffic.archive_the_obvious_way, busy.told(), by, SECONDS) for _ in range(2)]
    reader = start(traffic.read, busy.told(), traffic.OBVIOUS, SECONDS, 10**9)

    ended = [child.ended() for child in (*writers, *archivers, reader)]

    assert [child.error for child in ended] == [None] * 5
    lost, doubled = traffic.lost_and_doubled(busy.shop.connection, busy.shop.lake, traffic.OBVIOUS)
    assert lost + doubled > 0
    assert ended[4].value[1] > 0
