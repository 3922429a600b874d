"""Where a value stands in a payload: `$.items[0].sku`, `$.items[*].sku`, `$."a.b"`. Reads the path, runs nothing."""

from __future__ import annotations

import re
from enum import Enum
from typing import NamedTuple

ENVELOPE = "$envelope"
_MAX_INDEX = 2_147_483_647
_BARE_KEY = re.compile(r"[^.\[\]\"]+")
_QUOTED_KEY = re.compile(r'"((?:[^"\\]|\\.)+)"')
_BRACKET = re.compile(r"""\[(?:(?P<every>\*)|(?P<index>\d+)|"(?P<key>(?:[^"\\]|\\.)+)"|'(?P<other>[^'\\]+)')\]""")
_ESCAPED = re.compile(r'\\(["\\])')


class Every(Enum):
    """The step `[*]`: every element of an array."""

    ELEMENT = "*"


Step = str | int | Every


class SourcePathError(ValueError):
    """The text is no path. Says what was expected, and where."""


class SourcePath(NamedTuple):
    """The steps from the outside in. `from_envelope`: they begin at the message around the row, not at the row."""

    steps: tuple[Step, ...]
    from_envelope: bool = False

    @property
    def first_every(self) -> int | None:
        """The place of the first `[*]`, None where the path leads to one value."""
        return next((place for place, step in enumerate(self.steps) if step is Every.ELEMENT), None)

    @property
    def written(self) -> str:
        """The path in one way of writing: plain keys joined by dots, others quoted."""
        text = "".join(_written(step) for step in self.steps).removeprefix(".")
        return (f"{ENVELOPE}.{text}" if self.from_envelope else text) or "$"


def _written(step: Step) -> str:
    if isinstance(step, str):
        return f".{step}" if _BARE_KEY.fullmatch(step) else "." + quoted_key(step)
    return f"[{'*' if step is Every.ELEMENT else step}]"


def quoted_key(key: str) -> str:
    """The key as SQL/JSON paths and array literals quote it."""
    return '"' + key.replace("\\", "\\\\").replace('"', '\\"') + '"'


def read_source_path(written: str) -> SourcePath:
    """Return the steps of a path. Raises SourcePathError."""
    from_envelope = written == ENVELOPE or written.startswith((f"{ENVELOPE}.", f"{ENVELOPE}["))
    rest = written.removeprefix(ENVELOPE if from_envelope else "$") if written.startswith("$") else f".{written}"
    if not from_envelope and written.startswith("$") and rest[:1] not in ("", ".", "["):
        rest = f".{written}"  # a key that itself begins with a dollar
    steps: list[Step] = []
    place = 0
    while place < len(rest):
        step, place = _bracket(rest, place) if rest[place] == "[" else _key(rest, place)
        steps.append(step)
    return SourcePath(tuple(steps), from_envelope)


def _key(text: str, place: int) -> tuple[str, int]:
    """The key behind a dot."""
    if text[place] != ".":
        raise SourcePathError(f"expected a dot or [ before {text[place:]!r}")
    place += 1
    if text.startswith('"', place):
        if not (quoted := _QUOTED_KEY.match(text, place)):
            raise SourcePathError(f"expected a key in double quotes, closed, found {text[place:]!r}")
        return _ESCAPED.sub(r"\1", quoted[1]), quoted.end()
    bare = _BARE_KEY.match(text, place)
    if not bare:
        raise SourcePathError(f"expected a key after the dot, found {text[place:] or 'the end'!r}")
    if bare[0] == "*":
        raise SourcePathError("expected a key, found *: only [*] means every element")
    return bare[0], bare.end()


def _bracket(text: str, place: int) -> tuple[Step, int]:
    """An index, every element, or a key in quotes."""
    found = _BRACKET.match(text, place)
    if not found:
        raise SourcePathError(f'expected [0], [*] or a key in quotes, ["a.b"], found {text[place:]!r}')
    if found["every"]:
        return Every.ELEMENT, found.end()
    if found["index"]:
        if int(found["index"]) > _MAX_INDEX:
            raise SourcePathError(f"expected an index of at most {_MAX_INDEX}, found {found['index']}")
        return int(found["index"]), found.end()
    return _ESCAPED.sub(r"\1", found["key"]) if found["key"] else found["other"], found.end()
