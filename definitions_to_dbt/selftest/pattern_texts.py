"""Texts that fit a regular expression, made from its tree."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from typing import Any


def texts_of_pattern(regex: str, n: int) -> Iterator[str]:
    """A few texts that fit a regular expression, different for different n where it leaves room."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            tree = re._parser.parse(re.sub(r"\[:[a-z]+:\]", "a", regex))  # type: ignore[attr-defined]  # no public name
        except re.error:
            return
    for turn in range(3):
        yield _text_of(tree, [n + turn])


def _text_of(tree: Any, number: list[int]) -> str:
    """One text of the tree. `number` is used up digit by digit, so that each choice differs."""
    parts = []
    for kind, argument in tree:
        name = str(kind)
        if name == "LITERAL":
            parts.append(chr(argument))
        elif name == "ANY":
            parts.append("a")
        elif name == "NOT_LITERAL":
            parts.append("a" if argument != ord("a") else "b")
        elif name == "IN":
            parts.append(_one_of(argument, number))
        elif name == "BRANCH":
            parts.append(_text_of(argument[1][_take(number, len(argument[1]))], number))
        elif name == "SUBPATTERN":
            parts.append(_text_of(argument[-1], number))
        elif name in ("MAX_REPEAT", "MIN_REPEAT"):
            least, most, inner = argument
            times = least if least > 3 or (str(most) != "MAXREPEAT" and most == least) else min(most, max(least, 3))
            parts += [_text_of(inner, number) for _ in range(int(times))]
    return "".join(parts)


def _one_of(members: Any, number: list[int]) -> str:
    characters: list[str] = []
    for kind, argument in members:
        if str(kind) == "LITERAL":
            characters.append(chr(argument))
        elif str(kind) == "RANGE":
            characters += [chr(code) for code in range(argument[0], min(argument[1], argument[0] + 40) + 1)]
        elif str(kind) == "CATEGORY":
            characters += {"CATEGORY_DIGIT": "0123456789", "CATEGORY_SPACE": " "}.get(str(argument), "abcxyz")
        elif str(kind) == "NEGATE":
            excluded = {chr(a) for k, a in members if str(k) == "LITERAL"}
            return next(c for c in "a1_ -Zé" if c not in excluded)
    return characters[_take(number, len(characters))] if characters else "a"


def _take(number: list[int], of: int) -> int:
    number[0], place = divmod(number[0], of)
    return place
