"""Ctrl-C in any command: one line that says in what state the data is and what to do next, and exit status 130.

`run` and `worker` are told to stop between units instead (`archive_jobs.scheduling.stopping`).
"""

from __future__ import annotations

import logging
import os
import signal
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

import typer

from archive_jobs.monitoring.jobs import WatchedCommands, name_of

_STATUS = 128 + signal.SIGINT
READS = "nothing was changed; run the command again"
_EITHER = "either all of it was written or nothing; look, then run the command again"
# Of `run` and `worker`, also where they were told to stop.
STOPPED = "no row is lost: what was committed is archived, all else stands as it was; the next run goes on there"
# What a command leaves that is ended anywhere. Each step of each of them may be killed.
LEFT = {
    "run": STOPPED,
    "worker": STOPPED,
    "reconcile": "what was settled stays so; run it again",
    "recall": "no copy was made, unless `archive-jobs recalls` lists it; run the command again",
    "recalls": "each copy stands whole or is dropped; `archive-jobs recalls` lists those that stand",
    "restore": "each unit is either back or archived as before, none is both; run the command again for the rest",
    "replay": "no record is lost; if its batch was queued the next `dbt build` ends it, else nothing was changed",
    "verify": "nothing but the times of checks was written; the check is not done: run it again",
    "scrub": "nothing but the times of checks was written; the next scrub begins with what waits longest",
    "prove": "the archive was only read, and a folder is written whole or not at all; run the command again",
    "retrieve": "the archive was only read, and a file is written whole or not at all; run the command again",
    "sql": "the archive was only read, and a file is written whole or not at all; run the command again",
    "views": "the archive was only read, and the file is written whole or not at all; run the command again",
    "expire": "each unit is purged or stands as it was; run the command again for the rest",
    "erase": "what is erased stays erased, and it is not done; finish it with `archive-jobs erase --again --yes`",
    "catalog rebuild": "the catalogue is filled whole or not at all; run the command again",
    "keys rotate": "every key can be read by the old or the new master key; keep both, and run the command again",
    "delta": "the table's log is whole up to its last entry; run the command again",
    "handover": "what was handed over before stands; run the command again",
    "serve": "the service has ended; nothing of the archive was changed by that",
    **dict.fromkeys(("hold place", "hold release", "pause", "resume", "policies apply", "policies set"), _EITHER),
    **dict.fromkeys(("tokens create", "tokens revoke"), _EITHER),
}  # fmt: skip


_PSYCOPG = logging.getLogger("psycopg")
# Ctrl-C since the command began.
_heard: list[int] = []


class Commands(WatchedCommands):
    """The group of all commands: each ends on Ctrl-C with a line of its own."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command. The shell hears Ctrl-C itself: there it ends a statement."""
        name = name_of(self, ctx)
        with hearing(LEFT.get(name, READS), is_shell=name == "shell"):
            return super().invoke(ctx)


@contextmanager
def hearing(left: str, *, is_shell: bool = False) -> Iterator[None]:
    """The first Ctrl-C is a KeyboardInterrupt, told by that line; a second one ends the process on the spot.

    Where Ctrl-C is ignored (a background job of a script) it stays so, and in a thread nobody hears it.
    """
    before = signal.getsignal(signal.SIGINT)
    if before is signal.SIG_IGN or threading.current_thread() is not threading.main_thread():
        yield
        return
    if is_shell:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, before)
        return
    line = f"interrupted: {left}"
    ours, theirs = socket.socketpair()
    theirs.setblocking(False)
    # Python calls a handler between two of its own steps; the pipe is written at once, also in a long call of DuckDB.
    woken = signal.set_wakeup_fd(theirs.fileno(), warn_on_full_buffer=False)
    signal.signal(signal.SIGINT, _interrupt)
    watcher = threading.Thread(target=_watch, args=(ours, line), daemon=True, name="interrupted")
    watcher.start()
    try:
        yield
    except BaseException as error:
        # Loading a module of C, interrupted, is an ImportError; a server that was told to cancel has its own words.
        if not isinstance(error, KeyboardInterrupt) and (not _heard or isinstance(error, (SystemExit, typer.Exit))):
            raise
        print(line, file=sys.stderr, flush=True)
        raise KeyboardInterrupt from None
    finally:
        _heard.clear()
        _PSYCOPG.setLevel(logging.NOTSET)
        signal.set_wakeup_fd(woken)
        signal.signal(signal.SIGINT, before)
        theirs.close()
        watcher.join()
        ours.close()


def _interrupt(number: int, frame: FrameType | None) -> None:
    _heard.append(number)
    # A transaction that ends so is rolled back by the server; what its connection says of that helps nobody.
    _PSYCOPG.setLevel(logging.CRITICAL)
    signal.default_int_handler(number, frame)


def _watch(pipe: socket.socket, line: str) -> None:
    heard = 0
    while data := pipe.recv(1):
        heard += data[0] == signal.SIGINT
        if heard > 1:
            print(line, file=sys.stderr, flush=True)
            os._exit(_STATUS)
