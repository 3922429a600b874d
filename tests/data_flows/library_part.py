"""A few objects of the repository's own library as a library of their own, so that a test builds what it needs only."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).parents[2]
LIBRARY = REPOSITORY / "definitions"


def library_of(folder: Path, tables: Iterable[str]) -> Path:
    """Copy the definitions of these tables, their modules and attributes. What leads to other objects is left out."""
    models = {path.stem: json.loads(path.read_text()) for path in (LIBRARY / "object_models").rglob("*.json")}
    chosen = {name: models[name] for name in tables}
    codes = {model["code"] for model in chosen.values()}
    for name, model in chosen.items():
        _write(folder / "object_models" / f"{name}.json", _within(model, set(chosen), codes))
        module = json.loads((LIBRARY / "modules" / f"{model['module']}.json").read_text())
        # Dashboards show marts that people wrote, which a part of the library does not bring along.
        _write(folder / "modules" / f"{model['module']}.json", {**module, "exposures": []})
    for path in (LIBRARY / "attributes").glob("*.json"):
        _write(folder / "attributes" / path.name, json.loads(path.read_text()))
    return folder


def _within(model: dict[str, Any], tables: set[str], codes: set[str]) -> dict[str, Any]:
    schema = model["table_schema"]
    schema["relationships"] = [link for link in schema["relationships"] if link["target_entity"] in codes]
    for column in schema["columns"]:
        if column.get("foreign_key", "").partition(".")[0] not in tables:
            column.pop("foreign_key", None)
            column.pop("display_as", None)
    return model


def _write(path: Path, content: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content))


def add_marts(project: Path, *areas: str) -> None:
    """Copy the marts of these areas into a generated project, and the singular tests that read nothing else by hand."""
    written = REPOSITORY / "dbt_project"
    marts = {path.stem: path.parent.name for path in (written / "models" / "marts").rglob("*.sql")}
    for area in areas:
        shutil.copytree(written / "models" / "marts" / area, project / "models" / "marts" / area)
    for path in (written / "tests").glob("*.sql"):
        read = set(re.findall(r"ref\('(\w+)'\)", path.read_text())) & marts.keys()
        if read and {marts[name] for name in read} <= set(areas):
            shutil.copy(path, project / "tests")
