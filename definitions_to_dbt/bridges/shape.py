"""The shape of a foreign document, looked at once before it is read: lists are lists, texts texts. Reads no file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from definitions_to_dbt.errors import ProblemError

_WORDS = {dict: "a mapping", list: "a list", str: "a text", bool: "true or false"}
# Key -> what may stand there. Null is the same as nothing.
_Shapes = Mapping[str, tuple[type, ...]]

_SCHEMA: _Shapes = {
    "properties": (dict,), "$defs": (dict,), "definitions": (dict,), "required": (list,), "allOf": (list,),
    "anyOf": (list,), "oneOf": (list,), "enum": (list,), "type": (str, list), "format": (str,),
}  # fmt: skip
_AVRO: _Shapes = {
    "fields": (list,), "symbols": (list,), "aliases": (list,), "name": (str,), "type": (str, list, dict),
    "logicalType": (str,), "items": (str, list, dict), "values": (str, list, dict),
}  # fmt: skip
_CONTRACT: _Shapes = {"customProperties": (list,)}
_TABLE: _Shapes = {
    "properties": (list,), "quality": (list,), "relationships": (list,), "tags": (list,), "customProperties": (list,)
}  # fmt: skip
_PROPERTY: _Shapes = {**_TABLE, "properties": (list, dict), "logicalTypeOptions": (dict,), "logicalType": (str,)}
_OF_MAPPINGS = ("quality", "relationships", "customProperties")


def check_json_schema(schema: Any, hint: str, at: str = "") -> None:
    """Raise ProblemError at the first part of a JSON Schema that has another shape than the standard gives it."""
    if isinstance(schema, bool) or schema is None:
        return
    _is_a(schema, (dict,), at, hint)
    _has_shapes(schema, _SCHEMA, at, hint)
    _all_are(schema.get("required"), str, f"{at}/required", hint)
    for key in ("properties", "$defs", "definitions"):
        for name, part in (schema.get(key) or {}).items():
            check_json_schema(part, hint, f"{at}/{key}/{name}")
    for key in ("allOf", "anyOf", "oneOf"):
        for place, part in enumerate(schema.get(key) or ()):
            check_json_schema(part, hint, f"{at}/{key}/{place}")
    if isinstance(schema.get("items"), dict):
        check_json_schema(schema["items"], hint, f"{at}/items")


def check_avro(schema: Any, hint: str, at: str = "") -> None:
    """Raise ProblemError at the first part of an Avro schema that has another shape than the standard gives it."""
    if isinstance(schema, list):
        for place, part in enumerate(schema):
            check_avro(part, hint, f"{at}/{place}")
        return
    if isinstance(schema, str):
        return
    _is_a(schema, (dict,), at, hint)
    _has_shapes(schema, _AVRO, at, hint)
    _all_are(schema.get("symbols"), str, f"{at}/symbols", hint)
    _all_are(schema.get("aliases"), str, f"{at}/aliases", hint)
    if schema.get("type") == "record" and not schema.get("name"):
        raise ProblemError(f"{at or '/'}: expected a record with a name", hint=hint)
    for place, field in enumerate(schema.get("fields") or ()):
        where = f"{at}/fields/{place}"
        if not isinstance(field, dict) or not isinstance(field.get("name"), str) or field.get("type") is None:
            raise ProblemError(f"{where}: expected a field with name and type", hint=hint)
        check_avro(field, hint, where)
    for key in ("type", "items", "values"):
        if isinstance(schema.get(key), dict | list):
            check_avro(schema[key], hint, f"{at}/{key}")


def check_contract(contract: Mapping[str, Any], hint: str) -> None:
    """Raise ProblemError at the first table or property of a contract that has another shape than the standard's."""
    _has_shapes(contract, _CONTRACT, "", hint)
    for place, table in enumerate(contract["schema"]):
        at = f"schema/{place}"
        _has_shapes(table, _TABLE, at, hint)
        _all_are(table.get("properties"), dict, f"{at}/properties", hint)
        for number, column in enumerate(table.get("properties") or ()):
            _has_shapes(column, _PROPERTY, f"{at}/properties/{number}", hint)


def _has_shapes(said: Mapping[str, Any], shapes: _Shapes, at: str, hint: str) -> None:
    for key, kinds in shapes.items():
        if said.get(key) is not None:
            _is_a(said[key], kinds, f"{at}/{key}" if at else key, hint)
            if key in _OF_MAPPINGS:
                _all_are(said[key], dict, f"{at}/{key}" if at else key, hint)


def _all_are(values: Any, kind: type, at: str, hint: str) -> None:
    for place, value in enumerate(values or ()):
        _is_a(value, (kind,), f"{at}/{place}", hint)


def _is_a(value: Any, kinds: tuple[type, ...], at: str, hint: str) -> None:
    if not isinstance(value, kinds):
        shown = " or ".join(_words(kinds))
        found = _WORDS.get(type(value), "null" if value is None else "a number")
        raise ProblemError(f"{at or '/'}: expected {shown}, found {found}", hint=hint)


def _words(kinds: tuple[type, ...]) -> Iterator[str]:
    return (_WORDS[kind] for kind in kinds)
