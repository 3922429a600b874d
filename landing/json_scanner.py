"""Where the values of a long JSON text begin and end, without holding all of it. Judges no value.

Texts are bytes decoded as Latin-1: every byte is one character, so a position is a byte's, and bytes that
are not UTF-8 spoil one record rather than the file.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

SPACE = " \t\n\r"
_SPACES = re.compile(r"[ \t\n\r]*")
# A string, closed or not; or a character that opens, closes or parts values.
_TOKEN = re.compile(r'"(?:[^"\\]+|\\.)*+(?P<closed>"?)|[{}\[\],]', re.DOTALL)
_scan = json.JSONDecoder(strict=False, parse_int=str, parse_float=str).scan_once  # type: ignore[attr-defined]  # in every CPython, missing in typeshed


def skip_space(text: str, start: int) -> int:
    """Return where the next character that is not white space stands, or the text's length."""
    match = _SPACES.match(text, start)
    return match.end() if match else start


def end_of_value(text: str, start: int) -> int | None:
    """Return where a well-formed value ends, None if it is broken or the text ends before it does."""
    try:
        return int(_scan(text, start)[1])
    except (StopIteration, ValueError, RecursionError):
        return None


def end_of_element(text: str, start: int) -> int | None:
    """Return where the array's element ends, before its `,` or `]`; None if the text ends before.

    The fast way is C code that parses the element. Only when that fails are brackets and strings counted,
    so that an element that is no JSON is passed over alone.
    """
    end = end_of_value(text, start)
    if end is not None:
        follower = skip_space(text, end)
        if follower == len(text):
            return None  # `12` may go on as `123`
        if text[follower] in ",]":
            return end
    return _end_by_counting(text, start)


def is_closed(text: str) -> bool:
    """Say whether every bracket and string of the text is closed. A text cut off is not."""
    depth = 0
    for token in _TOKEN.finditer(text):
        if text[token.start()] == '"' and not token["closed"]:
            return False
        depth += _step(token[0])
    return depth <= 0


def _end_by_counting(text: str, start: int) -> int | None:
    depth = 0
    for token in _tokens(text, start):
        if depth <= 0 and token[0] in (",", "]"):
            return start + len(text[start : token.start()].rstrip(SPACE))
        if token["closed"] == "":
            return None
        depth += _step(token[0])
    return None


def _tokens(text: str, start: int) -> Iterator[re.Match[str]]:
    return _TOKEN.finditer(text, start)


def _step(token: str) -> int:
    return 1 if token in ("{", "[") else -1 if token in ("}", "]") else 0
