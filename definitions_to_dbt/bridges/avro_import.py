"""An Avro schema as definitions: one object for each record at the top. Reads one file.

Payloads are expected as plain JSON, the way Kafka Connect's and most other JSON converters write them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from definitions_to_dbt.bridges.documents import read_json_value
from definitions_to_dbt.bridges.identifiers import Identifiers, snake_case
from definitions_to_dbt.bridges.imported import Definition, Imported, module_definition
from definitions_to_dbt.bridges.nested import FlatTable
from definitions_to_dbt.bridges.shape import check_avro
from definitions_to_dbt.errors import ProblemError

_HINT = "Nothing was written. Mend the schema, then import again."
_MAX_DEPTH = 8
_PRIMITIVES = {
    "boolean": "boolean", "int": "integer", "long": "bigint", "float": "real", "double": "double precision",
    "string": "text", "bytes": "text",
}  # fmt: skip
# Logical type -> the column's type, and how the number in the payload counts time.
_LOGICAL: dict[str, Definition] = {
    "uuid": {"type": "uuid"},
    "date": {"type": "date", "time_format": "epoch_days"},
    "timestamp-millis": {"type": "timestamptz", "time_format": "epoch_milliseconds"},
    "timestamp-micros": {"type": "timestamptz", "time_format": "epoch_microseconds"},
    "local-timestamp-millis": {"type": "timestamp", "time_format": "epoch_milliseconds"},
    "local-timestamp-micros": {"type": "timestamp", "time_format": "epoch_microseconds"},
}
_COUNTED = {"time-millis": "milliseconds since midnight", "time-micros": "microseconds since midnight",
            "timestamp-nanos": "nanoseconds since 1970", "local-timestamp-nanos": "nanoseconds since 1970"}  # fmt: skip


def import_avro(path: Path, module: str, keys: Sequence[str], prefix: str = "") -> Imported:
    """Return what the schema says. Raises ProblemError where it is no schema of records."""
    document = read_json_value(path)
    imported = Imported(module_definition(module, ""))
    reader = _Reader(path, imported)
    tops = document if isinstance(document, list) else [document]
    records = [(f"/{n}" if isinstance(document, list) else "/", top) for n, top in enumerate(tops) if _is_record(top)]
    if not records:
        raise ProblemError(f"{path}: expected an Avro record (or a list of them), found none", hint=_HINT)
    check_avro(document, _HINT)
    for top in tops:
        reader.learn(top, "")
    names = Identifiers.of_tables()
    for where, record in records:
        table = FlatTable(imported, names.give(prefix + str(record["name"]).rpartition(".")[2]), keys)
        reader.fields(record, where.rstrip("/"), (), table, nullable=False, inside=())
        imported.objects.append(table.object(module, str(record["name"]), str(record.get("doc") or ""), where))
    return imported


def _is_record(schema: Any) -> bool:
    return isinstance(schema, dict) and schema.get("type") == "record" and isinstance(schema.get("fields"), list)


class _Reader:
    """Walks the fields of records; knows every named type of the file."""

    def __init__(self, path: Path, imported: Imported) -> None:
        self.path, self.imported = path, imported
        self.named: dict[str, Mapping[str, Any]] = {}

    def learn(self, schema: Any, space: str) -> None:
        """Remember every named type, by its short name and by the one with its namespace."""
        if isinstance(schema, list):
            for choice in schema:
                self.learn(choice, space)
        elif isinstance(schema, dict):
            space = str(schema.get("namespace") or space)
            if isinstance(schema.get("name"), str) and schema.get("type") in ("record", "enum", "fixed"):
                short = schema["name"].rpartition(".")[2]
                self.named.setdefault(short, schema)
                self.named[schema["name"] if "." in schema["name"] else f"{space}.{short}"] = schema
            for field in schema.get("fields") or ():
                self.learn(field.get("type") if isinstance(field, dict) else None, space)
            for key in ("items", "values", "type"):
                if isinstance(schema.get(key), dict | list):
                    self.learn(schema[key], space)

    def fields(
        self, record: Mapping[str, Any], where: str, path: tuple[str, ...], table: FlatTable, *, nullable: bool,
        inside: tuple[str, ...],
    ) -> None:  # fmt: skip
        """Add a column for each field, and for those of the records inside."""
        for number, field in enumerate(record["fields"]):
            at = f"{where}/fields/{number}"
            if not isinstance(field, dict) or not isinstance(field.get("name"), str) or "type" not in field:
                raise ProblemError(f"{self.path}: {at}: expected a field with name and type", hint=_HINT)
            schema, optional = self._without_null(field["type"], at)
            steps = (*path, field["name"])
            name = str(schema.get("name")) if isinstance(schema, dict) else ""
            if _is_record(schema) and name not in inside and len(steps) < _MAX_DEPTH:
                self.fields(schema, at, steps, table, nullable=nullable or optional, inside=(*inside, name))
                continue
            column = self._column(schema, at)
            default = field.get("default")
            if isinstance(default, str | int | float | bool) and "time_format" not in column:
                column["default"] = default
            if field.get("aliases") and not path:
                former = snake_case(str(field["aliases"][0]))
                column |= {"renamed_from": former} if former != snake_case(field["name"]) else {}
            table.add(steps, column, at, nullable=nullable or optional, description=str(field.get("doc") or ""))

    def _without_null(self, schema: Any, where: str) -> tuple[Any, bool]:
        """A union with null is an optional field; the type without it, with its name followed."""
        if isinstance(schema, list):
            real = [choice for choice in schema if choice != "null"]
            if len(real) == 1:
                return self._followed(real[0], where), len(real) < len(schema)
            return schema, "null" in schema
        return self._followed(schema, where), False

    def _followed(self, schema: Any, where: str) -> Any:
        if isinstance(schema, dict) and isinstance(schema.get("type"), dict):
            return self._followed(schema["type"], where)
        if isinstance(schema, str) and schema not in _PRIMITIVES and schema != "null":
            if schema not in self.named:
                raise ProblemError(f"{self.path}: {where}: no type is called {schema!r}", hint=_HINT)
            return self.named[schema]
        return schema

    def _column(self, schema: Any, where: str) -> Definition:
        if isinstance(schema, list):
            self.imported.gap(where, "a union of several types: kept as JSON")
            return {"type": "jsonb"}
        said = schema if isinstance(schema, dict) else {"type": schema}
        logical, base = said.get("logicalType"), said.get("type")
        if logical == "decimal" and isinstance(said.get("precision"), int):
            self.imported.gap(where, "a decimal is expected as a number or its text, not as Avro's bytes")
            return {"type": f"numeric({said['precision']},{said.get('scale') or 0})"}
        if logical in _LOGICAL:
            return dict(_LOGICAL[logical])
        if logical in _COUNTED:
            return {"type": _PRIMITIVES.get(str(base), "bigint"), "unit": _COUNTED[logical]}
        if base == "enum":
            return {"type": "text", "quality": [{"rule": "accepted_values", "values": list(said.get("symbols") or ())}]}
        if base == "array":
            return {"type": self._array(said, where)}
        if base in ("map", "record"):
            if base == "record":
                self.imported.gap(where, "a record inside itself, or nested too deep: kept as JSON")
            return {"type": "jsonb"}
        if base in ("bytes", "fixed"):
            self.imported.gap(where, "bytes are kept as the text that stands in the payload")
            return {"type": "text"}
        if not isinstance(base, str) or base not in _PRIMITIVES:
            self.imported.gap(where, f"the type {base!r} is not known: kept as JSON")
        return {"type": _PRIMITIVES.get(str(base), "jsonb")}

    def _array(self, said: Mapping[str, Any], where: str) -> str:
        items = self._followed(said.get("items"), where)
        base = items.get("type") if isinstance(items, dict) and "logicalType" not in items else items
        simple = isinstance(base, str) and base in _PRIMITIVES and base != "bytes"
        return f"{_PRIMITIVES[str(base)]}[]" if simple else "jsonb"
