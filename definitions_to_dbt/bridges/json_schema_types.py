"""The type, the rules and the limits of one JSON Schema property as those of a column."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from definitions_to_dbt.bridges.imported import Definition, Imported
from definitions_to_dbt.bridges.nested import COLUMN

_FORMATS = {
    "date-time": "timestamptz", "date": "date", "time": "timetz", "uuid": "uuid", "ipv4": "inet", "ipv6": "inet",
    "duration": "interval",
}  # fmt: skip
_TYPES = {"boolean": "boolean", "number": "numeric", "object": "jsonb", "array": "jsonb", "string": "text"}
_INTEGERS = (("smallint", 15), ("integer", 31), ("bigint", 63))
_ELEMENTS = {"string": "text[]", "integer": "bigint[]", "boolean": "boolean[]", "number": "numeric[]"}


def type_names(schema: Mapping[str, Any]) -> list[str]:
    """The types that the schema allows, as a list."""
    said = schema.get("type")
    return [said] if isinstance(said, str) else [name for name in said or () if isinstance(name, str)]


def own_type(schema: Mapping[str, Any]) -> str | None:
    """The one type besides null; None where it says none, or several."""
    names = [name for name in type_names(schema) if name != "null"]
    return names[0] if len(names) == 1 else None


def column_of(
    schema: Mapping[str, Any], element: Mapping[str, Any] | None, imported: Imported, where: str
) -> Definition:
    """Type, default and rules of the column for this property."""
    values = schema["enum"] if isinstance(schema.get("enum"), list) else None
    if "const" in schema:
        values = [schema["const"]]
    kind = own_type(schema) or _kind_of(values)
    if kind is None:
        imported.gap(where, "says no type, or several: kept as JSON")
        return {"type": "jsonb"}
    column: Definition = {"type": _sql_type(schema, element, kind)}
    rules = list(_limits(schema, kind, column["type"], imported, where))
    if allowed := [value for value in values or () if value is not None]:
        rules.insert(0, {"rule": "accepted_values", "values": allowed})
    if rules:
        column["quality"] = rules
    if isinstance(schema.get("default"), str | int | float | bool):
        column["default"] = schema["default"]
    return column


def _kind_of(values: Sequence[Any] | None) -> str | None:
    """The type of a list of values that has none stated."""
    kinds = {bool: "boolean", int: "integer", float: "number", str: "string"}
    found = {kinds.get(type(value)) for value in values or () if value is not None}
    return found.pop() if len(found) == 1 else None


def _sql_type(schema: Mapping[str, Any], element: Mapping[str, Any] | None, kind: str) -> str:
    if kind == "integer":
        return _integer(schema)
    if kind == "string":
        if schema.get("format") in _FORMATS:
            return _FORMATS[schema["format"]]
        longest = schema.get("maxLength")
        return f"varchar({longest})" if isinstance(longest, int) and 0 < longest <= 10_485_760 else "text"
    if kind == "array" and element is not None and not element.get("enum"):
        return _ELEMENTS.get(own_type(element) or "", "jsonb") if "format" not in element else "jsonb"
    return _TYPES.get(kind, "jsonb")


def _integer(schema: Mapping[str, Any]) -> str:
    """The narrowest type that holds what the bounds allow; bigint where they say nothing."""
    least, most = schema.get("minimum"), schema.get("maximum")
    if not isinstance(least, int | float) or not isinstance(most, int | float):
        return "bigint"
    for name, bits in _INTEGERS:
        if -(2**bits) <= least and most < 2**bits:
            return name
    return "numeric"


def _limits(schema: Mapping[str, Any], kind: str, sql_type: str, imported: Imported, where: str) -> list[Definition]:
    """Limits that the type itself does not carry. They are part of the schema, so what breaks them is an error."""
    rules: list[Definition] = []
    if kind == "string" and sql_type in ("text", f"varchar({schema.get('maxLength')})"):
        longest = schema.get("maxLength") if sql_type == "text" else None
        rules += _bounds("length", schema.get("minLength") or None, longest)
        if isinstance(schema.get("pattern"), str):
            rules.append({"rule": "pattern", "regex": anywhere(schema["pattern"])})
    elif kind in ("integer", "number"):
        rules += _bounds("range", schema.get("minimum"), schema.get("maximum"))
        for key, sign in (("exclusiveMinimum", ">"), ("exclusiveMaximum", "<")):
            if isinstance(schema.get(key), int | float) and not isinstance(schema[key], bool):
                rules.append({"rule": "expression", "sql": f"{COLUMN} {sign} {schema[key]}"})
        if isinstance(schema.get("multipleOf"), int | float):
            rules.append({"rule": "expression", "sql": f"{COLUMN} % {schema['multipleOf']} = 0"})
    elif kind == "array" and any(key in schema for key in ("minItems", "maxItems", "uniqueItems")):
        imported.gap(where, "limits on the items of a list are not carried over")
    return rules


def _bounds(rule: str, least: Any, most: Any) -> list[Definition]:
    stated = {key: value for key, value in (("min", least), ("max", most)) if isinstance(value, int | float)}
    return [{"rule": rule} | stated] if stated else []


def anywhere(pattern: str) -> str:
    """JSON Schema's pattern may fit anywhere in the text; a rule's fits the whole of it."""
    start = pattern if pattern.startswith("^") else f".*{pattern}"
    return start if start.endswith("$") else f"{start}.*"
