"""Regular expressions of pattern rules: the common ground of PostgreSQL and DuckDB, and nothing that takes for ever.

PostgreSQL would refuse a bad pattern on the first row, and fail the batch of every other record with it.
"""

from __future__ import annotations

import re
import warnings
from typing import Any

_ESCAPES = frozenset("dDwWsStnr")
_MOST_REPEATS = 255  # PostgreSQL's limit for {m,n}
_MOST_COPIES = 1_000
_COUNT = re.compile(r"\{\d{1,4}(,\d{0,4})?\}")


def pattern_fault(regex: str) -> str:
    """Return what is wrong with the pattern, empty if nothing."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # [[:alpha:]] looks like a nested set to Python
            tree = re._parser.parse(regex)  # type: ignore[attr-defined]  # the tree has no public name
            re.compile(regex)
    except (re.error, RecursionError, OverflowError) as error:
        return f"not a regular expression: {error}"
    return _fault_of_text(regex) or _fault_of_tree(tree, copies=1, is_repeated=False)


def _fault_of_text(regex: str) -> str:
    """What the tree does not show: escapes and braces that the engines read in different ways."""
    position, is_in_set = 0, False
    while position < len(regex):
        character = regex[position]
        following = regex[position + 1 : position + 2]
        if character == "\\":
            if following.isalnum() and following not in _ESCAPES:
                return f"\\{following} does not mean the same in every engine"
            if is_in_set and following in ("D", "W", "S"):
                return f"\\{following} is not allowed in square brackets"
            position += 1
        elif is_in_set and character == "]":
            is_in_set = False
        elif not is_in_set and character == "[":
            is_in_set = True
            position += 2 if regex.startswith("[^]", position) else 1 if following == "]" else 0
        elif is_in_set and character == "[":
            end = _posix_class_end(regex, position)
            if end < 0:
                return "expected \\[ for a bracket in square brackets"
            position = end
        elif not is_in_set and regex.startswith("(?", position) and not regex.startswith("(?:", position):
            return "only (?: may stand behind a bracket with a question mark"
        elif not is_in_set and character == "{":
            if not (count := _COUNT.match(regex, position)):
                return "expected {m}, {m,} or {m,n}, or \\{ for a brace"
            position = count.end() - 1
        position += 1
    return ""


def _posix_class_end(regex: str, position: int) -> int:
    """The last character of a class such as [:alpha:], -1 where none begins here."""
    found = re.compile(r"\[:(?:alnum|alpha|blank|cntrl|digit|graph|lower|print|punct|space|upper|xdigit):\]")
    match = found.match(regex, position)
    return match.end() - 1 if match else -1


def _fault_of_tree(tree: Any, copies: int, is_repeated: bool) -> str:
    for kind, argument in tree:
        name = str(kind)
        if name in ("MAX_REPEAT", "MIN_REPEAT"):
            fault = _fault_of_repeat(argument, copies, is_repeated)
        elif name == "SUBPATTERN":
            fault = _fault_of_tree(argument[-1], copies, is_repeated)
        elif name == "BRANCH":
            fault = _fault_of_branches(argument[1], copies, is_repeated)
        elif name in ("LITERAL", "NOT_LITERAL", "ANY", "IN"):
            fault = ""
        elif name == "AT":
            is_known = str(argument) in ("AT_BEGINNING", "AT_END")
            fault = "" if is_known else "only ^ and $ may say where text begins or ends"
        else:
            fault = f"{name.lower().replace('_', ' ')} is not known to every engine"
        if fault:
            return fault
    return ""


def _fault_of_branches(branches: Any, copies: int, is_repeated: bool) -> str:
    # Python has drawn common beginnings out already: what is left begins alike if it is empty or no single character.
    if is_repeated and any(not branch or str(branch[0][0]) != "LITERAL" for branch in branches):
        return "alternatives that may begin alike, in a repeated group, can take for ever"
    return next(filter(None, (_fault_of_tree(branch, copies, is_repeated) for branch in branches)), "")


def _fault_of_repeat(argument: Any, copies: int, is_repeated: bool) -> str:
    least, most, inner = argument
    is_open = str(most) == "MAXREPEAT"
    if is_open and is_repeated:
        return "a repeated group that itself repeats can take for ever"
    if max(least, 0 if is_open else most) > _MOST_REPEATS:
        return f"expected at most {_MOST_REPEATS} repetitions"
    copies *= max(1, least if is_open else most)
    if copies > _MOST_COPIES:
        return f"expected at most {_MOST_COPIES} repetitions of repetitions"
    if any(str(kind) == "AT" for kind, _ in inner):
        return "^ and $ cannot be repeated"
    return _fault_of_tree(inner, copies, is_repeated or most != 1)
