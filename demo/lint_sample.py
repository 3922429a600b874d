"""Choose the few generated files in which every kind of line stands beside every neighbour it has. Lints nothing.

Two files that one template wrote differ in names, values and lengths of lists, none of which sqlfluff minds. So files
are compared by their pairs of neighbouring lines, with the names taken out; the fewest files (nearly: the greedy
choice) that together hold every pair show sqlfluff all that the whole project would. The same files on every run.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import pairwise

Pair = tuple[str, str]

_TEXT = re.compile(r"'(?:[^']|'')*'")
_NUMBER = re.compile(r"\b\d+(?:\.\d+)?\b")
_WORD = re.compile(r"[A-Za-z_][A-Za-z_0-9]*(?:\.[A-Za-z_][A-Za-z_0-9]*)*")
_LIST = re.compile(r"(?:(?:x|''|0), )+(?:x|''|0)")
_COMMENT = re.compile(r"\s*--")
# Words on which the layout of a line depends. Any other is a name.
_SYNTAX = frozenset(
    """all and array as asc between by case cast config coalesce cross desc distinct else end endfor endif exists false
    filter for from group having if in inner is join lateral left like limit not null nullif offset on or order over
    partition ref select set source then true union using when where with within""".split()  # noqa: SIM905  # a word list reads better as text
)


def sample(files: Mapping[str, str]) -> list[str]:
    """Names of the files, in the order of the alphabet, in which every pair of neighbouring lines occurs.

    `files` gives each file's text by its name. Where two files would show as much, the first by name is taken.
    """
    pairs = {name: pairs_of_lines(files[name]) for name in sorted(files)}
    missing = set[Pair]().union(*pairs.values())
    chosen: list[str] = []
    while missing:
        best = max(pairs, key=lambda name: len(pairs[name] & missing))
        missing -= pairs[best]
        chosen.append(best)
    return sorted(chosen)


def pairs_of_lines(text: str) -> set[Pair]:
    """Each line with the one below it, comments left out, names and values taken out."""
    lines = [_without_names(line) for line in text.splitlines() if not _COMMENT.match(line)]
    return set(pairwise(["", *lines, ""]))


def _without_names(line: str) -> str:
    line = _NUMBER.sub("0", _TEXT.sub("''", line))
    line = _WORD.sub(lambda found: found[0] if found[0].lower() in _SYNTAX else "x", line)
    # A list of three is laid out as one of two is.
    return _LIST.sub("x", line).rstrip()
