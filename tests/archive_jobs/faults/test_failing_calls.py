"""A call that fails, whichever and why ever: the run says so or goes on, no row is lost, and the next run finishes."""

from __future__ import annotations

import errno
import resource
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fault_kinds import FailCall, Record
from fault_orders import Told, archive
from fault_worlds import DELETE, Mode, World
from shares import shared
from warm_workers import obeyed

FILE_CALLS = ("write", "fsync", "link", "open", "read", "chmod", "mkdir", "unlink")
ERRORS = (errno.EIO, errno.ENOSPC, errno.EDQUOT, errno.EINTR)
MakeWorld = Callable[[Mode], World]


def test_each_call_on_the_lake_may_fail(make_world: MakeWorld) -> None:
    """All N of them, one run each, the error going round; every second write leaves half of what was to be written."""
    world = make_world(DELETE)
    world.add_day()
    world.archive()
    world.add_day()
    calls = [call for call in world.archive(Record()).value["seen"] if call[0] in FILE_CALLS]
    assert {kind for kind, _ in calls} >= {"write", "fsync", "link", "open", "read"}

    for number, call in shared(list(enumerate(calls)), 5):
        world.add_day()
        wrong = ERRORS[number % len(ERRORS)]
        place = (call, errno.errorcode[wrong])

        ended = world.archive(FailCall(number, FILE_CALLS, number_of_error=wrong, halfway=number % 2 == 0))

        # It fails as a problem an operator can act on, or it goes on: never with a traceback of ours.
        assert ended.exit_code == 0, place
        assert ended.error is None or ended.error.startswith("ProblemError"), (place, ended.error)
        assert world.examine(settled=False).faults == [], place
        world.archive()
        assert (world.examine().faults, world.rows_left_hot()) == ([], 0), place


def archive_with_small_files(told: Told, most_bytes: int) -> Any:
    """A run of which no file may grow over so many bytes, DuckDB's own included: the kernel refuses the write."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, most_bytes))
    return archive(told)


@pytest.mark.parametrize("most_bytes", [0, 1, 500, 2000, 2800, 4096])
def test_a_file_that_the_disk_cuts_short_is_never_taken_for_whole(make_world: MakeWorld, most_bytes: int) -> None:
    world = make_world(DELETE)
    world.add_day(rows=300)

    ended = obeyed(archive_with_small_files, world.told(), most_bytes)

    assert ended.error is not None and ended.error.startswith("ProblemError"), ended
    assert (world.examine(settled=False).faults, world.rows_left_hot()) == ([], 300)
    world.archive()
    assert (world.examine().faults, world.rows_left_hot()) == ([], 0)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 4 MB. Only root may mount one."""
    place = tmp_path / "small"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(place)]
    if shutil.which("mount") is None or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("a tmpfs cannot be mounted here; RLIMIT_FSIZE stands in for it in the test above")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def test_a_disk_that_fills_up_loses_nothing_and_the_run_goes_on_when_there_is_room(
    make_world: MakeWorld, small_disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARCHIVE_URL", str(small_disk / "lake"))
    world = make_world(DELETE)
    for _ in range(3):
        world.add_day()
    world.archive()
    ballast = small_disk / "ballast"
    for kilobytes in (20, 8, 4, 0):
        world.add_day(rows=40)
        free = shutil.disk_usage(small_disk).free
        ballast.write_bytes(b"x" * max(0, free - kilobytes * 1024))

        ended = world.archive()

        assert ended.error is None or ended.error.startswith("ProblemError"), ended.error
        assert world.examine(settled=False).faults == [], kilobytes
        ballast.unlink()
        world.archive()
        assert (world.examine().faults, world.rows_left_hot()) == ([], 0), kilobytes
