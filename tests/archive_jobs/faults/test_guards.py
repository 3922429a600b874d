"""Each guard of the archiver is needed: taken away, what it guards against happens; with it, it does not.

A guard is a `guarded("name")` in the code. The last test walks the code for them: one that no test takes away fails.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fault_damage import Witnesses, one_bit, spoilt
from fault_kinds import Fault, PowerCut, Tamper
from fault_oracle import hot_rows
from fault_orders import archive_in_steps
from fault_worlds import DELETE, Mode, World
from small_shop import SCHEMA
from warm_workers import start_speaking

import archive_jobs
from archive_jobs import failpoints

MakeWorld = Callable[[Mode], World]


def harm(world: World) -> int:
    """Rows lost, doubled or invented, and files that are not what they should be."""
    found = world.examine(settled=False)
    return found.lost + found.doubled + found.foreign + len(found.damaged)


def under(fault: Callable[[World], Fault]) -> Callable[[World, tuple[str, ...]], None]:
    """One run under a fault, then one without."""

    def play(world: World, guards_down: tuple[str, ...]) -> None:
        world.archive(fault(world), guards_down=guards_down)
        world.wait_for_the_dead()
        world.archive()

    return play


def meanwhile(statement: str, point: str = "prepare.after") -> Callable[[World, tuple[str, ...]], None]:
    """One run that stops at a point while somebody else commits a statement."""

    def play(world: World, guards_down: tuple[str, ...]) -> None:
        child = start_speaking(archive_in_steps, world.told(guards_down=guards_down), (point,))
        assert child.said() == point
        before = everything(world)
        world.shop.execute(statement)
        world.ledger += everything(world) - before
        world.ledger -= before - everything(world)
        child.tell("go on")
        child.ended()

    return play


def everything(world: World) -> Any:
    """Hot rows as they are now."""
    return hot_rows(world.shop.connection, world.watched)


LATE_ROW = (
    f"insert into {SCHEMA}.sales (sale_id, sold_at, _raw_seq, _source_order) values (77, '2010-01-02 12:00+00', 1, 1)"
)
CHANGED_ROW = f"update {SCHEMA}.sales set amount = amount + 1 where _source_order = 3"
KEPT_BY_A_TRIGGER = (
    f"create function {SCHEMA}.keep() returns trigger language plpgsql as 'begin return null; end';"
    f"create trigger keep before delete on {SCHEMA}.sales for each row when (old.sale_id % 2 = 0)"
    f" execute function {SCHEMA}.keep()"
)
# What happens, and which guards must be down for it to do harm.
STORIES: dict[str, tuple[Callable[[World, tuple[str, ...]], None], tuple[str, ...]]] = {
    "the power goes before folders are synced": (under(lambda world: PowerCut("commit.after")), ("fsync.folder",)),
    "a published file rots before it is read back": (
        under(lambda world: Tamper("publish.fsync.after", "bit", "*.parquet", str(world.shop.lake))),
        ("readback",),
    ),
    "a row is missing in the file": (
        under(lambda world: Tamper("export.write.after", "row", "*.part", str(world.shop.lake))),
        ("proof.count", "proof.values"),
    ),
    "a value is another one in the file": (
        under(lambda world: Tamper("export.write.after", "value", "*.part", str(world.shop.lake))),
        ("proof.values",),
    ),
    "a row comes between export and commit": (meanwhile(LATE_ROW), ("7d", "7e")),
    # As many rows as before: only which tuples they are tells that one of them is another one.
    "a row is changed between export and commit": (meanwhile(CHANGED_ROW), ("identity",)),
    "a trigger keeps rows from being deleted": (meanwhile(KEPT_BY_A_TRIGGER), ("preflight", "7e")),
}


@pytest.mark.parametrize("story", STORIES)
def test_with_its_guards_no_harm_is_done(make_world: MakeWorld, story: str) -> None:
    world = make_world(DELETE)
    # The first unit of a shape is restored on trial, which would tell as well.
    world.add_day()
    world.archive()
    world.add_day()

    STORIES[story][0](world, ())

    assert harm(world) == 0


@pytest.mark.parametrize("story", STORIES)
def test_without_its_guards_it_does_harm(make_world: MakeWorld, story: str) -> None:
    world = make_world(DELETE)
    # The first unit of a shape is restored on trial, which would tell as well.
    world.add_day()
    world.archive()
    world.add_day()

    play, guards_down = STORIES[story]
    play(world, guards_down)

    assert harm(world) > 0


def test_a_reader_that_does_not_check_files_believes_a_spoilt_one(make_world: MakeWorld) -> None:
    world = make_world(DELETE)
    world.add_day()
    world.archive()
    witnesses = Witnesses(world)
    path, _ = witnesses.active()[0]
    file = world.shop.lake / path
    with spoilt(file, one_bit(file.read_bytes(), random.Random(1))):
        assert witnesses.reading_sees()
        failpoints.disabled_guards.add("reader.sha256")
        assert not witnesses.reading_sees()


def test_a_name_that_is_taken_stops_the_run_and_is_never_overwritten(make_world: MakeWorld) -> None:
    world = make_world(DELETE)
    world.add_day()
    foreign = world.shop.lake / SCHEMA / "_commits" / "sales" / "1.json"
    foreign.parent.mkdir(parents=True)
    foreign.write_text("somebody else's")

    # The look at what the lake has already would refuse before anything is written.
    ended = world.archive(guards_down=("ahead",))
    assert (foreign.read_text(), ended.error is None) == ("somebody else's", False)

    world.archive(guards_down=("create-only", "ahead"))
    assert foreign.read_text() != "somebody else's"


def test_every_guard_in_the_code_is_taken_away_by_some_test() -> None:
    code = "".join(file.read_text() for file in Path(archive_jobs.__file__).parent.rglob("*.py"))
    here = Path(__file__).parents[1]
    files = [*here.rglob("*.py"), *here.with_name("dbt_project").glob("test_replay*.py")]
    tests = "".join(file.read_text() for file in files)
    guards = set(re.findall(r'guarded\("([^"]+)"\)', code))
    taken = re.findall(r"(?:disabled_guards\.(?:add|update)|guards_down=)\(+([^)]*)\)", tests)
    # Tests that are played with and without it.
    taken += re.findall(r'parametrize\("guards", \[set\(\), \{([^}]*)\}', tests)
    named = {name for text in taken for name in re.findall(r'"([^"]+)"', text)}
    named |= {name for _, down in STORIES.values() for name in down}

    assert guards - named == set()
    assert named - guards == set()
    assert len(guards) > 10
