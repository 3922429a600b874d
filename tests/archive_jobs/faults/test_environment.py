"""Odd machines: other disks, other masks, little memory, a staging folder that is none."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from typing import Any

import pytest
from fault_kinds import FailCall
from fault_orders import Told, archive
from fault_worlds import DELETE, Mode, World
from warm_workers import obeyed

MakeWorld = Callable[[Mode], World]


def archive_under_mask(told: Told, mask: int) -> dict[str, Any]:
    """A run whose umask is somebody else's idea."""
    os.umask(mask)
    return archive(told)


@pytest.mark.parametrize("mask", [0o000, 0o022, 0o077])
def test_files_of_the_lake_can_be_read_and_not_written_whatever_the_mask(make_world: MakeWorld, mask: int) -> None:
    world = make_world(DELETE)
    world.add_day()

    obeyed(archive_under_mask, world.told(), mask)

    modes = {oct(file.stat().st_mode & 0o777) for file in world.shop.lake.rglob("*.parquet")}
    assert (modes, world.examine().faults) == ({"0o444"}, [])


@pytest.mark.parametrize("number", [errno.EXDEV, errno.EPERM, errno.EMLINK, errno.EROFS, errno.ESTALE])
def test_a_disk_that_cannot_link_is_refused_before_anything_is_written(make_world: MakeWorld, number: int) -> None:
    """Staging on another disk, a file system without hard links, one gone read-only, NFS that lost its file."""
    world = make_world(DELETE)
    world.add_day()

    first = world.archive(FailCall(0, ("link",), number_of_error=number))
    later = world.archive(FailCall(2, ("link",), number_of_error=number))

    assert "cannot be written" in str(first.error)
    assert str(later.error).startswith("ProblemError")
    assert world.examine(settled=False).faults == []
    world.archive()
    assert (world.examine().faults, world.rows_left_hot()) == ([], 0)


def test_a_staging_folder_that_is_a_file_is_refused(make_world: MakeWorld) -> None:
    world = make_world(DELETE)
    world.add_day()
    world.shop.lake.mkdir(parents=True)
    (world.shop.lake / ".staging").write_text("not a folder")

    assert "cannot be written" in str(world.archive().error)
    assert world.rows_left_hot() == 20


def test_little_memory_makes_a_run_slow_or_stops_it_and_loses_nothing(
    make_world: MakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = make_world(DELETE)
    world.add_day(rows=5_000)
    monkeypatch.setenv("ARCHIVE_JOBS_MEMORY_LIMIT", "4MB")

    world.archive()

    assert world.examine(settled=False).faults == []
    monkeypatch.delenv("ARCHIVE_JOBS_MEMORY_LIMIT")
    world.archive()
    assert (world.examine().faults, world.rows_left_hot()) == ([], 0)
