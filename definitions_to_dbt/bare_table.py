"""The bare `table_schema` that a metadata service emits, wrapped as the object model it stands for.

What the service does not say is taken from what it does: the code from the table's name, the module from the folder.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from definitions_to_dbt.parts import Code, Part, Text

# The module of a table for which neither the file nor the folder names one.
NO_MODULE = "UNASSIGNED"
_CODE = re.compile(r"[A-Z][A-Z0-9_]{0,62}")
# Our pointer -> the key of `_metadata` that says the same, and what stands in for it.
_SAID_IN = {
    "/code": ("entity_code", "/table_name"),
    "/name": ("entity_name", "/class_name"),
    "/module": ("module", ""),
    "/description": ("description", "/description"),
}


class Metadata(Part):
    """What a metadata service says of the entity behind a table."""

    entity_name: Text | None = None
    entity_code: Code | None = None
    description: Text | None = None
    module: Code | None = None


def is_bare(value: dict[str, Any]) -> bool:
    """True where a file holds a table and no object model around it."""
    if "table_schema" in value:
        return set(value) <= {"table_schema", "_metadata"}
    return "table_name" in value or "columns" in value


def object_around(value: dict[str, Any], path: Path) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the object model, and where each of its parts stands in the file. `_metadata` is checked already."""
    meta = value.get("_metadata") or {}
    table, at = value.get("table_schema"), "/table_schema"
    if "table_schema" not in value:
        table, at = {key: part for key, part in value.items() if key != "_metadata"}, ""
    said = table if isinstance(table, dict) else {}
    # Where the table's name is at fault, that is said once, and not of what is derived from it too.
    written = said.get("table_name")
    name = written if isinstance(written, str) else "table"
    derived = name.upper() if _CODE.fullmatch(name.upper()) else "TABLE"
    wrapped = {
        "code": meta.get("entity_code") or derived,
        "name": meta.get("entity_name") or said.get("class_name") or name or "table",
        "module": meta.get("module") or _module_of(path),
        "description": meta.get("description") or said.get("description") or "",
        "table_schema": table,
    }
    moved = {"/table_schema": at}
    for ours, (key, stand_in) in _SAID_IN.items():
        moved[ours] = f"/_metadata/{key}" if meta.get(key) else at + stand_in
    return wrapped, moved


def says_its_module(moved: Mapping[str, str]) -> bool:
    """False where the module of a bare table was taken from its folder."""
    return moved.get("/module", "/module").endswith("/module")


def _module_of(path: Path) -> str:
    code = re.sub(r"[^A-Z0-9]+", "_", path.parent.name.upper())
    return code if _CODE.fullmatch(code) and path.parent.name != "object_models" else NO_MODULE
