"""Strict JSON with the line of every value. Knows JSON only, nothing of definitions.

The standard library's reader keeps the last of two equal keys, accepts NaN and Infinity, turns 1e400 into inf
and forgets where a value stood. A definition is edited by hand, so each of these is a message here.
"""

from __future__ import annotations

import codecs
import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from json.decoder import scanstring  # type: ignore[attr-defined]  # public in CPython, missing in typeshed
from pathlib import Path
from typing import Any

from definitions_to_dbt.errors import Problem

MAX_BYTES = 5_000_000
MAX_DEPTH = 32
MAX_DIGITS = 400

_SPACE = re.compile(r"[ \t\n\r]*")
_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?")
_WORDS: dict[str, Any] = {"true": True, "false": False, "null": None}
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_ESCAPED = re.compile(r"\\[ubf]")  # may stand for a control character or a lone surrogate
_SURROGATE = re.compile("[\ud800-\udfff]")


class JsonFaultError(Exception):
    """One fault that ends the reading of a file."""

    def __init__(self, code: str, message: str, position: int, pointer: str = "") -> None:
        self.code, self.message, self.position, self.pointer = code, message, position, pointer
        super().__init__(message)


@dataclass
class JsonDocument:
    """A value with the line (from 1) on which each of its parts begins, by JSON pointer."""

    file: Path
    value: Any
    text: str
    # Where the parts of a definition stand in a file of another shape: our pointer -> the file's.
    moved: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def lines(self) -> dict[str, int]:
        """Read once more for that: most documents have no problem, and nobody asks for their lines."""
        reader = _Reader(self.text)
        reader.document()
        return reader.lines

    def in_file(self, pointer: str) -> str:
        """The pointer as it holds in the file."""
        for ours, theirs in self.moved.items():
            if pointer == ours or pointer.startswith(ours + "/"):
                return theirs + pointer.removeprefix(ours)
        return pointer

    def line(self, pointer: str) -> int:
        """The line of the pointer in the file, or of the nearest part around it that exists."""
        while pointer and pointer not in self.lines:
            pointer = pointer.rpartition("/")[0]
        return self.lines.get(pointer, 1)

    def problem(self, pointer: str, code: str, message: str) -> Problem:
        """A problem at this place of this file."""
        found = self.in_file(pointer)
        return Problem(self.file, self.line(found), found, code, message)


