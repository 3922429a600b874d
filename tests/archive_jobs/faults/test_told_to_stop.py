"""Ctrl-C or SIGTERM at any named point: the command exits with the status it documents, and resumes."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable

import fault_calls
import pytest
from fault_kinds import AtPoint
from fault_orders import Told
from fault_worlds import DELETE, Mode, World
from shares import shared
from warm_workers import obeyed, start

from archive_jobs import cli
from archive_jobs.failpoints import POINTS
from archive_jobs.scheduling.stopping import stopping

MakeWorld = Callable[[Mode], World]
NAMED = [point for point in POINTS if point != "commit.reply.lost"]


def run_command(told: Told, fault: AtPoint | None, *words: str) -> None:
    """The command line itself, as a process of its own would run it."""
    if fault is not None:
        fault_calls.install(fault, str(told.lake))
    sys.argv = ["archive-jobs", *words, "--definitions", str(told.definitions)]
    cli.main()


def run_that_cannot_finish(told: Told, fault: AtPoint) -> None:
    """A unit that takes for ever: only the grace ends it."""
    stopping.__wrapped__.__defaults__ = (0.1,)  # type: ignore[attr-defined]  # seconds of grace
    waiting = fault_calls.threading.Event()

    def wait_for_ever(call: fault_calls.Call) -> object:
        answer = fault(call)
        if call.what == fault.point:
            waiting.wait()
        return answer

    fault_calls.install(wait_for_ever, str(told.lake))
    sys.argv = ["archive-jobs", "run", "--yes", "--definitions", str(told.definitions)]
    cli.main()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["ctrl-c", "sigterm"])
def test_told_to_stop_at_any_point_the_run_exits_and_the_next_goes_on(make_world: MakeWorld, number: int) -> None:
    world = make_world(DELETE)
    for point in shared(NAMED, 4, number):
        world.add_day()

        child = start(run_command, world.told(), AtPoint(point, signal=number), "run", "--yes")
        ended = child.ended()

        # At the last points everything may be done before anybody looks.
        done = ended.error is None and world.rows_left_hot() == 0
        assert done or ended.error == f"SystemExit: {128 + number}", (point, ended)
        assert world.examine(settled=False).faults == [], point

    obeyed(run_command, world.told(), None, "run", "--yes")

    assert (world.examine().faults, world.rows_left_hot()) == ([], 0)


@pytest.mark.parametrize("point", ["export.write.before", "publish.link.after", "commit.flip.after"])
def test_what_does_not_finish_in_its_grace_is_left_to_the_next_run(make_world: MakeWorld, point: str) -> None:
    world = make_world(DELETE)
    world.add_day()

    ended = obeyed(run_that_cannot_finish, world.told(), AtPoint(point, signal=signal.SIGTERM))
    world.wait_for_the_dead()

    assert ended.exit_code == 143
    assert world.examine(settled=False).faults == []
    world.archive()
    assert (world.examine().faults, world.rows_left_hot()) == ([], 0)
