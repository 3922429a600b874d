"""DuckDB's plan of a query as lines that fit a terminal: one step under the other, each with what it reads or asks."""

from __future__ import annotations

import json
import shutil
import textwrap
from collections.abc import Iterator
from typing import Any

# A pipe has no width; what is read from it is read by people too.
WIDTH = 100
_NARROWEST = 40
# So many names are read at a glance; of more their number says as much.
_NAMED = 4
# What DuckDB numbers for itself.
_ITS_OWN = frozenset(("Estimated Cardinality", "Table Index", "CTE Index", "Delim Index", "Function"))


def terminal_width() -> int:
    """As many columns as there are, at most as many as one reads well."""
    return max(_NARROWEST, min(WIDTH, shutil.get_terminal_size((WIDTH, 0)).columns))


def plan_lines(explained: str, width: int) -> Iterator[str]:
    """The lines of what `explain (format json)` has answered, none wider than that."""
    for step in json.loads(explained):
        yield from _step(step, 0, width)


def _step(step: dict[str, Any], depth: int, width: int) -> Iterator[str]:
    about = step["extra_info"]
    rows = about.get("Estimated Cardinality")
    said = step["name"] + (f", about {int(rows):,} rows" if rows else "")
    told = [f"{name}: {_short(value)}" for name, value in about.items() if value and name not in _ITS_OWN]
    # Far down there must be room for words.
    indent = " " * min(depth, width // 2)
    goes_on = indent + "    "
    yield from textwrap.wrap(
        "; ".join([said, *told]), width, initial_indent=indent, subsequent_indent=goes_on, break_on_hyphens=False
    )
    for below in step["children"]:
        yield from _step(below, depth + 1, width)


def _short(value: Any) -> str:
    if not isinstance(value, list):
        return str(value)
    return f"{len(value)} columns" if len(value) > _NAMED else ", ".join(map(str, value))