def pointer_to(*parts: str | int) -> str:
    """Return the JSON pointer (RFC 6901) of the parts."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)


def read_json(path: Path, shown_as: Path | None = None) -> JsonDocument | Problem:
    """Read one file strictly. Returns the document, or the one problem that made it unreadable."""
    name = shown_as or path
    try:
        size = path.stat().st_size
        raw = path.read_bytes() if size <= MAX_BYTES else b""
    except OSError as error:
        return Problem(name, 1, "", "E_READ", f"expected a file that can be read: {error.strerror}")
    if size > MAX_BYTES:
        return Problem(name, 1, "", "E_TOO_LARGE", f"expected at most {MAX_BYTES} bytes, found {size}")
    if raw.startswith(codecs.BOM_UTF8 * 2):
        return Problem(name, 1, "", "E_ENCODING", "expected at most one byte order mark, found two")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        return Problem(name, line, "", "E_ENCODING", f"expected UTF-8, found byte 0x{raw[error.start]:02x}")
    if (plain := _plain(text)) is not None:
        return JsonDocument(name, plain, text)
    reader = _Reader(text)
    try:
        value = reader.document()
    except JsonFaultError as fault:
        line = text.count("\n", 0, fault.position) + 1
        return Problem(name, line, fault.pointer, fault.code, fault.message)
    return JsonDocument(name, value, text)


class _NotPlainError(Exception):
    """Something in the text needs the strict reader."""


def _plain(text: str) -> Any:
    """The value of a text that holds nothing unusual, read by the standard library. None where that cannot be told.

    Nine of ten definitions are such, and only a problem asks for lines: the strict reader takes four times as long.
    """
    if _ESCAPED.search(text) or _CONTROL.search(text) or len(text) - len(text.lstrip(" \t\n\r")) == len(text):
        return None
    try:
        value = json.loads(
            text,
            object_pairs_hook=_each_once,
            parse_constant=_not_plain,
            parse_float=_small_float,
            parse_int=_small_int,
        )
    except (ValueError, RecursionError, _NotPlainError):
        return None
    return value if _is_shallow(value) else None


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _NotPlainError
    return found


def _not_plain(word: str) -> Any:
    raise _NotPlainError(word)


def _small_float(digits: str) -> float:
    number = float(digits)
    if len(digits) > MAX_DIGITS or math.isinf(number):
        raise _NotPlainError
    return number


def _small_int(digits: str) -> int:
    if len(digits) > MAX_DIGITS:
        raise _NotPlainError
    return int(digits)


def _is_shallow(value: Any) -> bool:
    """True where lists and objects stand less deep in each other than they may."""
    level, depth = [value], 0
    while level and depth < MAX_DEPTH:
        depth += 1
        level = [
            inner
            for part in level
            for inner in (part.values() if isinstance(part, dict) else part if isinstance(part, list) else ())
            if isinstance(inner, dict | list)
        ]
    return depth < MAX_DEPTH


class _Reader:
    """Recursive descent over the text, noting the line of each value."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.position = 0
        self.lines: dict[str, int] = {}
        self._counted_to, self._line = 0, 1

    def document(self) -> Any:
        self._skip_space()
        if self.position == len(self.text):
            raise JsonFaultError("E_JSON_EMPTY", "expected a JSON object, found an empty file", 0)
        value = self._value("", 1)
        self._skip_space()
        if self.position != len(self.text):
            raise self._unexpected("the end of the file", "")
        return value

    def _value(self, pointer: str, depth: int) -> Any:
        self._skip_space()
        self.lines[pointer] = self._line_here()
        if depth > MAX_DEPTH:
            raise JsonFaultError("E_TOO_DEEP", f"expected at most {MAX_DEPTH} levels", self.position, pointer)
        character = self.text[self.position : self.position + 1]
        if character == "{":
            return self._object(pointer, depth)
        if character == "[":
            return self._array(pointer, depth)
        if character == '"':
            return self._string(pointer)
        return self._number_or_word(pointer)

    def _object(self, pointer: str, depth: int) -> dict[str, Any]:
        result: dict[str, Any] = {}
        self.position += 1
        while not self._ends_with("}", first=not result, pointer=pointer):
            self._skip_space()
            start = self.position
            if self.text[start : start + 1] != '"':
                raise self._unexpected("a key in double quotes", pointer)
            key = self._string(pointer)
            if key in result:
                raise JsonFaultError("E_DUP_KEY", f"the key {key!r} stands twice in one object", start, pointer)
            self._skip_space()
            if self.text[self.position : self.position + 1] != ":":
                raise self._unexpected("':'", pointer)
            self.position += 1
            result[key] = self._value(pointer + pointer_to(key), depth + 1)
        return result

    def _array(self, pointer: str, depth: int) -> list[Any]:
        result: list[Any] = []
        self.position += 1
        while not self._ends_with("]", first=not result, pointer=pointer):
            result.append(self._value(f"{pointer}/{len(result)}", depth + 1))
        return result

    def _ends_with(self, closing: str, *, first: bool, pointer: str) -> bool:
        """Step over `closing` (True) or over the comma before the next part (False)."""
        self._skip_space()
        character = self.text[self.position : self.position + 1]
        if character == closing:
            self.position += 1
            return True
        if first:
            return False
        if character != ",":
            raise self._unexpected(f"',' or '{closing}'", pointer)
        self.position += 1
        self._skip_space()
        if self.text[self.position : self.position + 1] == closing:
            raise self._unexpected("another part after the comma", pointer)
        return False

    def _string(self, pointer: str) -> str:
        start = self.position
        try:
            value, self.position = scanstring(self.text, start + 1, True)
        except json.JSONDecodeError as error:
            code = "E_CONTROL_CHAR" if "control character" in error.msg else "E_JSON_SYNTAX"
            raise JsonFaultError(code, error.msg, error.pos, pointer) from None
        if _SURROGATE.search(value):
            raise JsonFaultError("E_UNICODE", "a lone surrogate is not a character", start, pointer)
        if found := _CONTROL.search(value):
            message = f"control character U+{ord(found.group()):04X} is not allowed"
            raise JsonFaultError("E_CONTROL_CHAR", message, start, pointer)
        return str(value)

    def _number_or_word(self, pointer: str) -> Any:
        for word, value in _WORDS.items():
            if self.text.startswith(word, self.position):
                self.position += len(word)
                return value
        found = _NUMBER.match(self.text, self.position)
        if found is None:
            if re.compile(r"-?(NaN|Infinity)").match(self.text, self.position):
                raise JsonFaultError("E_JSON_NUMBER", "NaN and Infinity are not JSON", self.position, pointer)
            raise self._unexpected("a value", pointer)
        digits = found.group()
        is_integer = found.group(1) is None and found.group(2) is None
        if len(digits) > MAX_DIGITS or (not is_integer and math.isinf(float(digits))):
            raise JsonFaultError("E_JSON_NUMBER", f"{digits[:20]}… is too large a number", self.position, pointer)
        self.position = found.end()
        return int(digits) if is_integer else float(digits)

    def _skip_space(self) -> None:
        found = _SPACE.match(self.text, self.position)
        self.position = found.end() if found else self.position

    def _line_here(self) -> int:
        self._line += self.text.count("\n", self._counted_to, self.position)
        self._counted_to = self.position
        return self._line

    def _unexpected(self, expected: str, pointer: str) -> JsonFaultError:
        found = self.text[self.position : self.position + 1]
        shown = repr(found) if found else "the end of the file"
        column = self.position - self.text.rfind("\n", 0, self.position)
        message = f"expected {expected}, found {shown} (column {column})"
        return JsonFaultError("E_JSON_SYNTAX", message, self.position, pointer)
