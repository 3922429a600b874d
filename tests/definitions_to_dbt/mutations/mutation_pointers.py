"""Whether a problem points at the right place of a definition that was spoilt.

Right is a place on the path of the change (it, one above it, or one below), or a place that refers to it: where the
value, or the message, names what was changed, what it was, or the part it belongs to.
"""

from __future__ import annotations

import re
from typing import Any

from mutate import Mutant, places

from definitions_to_dbt.errors import Problem
from definitions_to_dbt.types import UnknownTypeError, parse_type


def is_right(problem: Problem, mutant: Mutant, root_file: str, other_documents: dict[str, Any]) -> bool:
    """True where the problem stands at the change, or at what refers to it."""
    if root_file == mutant.file and _is_on_the_path(problem.pointer, mutant.pointer):
        return True
    document = mutant.document if root_file == mutant.file else other_documents.get(root_file)
    said = f"{problem.message} {value_at(document, problem.pointer)!r}"
    return any(_names(said, word) for word in words_of(mutant))


def _is_on_the_path(found: str, changed: str) -> bool:
    parent = changed.rpartition("/")[0]
    return (
        found in (changed, parent)
        or found.startswith(f"{changed}/")
        or (found + "/" == parent[: len(found) + 1] and parent.count("/") - found.count("/") <= 1)
    )


def words_of(mutant: Mutant) -> set[str]:
    """What the change is called: its key, the texts before and after, and the names of the parts around it."""
    *around, changed = mutant.pointer.split("/")
    # Every object has these: to name one says nothing, unless it is what was changed.
    everywhere = {"columns", "table_schema", "quality", "source"}
    found = {changed, *around} - everywhere | {changed}
    found = {step for step in found if not step.isdigit()} | _types(mutant.before) | _types(mutant.after)
    for value in (mutant.before, mutant.after):
        found |= _texts(value)
    place: Any = mutant.document
    for step in mutant.pointer.split("/")[1:-1]:
        place = _step(place, step)
        if isinstance(place, dict):
            found |= {str(place[key]) for key in ("name", "code", "table_name", "rule") if key in place}
    return {word for word in found if word.strip()}


def _types(value: Any) -> set[str]:
    """A type under the name that messages give it: String(40) is varchar(40)."""
    try:
        return {parse_type(value).sql} if isinstance(value, str) else set()
    except UnknownTypeError:
        return set()


def _texts(value: Any) -> set[str]:
    found = {value} if isinstance(value, str) else set()
    if isinstance(value, int | float) and not isinstance(value, bool):
        found = {str(value)}
    for holder, key, _ in places(value):
        if isinstance(key, str):
            found.add(key)
        if isinstance(holder[key], str):
            found.add(holder[key])
    return found


def _names(said: str, word: str) -> bool:
    return word in said if not re.fullmatch(r"\w+", word) else re.search(rf"(?<!\w){word}(?!\w)", said) is not None


def value_at(document: Any, pointer: str) -> Any:
    """What stands at a pointer; the whole of what holds it where nothing does."""
    place = document
    for step in pointer.split("/")[1:]:
        inner = _step(place, step)
        if inner is None:
            return place
        place = inner
    return place


def _step(place: Any, step: str) -> Any:
    step = step.replace("~1", "/").replace("~0", "~")
    if isinstance(place, dict):
        return place.get(step)
    return place[int(step)] if isinstance(place, list) and step.isdigit() and int(step) < len(place) else None
