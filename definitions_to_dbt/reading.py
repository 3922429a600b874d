"""One definition file into one typed part, with every problem of that file. Looks at no other file."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from definitions_to_dbt.bare_table import Metadata, is_bare, object_around
from definitions_to_dbt.definition import ObjectModel
from definitions_to_dbt.errors import Problem
from definitions_to_dbt.json_text import JsonDocument, read_json
from definitions_to_dbt.pydantic_problems import problems_of


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


def read_part(path: Path, part: type[BaseModel], shown_as: Path) -> Reading:
    """Read and check one file."""
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
    found, problems = _checked(part, value, document)
    return Reading(Entry(found, document) if found is not None else None, document, problems)


def _checked(
    part: type[BaseModel], value: Any, document: JsonDocument, prefix: str = ""
) -> tuple[BaseModel | None, list[Problem]]:
    try:
        # Through JSON text, because only there a list may stand for a tuple while all else stays strict.
        return part.model_validate_json(json.dumps(value)), []
    except ValidationError as error:
        return None, problems_of(error, part, value, document, prefix)
