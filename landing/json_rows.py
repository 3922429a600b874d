"""JSON records as Layer 3 rows. A record is readable exactly if PostgreSQL's type `json` accepts its text."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

import orjson

from landing.raw_row import BusinessKey, Row, payload_of_unusual_json

JsonCheck = Callable[[Sequence[str]], Sequence[bool]]


class JsonRows:
    """Turns records into rows, asking the server about as few of them as can be, for that interrupts the COPY.

    orjson accepts nothing that PostgreSQL refuses; Python's own parser refuses nothing that PostgreSQL
    accepts. Between the two lie 1e400, half a surrogate pair, NaN and deep nesting: there the server says.
    """

    def __init__(self, key: BusinessKey, server_accepts: JsonCheck) -> None:
        self._key, self._server_accepts = key, server_accepts

    def rows(self, records: Sequence[bytes]) -> list[Row]:
        """Return one row per record, in order; an unreadable one has its bytes and no data."""
        rows: list[Row] = []
        doubtful: list[int] = []
        loads, raw_id = orjson.loads, self._key.raw_id
        for record in records:
            try:
                rows.append((raw_id(loads(record), record), record, None))
            except orjson.JSONDecodeError:
                doubtful.append(len(rows))
                rows.append((None, None, record))
                self._key.forget()
        if doubtful:
            self._ask_server(rows, doubtful)
        return rows

    def _ask_server(self, rows: list[Row], doubtful: list[int]) -> None:
        texts = {place: text for place in doubtful if (text := _acceptable_text(rows[place][2])) is not None}
        answers = self._server_accepts(list(texts.values())) if texts else ()
        for place, is_accepted in zip(texts, answers, strict=True):
            record = rows[place][2]
            if is_accepted and record is not None:
                rows[place] = (self._key.key_in(payload_of_unusual_json(record)), record, None)


def _acceptable_text(record: bytes | None) -> str | None:
    """Return the record's text if PostgreSQL might take it for JSON."""
    try:
        text = (record or b"").decode()
        json.loads(text, parse_int=str, parse_float=str)
    except RecursionError:
        return text
    except ValueError:  # not UTF-8, or no JSON by any measure
        return None
    return text
