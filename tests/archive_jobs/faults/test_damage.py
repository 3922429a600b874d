"""A file of the lake that is spoilt in any way is noticed by everybody who would read it, every time."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest
from fault_damage import DAMAGES, Damage, Witnesses, one_bit, spoilt
from fault_kinds import AtPoint
from fault_orders import restore
from fault_worlds import DELETE, MARK, Mode, World
from warm_workers import obeyed

MakeWorld = Callable[[Mode], World]
TIMES = 12


@pytest.fixture
def witnesses(make_world: MakeWorld) -> Witnesses:
    """Three cold days and those who read them."""
    world = make_world(DELETE)
    for _ in range(3):
        world.add_day()
    world.archive()
    return Witnesses(world)


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__)
def test_every_spoilt_file_is_noticed_by_everybody_who_reads(witnesses: Witnesses, damage: Damage) -> None:
    dice = random.Random(20240131)
    lake = witnesses.world.shop.lake
    for _ in range(TIMES):
        path, sha256 = dice.choice(witnesses.active())
        with spoilt(lake / path, damage((lake / path).read_bytes(), dice)):
            assert witnesses.blind(path, sha256) == []
    assert witnesses.world.examine().faults == []


def test_two_files_in_each_others_place_are_noticed(witnesses: Witnesses) -> None:
    (one, one_sha), (two, two_sha), *_ = witnesses.active()
    lake = witnesses.world.shop.lake
    contents = (lake / one).read_bytes(), (lake / two).read_bytes()

    with spoilt(lake / one, contents[1]), spoilt(lake / two, contents[0]):
        assert witnesses.blind(one, one_sha) == []
        assert witnesses.blind(two, two_sha) == []


def test_a_spoilt_manifest_and_a_spoilt_record_are_noticed(witnesses: Witnesses) -> None:
    dice = random.Random(7)
    lake = witnesses.world.shop.lake
    for place in (*lake.rglob("_manifests/**/*.json"), *lake.rglob("_commits/**/*.json")):
        for damage in (d for d in DAMAGES):
            with spoilt(place, damage(place.read_bytes(), dice)):
                assert witnesses.verify_sees(str(place.relative_to(lake))), (place, damage.__name__)


def test_a_restore_brings_back_what_is_whole_and_leaves_a_spoilt_unit_cold(witnesses: Witnesses) -> None:
    world = witnesses.world
    path, _ = witnesses.active()[1]
    file = world.shop.lake / path
    with spoilt(file, one_bit(file.read_bytes(), random.Random(5))):
        ended = obeyed(restore, world.told())
        left = world.rows_left_hot()

    assert left in (0, 20, 40), ended
    assert "damaged" in str(ended.error or ended.value["kept_cold"]), ended
    assert world.examine(settled=False).faults == []
    world.archive()
    assert world.examine().faults == []


def test_raw_records_are_not_dropped_while_their_file_is_spoilt(make_world: MakeWorld) -> None:
    world = make_world(MARK)
    world.add_day()
    dice = random.Random(11)
    world.archive(AtPoint("drop.begin.after"))
    world.wait_for_the_dead()
    path, _ = Witnesses(world).active()[0]
    rows = world.shop.value("select count(*) from analytics_service.source_sales")
    for damage in DAMAGES:
        with spoilt(world.shop.lake / path, damage((world.shop.lake / path).read_bytes(), dice)):
            ended = world.archive()
            assert ended.value["dropped"] == 0, damage.__name__
            assert "SHA-256" in str(ended.value["kept_hot"]), damage.__name__
            assert world.shop.value("select count(*) from analytics_service.source_sales") == rows
    world.archive()
    assert world.shop.value("select count(*) from analytics_service.source_sales") == 0
    assert world.examine().faults == []
