"""Foreign words for types as the types of definitions. What no table knows is text, and said."""

from __future__ import annotations

import re
from typing import Any

from definitions_to_dbt.types import UnknownTypeError, parse_type

# PostgreSQL's longest varchar; what claims more has no limit.
_LONGEST = 10_485_760
_SQUARE = re.compile(r"(?P<name>[A-Za-z_ ]+)\[(?P<sizes>\d+(?:\s*,\s*\d+)?)\]")
# Without a length PostgreSQL's own is unlimited, where `char` in a definition is one character long.
_BLANK_PADDED = re.compile(r"bpchar|character|char|nchar", re.IGNORECASE)
# Types of PostgreSQL's own catalogue. `name` cuts a value off without a word; who writes Name means a domain.
_CATALOGUE_ONLY = ("name",)
_SERIALS = re.compile(r"(small|big)?serial\d?", re.IGNORECASE)


def column_type(written: str) -> dict[str, Any] | None:
    """The keys of a column for a type as databases write it. None where it is no type of any of them.

    >>> column_type("varchar[50]")
    {'type': 'varchar(50)'}
    """
    text = written.strip()
    if square := _SQUARE.fullmatch(text):
        text = f"{square['name'].strip()}({square['sizes']})"
    if sized := re.fullmatch(r"([A-Za-z_ ]+)\((\d+)\)", text):
        text = sized[1].strip() if int(sized[2]) > _LONGEST else text
    if _BLANK_PADDED.fullmatch(text):
        text = "text"
    try:
        parsed = parse_type(text)
    except UnknownTypeError:
        return None
    if parsed.base in _CATALOGUE_ONLY:
        return None
    if _SERIALS.fullmatch(text):
        return {"type": parsed.sql, "autoincrement": True}
    return {"type": parsed.sql}
