"""Where a column's value stands in a payload, by `source_path`; reading it there and putting it there."""

from __future__ import annotations

import re
from typing import Any

from definitions_to_dbt.column import Column

Step = str | int | None  # a key, a place in a list, or every place of it
_STEP = re.compile(
    r"""(?:^|\.)(?:"(?P<quoted>(?:[^"\\]|\\.)+)"|(?P<key>[^."\[\]]+))"""
    r"""|\[(?:(?P<place>\d+|\*)|"(?P<double>(?:[^"\\]|\\.)+)"|'(?P<single>[^']+)')\]"""
)
# The first step of a path that leads into what stands around the row.
ENVELOPE = "$envelope"
_ABSENT: Any = object()


def path_of(column: Column) -> tuple[Step, ...]:
    """The steps from the outside in. `$.items[*]."a.b"` is items, every one, a.b; `$` is none, the whole payload.

    A path from the message around the row begins with `$envelope`.
    """
    if not column.source_path:
        return tuple(part for part in (column.source_name or column.name).removeprefix("$.").split(".") if part)
    written = column.source_path
    is_around = written == ENVELOPE or written.startswith((f"{ENVELOPE}.", f"{ENVELOPE}["))
    if is_around:
        written = "$" + written.removeprefix(ENVELOPE)
    rest = written[1:] if written == "$" or written.startswith(("$.", "$[")) else written
    steps: list[Step] = [ENVELOPE] if is_around else []
    for found in _STEP.finditer(rest.removeprefix(".")):
        name = found.lastgroup or "key"
        if name == "place":
            steps.append(None if found[name] == "*" else int(found[name]))
        else:
            steps.append(re.sub(r"\\(.)", r"\1", found[name]) if name in ("quoted", "double") else found[name])
    return tuple(steps)


def value_at(payload: Any, path: tuple[Step, ...]) -> Any:
    """What stands there; None where nothing does."""
    found = _at(payload, path)
    return None if found is _ABSENT else found


def _at(payload: Any, path: tuple[Step, ...]) -> Any:
    for number, step in enumerate(path):
        if step is None:
            if not isinstance(payload, list):
                # What should be a list and is none goes on as it is: the column's type may refuse it.
                return payload
            return [one for one in (_at(inner, path[number + 1 :]) for inner in payload) if one is not _ABSENT]
        if isinstance(step, int):
            payload = payload[step] if isinstance(payload, list) and step < len(payload) else _ABSENT
        else:
            payload = payload.get(step, _ABSENT) if isinstance(payload, dict) else _ABSENT
    return payload


def put(payload: dict[str, Any], path: tuple[Step, ...], value: Any) -> None:
    """Put a value there, making what leads to it. A value for every place of a list is a list itself."""
    if not path:
        if isinstance(value, dict):
            payload.update(value)
        return
    place: Any = payload
    for number, step in enumerate(path[:-1]):
        following = path[number + 1]
        if following is None:
            _put_each(place, step, path[number + 2 :], value)
            return
        empty: Any = {} if isinstance(following, str) else []
        place = place.setdefault(step, empty) if isinstance(step, str) else _element(place, step or 0, empty)
        if not isinstance(place, type(empty)):
            return  # what another column says of the way there leaves no room below it
    last = path[-1]
    if isinstance(last, str):
        place[last] = value
    elif last is not None:
        _element(place, last, None)
        place[last] = value


def _put_each(place: Any, step: Step, rest: tuple[Step, ...], value: Any) -> None:
    if not isinstance(value, list):
        place[step] = value
        return
    known = place.setdefault(step, []) if isinstance(step, str) else _element(place, step or 0, [])
    for number, inner in enumerate(value):
        if not rest:
            _element(known, number, None)
            known[number] = inner
        else:
            put(_element(known, number, {}), rest, inner)


def _element(place: list[Any], number: int, empty: Any) -> Any:
    while len(place) <= number:
        place.append(type(empty)() if empty is not None else None)
    if place[number] is None and empty is not None:
        place[number] = empty
    return place[number]
