"""One definition file into one typed part, with every problem of that file. Looks at no other file."""

from __future__ import annotations

import difflib
import json
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from definitions_to_dbt.definition import ObjectModel
from definitions_to_dbt.errors import Problem
from definitions_to_dbt.json_text import JsonDocument, pointer_to, read_json

PartT = TypeVar("PartT", bound=BaseModel)

# pydantic's words -> ours. What is not here ends in _type or is named E_… already.
_CODES = {
    "extra_forbidden": "E_UNKNOWN_KEY",
    "missing": "E_REQUIRED",
    "literal_error": "E_ENUM",
    "union_tag_invalid": "E_ENUM",
    "union_tag_not_found": "E_REQUIRED",
    "string_pattern_mismatch": "E_IDENT",
    "string_too_long": "E_LIMIT",
    "too_long": "E_LIMIT",
    "too_short": "E_EMPTY",
    "string_too_short": "E_EMPTY",
    "greater_than": "E_RANGE",
    "greater_than_equal": "E_RANGE",
    "less_than_equal": "E_RANGE",
}


def read_part(path: Path, part: type[PartT], shown_as: Path) -> tuple[PartT | None, JsonDocument | None, list[Problem]]:
    """Read and check one file. Returns the part (or None), its document and the problems found."""
    document = read_json(path, shown_as)
    if isinstance(document, Problem):
        return None, None, [document]
    if not isinstance(document.value, dict):
        return None, document, [document.problem("", "E_TYPE", "expected a JSON object at the top")]
    value, prefix = document.value, ""
    if part is ObjectModel and "table_name" in value and "table_schema" not in value:
        value, prefix = _object_around(value, path), "/table_schema"
        _move_lines(document, prefix)
    try:
        # Through JSON text, because only there a list may stand for a tuple while all else stays strict.
        return part.model_validate_json(json.dumps(value)), document, []
    except ValidationError as error:
        problems = [_problem(document, part, details, prefix) for details in error.errors(include_url=False)]
        return None, document, problems


def _object_around(bare: dict[str, Any], path: Path) -> dict[str, Any]:
    """Wrap the bare table_schema of a metadata service as an object model."""
    meta = bare.get("_metadata")
    meta = meta if isinstance(meta, dict) else {}
    table = {key: value for key, value in bare.items() if key != "_metadata"}
    name = str(bare["table_name"])
    return {
        "code": meta.get("entity_code") or name.upper(),
        "name": meta.get("entity_name") or bare.get("class_name") or name,
        "module": meta.get("module") or path.parent.name.upper(),
        "description": meta.get("description") or bare.get("description", ""),
        "table_schema": table,
    }


def _move_lines(document: JsonDocument, prefix: str) -> None:
    """Let the lines of a bare file also be found under the pointers of the object wrapped around it."""
    document.lines.update({prefix + pointer: line for pointer, line in list(document.lines.items()) if pointer})


def _problem(document: JsonDocument, part: type[BaseModel], details: Any, prefix: str) -> Problem:
    location = [str(step) for step in details["loc"] if not _is_union_step(step, details)]
    pointer = pointer_to(*location)
    kind, context = details["type"], details.get("ctx", {})
    code = kind if kind.startswith("E_") else _CODES.get(kind, "E_TYPE")
    message = details["msg"]
    if kind == "extra_forbidden":
        message = f"unknown key {location[-1]!r}" + _did_you_mean(location[-1], _keys_at(part, location[:-1]))
    elif kind == "missing":
        message = f"the key {location[-1]!r} is missing"
    elif kind == "string_pattern_mismatch":
        message = f"expected a name that fits {context['pattern']}, found {_shown(details['input'])}"
    elif kind == "literal_error":
        message = f"expected {context['expected']}, found {_shown(details['input'])}"
    elif not kind.startswith("E_"):
        message = f"{message}, found {_shown(details['input'])}"
    shown = pointer.removeprefix(prefix) if prefix and pointer.startswith(prefix) else pointer
    return document.problem(shown, code, message)


_RULE_NAMES = frozenset("not_null unique accepted_values range pattern length reference freshness expression".split())


def _is_union_step(step: str | int, details: Any) -> bool:
    """pydantic puts the branch of a union into the path; the file has no such step."""
    return isinstance(step, str) and step in _RULE_NAMES and "quality" in details["loc"]


def _keys_at(part: type[BaseModel], location: list[str]) -> list[str]:
    """The keys allowed at a place: those of the model found by walking the annotations."""
    model: type[BaseModel] = part
    for step in location:
        field = model.model_fields.get(step)
        inner = _models_in(field.annotation) if field else []
        if inner:
            model = inner[0]
    return list(model.model_fields)


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for argument in getattr(annotation, "__args__", ()) for model in _models_in(argument)]


def _did_you_mean(word: str, known: list[str]) -> str:
    close = difflib.get_close_matches(word, known, n=1, cutoff=0.5)
    return f"; did you mean {close[0]!r}?" if close else f"; expected one of {', '.join(known)}"


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=True, default=str)
    return text if len(text) <= 60 else text[:57] + "..."
