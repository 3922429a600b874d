"""One stops half-way, another comes and does all of its own, the first goes on: every pair, at every step."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest
from fault_oracle import hot_rows
from fault_orders import archive, archive_in_steps, count_by_reader, hold, reconcile, restore, restore_in_steps, run_sql
from fault_worlds import DELETE, MARK, Mode, World, shared
from small_shop import SCHEMA
from warm_workers import Ended, obeyed, start_speaking

MakeWorld = Callable[[Mode], World]
Act = Callable[[World], Ended]
STEPS = (
    "plan.insert.after", "export.snapshot.after", "export.write.after", "publish.link.after", "publish.manifest.after",
    "prepare.after", "commit.begin.after", "commit.guard.after", "commit.digest.after", "commit.remove.after",
    "commit.flip.after", "commit.after", "record.after",
)  # fmt: skip
RESTORE_STEPS = (
    "restore.begin.after", "restore.attempt.after", "restore.guard.after", "restore.insert.after",
    "restore.flip.after", "restore.after",
)  # fmt: skip


def _sql(world: World, *statements: str) -> Ended:
    """Another application's transaction, and what it means for the ledger when it commits."""
    before = everything(world)
    ended = obeyed(run_sql, world.told(), statements)
    after = everything(world)
    world.ledger += after - before
    world.ledger -= before - after
    return ended


def everything(world: World) -> Counter[tuple[object, ...]]:
    """Hot rows as they are committed now."""
    return hot_rows(world.shop.connection, world.watched)


OTHERS: dict[str, Act] = {
    "archiver": lambda world: obeyed(archive, world.told(lock_timeout=0.3)),
    "reconcile": lambda world: obeyed(reconcile, world.told(lock_timeout=0.3)),
    "reader": lambda world: obeyed(count_by_reader, world.told()),
    "restore": lambda world: obeyed(restore, world.told(lock_timeout=0.3)),
    "hold": lambda world: obeyed(hold, world.told(lock_timeout=0.3)),
    "insert": lambda world: _sql(
        world,
        f"insert into {SCHEMA}.sales (sale_id, sold_at, amount, _raw_seq, _source_order)"
        " values (77, '2010-01-01 12:00+00', 5, 1, 1), (78, '2010-01-01 23:59:59.999999+00', 5, 1, 1)",
    ),
    "update": lambda world: _sql(world, f"update {SCHEMA}.sales set amount = amount + 1 where sale_id % 10 = 3"),
    "delete": lambda world: _sql(world, f"delete from {SCHEMA}.sales where sale_id % 10 = 4"),
    "upsert": lambda world: _sql(
        world,
        f"insert into {SCHEMA}.sales (sale_id, sold_at, amount, _raw_seq, _source_order)"
        f" select sale_id, sold_at, -1, 1, 1 from {SCHEMA}.sales where sale_id % 10 < 2"
        f" union all select 79, '2010-01-01 13:00+00', 7, 1, 1"
        " on conflict (sale_id, sold_at) do update set amount = excluded.amount",
    ),
    "move": lambda world: _sql(
        world, f"update {SCHEMA}.sales set sold_at = sold_at + interval '1 day' where sale_id % 10 = 5"
    ),
}
EXPECTED = ("ProblemError", "LockNotAvailable", "SerializationFailure", "DeadlockDetected")


def is_orderly(ended: Ended) -> bool:
    """It did its work, or gave way with one of the errors that say so."""
    return ended.error is None or ended.error.startswith(EXPECTED)


@pytest.mark.parametrize("other", OTHERS)
def test_whatever_happens_while_an_archiver_stands_still(make_world: MakeWorld, other: str) -> None:
    """Thirteen steps of the archiver × ten others, a third of them in `make test`."""
    world = make_world(DELETE)
    world.add_day()
    for step in shared(STEPS, 3, list(OTHERS).index(other)):
        first = start_speaking(archive_in_steps, world.told(), (step,))
        world_is_at = first.said()

        second = OTHERS[other](world)
        if other == "reader" and second.error is None:
            assert second.value == sum(world.ledger.values()), (step, other)
        assert world_is_at == step
        assert is_orderly(second), (step, other, second.error)
        assert world.examine(settled=False).faults == [], (step, other)
        first.tell("go on")
        ended = first.ended()

        assert is_orderly(ended), (step, other, ended.error)
        assert world.examine(settled=False).faults == [], (step, other)
        world.archive()
        assert world.examine().faults == [], (step, other)
        world.add_day()


@pytest.mark.parametrize("other", ["archiver", "reader"])
def test_whatever_happens_while_a_restore_stands_still(make_world: MakeWorld, other: str) -> None:
    world = make_world(DELETE)
    for step in RESTORE_STEPS:
        world.add_day()
        world.archive()
        first = start_speaking(restore_in_steps, world.told(), (step,))
        assert first.said() == step

        second = OTHERS[other](world)
        assert is_orderly(second), (step, other, second.error)
        if other == "reader" and second.error is None:
            assert second.value == sum(world.ledger.values()), (step, other)
        first.tell("go on")
        ended = first.ended()

        assert is_orderly(ended), (step, other, ended.error)
        assert world.examine().faults == [], (step, other)


@pytest.mark.parametrize("other", ["archiver", "reconcile", "reader"])
def test_whatever_happens_while_raw_records_are_being_archived(make_world: MakeWorld, other: str) -> None:
    world = make_world(MARK)
    world.add_day()
    for step in shared(STEPS, 3, list(OTHERS).index(other)):
        first = start_speaking(archive_in_steps, world.told(), (step,))
        assert first.said() == step

        second = OTHERS[other](world)
        assert is_orderly(second), (step, other, second.error)
        if other == "reader" and second.error is None:
            assert second.value == sum(world.ledger.values()), (step, other)
        first.tell("go on")

        assert is_orderly(first.ended()), (step, other)
        world.archive()
        assert world.examine().faults == [], (step, other)
        world.add_day()
