"""Under writers, two archivers and readers every read is right to the row; the obvious jobs are shown to be wrong."""

from __future__ import annotations

from collections.abc import Callable

import fault_traffic as traffic
import pytest
from fault_worlds import DELETE, Mode, World
from warm_workers import start

SECONDS = 3.0
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
