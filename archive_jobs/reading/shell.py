"""Questions one after the other: each statement gets a snapshot of its own, and what is wrong with it ends only it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import duckdb
from rich.console import Console

from archive_jobs.monitoring.jobs import interruptible
from archive_jobs.reading.asked import asking
from archive_jobs.reading.estimate import told
from archive_jobs.reading.named_views import names_of_views
from archive_jobs.reading.read_back import Session
from definitions_to_dbt.errors import ProblemError
from definitions_to_dbt.library import Library

PROMPT, GOES_ON = "archive> ", "    ...> "
_HELP = """A statement ends with a semicolon. Views: history_<table>, archive_<table>, source_<table>,
archive_source_<table>; PostgreSQL's own tables as pg.<schema>.<table>.
  .tables [TEXT]      views whose names hold the text
  .columns VIEW       the columns of a view
  .explain SELECT …;  files, rows and bytes it would read, then the plan; reads nothing
  .explain on|off     say files, rows and bytes before each answer
  .quit               the end"""
_TELLS = 40


@dataclass
class Shell:
    """A session, and how it speaks."""

    session: Session
    library: Library
    console: Console
    explains: bool = False
    known_at: datetime | None = None
    failed: int = 0
    say: Callable[[str], None] = field(default=lambda text: print(text, file=sys.stderr))

    def run(self, read_line: Callable[[str], str]) -> None:
        """Take statements and commands until the lines end."""
        for statement in statements(read_line):
            if statement in (".quit", ".exit"):
                return
            try:
                with interruptible():
                    self._take(statement)
            except ProblemError as problem:
                self.failed += 1
                self.say(f"{problem}" + (f"\n{problem.hint}" if problem.hint else ""))
            except KeyboardInterrupt:
                self.failed += 1
                self.say("interrupted; nothing was changed")

    def _take(self, statement: str) -> None:
        command, _, rest = statement.partition(" ")
        rest = rest.strip()
        if command == ".help":
            self.console.print(_HELP, markup=False, highlight=False)
        elif command == ".tables":
            self._tables(rest)
        elif command == ".columns":
            self._ask(f"describe select * from {rest.rstrip(';')} limit 0", f"select * from {rest.rstrip(';')} limit 0")
        elif command == ".explain" and rest in ("on", "off"):
            self.explains = rest == "on"
        elif command == ".explain":
            self._explain(rest)
        elif command.startswith("."):
            raise ProblemError(f"there is no command {command}", hint="`.help` names them.")
        else:
            self._ask(statement, statement)

    def _tables(self, text: str) -> None:
        found = [name for name in names_of_views(self.library) if text in name]
        for name in found[:_TELLS]:
            self.console.print(name, markup=False, highlight=False)
        if len(found) > _TELLS:
            self.console.print(f"and {len(found) - _TELLS} more; name a part: .tables orders", markup=False)

    def _ask(self, statement: str, select: str) -> None:
        with asking(self.session, self.library, select, self.known_at) as question:
            if self.explains:
                for line in told(question.estimates()):
                    self.say(line)
            if statement is not select:
                described = question.standing().execute(statement).fetchall()
                for name, type, *_ in described:
                    self.console.print(f"{name}  {type}", markup=False, highlight=False)
                return
            self.console.print(question.shown())

    def _explain(self, select: str) -> None:
        with asking(self.session, self.library, select, self.known_at) as question:
            for line in told(question.estimates()):
                self.console.print(line, markup=False, highlight=False)
            self.console.print(question.plan(), markup=False, highlight=False)


def statements(read_line: Callable[[str], str]) -> Iterator[str]:
    """What ends with a semicolon, outside quotes and comments as DuckDB reads them; a line that begins with a dot.

    `read_line` gets a prompt; it raises EOFError at the end, and KeyboardInterrupt where what was typed is given up.
    """
    waiting = ""
    while True:
        try:
            line = read_line(GOES_ON if waiting.strip() else PROMPT)
        except EOFError:
            break
        except KeyboardInterrupt:
            waiting = ""
            continue
        if not waiting.strip() and line.lstrip().startswith("."):
            yield line.strip()
            continue
        waiting += line + "\n"
        if is_whole(waiting):
            yield waiting.strip()
            waiting = ""
    if waiting.strip():
        yield waiting.strip()


def is_whole(text: str) -> bool:
    """True once a statement has come to its semicolon. A quote or comment that is open is one token, to the end."""
    tokens = duckdb.tokenize(text)
    rest = text[tokens[-1][0] :] if tokens else ""
    return rest.startswith(";") and (not rest[1:].strip() or rest[1:].lstrip().startswith("--"))


def lines_of(file: Iterable[str]) -> Callable[[str], str]:
    """Lines of a pipe, which is not prompted."""
    lines = iter(file)

    def read_line(_prompt: str) -> str:
        line = next(lines, None)
        if line is None:
            raise EOFError
        return line.rstrip("\n")

    return read_line


@contextmanager
def typed_lines(history: Path) -> Iterator[Callable[[str], str]]:
    """Lines as a person types them, with readline's keys and a history that is kept."""
    import readline

    with suppress(OSError):
        readline.read_history_file(history)
    try:
        yield input
    finally:
        with suppress(OSError):
            readline.write_history_file(history)
