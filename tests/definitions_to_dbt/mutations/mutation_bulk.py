"""Mutants that were accepted, renamed so that many stand in one library, each meaning once."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from mutate import Mutant, places
from mutation_seeds import SEEDS

from definitions_to_dbt.errors import DefinitionsError, Problem, ProblemError
from definitions_to_dbt.library import Library, load_library

# What a definition says for people only.
_FOR_PEOPLE = {"description", "name", "label", "owner", "tags", "unit", "code", "class_name", "spec_version"}


class Judged(NamedTuple):
    """A mutant and what loading said: problems with the file each is of, or the library."""

    mutant: Mutant
    problems: tuple[tuple[str, Problem], ...]
    library: Library | None


def write_seeds(root: Path) -> Path:
    """The good library."""
    for file, document in SEEDS.items():
        write(root, file, document)
    return root


def write(root: Path, file: str, document: Any) -> None:
    """One file, a part per line."""
    path = root / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document, indent=1, ensure_ascii=False), encoding="utf-8")


def judged(root: Path, found: Iterable[Mutant]) -> Iterator[Judged]:
    """Each mutant in place of its seed, loaded."""
    for mutant in found:
        write(root, mutant.file, mutant.document)
        try:
            yield Judged(mutant, (), load_library(root))
        except DefinitionsError as errors:
            files = [(problem.file.relative_to(root).as_posix(), problem) for problem in errors.problems]
            yield Judged(mutant, tuple(files), None)
        except ProblemError as problem:
            raise AssertionError(f"{mutant}: no coded problem: {problem}") from problem
        write(root, mutant.file, SEEDS[mutant.file])


def meaning(one: Judged) -> str:
    """What the mutant means, without what is said for people only: the same for two that build the same."""
    folder = one.mutant.file.partition("/")[0]
    if folder != "object_models" or one.library is None:
        return json.dumps([one.mutant.file, one.mutant.document], sort_keys=True)
    seeds = {"thing": "THING", "shelf": "SHELF", "colour": "COLOUR"}
    path = Path(one.mutant.file).name
    model = next(m for m in one.library.objects if one.library.files[f"object_models/{m.code}"].name == path)
    dumped = model.model_dump(mode="json")
    dumped["table_schema"].pop("table_name")
    for index in dumped["table_schema"]["indexes"]:
        index["name"] = "ix"
    return json.dumps([seeds[path.removesuffix(".json")], _without_texts(dumped)], sort_keys=True)


def _without_texts(value: Any, at: str = "") -> Any:
    if isinstance(value, dict):
        kept = {key: _without_texts(inner, key) for key, inner in value.items()}
        # The name of a column means something, that of an object or a relationship does not.
        return {
            key: inner for key, inner in kept.items() if key not in _FOR_PEOPLE or (key == "name" and at == "columns")
        }
    return [_without_texts(inner, at) for inner in value] if isinstance(value, list) else value


def renamed(mutant: Mutant, number: int) -> tuple[str, Any]:
    """The mutant under a name of its own: file and document."""
    document = copy.deepcopy(mutant.document)
    folder = mutant.file.partition("/")[0]
    code, table = f"M{number:05}", f"m{number:05}"
    if folder != "object_models":
        document["code"] = code
        return f"{folder}/{table}.json", document
    holder = document.get("table_schema", document)
    before = holder["table_name"]
    for place, key, _ in list(places(document)):
        if isinstance(place[key], str) and place[key].startswith(f"{before}."):
            place[key] = f"{table}.{place[key].partition('.')[2]}"
        elif key == "table_name" and place[key] in (before, f"source_{before}"):
            place[key] = place[key].replace(before, table)
    holder["table_name"] = table
    for place, index in enumerate(holder.get("indexes") or ()):
        index["name"] = f"ix_{table}_{place}"
    if "code" in document:
        document["code"] = code
    else:
        document.setdefault("_metadata", {})["entity_code"] = code
    return f"object_models/shop/{table}.json", document
