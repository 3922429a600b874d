"""JSON: an array, whose elements are the records, or one object, which is the record. Any layout.

The bytes of a record are those between the first and last character of its value.
"""

from __future__ import annotations

from collections.abc import Iterator

from definitions_to_dbt.errors import ProblemError
from landing.file_format import NOTHING_LANDED
from landing.json_rows import JsonRows
from landing.json_scanner import SPACE, end_of_element, end_of_value, is_closed, skip_space
from landing.raw_row import Row
from landing.read_ndjson import record_too_long
from landing.source_file import MAX_RECORD_BYTES, SourceFile


def read_json(source: SourceFile, json_rows: JsonRows) -> Iterator[list[Row]]:
    """Yield the rows of the file. Raises ProblemError if it begins or ends as no JSON array or object does."""
    window = _Window(source)
    window.skip_space()
    if window.next_character == "[":
        window.position += 1
        for records in _elements(window):
            yield json_rows.rows(records)
    elif window.next_character == "{":
        yield json_rows.rows([_document(window)])
    else:
        raise ProblemError(
            f"{source.path}: expected a JSON array or object, found {window.excerpt!r}",
            hint=f"{NOTHING_LANDED} Give the file's real format with --format.",
        )


class _Window:
    """The part of the file that is in memory, and the place in it up to which it has been read."""

    def __init__(self, source: SourceFile) -> None:
        self.source, self.text, self.position, self.records = source, "", 0, 0
        self._blocks = source.blocks()
        self.read_on()

    @property
    def next_character(self) -> str:
        """The character to be read next, empty at the end of the file."""
        return self.text[self.position : self.position + 1]

    @property
    def excerpt(self) -> str:
        """What stands at the place, for a message."""
        return self.text[self.position : self.position + 40].encode("latin-1").decode(errors="replace")

    def read_on(self) -> bool:
        """Forget what has been read and add at least as much as is left, so that long records cost linear time."""
        left = len(self.text) - self.position
        if left > MAX_RECORD_BYTES:
            raise record_too_long(self.source)
        parts, added = [self.text[self.position :]], 0
        while added <= left and (block := next(self._blocks, b"")):
            parts.append(block.decode("latin-1"))
            added += len(block)
        self.text, self.position = "".join(parts), 0
        return added > 0

    def skip_space(self) -> None:
        """Go to the next character that is not white space."""
        self.position = skip_space(self.text, self.position)
        while self.position == len(self.text) and self.read_on():
            self.position = skip_space(self.text, self.position)


def _elements(window: _Window) -> Iterator[list[bytes]]:
    """Yield the elements after `[`, as many at a time as are whole in memory."""
    records: list[bytes] = []
    while True:
        start = skip_space(window.text, window.position)
        end = end_of_element(window.text, start) if start < len(window.text) else None
        if end is None:
            window.position = start
            if records:
                window.records += len(records)
                yield records
                records = []
            if not window.read_on():
                raise _cut_off(window)
            continue
        if end > start:
            records.append(window.text[start:end].encode("latin-1"))
        window.position = skip_space(window.text, end) + 1
        if window.text[window.position - 1] == "]":
            yield records
            return _check_nothing_follows(window)


def _document(window: _Window) -> bytes:
    """Return the bytes of the one object in the file."""
    end = end_of_value(window.text, window.position)
    while end is None and window.read_on():
        end = end_of_value(window.text, window.position)
    if end is None and not is_closed(window.text):
        raise _cut_off(window)
    start = window.position
    window.position = len(window.text.rstrip(SPACE)) if end is None else end
    record = window.text[start : window.position].encode("latin-1")
    _check_nothing_follows(window)
    return record


def _check_nothing_follows(window: _Window) -> None:
    window.skip_space()
    if window.next_character:
        raise ProblemError(
            f"{window.source.path}: expected the end of the file after the JSON value, found {window.excerpt!r}",
            hint=f"{NOTHING_LANDED} If each line is a record, use --format ndjson.",
        )


def _cut_off(window: _Window) -> ProblemError:
    return ProblemError(
        f"{window.source.path}: expected the JSON to be closed, found the end of the file after "
        f"{window.records} whole records",
        hint=f"{NOTHING_LANDED} The file is cut off, or a bracket or quote is missing: fetch it again.",
    )
