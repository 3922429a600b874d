"""A JSON Schema of one object as a definition. Reads one file, follows references inside it only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from definitions_to_dbt.bridges.documents import read_json_value
from definitions_to_dbt.bridges.identifiers import Identifiers
from definitions_to_dbt.bridges.imported import Definition, Imported, module_definition
from definitions_to_dbt.bridges.json_schema_types import column_of, own_type, type_names
from definitions_to_dbt.bridges.nested import FlatTable
from definitions_to_dbt.bridges.shape import check_json_schema
from definitions_to_dbt.errors import ProblemError

_HINT = "Nothing was written. Mend the schema, then import again."
_MAX_DEPTH = 8
_CHOICES = ("oneOf", "anyOf", "if", "not", "dependentSchemas", "patternProperties")


def import_json_schema(path: Path, module: str, keys: Sequence[str], prefix: str = "") -> Imported:
    """Return what the schema says. Raises ProblemError where it is no schema of an object."""
    document = read_json_value(path)
    if not isinstance(document, dict):
        raise ProblemError(f"{path}: expected a JSON Schema, found no object", hint=_HINT)
    check_json_schema(document, _HINT)
    imported = Imported(module_definition(module, ""))
    reader = _Reader(document, imported)
    root = reader.resolved(document, "")
    if "properties" not in root:
        raise ProblemError(f"{path}: expected a schema with properties at the top, found none", hint=_HINT)
    name = str(root.get("title") or path.name.partition(".")[0])
    table = FlatTable(imported, Identifiers.of_tables().give(prefix + name), keys)
    reader.properties(root, "", (), table, nullable=False, seen=())
    imported.objects.append(table.object(module, name, str(root.get("description") or ""), "/"))
    return imported


class _Reader:
    """Walks the properties of one schema."""

    def __init__(self, document: Mapping[str, Any], imported: Imported) -> None:
        self.document, self.imported = document, imported

    def resolved(self, schema: Any, where: str, seen: tuple[str, ...] = ()) -> dict[str, Any]:
        """The schema with its reference followed and what `allOf` adds merged in."""
        if not isinstance(schema, dict):
            return {}
        found = dict(schema)
        reference = found.pop("$ref", None)
        if isinstance(reference, str):
            if reference in seen:
                return {"type": "object", "x-recursive": True}
            found = self.resolved(self._target(reference, where), where, (*seen, reference)) | found
        for part in found.pop("allOf", None) or ():
            added = self.resolved(part, where, seen)
            both = {**(added.get("properties") or {}), **(found.get("properties") or {})}
            required = [*(added.get("required") or ()), *(found.get("required") or ())]
            found = added | found
            found |= {"properties": both} if both else {}
            found |= {"required": required} if required else {}
        return found

    def _target(self, reference: str, where: str) -> Any:
        if not reference.startswith("#"):
            self.imported.gap(where, f"the reference {reference!r} leads out of the file: kept as JSON")
            return {"type": "object"}
        target: Any = self.document
        for step in reference.removeprefix("#").strip("/").split("/") if reference.strip("#/") else ():
            key = step.replace("~1", "/").replace("~0", "~")
            target = target.get(key) if isinstance(target, dict) else None
        if target is None:
            self.imported.gap(where, f"the reference {reference!r} leads to nothing: kept as JSON")
            return {"type": "object"}
        check_json_schema(target, _HINT, reference)
        return target

    def properties(
        self, schema: Mapping[str, Any], where: str, path: tuple[str, ...], table: FlatTable, *, nullable: bool,
        seen: tuple[str, ...],
    ) -> None:  # fmt: skip
        """Add a column for each property, and for those of the objects inside."""
        required = set(schema.get("required") or ())
        for key, said in (schema.get("properties") or {}).items():
            at = f"{where}/properties/{key}"
            reference = said.get("$ref") if isinstance(said, dict) else None
            part = self.resolved(said, at, seen)
            inner = self._without_null(part)
            optional = nullable or key not in required or "null" in type_names(part) or inner is not part
            now = (*seen, reference) if isinstance(reference, str) else seen
            steps = (*path, key)
            if self._opens(inner, at, steps):
                self.properties(inner, at, steps, table, nullable=optional, seen=now)
            else:
                column = self._column(inner, at)
                described = str(part.get("description") or part.get("title") or "")
                table.add(steps, column, at or "/", nullable=optional, description=described)

    def _opens(self, schema: Mapping[str, Any], where: str, path: Sequence[str]) -> bool:
        """True where an object's own properties become columns."""
        if not schema.get("properties") or own_type(schema) not in ("object", None):
            return False
        if len(path) >= _MAX_DEPTH:
            self.imported.gap(where, f"nested deeper than {_MAX_DEPTH} objects: kept as JSON")
            return False
        return True

    def _without_null(self, schema: dict[str, Any]) -> dict[str, Any]:
        """What `anyOf: [X, null]` means: X, that may be missing."""
        for word in ("anyOf", "oneOf"):
            choices = schema.get(word)
            if isinstance(choices, list):
                real = [choice for choice in choices if not (isinstance(choice, dict) and choice.get("type") == "null")]
                if len(real) == 1 and len(choices) == 2:
                    rest = {key: value for key, value in schema.items() if key != word}
                    return rest | self.resolved(real[0], "")
        return schema

    def _column(self, schema: Mapping[str, Any], where: str) -> Definition:
        if schema.get("x-recursive"):
            self.imported.gap(where, "refers to itself: kept as JSON")
            return {"type": "jsonb"}
        if any(word in schema for word in _CHOICES):
            self.imported.gap(where, "says more than one shape: kept as JSON")
            return {"type": "jsonb"}
        items = schema.get("items")
        element = self.resolved(items, where) if isinstance(items, dict) else None
        return column_of(schema, element, self.imported, where)
