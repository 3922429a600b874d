"""JSON records as Layer 3 rows. A record is readable exactly if PostgreSQL's type `json` accepts its text."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import orjson

from landing.raw_row import BusinessKey, Row, payload_of_unusual_json

JsonCheck = Callable[[Sequence[str]], Sequence[bool]]


class JsonRows:
    """Turns records into rows. orjson answers for nearly all; what it refuses, the server is asked about.

    orjson accepts nothing that PostgreSQL refuses, but refuses some that PostgreSQL accepts.
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
        if doubtful:
            self._ask_server(rows, doubtful)
        return rows

    def _ask_server(self, rows: list[Row], doubtful: list[int]) -> None:
        texts = {place: text for place in doubtful if (text := _as_text(rows[place][2])) is not None}
        answers = self._server_accepts(list(texts.values())) if texts else ()
        for place, is_accepted in zip(texts, answers, strict=True):
            record = rows[place][2]
            if is_accepted and record is not None:
                rows[place] = (self._key.raw_id(payload_of_unusual_json(record)), record, None)


def _as_text(record: bytes | None) -> str | None:
    try:
        text = (record or b"").decode()
    except UnicodeDecodeError:
        return None
    return None if "\0" in text else text
