"""Choose the few generated files in which every kind of line stands, and every way two lines meet. Lints nothing.

Two files that one template wrote differ in names, values, lengths of lists and in what stands inside the brackets of
an expression, none of which decides how the lines around it are laid out. So files are compared by their lines with
all that taken out, and by how each line ends and the next begins; a few files (nearly the fewest: the greedy choice)
that together hold every kind show sqlfluff what the whole project would. The same files on every run. `make lint-all`
lints every file.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import pairwise

_TEXT = re.compile(r"'(?:[^']|'')*'")
_NUMBER = re.compile(r"\b\d+(?:\.\d+)?\b")
_WORD = re.compile(r"[A-Za-z_][A-Za-z_0-9]*(?:\.[A-Za-z_][A-Za-z_0-9]*)*")
_LIST = re.compile(r"(?:(?:x|''|0), )+(?:x|''|0)")
_PATH = re.compile(r"x(?: (?:->>|->|#>>|#>) (?:x|''|0))+")
# Where the expression of a definition stands, and what is innermost in it.
_EXPRESSION = re.compile(r"\s*(?:when not |select )?(?=\()")
_BRACKETS = re.compile(r"\([^()]*\)")
_COMMENT = re.compile(r"\s*--")
# What each file costs beside its length: dbt compiles it.
_OF_A_FILE = 3_000
# Words on which the layout of a line depends. Any other is a name.
_SYNTAX = frozenset(
    """all and array as asc between by case cast config coalesce cross desc distinct else end endfor endif exists false
    filter for from group having if in inner is join lateral left like limit not null nullif offset on or order over
    partition ref select set source then true union using when where with within""".split()  # noqa: SIM905  # a word list reads better as text
)


def sample(files: Mapping[str, str]) -> list[str]:
    """Names of the files, in the order of the alphabet, in which every kind of line and of meeting occurs.

    `files` gives each file's text by its name. Where two files would show as much for as little, the first is taken.
    """
    kinds = {name: kinds_of_lines(files[name]) for name in sorted(files)}
    missing = set[str]().union(*kinds.values())
    chosen: list[str] = []
    while missing:
        best = max(kinds, key=lambda name: len(kinds[name] & missing) / (_OF_A_FILE + len(files[name])))
        missing -= kinds[best]
        chosen.append(best)
    return sorted(chosen)


def kinds_of_lines(text: str) -> set[str]:
    """Each line without names and values, and how each one ends and the one below it begins. Comments are left out."""
    lines = [_without_names(line) for line in text.splitlines() if not _COMMENT.match(line)]
    return set(lines) | {_meeting(above, below) for above, below in pairwise(["", *lines, ""])}


def _without_names(line: str) -> str:
    line = _NUMBER.sub("0", _TEXT.sub("''", line))
    line = _WORD.sub(lambda found: found[0] if found[0].lower() in _SYNTAX else "x", line)
    # A list of three is laid out as one of two is, and a path of three steps as one of two.
    line = _PATH.sub("x", _LIST.sub("x", line))
    if expression := _EXPRESSION.match(line):
        rest = line[expression.end() :]
        while (emptied := _BRACKETS.sub("x", rest)) != rest:
            rest = emptied
        line = line[: expression.end()] + rest
    return line


def _meeting(above: str, below: str) -> str:
    words = below.split()
    first = "" if not words else (re.sub(r"\W.*", "", words[0]) or words[0][0])
    return f"{_indent(above)} {above[-1:]}\n{_indent(below)} {first}"


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())
