"""Rows that may go for good: a purge stands at each of its steps while others do all of theirs, and the other way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from fault_kinds import AtPoint
from fault_oracle import Row, cold_rows
from fault_orders import archive, count_by_reader, expire, expire_in_steps, hold, reconcile, restore, restore_in_steps
from fault_worlds import EXPIRING, Mode, World
from shares import shared
from warm_workers import Ended, obeyed, start_speaking

from archive_jobs.failpoints import EXPIRE_POINTS, PURGE_POINTS, RESTORE_POINTS

MakeWorld = Callable[[Mode], World]
OTHERS: dict[str, Callable[[World], Ended]] = {
    "another purge": lambda world: obeyed(expire, world.told(lock_timeout=0.3)),
    "archiver": lambda world: obeyed(archive, world.told(lock_timeout=0.3)),
    "reconcile": lambda world: obeyed(reconcile, world.told(lock_timeout=0.3)),
    "reader": lambda world: obeyed(count_by_reader, world.told()),
    "restore": lambda world: obeyed(restore, world.told(lock_timeout=0.3)),
    "hold": lambda world: obeyed(hold, world.told(lock_timeout=0.3)),
}
EXPECTED = ("ProblemError", "LockNotAvailable", "SerializationFailure", "DeadlockDetected")


class Old:
    """A world whose every unit was archived long ago, and what each held: that much the ledger may forget."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.held: dict[Any, Counter[Row]] = {}

    def add_day(self) -> None:
        """One more day, archived eight years ago."""
        self.world.add_day()
        self.world.archive()
        execute = self.world.shop.execute
        execute("update archive_catalog.units set active_from = active_from - interval '8 years'"
                " where active_from > now() - interval '1 year'")  # fmt: skip
        for unit, path in execute(
            "select u.unit_id, f.path from archive_catalog.units u join archive_catalog.files f"
            " on f.attempt_id = u.active_attempt where u.state = 'active'"
        ).fetchall():
            if unit not in self.held:
                self.held[unit] = cold_rows(self.world.shop.lake / path, self.world.watched)

    def forget(self) -> None:
        """Take from the ledger what units held that went for good; one that was restored before has lost nothing."""
        for (unit,) in self.world.shop.execute(
            "select unit_id from archive_catalog.units u where state in ('purging', 'purged') and not exists"
            " (select from archive_catalog.commits c where c.unit_id = u.unit_id and c.state = 'restored')"
        ).fetchall():
            self.world.ledger -= self.held.pop(unit, Counter())

    def require_right(self, *about: str, settled: bool) -> None:
        """Every row is there but those that may go."""
        self.forget()
        assert self.world.examine(settled=settled).faults == [], about

    @property
    def purged(self) -> int:
        """How many units have lost their files for good."""
        return int(self.world.shop.value("select count(*) from archive_catalog.units where state = 'purged'"))


@pytest.mark.parametrize("other", OTHERS)
def test_whatever_happens_while_a_purge_stands_still(make_world: MakeWorld, other: str) -> None:
    world = make_world(EXPIRING)
    old = Old(world)
    for step in shared((*EXPIRE_POINTS, *PURGE_POINTS), 6, list(OTHERS).index(other)):
        old.add_day()
        purged = old.purged
        first = start_speaking(expire_in_steps, world.told(), (step,))
        assert first.said() == step

        second = OTHERS[other](world)
        old.require_right(step, other, settled=False)
        if other == "reader":
            assert second.value == sum(world.ledger.values()), (step, other)
        first.tell("go on")
        ended = first.ended()

        for one in (ended, second):
            assert one.error is None or one.error.startswith(EXPECTED), (step, other, one.error)
        if other == "hold" and second.error is None:
            # A hold that stands before files are deleted is seen before they are.
            assert old.purged == purged or step in PURGE_POINTS, step
            assert world.shop.invoke("hold", "release", second.value)[0] == 0
        old.require_right(step, other, settled=False)
        world.archive()
        old.require_right(step, other, settled=True)
    assert old.purged > 0


def test_a_purge_while_a_restore_stands_still(make_world: MakeWorld) -> None:
    world = make_world(EXPIRING)
    old = Old(world)
    for step in shared(RESTORE_POINTS, 4):
        old.add_day()
        first = start_speaking(restore_in_steps, world.told(), (step,))
        assert first.said() == step

        second = OTHERS["another purge"](world)
        old.require_right(step, settled=False)
        first.tell("go on")
        ended = first.ended()

        for one in (ended, second):
            assert one.error is None or one.error.startswith(EXPECTED), (step, one.error)
        world.archive()
        old.require_right(step, settled=True)


def test_killed_while_purging_the_next_purge_goes_on(make_world: MakeWorld) -> None:
    world = make_world(EXPIRING)
    old = Old(world)
    for point in shared((*EXPIRE_POINTS, *PURGE_POINTS), 4):
        old.add_day()

        assert obeyed(expire, world.told(), AtPoint(point)).was_killed, point
        world.wait_for_the_dead()
        old.require_right(point, settled=False)
        obeyed(expire, world.told())

        old.require_right(point, settled=True)
        assert world.shop.value("select count(*) from archive_catalog.readable_files") == 0, point
