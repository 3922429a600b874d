"""How far a command has come: a bar with rate and time left for people, lines of JSON for programs. On stderr."""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bars
from rich.text import Text


class Reporter:
    """Called with what is done, how much of it, and how much there is; `say` tells why nothing moves."""

    def __init__(self) -> None:
        self._said: str | None = None
        self._lock = threading.Lock()

    def __call__(self, what: str, done: int, total: int) -> None:
        with self._lock:
            self._said = None
            self.show(what, done, total)

    def say(self, why: str) -> None:
        """Tell once why nothing moves, until something does."""
        with self._lock:
            if why != self._said:
                self._said = why
                self.tell(why)

    def show(self, what: str, done: int, total: int) -> None:
        """Nothing, where nobody watches."""

    def tell(self, why: str) -> None:
        """A line, also where nobody watches: a log should say why it stands still."""
        print(f"waiting: {why}", file=sys.stderr, flush=True)


class JsonLines(Reporter):
    """One line of JSON on stderr for each step."""

    def __init__(self) -> None:
        super().__init__()
        self._began: dict[str, float] = {}
        self._last = time.monotonic()

    def show(self, what: str, done: int, total: int) -> None:
        """Rows or files done, how many a second, and the seconds that are left at that rate."""
        # The first line of a work comes when some of it is done: it began when the line before was written.
        began = self._began.setdefault(what, self._last)
        self._last = time.monotonic()
        seconds = self._last - began
        rate = done / seconds if seconds > 0 else None
        left = round((total - done) / rate, 1) if rate else None
        line = {"what": what, "done": done, "total": total, "per_second": rate and round(rate, 1), "eta_seconds": left}
        print(json.dumps(line), file=sys.stderr, flush=True)

    def tell(self, why: str) -> None:
        """Why nothing moves."""
        print(json.dumps({"waiting": why}), file=sys.stderr, flush=True)


class _Rate(ProgressColumn):
    def render(self, task: Task) -> Text:
        """How many a second."""
        return Text(f"{task.speed:,.0f}/s" if task.speed else "")


class _Bars(Reporter):
    def __init__(self, bars: Bars) -> None:
        super().__init__()
        self._bars, self._tasks = bars, dict[str, Any]()

    def show(self, what: str, done: int, total: int) -> None:
        """One bar for each kind of work."""
        kind = what.split()[0]
        if kind not in self._tasks:
            self._tasks[kind] = self._bars.add_task(what, total=total)
        self._bars.update(self._tasks[kind], description=what, completed=done, total=total)

    def tell(self, why: str) -> None:
        """Above the bars."""
        self._bars.console.print(f"waiting: {why}", highlight=False)


@contextmanager
def progress(*, machine: bool = False) -> Iterator[Reporter]:
    """A bar where somebody watches, lines of JSON where they are asked for, else only what holds a run up."""
    console = Console(stderr=True)
    if machine or not console.is_terminal:
        yield JsonLines() if machine else Reporter()
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), _Rate(), TimeRemainingColumn())
    with Bars(*columns, console=console, transient=True) as bars:
        yield _Bars(bars)
