"""Make imported definitions pass validation: what does not fit is left out, piece by piece, and said.

An importer writes down what the source says; whether the library can take it is known only once all of it stands
beside what is there already. So the whole is validated as it would be on disk, in a folder of its own.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path
from typing import Any

from definitions_to_dbt.bridges.imported import Imported, ImportedObject
from definitions_to_dbt.errors import DefinitionsError, Problem, ProblemError
from definitions_to_dbt.library import Library, load_library

_MAX_ROUNDS = 20
# Keys of a column without which it is no column; everything else may be left out.
_NEEDED = ("name", "type")
_SIZES = ("length", "precision", "scale")


def fit(imported: Imported, definitions: Path) -> dict[Path, str]:
    """Return the files to write, by their path below `definitions`.

    Changes `imported`: what validation refuses is taken out and becomes a gap; an object of which nothing can be
    kept goes as a whole. Raises ProblemError where the library itself is faulty or has one of the tables already.
    """
    known = _library_there(definitions)
    _refuse_tables_of_others(imported, known)
    with tempfile.TemporaryDirectory(prefix="import-") as folder:
        root = Path(folder) / "definitions"
        if definitions.is_dir():
            shutil.copytree(definitions, root, ignore=shutil.ignore_patterns("schema"))
        for _ in range(_MAX_ROUNDS):
            files = files_of(imported, known)
            for path, text in files.items():
                (root / path).parent.mkdir(parents=True, exist_ok=True)
                (root / path).write_text(text, encoding="utf-8")
            if not imported.objects:
                raise ProblemError("nothing of the source can be defined:\n" + "\n".join(map(str, imported.gaps)))
            try:
                load_library(root)
            except DefinitionsError as error:
                _leave_out(imported, error.problems, root)
                continue
            return files
    raise ProblemError("the source cannot be made to fit the library; this is a mistake of the importer's")


def files_of(imported: Imported, known: Library | None) -> dict[Path, str]:
    """Each definition as the file it becomes. A module that the library has keeps its own file."""
    module = imported.module["code"]
    files = {}
    if known is None or module not in {entry.code for entry in known.modules}:
        files[Path("modules") / f"{module}.json"] = _text(imported.module)
    for found in imported.objects:
        files[path_of(found, module)] = _text(found.definition)
    return files


def path_of(found: ImportedObject, module: str) -> Path:
    """Where the object's definition stands below the folder of definitions."""
    return Path("object_models") / module.lower() / f"{found.table_name}.json"


def _text(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def _library_there(definitions: Path) -> Library | None:
    """The library that is there already, which must be sound: its problems are not the source's."""
    if not any((definitions / "object_models").rglob("*.json")):
        return None
    try:
        return load_library(definitions)
    except DefinitionsError as error:
        raise ProblemError(
            f"{definitions} has {len(error.problems)} problems of its own",
            hint="Nothing was written. Run `definitions-to-dbt validate`, mend them, then import again.",
        ) from None


def _refuse_tables_of_others(imported: Imported, known: Library | None) -> None:
    if known is None:
        return
    places = {path_of(found, imported.module["code"]) for found in imported.objects}
    for found in imported.objects:
        for model in known.objects:
            if model.table_name != found.table_name and model.code != found.definition["code"]:
                continue
            file = known.files[f"object_models/{model.code}"]
            if file.relative_to(known.root) not in places:
                raise ProblemError(
                    f"{found.where}: {found.table_name} ({found.definition['code']}) is already defined in {file}",
                    hint="Nothing was written. Import with --prefix, or remove that file first.",
                )


def _leave_out(imported: Imported, problems: tuple[Problem, ...], root: Path) -> None:
    """Take out of each object what its problems point at, the last place first: a removal moves what follows."""
    module = imported.module["code"]
    by_file = {root / path_of(found, module): found for found in imported.objects}
    progressed = False
    for problem in sorted(problems, key=lambda problem: _natural(problem.pointer), reverse=True):
        found = by_file.get(problem.file)
        if found is None or found not in imported.objects:
            continue
        progressed = True
        what = _loosen(found.definition, problem.pointer)
        if what:
            imported.gap(f"{found.where}{what}", f"left out: {problem.message}")
        elif what is None:
            imported.objects.remove(found)
            imported.gap(found.where, f"not imported, {problem.pointer} cannot be left out: {problem.message}")
    if not progressed:
        raise ProblemError("the import does not go with the library:\n" + "\n".join(map(str, problems)))


def _natural(pointer: str) -> list[tuple[int, str]]:
    return [(int(step), "") if step.isdigit() else (-1, step) for step in pointer.split("/")]


def _loosen(definition: dict[str, Any], pointer: str) -> str | None:
    """Take out what the pointer names, or what is around it. Returns what it was, "" if gone before, None if needed."""
    steps = pointer.strip("/").split("/")
    try:
        if steps[:2] == ["table_schema", "columns"] and len(steps) > 3:
            return _loosen_column(definition["table_schema"]["columns"][int(steps[2])], steps[3:])
        if steps[0] == "table_schema" and steps[1] in ("indexes", "relationships") and len(steps) > 2:
            entry = definition["table_schema"][steps[1]].pop(int(steps[2]))
            return f" {steps[1]} {entry.get('name')}"
        if steps[0] == "source" and len(steps) > 1:
            del definition["source"][steps[1]]
            return f" source {steps[1]}"
        if steps[0] in ("examples", "tags") and len(steps) > 1:
            definition[steps[0]].pop(int(steps[1]))
            return f" {steps[0]} {steps[1]}"
        if steps[0] not in ("code", "name", "module", "table_schema"):
            del definition[steps[0]]
            return f" {steps[0]}"
    except (KeyError, IndexError):
        return ""
    return None


def _loosen_column(column: dict[str, Any], steps: list[str]) -> str | None:
    name, key = column["name"], steps[0]
    if key == "quality" and len(steps) > 1:
        rule = column["quality"].pop(int(steps[1]))
        if not column["quality"]:
            del column["quality"]
        return f" column {name}, rule {rule.get('rule')}"
    if key == "type" or key in _SIZES:
        if column["type"] == "text":
            return None
        written, column["type"] = column["type"], "text"
        for size in _SIZES:
            column.pop(size, None)
        return f" column {name}, type {written}"
    if key in _NEEDED:
        return None
    del column[key]
    return f" column {name}, {key}"
