"""One line per step of the demo, with the seconds it took and the commands that a user would type for it.

On a terminal a clock runs while a step does; elsewhere nothing moves and each line is plain text.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from rich.console import Console
from rich.markup import escape
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

_SHOWN_COMMANDS = 2


@dataclass
class Step:
    """What a step did: one sentence, and its commands."""

    result: str = ""
    commands: list[str] = field(default_factory=list)

    def says(self, result: str) -> None:
        """What stands behind the title once the step is done."""
        self.result = result


class Steps:
    """Numbers the steps and times them."""

    def __init__(self, console: Console, total: int) -> None:
        self.console, self._total = console, total
        self._number = 0
        self._started = time.monotonic()

    @property
    def seconds(self) -> float:
        """Since the first step was about to begin."""
        return time.monotonic() - self._started

    @contextmanager
    def step(self, title: str) -> Iterator[Step]:
        """Run the block as the next step. A step that fails says so and how far it came."""
        self._number += 1
        began = time.monotonic()
        step = Step()
        try:
            with self._clock(f"{self._number:>2}/{self._total}  {title}"):
                yield step
        except BaseException:
            self._line(title, "did not finish", time.monotonic() - began, step.commands)
            raise
        self._line(title, step.result, time.monotonic() - began, step.commands)

    @contextmanager
    def _clock(self, text: str) -> Iterator[None]:
        columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), TimeElapsedColumn())
        moves = self.console.is_terminal
        # The commands' own output is caught elsewhere: this display must not take it over.
        with Progress(
            *columns,
            console=self.console,
            transient=True,
            disable=not moves,
            redirect_stdout=False,
            redirect_stderr=False,
        ) as progress:
            progress.add_task(text, total=None)
            yield

    def _line(self, title: str, result: str, seconds: float, commands: list[str]) -> None:
        head = f"{self._number:>2}/{self._total} {seconds:6.1f} s  [bold]{escape(title)}[/bold]"
        self._print(f"{head}: {escape(result)}" if result else head)
        for command in commands[:_SHOWN_COMMANDS]:
            self._print(f"[dim]{'':15}$ {escape(command)}[/dim]")
        if len(commands) > _SHOWN_COMMANDS:
            self._print(f"[dim]{'':15}  … and {len(commands) - _SHOWN_COMMANDS} more like it[/dim]")

    def _print(self, markup: str) -> None:
        self.console.print(markup, highlight=False, soft_wrap=True)
