"""One stops half-way, another comes and does all of its own, the first goes on: every pair, at every step."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest
from fault_oracle import hot_rows
from fault_orders import archive, archive_in_steps, count_by_reader, hold, reconcile, restore, restore_in_steps, run_sql
from fault_worlds import DELETE, KEEP, MARK, MODES, Mode, World
from psycopg import errors
from shares import shared
from small_shop import SCHEMA
from warm_workers import Child, Ended, obeyed, start, start_speaking

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
    if before is None:
        # Nobody may even look: whoever writes must have given way.
        assert "LockNotAvailable" in str(ended.error)
        return ended
    after = everything(world) or Counter()
    world.ledger += after - before
    world.ledger -= before - after
    return ended


def everything(world: World) -> Counter[tuple[object, ...]] | None:
    """Hot rows as they are committed now; None while somebody holds the table for himself."""
    world.shop.execute("set lock_timeout = '200ms'")
    try:
        return hot_rows(world.shop.connection, world.watched)
    except errors.LockNotAvailable:
        return None
    finally:
        world.shop.execute("reset lock_timeout")


OTHERS: dict[str, Act] = {
    "archiver": lambda world: obeyed(archive, world.told(lock_timeout=0.3)),
    "reconcile": lambda world: obeyed(reconcile, world.told(lock_timeout=0.3)),
    "reader": lambda world: obeyed(count_by_reader, world.told()),
    "restore": lambda world: obeyed(restore, world.told(lock_timeout=0.3)),
    "hold": lambda world: obeyed(hold, world.told(lock_timeout=0.3)),
    "insert": lambda world: _sql(
        world,
        f"insert into {SCHEMA}.sales (sale_id, sold_at, amount, _raw_seq, _source_order)"
        f" values (77, '{world.day} 12:00+00', 5, 1, 1), (78, '{world.day} 23:59:59.999999+00', 5, 1, 1)",
    ),
    "update": lambda world: _sql(world, f"update {SCHEMA}.sales set amount = amount + 1 where _source_order = 3"),
    "delete": lambda world: _sql(world, f"delete from {SCHEMA}.sales where _source_order = 4"),
    "upsert": lambda world: _sql(
        world,
        f"insert into {SCHEMA}.sales (sale_id, sold_at, amount, _raw_seq, _source_order)"
        f" select sale_id, sold_at, -1, 1, 1 from {SCHEMA}.sales where _source_order < 3"
        f" union all select 79, '{world.day} 13:00+00', 7, 1, 1"
        " on conflict (sale_id, sold_at) do update set amount = excluded.amount",
    ),
    "move": lambda world: _sql(
        world, f"update {SCHEMA}.sales set sold_at = sold_at + interval '1 day' where _source_order = 5"
    ),
}
EXPECTED = ("ProblemError", "LockNotAvailable", "SerializationFailure", "DeadlockDetected")


def is_orderly(ended: Ended) -> bool:
    """It did its work, or gave way with one of the errors that say so."""
    return ended.error is None or ended.error.startswith(EXPECTED)


def go_on(world: World, first: Child, other: str, step: str) -> tuple[Ended, Ended]:
    """Let the other one do all of its own, then the first one the rest; a reader waits for who excludes it."""
    waits = other == "reader" and world.mode.excludes_everybody(step)
    reader = start(count_by_reader, world.told()) if waits else None
    second = None if waits else OTHERS[other](world)
    if not world.mode.excludes_everybody(step):
        assert world.examine(settled=False).faults == [], (step, other)
    first.tell("go on")
    ended = first.ended()
    second = reader.ended() if reader is not None else second
    assert second is not None
    if other == "reader" and second.error is None:
        assert second.value == sum(world.ledger.values()), (step, other)
    return ended, second


@pytest.mark.parametrize("other", OTHERS)
@pytest.mark.parametrize("mode", [mode for mode in MODES.values() if mode is not MARK], ids=lambda mode: mode.name)
def test_whatever_happens_while_an_archiver_stands_still(make_world: MakeWorld, mode: Mode, other: str) -> None:
    """Thirteen steps of the archiver × ten others, a third of them in `make test`; of the newer modes fewer."""
    world = make_world(mode)
    world.add_day()
    for step in shared(STEPS, 10 if mode is DELETE else 20, list(OTHERS).index(other)):
        first = start_speaking(archive_in_steps, world.told(), (step,))
        assert first.said() == step

        ended, second = go_on(world, first, other, step)

        assert is_orderly(second), (step, other, second.error)
        assert is_orderly(ended), (step, other, ended.error)
        assert world.examine(settled=False).faults == [], (step, other)
        world.archive()
        assert world.examine().faults == [], (step, other)
        world.add_day()


@pytest.mark.parametrize("other", ["insert", "update", "delete", "upsert", "move"])
def test_the_others_do_change_rows(make_world: MakeWorld, other: str) -> None:
    """For a while three of them found no row to change, and nothing said so."""
    world = make_world(KEEP)
    world.add_day()
    before = world.ledger.copy()

    assert OTHERS[other](world).value > 0
    assert world.ledger != before


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
    for step in shared(STEPS, 9, list(OTHERS).index(other)):
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
