"""Errors a user can act on. Everything else keeps its traceback, because it is our mistake.

ProblemError                  one message, one hint; printed without a traceback, exit status 2
└── DefinitionsError          every problem of every file, found in one run
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path


class ProblemError(Exception):
    """A problem the user can act on. The hint says what state the data is in and what to do next."""

    hint = "Nothing was changed."

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        if hint is not None:
            self.hint = hint
        super().__init__(message)


def meant(word: str, known: Collection[str]) -> str:
    """The end of a message on a word that is not known: the nearest that is, or nothing."""
    close = difflib.get_close_matches(word, list(known), n=1, cutoff=0.5)
    return f"; did you mean {close[0]!r}?" if close else ""


@dataclass(frozen=True, order=True)
class Problem:
    """One fault of one definition file: where it is, what was expected, what was found."""

    file: Path
    line: int
    pointer: str
    code: str
    message: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}"
        return f"{where}: {self.code} at {self.pointer or '/'}: {self.message}"

    def as_json(self) -> dict[str, str | int]:
        """The same as plain values, for `--json`."""
        return {
            "file": str(self.file),
            "line": self.line,
            "pointer": self.pointer,
            "code": self.code,
            "message": self.message,
        }


class DefinitionsError(ProblemError):
    """All problems found in the definitions, sorted by file and line."""

    hint = "Nothing was written. Mend the files above, then run `definitions-to-dbt validate` again."

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(sorted(problems))
        lines = "\n".join(str(problem) for problem in self.problems)
        noun = "problem" if len(self.problems) == 1 else "problems"
        super().__init__(f"{len(self.problems)} {noun} in the definitions\n{lines}")
