r"""CSV as RFC 4180 has it: commas, double quotes, line ends inside quotes. The first record names the columns.

A row keeps the record's exact bytes (without its line end) and a JSON object of column name to text. An
empty field is null, as PostgreSQL's own COPY reads it; a quoted empty field `""` is an empty text.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence

import orjson

from definitions_to_dbt.definition import ObjectModel
from definitions_to_dbt.errors import ProblemError
from landing.file_format import NOTHING_LANDED
from landing.raw_row import BusinessKey, Row
from landing.read_ndjson import record_too_long, split_lines
from landing.source_file import MAX_RECORD_BYTES, SourceFile

Fields = list[str | None]
# A quote opens a field only where the field begins. The line ends inside quotes if all of it fits this.
_ENDS_INSIDE_QUOTES = re.compile(rb'(?:(?:"(?:[^"]+|"")*+"[^,]*+|[^",][^,]*+)?+,)*+"(?:[^"]+|"")*+')
_FIELD = re.compile(r'(?:"(?P<quoted>(?:[^"]+|"")*+)"|(?P<plain>[^",][^,]*+)|)(?P<end>,|\Z)')
_OTHER_DELIMITERS = ";\t|"
csv.field_size_limit(MAX_RECORD_BYTES)


def read_csv(source: SourceFile, obj: ObjectModel, key: BusinessKey) -> Iterator[list[Row]]:
    """Yield the rows of the file, about a block at a time. Raises ProblemError if the first record is no header."""
    header: list[str] | None = None
    for records in _split_records(source):
        first_row = 0
        if header is None and records:
            header, first_row = _header(source, obj, records[0]), 1
        yield [_row(record, header or [], key) for record in records[first_row:]]
    if header is None:
        raise ProblemError(f"{source.path}: expected a header line, found only blank lines", hint=NOTHING_LANDED)


def fields_of(text: str) -> Fields | None:
    """Return the fields of one record, None if something follows a closing quote or a quote is never closed."""
    if '"' not in text:
        return [field or None for field in text.split(",")]
    if '""' not in text:
        try:
            return [field or None for field in next(csv.reader([text], strict=True))]
        except csv.Error:
            pass  # the csv module is fast, what is below is the rule
    return _fields_by_rule(text)


def _fields_by_rule(text: str) -> Fields | None:
    fields: Fields = []
    place = 0
    while match := _FIELD.match(text, place):
        quoted = match["quoted"]
        fields.append(match["plain"] if quoted is None else quoted.replace('""', '"'))
        if not match["end"]:
            return fields
        place = match.end()
    return None


def _row(record: bytes, header: Sequence[str], key: BusinessKey) -> Row:
    try:
        text = record.decode()
    except UnicodeDecodeError:
        return None, None, record
    fields = fields_of(text)
    if fields is None or len(fields) != len(header) or "\0" in text:
        return None, None, record
    payload = dict(zip(header, fields, strict=True))
    return key.raw_id(payload), orjson.dumps(payload), record


def _split_records(source: SourceFile) -> Iterator[list[bytes]]:
    """Yield the records of each block: lines, joined where a quoted field goes over the line's end."""
    open_lines: list[bytes] = []
    for lines in split_lines(source):
        records = []
        for line in lines:
            if not open_lines and b'"' not in line:
                record = line.removesuffix(b"\r")
            else:
                # Inside quotes a line continues as if a quote had opened it.
                is_open = _ENDS_INSIDE_QUOTES.fullmatch(b'"' + line if open_lines else line) is not None
                open_lines.append(line)
                if is_open:
                    continue
                record = b"\n".join(open_lines).removesuffix(b"\r")
                open_lines = []
            if record and not record.isspace():
                records.append(record)
        if sum(map(len, open_lines)) > MAX_RECORD_BYTES:
            raise record_too_long(source)
        yield records
    if open_lines:
        yield [b"\n".join(open_lines)]


def _header(source: SourceFile, obj: ObjectModel, record: bytes) -> list[str]:
    """Return the column names. Data in their place is told by naming no column that the definition knows."""
    text = record.decode(errors="replace")
    names = fields_of(text)
    if names is None or "�" in text or "\0" in text:
        raise _no_header(source, obj, "bytes that are not UTF-8, or quotes that do not close")
    header = [name or "" for name in names]
    doubled = sorted({name for name in header if header.count(name) > 1})
    if doubled:
        raise _no_header(source, obj, f"the name {doubled[0]!r} more than once")
    if not set(_fields_wanted(obj)) & set(header):
        is_delimited_otherwise = len(header) == 1 and any(character in text for character in _OTHER_DELIMITERS)
        found = "fields that are not parted by commas" if is_delimited_otherwise else "none of them"
        raise _no_header(source, obj, f"{found}: {text[:60]!r}")
    return header


def _fields_wanted(obj: ObjectModel) -> list[str]:
    return [step for column in obj.columns for step in column.payload_path[:1] if isinstance(step, str)]


def _no_header(source: SourceFile, obj: ObjectModel, found: str) -> ProblemError:
    known = ", ".join(_fields_wanted(obj)[:5])
    return ProblemError(
        f"{source.path}: expected a CSV header with columns of {obj.code} ({known}, …), found {found}",
        hint=f"{NOTHING_LANDED} Check --object; the file needs a header line, commas between fields, and UTF-8.",
    )
