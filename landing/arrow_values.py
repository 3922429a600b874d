"""Arrow's values as JSON values. Nothing is lost on the way, and every text is one that PostgreSQL's cast takes back:

integers, decimals     numbers with all their digits
floats                 the shortest number that reads back the same; NaN, Infinity, -Infinity as text
timestamps             ISO 8601 with all digits of the unit; with a zone: the same instant in UTC, ending in Z
dates, times           ISO 8601
binary                 text in hexadecimal, as PostgreSQL writes bytea: \\x48656c6c6f
lists, structs         arrays, objects; a map is an object, or an array of pairs if its keys are not text
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.compute as pc

Values = list[Any]
Array = Any  # stubs of pyarrow know the base class only, not `flatten`, `storage` and the like


class NoRenderingError(Exception):
    """A type for which this module has no JSON."""


def values_of(array: Array) -> Values:
    """Return the array's values as orjson is to write them. Raises NoRenderingError."""
    for is_type, render in _RENDERINGS:
        if is_type(array.type):
            return render(array)
    raise NoRenderingError(f"there is no JSON for the type {array.type}")


def _plain(array: Array) -> Values:
    values: Values = array.to_pylist()
    return values


def _float(array: Array) -> Values:
    values = _plain(array.cast(pa.float32()) if pa.types.is_float16(array.type) else array)
    if pc.all(pc.is_finite(array)).as_py() is not False:
        return values
    return [value if value is None or value - value == 0 else _NOT_FINITE[str(value)] for value in values]


_NOT_FINITE = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}


def _decimal(array: Array) -> Values:
    return [None if value is None else orjson.Fragment(format(value, "f")) for value in array.to_pylist()]


def _text(array: Array) -> Values:
    return _plain(array.cast(pa.large_string()))


def _timestamp(array: Array) -> Values:
    if array.type.tz is not None:
        array = array.cast(pa.timestamp(array.type.unit, "UTC"))
    return _plain(pc.replace_substring(array.cast(pa.string()), " ", "T"))


def _binary(array: Array) -> Values:
    return [None if value is None else "\\x" + value.hex() for value in array.to_pylist()]


def _list(array: Array) -> Values:
    items = values_of(array.flatten())  # without those of null lists
    lengths = [length or 0 for length in pc.list_value_length(array).to_pylist()]
    ends = [0]
    for length in lengths:
        ends.append(ends[-1] + length)
    lists = [items[start:end] for start, end in pairwise(ends)]
    return [value if is_valid else None for value, is_valid in zip(lists, array.is_valid().to_pylist(), strict=True)]


def _struct(array: Array) -> Values:
    names = [field.name for field in array.type]
    parts = [values_of(part) for part in array.flatten()]
    objects = [dict(zip(names, values, strict=True)) for values in zip(*parts, strict=True)]
    return [value if is_valid else None for value, is_valid in zip(objects, array.is_valid().to_pylist(), strict=True)]


def _map(array: Array) -> Values:
    pair = pa.struct([("key", array.type.key_type), ("value", array.type.item_type)])
    pairs = _list(array.cast(pa.list_(pair)))
    has_text_keys = pa.types.is_string(array.type.key_type)
    return [value if value is None else _object_or_pairs(value, has_text_keys) for value in pairs]


def _object_or_pairs(entries: list[dict[str, Any]], has_text_keys: bool) -> Any:
    if has_text_keys:
        return {entry["key"]: entry["value"] for entry in entries}
    return [[entry["key"], entry["value"]] for entry in entries]


def _dictionary(array: Array) -> Values:
    return values_of(array.dictionary_decode())


def _extension(array: Array) -> Values:
    if array.type.extension_name == "arrow.uuid":
        return [None if value is None else str(value) for value in array.to_pylist()]
    return values_of(array.storage)


def _is_any(*tests: Callable[[pa.DataType], bool]) -> Callable[[pa.DataType], bool]:
    return lambda data_type: any(test(data_type) for test in tests)


_types = pa.types
_is_text = _is_any(_types.is_string, _types.is_large_string, _types.is_string_view)
_is_clock = _is_any(_types.is_date32, _types.is_date64, _types.is_time)
_is_binary = _is_any(
    _types.is_binary, _types.is_large_binary, _types.is_fixed_size_binary, lambda t: t == pa.binary_view()
)
_is_list = _is_any(_types.is_list, _types.is_large_list, _types.is_fixed_size_list)
_RENDERINGS: tuple[tuple[Callable[[pa.DataType], bool], Callable[[Array], Values]], ...] = (
    (lambda data_type: isinstance(data_type, pa.BaseExtensionType), _extension),
    (_is_any(_types.is_boolean, _types.is_integer, _types.is_null), _plain),
    (_is_any(_is_text, _is_clock), _text),
    (_types.is_floating, _float),
    (_types.is_decimal, _decimal),
    (_types.is_timestamp, _timestamp),
    (_is_binary, _binary),
    (_is_list, _list),
    (_types.is_struct, _struct),
    (_types.is_map, _map),
    (_types.is_dictionary, _dictionary),
)
