"""Parquet rows as JSON objects. Nothing is lost on the way, and every text is one that PostgreSQL's cast takes back:

integers, decimals     numbers with all their digits
floats                 the shortest number that reads back the same; NaN, Infinity, -Infinity as text
timestamps             ISO 8601 with all digits of the unit; with a zone: the same instant in UTC, ending in Z
dates, times           ISO 8601
binary                 text in hexadecimal, as PostgreSQL writes bytea: \\x48656c6c6f
lists, structs         arrays, objects; a map is an object, or an array of pairs if its keys are not text
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from definitions_to_dbt.errors import ProblemError
from landing.file_format import NOTHING_LANDED
from landing.raw_row import BusinessKey, Row
from landing.source_file import SourceFile

_BATCH_BYTES = 256 << 10
_BUFFER_BYTES = 1 << 20
Values = list[Any]
Array = Any  # pyarrow-stubs knows the base class only, not `flatten`, `storage` and the like


class _NoRendering(Exception):
    """A type for which this module has no JSON."""


def read_parquet(source: SourceFile, key: BusinessKey) -> Iterator[list[Row]]:
    """Yield the rows of the file, about 256 kB at a time. Raises ProblemError if it is broken or a type has no rendering."""
    try:
        # Else whole columns of a row group are held in memory, and a file may be one row group.
        with pq.ParquetFile(source.path, buffer_size=_BUFFER_BYTES, pre_buffer=False) as file:
            _check_names(source, file.schema_arrow.names)
            rows, read_rows = file.metadata.num_rows, 0
            for batch in file.iter_batches(_batch_rows(file.metadata)):
                source.report(
                    source.bytes * (read_rows + batch.num_rows) // rows - source.bytes * read_rows // rows
                )
                read_rows += batch.num_rows
                yield _rows(batch, key)
    except _NoRendering as fault:
        raise ProblemError(
            f"{source.path}: {fault}", hint=f"{NOTHING_LANDED} Write the column with another type."
        ) from None
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise ProblemError(
            f"{source.path}: expected a readable Parquet file, found: {str(error).splitlines()[0]}",
            hint=f"{NOTHING_LANDED} The file is cut off or damaged: fetch it again.",
        ) from error


def _batch_rows(metadata: pq.FileMetaData) -> int:
    """How many rows make a batch: few of them where rows are wide."""
    groups = [metadata.row_group(number) for number in range(metadata.num_row_groups)]
    bytes_per_row = sum(group.total_byte_size for group in groups) // max(metadata.num_rows, 1)
    return max(16, min(1024, _BATCH_BYTES // max(bytes_per_row, 1)))


def _check_names(source: SourceFile, names: list[str]) -> None:
    doubled = sorted({name for name in names if names.count(name) > 1})
    if doubled:
        raise ProblemError(
            f"{source.path}: expected each column once, found {doubled[0]!r} more than once",
            hint=NOTHING_LANDED,
        )


def _rows(batch: pa.RecordBatch, key: BusinessKey) -> list[Row]:
    names = batch.schema.names
    columns = [_values(column, name) for name, column in zip(names, batch.columns, strict=True)]
    rows: list[Row] = []
    for values in zip(*columns, strict=True) if columns else ():
        payload = dict(zip(names, values, strict=True))
        record = orjson.dumps(payload)
        rows.append((key.raw_id(payload, record), record, None))
    return rows


def _values(array: Array, name: str) -> Values:
    """Return the array's values as orjson writes them; `name` is for the message."""
    for is_type, render in _RENDERINGS:
        if is_type(array.type):
            return render(array, name)
    raise _NoRendering(f"column {name!r}: there is no JSON for the type {array.type}")


def _plain(array: Array, name: str) -> Values:
    values: Values = array.to_pylist()
    return values


def _float(array: Array, name: str) -> Values:
    values = _plain(array.cast(pa.float32()) if pa.types.is_float16(array.type) else array, name)
    if pc.all(pc.is_finite(array)).as_py() is not False:
        return values
    return [value if value is None or value - value == 0 else _NOT_FINITE[str(value)] for value in values]


_NOT_FINITE = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}


def _decimal(array: Array, name: str) -> Values:
    return [None if value is None else orjson.Fragment(format(value, "f")) for value in array.to_pylist()]


def _text(array: Array, name: str) -> Values:
    return _plain(array.cast(pa.large_string()), name)


def _timestamp(array: Array, name: str) -> Values:
    if array.type.tz is not None:
        array = array.cast(pa.timestamp(array.type.unit, "UTC"))
    return _plain(pc.replace_substring(array.cast(pa.string()), " ", "T"), name)


def _binary(array: Array, name: str) -> Values:
    return [None if value is None else "\\x" + value.hex() for value in array.to_pylist()]


def _list(array: Array, name: str) -> Values:
    items = _values(array.flatten(), name)  # without those of null lists
    lengths = [length or 0 for length in pc.list_value_length(array).to_pylist()]
    ends = [0]
    for length in lengths:
        ends.append(ends[-1] + length)
    lists = [items[start:end] for start, end in pairwise(ends)]
    return [
        value if is_valid else None
        for value, is_valid in zip(lists, array.is_valid().to_pylist(), strict=True)
    ]


def _struct(array: Array, name: str) -> Values:
    names = [field.name for field in array.type]
    parts = [_values(part, f"{name}.{inner}") for inner, part in zip(names, array.flatten(), strict=True)]
    objects = [dict(zip(names, values, strict=True)) for values in zip(*parts, strict=True)]
    return [
        value if is_valid else None
        for value, is_valid in zip(objects, array.is_valid().to_pylist(), strict=True)
    ]


def _map(array: Array, name: str) -> Values:
    pair = pa.struct([("key", array.type.key_type), ("value", array.type.item_type)])
    pairs = _list(array.cast(pa.list_(pair)), name)
    has_text_keys = pa.types.is_string(array.type.key_type)
    return [value if value is None else _object_or_pairs(value, has_text_keys) for value in pairs]


def _object_or_pairs(entries: list[dict[str, Any]], has_text_keys: bool) -> Any:
    if has_text_keys:
        return {entry["key"]: entry["value"] for entry in entries}
    return [[entry["key"], entry["value"]] for entry in entries]


def _dictionary(array: Array, name: str) -> Values:
    return _values(array.dictionary_decode(), name)


def _extension(array: Array, name: str) -> Values:
    if array.type.extension_name == "arrow.uuid":
        return [None if value is None else str(value) for value in array.to_pylist()]
    return _values(array.storage, name)


def _is_any(*tests: Callable[[pa.DataType], bool]) -> Callable[[pa.DataType], bool]:
    return lambda data_type: any(test(data_type) for test in tests)


_types = pa.types
_is_text = _is_any(_types.is_string, _types.is_large_string, _types.is_string_view)
_is_clock = _is_any(_types.is_date32, _types.is_date64, _types.is_time)
_is_binary = _is_any(
    _types.is_binary, _types.is_large_binary, _types.is_fixed_size_binary, lambda t: t == pa.binary_view()
)
_is_list = _is_any(_types.is_list, _types.is_large_list, _types.is_fixed_size_list)
_RENDERINGS: tuple[tuple[Callable[[pa.DataType], bool], Callable[[Array, str], Values]], ...] = (
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
