"""All definition files of a folder as one library, checked against each other. Writes nothing."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from definitions_to_dbt.definition import MAX_TABLE_NAME, ObjectModel
from definitions_to_dbt.errors import DefinitionErrors, Problem, ProblemError
from definitions_to_dbt.json_text import JsonDocument
from definitions_to_dbt.metadata import Benchmark, Client, Industry, Kpi, Module, ValueChain
from definitions_to_dbt.names import derived_names
from definitions_to_dbt.quality import Reference
from definitions_to_dbt.reading import read_part

FOLDERS: dict[str, type[BaseModel]] = {
    "modules": Module,
    "object_models": ObjectModel,
    "kpis": Kpi,
    "benchmarks": Benchmark,
    "industries": Industry,
    "value_chains": ValueChain,
    "clients": Client,
}


@dataclass(frozen=True)
class Library:
    """Every definition, in the order of their codes."""

    root: Path
    modules: tuple[Module, ...] = ()
    objects: tuple[ObjectModel, ...] = ()
    kpis: tuple[Kpi, ...] = ()
    benchmarks: tuple[Benchmark, ...] = ()
    industries: tuple[Industry, ...] = ()
    value_chains: tuple[ValueChain, ...] = ()
    clients: tuple[Client, ...] = ()
    files: dict[str, Path] = field(default_factory=dict)

    def object(self, name: str) -> ObjectModel:
        """The object of this code or table name. Raises ProblemError with the nearest name."""
        known = {key: model for model in self.objects for key in (model.code, model.table_name)}
        if name in known:
            return known[name]
        close = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
        meant = f"; did you mean {close[0]!r}?" if close else f"; known: {', '.join(sorted(known))}"
        raise ProblemError(f"no object or table is called {name!r} in {self.root}{meant}")

    def of_module(self, code: str) -> tuple[ObjectModel, ...]:
        """The objects of one module."""
        return tuple(model for model in self.objects if model.module == code)


@dataclass(frozen=True)
class _Entry:
    part: Any
    document: JsonDocument

    def problem(self, pointer: str, code: str, message: str) -> Problem:
        return self.document.problem(pointer, code, message)


def load_library(root: Path | str) -> Library:
    """Read and check every definition below `root`.

    Raises ProblemError where the folder is missing or empty, DefinitionErrors with all problems of all files.
    """
    root = Path(root)
    if not root.is_dir():
        raise ProblemError(
            f"expected a folder of definitions, found nothing at {root}",
            hint="Nothing was changed. Name the folder with --definitions DIR.",
        )
    problems: list[Problem] = []
    entries: dict[str, list[_Entry]] = {folder: [] for folder in FOLDERS}
    faulty: set[str] = set()
    for folder, path in _files(root, problems):
        part, document, found = read_part(path, FOLDERS[folder], path)
        problems += found
        if part is not None and document is not None:
            entries[folder].append(_Entry(part, document))
        elif document is not None:
            faulty |= _names_in(document.value)
    if not problems and not entries["object_models"]:
        raise ProblemError(f"expected object models in {root / 'object_models'}, found none")
    problems += _across_files(entries, faulty)
    if problems:
        raise DefinitionErrors(problems)
    return _library(root, entries)


def _files(root: Path, problems: list[Problem]) -> Iterator[tuple[str, Path]]:
    """Every definition file in a fixed order. A folder that is none of the known kinds is a problem."""
    for folder in sorted(child for child in root.iterdir() if child.is_dir()):
        if folder.name in FOLDERS:
            yield from ((folder.name, path) for path in sorted(folder.rglob("*.json")))
        elif folder.name != "schema":
            known = ", ".join(FOLDERS)
            problems.append(Problem(folder, 1, "", "E_UNKNOWN_KEY", f"expected one of the folders {known}"))


def _library(root: Path, entries: dict[str, list[_Entry]]) -> Library:
    parts = {folder: tuple(sorted((e.part for e in found), key=lambda p: p.code)) for folder, found in entries.items()}
    files = {f"{folder}/{e.part.code}": e.document.file for folder, found in entries.items() for e in found}
    parts["objects"] = parts.pop("object_models")
    return Library(root=root, files=files, **parts)  # type: ignore[arg-type]  # one folder, one type


def _names_in(value: Any) -> set[str]:
    """The code and table name of a faulty file: it has its own problems, others may still point at it."""
    if not isinstance(value, dict):
        return set()
    table = value.get("table_schema")
    found = [value.get("code"), value.get("table_name"), table.get("table_name") if isinstance(table, dict) else None]
    return {name for name in found if isinstance(name, str)}


def _across_files(entries: dict[str, list[_Entry]], faulty: set[str]) -> list[Problem]:
    problems: list[Problem] = []
    for folder in FOLDERS:
        problems += _doubles(entries[folder])
    problems += _table_collisions(entries["object_models"])
    problems += _dangling_columns(entries["object_models"], faulty)
    problems += _dangling_codes(entries, faulty)
    return problems


def _doubles(entries: list[_Entry]) -> list[Problem]:
    counts = Counter(entry.part.code for entry in entries)
    return [
        entry.problem("/code", "E_DUP", f"{entry.part.code} is defined {counts[entry.part.code]} times")
        for entry in entries
        if counts[entry.part.code] > 1
    ]


def _table_collisions(entries: list[_Entry]) -> list[Problem]:
    problems, owners = [], dict[str, _Entry]()
    for entry in entries:
        for name in derived_names(entry.part):
            if len(name.encode()) > 63:
                message = f"the derived name {name} is longer than 63 bytes; shorten table_name or module"
                problems.append(entry.problem("/table_schema/table_name", "E_IDENT_LEN", message))
            elif name in owners and owners[name].part.table_name == entry.part.table_name:
                first = owners[name].document.file
                message = f"the table {entry.part.table_name} is already defined in {first}"
                problems.append(entry.problem("/table_schema/table_name", "E_DUP", message))
                break
            elif name in owners:
                message = f"the derived name {name} collides with one of {owners[name].part.table_name}"
                problems.append(entry.problem("/table_schema/table_name", "E_COLLISION", message))
            else:
                owners[name] = entry
    return problems


def _dangling_columns(entries: list[_Entry], faulty: set[str]) -> list[Problem]:
    """Foreign keys and reference rules that point at no table, or at no column of it."""
    tables = {entry.part.table_name: {column.name for column in entry.part.columns} for entry in entries}
    problems = []
    for entry in entries:
        for number, column in enumerate(entry.part.columns):
            for pointer, target in _targets(number, column):
                table, _, name = target.partition(".")
                if table in faulty:
                    continue
                if table not in tables:
                    message = f"no table is called {table!r}{_meant(table, tables)}"
                elif name not in tables[table]:
                    message = f"{table} has no column {name!r}{_meant(name, tables[table])}"
                else:
                    continue
                problems.append(entry.problem(pointer, "E_REF", message))
    return problems


def _targets(number: int, column: Any) -> Iterator[tuple[str, str]]:
    at = f"/table_schema/columns/{number}"
    if column.foreign_key:
        yield f"{at}/foreign_key", column.foreign_key
    for place, rule in enumerate(column.quality):
        if isinstance(rule, Reference):
            yield f"{at}/quality/{place}/to", rule.to


def _dangling_codes(entries: dict[str, list[_Entry]], faulty: set[str]) -> list[Problem]:
    """Codes that name no module, object, KPI or industry."""
    known = {folder: {entry.part.code for entry in found} | faulty for folder, found in entries.items()}
    problems = []
    for pointer, code, entry, target in _named_codes(entries):
        if code is not None and code not in known[target]:
            message = f"{target} has no {code!r}{_meant(code, known[target])}"
            problems.append(entry.problem(pointer, "E_REF", message))
    return problems


def _named_codes(entries: dict[str, list[_Entry]]) -> Iterator[tuple[str, str | None, _Entry, str]]:
    for entry in entries["object_models"]:
        if entries["modules"]:
            yield "/module", entry.part.module, entry, "modules"
        for number, relationship in enumerate(entry.part.table_schema.relationships):
            pointer = f"/table_schema/relationships/{number}/target_entity"
            yield pointer, relationship.target_entity, entry, "object_models"
    for entry in entries["kpis"]:
        yield "/module", entry.part.module, entry, "modules"
        yield "/formula/object", entry.part.formula.object, entry, "object_models"
    for entry in entries["benchmarks"]:
        yield "/kpi", entry.part.kpi, entry, "kpis"
        yield "/industry", entry.part.industry, entry, "industries"
    for entry in entries["industries"]:
        yield "/parent", entry.part.parent, entry, "industries"
    for folder in ("value_chains", "clients"):
        for entry in entries[folder]:
            for number, code in enumerate(entry.part.modules):
                yield f"/modules/{number}", code, entry, "modules"
    for entry in entries["clients"]:
        yield "/industry", entry.part.industry, entry, "industries"


def _meant(word: str, known: Any) -> str:
    close = difflib.get_close_matches(word, list(known), n=1, cutoff=0.5)
    return f"; did you mean {close[0]!r}?" if close else ""


__all__ = ["MAX_TABLE_NAME", "Library", "load_library"]
