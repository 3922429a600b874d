"""pydantic's errors in our words: code, pointer into the file, what was expected and what was found."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from definitions_to_dbt.errors import Problem, meant
from definitions_to_dbt.json_text import JsonDocument, pointer_to

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
# Keys by which a definition would run code of its own in dbt, or fetch some.
_FORBIDDEN = re.compile(r"\+.*|(?:on[-_]run[-_](?:start|end)|(?:pre|post)[-_]hooks?|hooks?|macros?|packages?)", re.I)
_MOST_BYTES = 63


def problems_of(
    error: ValidationError, part: type[BaseModel], value: Any, document: JsonDocument, prefix: str = ""
) -> list[Problem]:
    """Every problem behind the error. `value` is what was checked; it stands at `prefix` of the file."""
    problems: dict[tuple[str, str], Problem] = {}
    for details in error.errors(include_url=False):
        pointer, is_union = _pointer(details["loc"], details["type"], value)
        for at, code, message in _described(details, part, is_union):
            found = document.problem(prefix + pointer + at, code, message)
            # Each branch of a union complains of the same value; once is enough.
            problems.setdefault((found.pointer, "" if is_union else found.message), found)
    return list(problems.values())


def _pointer(location: Sequence[str | int], kind: str, value: Any) -> tuple[str, bool]:
    """The place in the file, without pydantic's steps for branches of a union; and whether there were any."""
    steps: list[str | int] = []
    is_union = False
    for number, step in enumerate(location):
        is_last = number == len(location) - 1
        is_rule_name = number > 1 and location[number - 2] == "quality" and isinstance(location[number - 1], int)
        if not is_rule_name and _has(value, step):
            value = value[step]
        elif not (is_last and kind == "missing" and isinstance(value, dict)):
            is_union = is_union or not is_rule_name
            continue
        steps.append(step)
    return pointer_to(*steps), is_union


def _has(value: Any, step: str | int) -> bool:
    if isinstance(value, dict):
        return step in value
    return isinstance(value, list) and isinstance(step, int) and step < len(value)


def _described(details: Any, part: type[BaseModel], is_union: bool) -> Iterator[tuple[str, str, str]]:
    """Where below the pointer, code and message."""
    kind, context, location = details["type"], details.get("ctx", {}), details["loc"]
    shown = _shown(details["input"])
    if kind == "faults":
        yield from context["faults"]
    elif kind == "extra_forbidden":
        yield "", *_unknown_key(str(location[-1]), _keys_at(part, location[:-1]))
    elif kind == "missing":
        yield "", "E_REQUIRED", f"the key {location[-1]!r} is missing"
    elif kind == "string_pattern_mismatch":
        if len(details["input"].encode()) > _MOST_BYTES and re.fullmatch(r"[A-Za-z0-9_.-]*", details["input"]):
            yield "", "E_IDENT_LEN", f"expected at most {_MOST_BYTES} bytes, found {len(details['input'].encode())}"
        else:
            yield "", "E_IDENT", f"expected a name that fits {context['pattern']}, found {shown}"
    elif kind == "literal_error":
        near = meant(str(details["input"]), re.findall(r"'([^']*)'", context["expected"]))
        yield "", "E_ENUM", f"expected {context['expected']}, found {shown}{near}"
    elif kind == "union_tag_invalid":
        near = meant(str(context["tag"]), re.findall(r"'([^']*)'", context["expected_tags"]))
        yield "/" + context["discriminator"].strip("'"), "E_ENUM", f"expected one of {context['expected_tags']}{near}"
    elif kind == "union_tag_not_found":
        yield "", "E_REQUIRED", f"the key {context['discriminator']} is missing"
    elif kind.startswith("E_"):
        yield "", kind, details["msg"]
    else:
        expected = "expected a value of another type" if is_union else details["msg"]
        yield "", _CODES.get(kind, "E_TYPE"), f"{expected}, found {shown}"


def _unknown_key(key: str, known: Sequence[str]) -> tuple[str, str]:
    if _FORBIDDEN.fullmatch(key):
        return "E_FORBIDDEN", f"{key!r} would run code of a definition's own; hooks, macros and packages are not data"
    if key == "_metadata":
        return "E_UNKNOWN_KEY", "'_metadata' stands beside a bare table or a lone table_schema, not in an object model"
    close = meant(key, known)
    return "E_UNKNOWN_KEY", f"unknown key {key!r}" + (close or f"; expected one of {', '.join(known)}")


def _keys_at(part: type[BaseModel], location: Sequence[str | int]) -> list[str]:
    """The keys allowed at a place: those of the model found by walking the annotations."""
    models: list[type[BaseModel]] = [part]
    for step in map(str, location):
        fields = [
            field for model in models for name, field in model.model_fields.items() if step in (name, field.alias)
        ]
        inner = [model for field in fields for model in _models_in(field.annotation)]
        tagged = [model for model in models if _rule_name(model) == step]
        models = inner or tagged or models
    return list(dict.fromkeys(field.alias or name for model in models for name, field in model.model_fields.items()))


def _rule_name(model: type[BaseModel]) -> str:
    """The word by which a quality rule is chosen, empty for other parts."""
    field = model.model_fields.get("rule")
    words = get_args(field.annotation) if field else ()
    return str(words[0]) if words else ""


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for argument in get_args(annotation) for model in _models_in(argument)]


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=True, default=str)
    return text if len(text) <= 60 else text[:57] + "..."
