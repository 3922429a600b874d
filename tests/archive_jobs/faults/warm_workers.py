"""Processes that are warm before they are needed: one parent has imported everything and forks a child per order.

The parent (Python's own fork server) never opens a connection or a DuckDB, so a child inherits neither sockets nor
threads, and a kill costs what the run costs. A child is told its environment, obeys one order, and is gone.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import forkserver
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

_context = multiprocessing.get_context("forkserver")
_FOLDERS = [str(folder) for folder in Path(__file__).parents[:4]]
_ENOUGH_SECONDS = 60


@dataclass(frozen=True)
class Ended:
    """How a child ended: killed, or with what its order returned or raised."""

    exit_code: int | None
    value: Any = None
    error: str | None = None

    @property
    def was_killed(self) -> bool:
        """True for SIGKILL, which is what faults send."""
        return self.exit_code == -signal.SIGKILL


class Child:
    """One order being obeyed. Messages go both ways; `ended` waits for the end."""

    def __init__(self, order: Callable[..., Any], arguments: tuple[Any, ...], speaks: bool) -> None:
        self.pipe, theirs = _context.Pipe()
        self.messages: Connection | None = None
        if speaks:
            self.messages, talk = _context.Pipe()
            arguments = (talk, *arguments)
        self.process = _context.Process(target=_obey, args=(theirs, dict(os.environ), order, arguments), daemon=True)
        _ensure_warm()
        self.process.start()
        theirs.close()
        if speaks:
            talk.close()

    def ended(self, seconds: float = _ENOUGH_SECONDS) -> Ended:
        """Wait for the end. A child that does not come to one is killed and the test fails."""
        try:
            if not self.pipe.poll(seconds):
                self.process.kill()
                raise TimeoutError("a child did not end")
            value, error = self.pipe.recv()
        except (EOFError, ConnectionResetError):
            value, error = None, None
        self.process.join(seconds)
        if self.process.exitcode is None:
            self.process.kill()
            raise TimeoutError("a child did not end")
        self.pipe.close()
        return Ended(self.process.exitcode, value, error)

    def said(self, seconds: float = _ENOUGH_SECONDS) -> Any:
        """The next thing it says; None when it ended without a word."""
        if self.messages is None or not self.messages.poll(seconds):
            raise TimeoutError("a child says nothing")
        try:
            return self.messages.recv()
        except EOFError:
            return None

    def tell(self, word: Any) -> None:
        """Answer it."""
        if self.messages is not None:
            self.messages.send(word)

    def kill(self) -> None:
        """SIGKILL, wherever it is."""
        self.process.kill()


def start(order: Callable[..., Any], *arguments: Any) -> Child:
    """Begin an order in a child. `order` is a module's function, its arguments can be pickled."""
    return Child(order, arguments, speaks=False)


def start_speaking(order: Callable[..., Any], *arguments: Any) -> Child:
    """The same, for an order whose first argument is a pipe."""
    return Child(order, arguments, speaks=True)


def obeyed(order: Callable[..., Any], *arguments: Any) -> Ended:
    """Let a child obey an order, and wait."""
    return start(order, *arguments).ended()


def _obey(pipe: Connection, environment: dict[str, str], order: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    os.environ.clear()
    os.environ.update(environment)
    try:
        # There since before the fork. Where an import in it failed, the fork server said nothing: it is said here.
        import warm_up  # noqa: F401 - as above

        answer = (order(*arguments), None)
    except BaseException as error:
        answer = (None, f"{type(error).__name__}: {error}")
    pipe.send(answer)
    pipe.close()
    # Nothing is tidied: what an order leaves open is closed as by a death.
    os._exit(0)


def _ensure_warm() -> None:
    """Start the parent with everything imported. Its first child waits for that, the others do not."""
    with _importable():
        # Without our own main module, each child would import it, and all it imports, anew.
        forkserver.set_forkserver_preload(["warm_up", "__main__"])
        forkserver.ensure_running()


@contextmanager
def _importable() -> Any:
    # The fork server of Python 3.11 takes modules from its environment's path, not from ours.
    before = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = os.pathsep.join([*_FOLDERS, *sys.path])
    try:
        yield
    finally:
        if before is None:
            os.environ.pop("PYTHONPATH", None)
        else:
            os.environ["PYTHONPATH"] = before
