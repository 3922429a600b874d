"""All definition files of a folder as one library, checked against each other. Writes nothing."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from definitions_to_dbt.clients import for_client
from definitions_to_dbt.cross_checks import problems_across
from definitions_to_dbt.definition import MAX_TABLE_NAME, ObjectModel
from definitions_to_dbt.errors import DefinitionsError, Problem, ProblemError
from definitions_to_dbt.metadata import Association, Attribute, Benchmark, Client, Industry, Kpi, Module, ValueChain
from definitions_to_dbt.metadata_checks import Written
from definitions_to_dbt.reading import Entry, read_part

# The nine kinds. Attributes first: columns inherit from them.
FOLDERS: dict[str, type[BaseModel]] = {
    "attributes": Attribute,
    "modules": Module,
    "object_models": ObjectModel,
    "kpis": Kpi,
    "benchmarks": Benchmark,
    "industries": Industry,
    "value_chains": ValueChain,
    "clients": Client,
    "associations": Association,
}

# The path of a definition stands in a comment of the SQL made from it.
_NAMED = re.compile(r'"(?:code|entity_code|table_name)"\s*:\s*"(\w+)"')
_MOST_TO_READ_OFF = 1_000_000
_NAMES_SHOWN = 10
_PATH = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_. /-]*")


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
    attributes: tuple[Attribute, ...] = ()
    associations: tuple[Association, ...] = ()
    files: dict[str, Path] = field(default_factory=dict)
    client: str | None = None

    def object(self, name: str) -> ObjectModel:
        """The object of this code or table name. Raises ProblemError with the nearest name."""
        known = self._by_name
        if name in known:
            return known[name]
        close = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
        tables = sorted(self.tables)
        more = f" and {len(tables) - _NAMES_SHOWN} more" if len(tables) > _NAMES_SHOWN else ""
        meant = f"; did you mean {close[0]!r}?" if close else f"; known: {', '.join(tables[:_NAMES_SHOWN])}{more}"
        raise ProblemError(f"no object or table is called {name!r} in {self.root}{meant}")

    @cached_property
    def tables(self) -> dict[str, ObjectModel]:
        """Every object by the name of its table."""
        return {model.table_name: model for model in self.objects}

    def of_module(self, code: str) -> tuple[ObjectModel, ...]:
        """The objects of one module."""
        return self._by_module.get(code, ())

    @cached_property
    def _by_name(self) -> dict[str, ObjectModel]:
        return {key: model for model in self.objects for key in (model.code, model.table_name)}

    @cached_property
    def _by_module(self) -> dict[str, tuple[ObjectModel, ...]]:
        found: dict[str, list[ObjectModel]] = {}
        for model in self.objects:
            found.setdefault(model.module, []).append(model)
        return {code: tuple(models) for code, models in found.items()}


def load_library(root: Path | str, written: Written = None, client: str | None = None) -> Library:
    """Read and check every definition below `root`; with a `client`, what that client uses, with its overrides.

    `written` gives the models of the project that people wrote, which exposures may name. None: any name will do. A
    client's project need not have every model that people wrote for everybody.
    Raises ProblemError where the folder is missing or empty or the client cannot have a project, DefinitionsError with
    all problems of all files.
    """
    if client is None:
        return _whole_library(root, written)
    return for_client(_whole_library(root, None), client, written() if written else ())


def _whole_library(root: Path | str, written: Written) -> Library:
    root = Path(root)
    if not root.is_dir():
        raise ProblemError(
            f"expected a folder of definitions, found {'a file' if root.exists() else 'nothing'} at {root}",
            hint="Nothing was changed. Name the folder with --definitions DIR.",
        )
    problems: list[Problem] = []
    entries: dict[str, list[Entry]] = {folder: [] for folder in FOLDERS}
    attributes: dict[str, dict[str, Any]] = {}
    faulty: set[str] = set()
    for folder, path in _files(root, problems):
        reading = read_part(path, FOLDERS[folder], path, attributes, faulty)
        problems += reading.problems
        if reading.entry is not None:
            entries[folder].append(reading.entry)
            if folder == "attributes":
                attributes.setdefault(reading.entry.part.code, reading.entry.document.value)
        elif reading.document is not None:
            faulty |= _names_in(reading.document.value)
        else:
            faulty |= _names_read_off(path)
    if not problems and not entries["object_models"]:
        raise ProblemError(f"expected object models in {root / 'object_models'}, found none")
    problems += problems_across(entries, faulty, written)
    if problems:
        raise DefinitionsError(problems)
    return _library(root, entries)


def _files(root: Path, problems: list[Problem]) -> Iterator[tuple[str, Path]]:
    """Every definition file in a fixed order. A folder that is none of the known kinds is a problem."""
    order = list(FOLDERS)
    found = sorted(child for child in root.iterdir() if child.is_dir())
    for folder in sorted(found, key=lambda child: order.index(child.name) if child.name in order else len(order)):
        if folder.name in FOLDERS:
            for path in sorted(folder.rglob("*.json")):
                if _PATH.fullmatch(path.relative_to(root).as_posix()):
                    yield folder.name, path
                else:
                    problems.append(Problem(path, 1, "", "E_PATH", f"expected a path that fits {_PATH.pattern}"))
        elif folder.name != "schema":
            known = ", ".join(FOLDERS)
            problems.append(Problem(folder, 1, "", "E_UNKNOWN_KEY", f"expected one of the folders {known}"))


def _library(root: Path, entries: dict[str, list[Entry]]) -> Library:
    parts: dict[str, Any] = {
        folder: tuple(sorted((e.part for e in found), key=lambda p: p.code)) for folder, found in entries.items()
    }
    files = {f"{folder}/{e.part.code}": e.document.file for folder, found in entries.items() for e in found}
    parts["objects"] = parts.pop("object_models")
    return Library(root=root, files=files, **parts)


def _names_in(value: Any) -> set[str]:
    """The code and table name of a faulty file: it has its own problems, others may still point at it."""
    if not isinstance(value, dict):
        return set()
    table, meta = value.get("table_schema"), value.get("_metadata")
    found = [value.get("code"), value.get("table_name"), table.get("table_name") if isinstance(table, dict) else None]
    found.append(meta.get("entity_code") if isinstance(meta, dict) else None)
    names = {name for name in found if isinstance(name, str)}
    # The code of a bare table is its name.
    return names | {name.upper() for name in names if name.isidentifier()}


def _names_read_off(path: Path) -> set[str]:
    """The same of a file that is no JSON, as far as its text tells."""
    try:
        text = path.read_bytes().decode("utf-8", "replace")
    except OSError:
        return set()
    return set(_NAMED.findall(text)) if len(text) < _MOST_TO_READ_OFF else set()


__all__ = ["MAX_TABLE_NAME", "Library", "load_library"]
