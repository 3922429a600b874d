"""One definition file into one typed part, with every problem of that file. Looks at no other file."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from definitions_to_dbt.bare_table import Metadata, is_bare, object_around
from definitions_to_dbt.definition import ObjectModel
from definitions_to_dbt.errors import Problem
from definitions_to_dbt.json_text import JsonDocument, read_json
from definitions_to_dbt.pydantic_problems import problems_of
from definitions_to_dbt.shared_attributes import with_attributes


@dataclass(frozen=True)
class Entry:
    """One typed part and the document it was read from."""

    part: Any
    document: JsonDocument

    def problem(self, pointer: str, code: str, message: str) -> Problem:
        """A problem at this place of the part's file."""
        return self.document.problem(pointer, code, message)


@dataclass(frozen=True)
class Reading:
    """What came of one file: an entry, or problems and, where it was JSON, the document."""

    entry: Entry | None
    document: JsonDocument | None
    problems: list[Problem]


def read_part(
    path: Path,
    part: type[BaseModel],
    shown_as: Path,
    attributes: Mapping[str, dict[str, Any]] | None = None,
    faulty: Collection[str] = (),
) -> Reading:
    """Read and check one file. `attributes` are what its columns may inherit from; `faulty` are those that are not."""
    document = read_json(path, shown_as)
    if isinstance(document, Problem):
        return Reading(None, None, [document])
    if not isinstance(document.value, dict):
        return Reading(None, document, [document.problem("", "E_TYPE", "expected a JSON object at the top")])
    value: Any = document.value
    problems: list[Problem] = []
    if part is ObjectModel and is_bare(value):
        _, problems = _checked(Metadata, value.get("_metadata", {}), document, "/_metadata")
        if not problems:
            value, document.moved = object_around(value, path)
        elif "table_schema" not in value:
            value = {key: inner for key, inner in value.items() if key != "_metadata"}
    if problems:
        return Reading(None, document, problems)
    if part is ObjectModel:
        return _object(value, document, attributes or {}, faulty)
    found, problems = _checked(part, value, document)
    return Reading(Entry(found, document) if found is not None else None, document, problems)


def _object(
    value: dict[str, Any], document: JsonDocument, attributes: Mapping[str, dict[str, Any]], faulty: Collection[str]
) -> Reading:
    """An object model, with what its columns inherit."""
    filled = with_attributes(value, attributes, faulty, document.in_file("/table_schema"))
    document.moved = filled.moved | dict(document.moved)
    found, problems = _checked(ObjectModel, filled.value, document)
    lacking = tuple(document.in_file(at) + "/" for at in filled.unknown)
    problems = [problem for problem in problems if not problem.pointer.startswith(lacking)]
    problems += [document.problem(fault.at, fault.code, fault.message) for fault in filled.faults]
    is_whole = found is not None and not filled.faults and not filled.unknown
    return Reading(Entry(found, document) if is_whole else None, document, problems)


def _checked(
    part: type[BaseModel], value: Any, document: JsonDocument, prefix: str = ""
) -> tuple[BaseModel | None, list[Problem]]:
    try:
        # Through JSON text, because only there a list may stand for a tuple while all else stays strict.
        return part.model_validate_json(json.dumps(value)), []
    except ValidationError as error:
        return None, problems_of(error, part, value, document, prefix)
