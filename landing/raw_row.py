"""A record on its way into Layer 3, and the id its sender gave it. Knows no file format.

Row = (raw_id, raw_data, raw_bytes), each the bytes of a UTF-8 text or of the record, or None for null
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import orjson

from definitions_to_dbt.source_path import Step

Row = tuple[bytes | None, bytes | None, bytes | None]
_NOT_EXACT = object()


class BusinessKey:
    """Reads the values of the business key from a payload and joins them with ':' to the record's `raw_id`."""

    def __init__(self, paths: Sequence[Sequence[Step]]) -> None:
        self._paths = paths

    def raw_id(self, payload: Any, record: bytes | None = None) -> bytes | None:
        """Return the id of the record that comes next in the file."""
        return self.key_in(payload, record)

    def key_in(self, payload: Any, record: bytes | None = None) -> bytes | None:
        """Return the id, or None if a part of the key is missing, null, or not a plain value.

        Numbers are written as the record writes them: `1.10` stays `1.10`, and an integer of any length is whole.
        """
        text = self._joined(payload)
        if text is _NOT_EXACT:
            text = self._joined(_payload_with_numbers_as_text(record)) if record else None
        if not isinstance(text, str) or "\0" in text:
            return None  # PostgreSQL's text holds everything but NUL
        try:
            return text.encode()
        except UnicodeEncodeError:
            return None  # half of a surrogate pair

    def forget(self) -> None:
        """A record came that could not be read: for readers that look at the one before."""

    def _joined(self, payload: Any) -> object:
        parts = []
        for path in self._paths:
            value = payload
            try:
                for key in path:
                    value = value[key]
            except (KeyError, IndexError, TypeError):
                return None
            if type(value) is str:
                parts.append(value)
            elif type(value) is int:
                parts.append(str(value))
            elif type(value) is bool:
                parts.append("true" if value else "false")
            else:
                return _NOT_EXACT if isinstance(value, (float, orjson.Fragment)) else None
        return ":".join(parts) if parts else None


def _payload_with_numbers_as_text(record: bytes) -> Any:
    try:
        return json.loads(record, parse_float=str, parse_int=str)
    except (ValueError, RecursionError):
        return None


def payload_of_unusual_json(record: bytes) -> Any:
    """Parse what PostgreSQL takes for JSON and orjson does not: 1e400, half a surrogate pair, deep nesting."""
    try:
        return orjson.loads(record)
    except orjson.JSONDecodeError:
        return _payload_with_numbers_as_text(record)
