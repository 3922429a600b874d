"""Rows into Layer 3 by COPY in PostgreSQL's binary format: no escaping, so bytes arrive as they are.

Fields that are the same for all rows of a load are encoded once.
"""

from __future__ import annotations

import struct
import uuid
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Self

import psycopg
from psycopg import errors, sql

from landing.raw_row import Row

_COLUMNS = ("raw_id", "raw_data", "raw_bytes", "ingested_at", "source_system", "source_file", "run_id")
_HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_TRAILER = b"\xff\xff"
_NULL = b"\xff\xff\xff\xff"
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_length = struct.Struct(">i").pack


@dataclass(frozen=True)
class LoadFields:
    """What all rows of a load have in common."""

    ingested_at: datetime
    source_system: str | None
    source_file: str
    run_id: uuid.UUID

    def encoded(self) -> bytes:
        """The fields as COPY's binary format has them."""
        microseconds = (self.ingested_at - _EPOCH) // timedelta(microseconds=1)
        system = None if self.source_system is None else self.source_system.encode()
        fields = (struct.pack(">q", microseconds), system, self.source_file.encode(), self.run_id.bytes)
        return b"".join(_NULL if field is None else _length(len(field)) + field for field in fields)


class RawCopy:
    """A COPY into a raw table, within the caller's transaction. Opens with the first row."""

    def __init__(self, connection: psycopg.Connection, schema: str, table: str, fields: LoadFields) -> None:
        self._connection = connection
        self._statement = sql.SQL("copy {} ({}) from stdin (format binary)").format(
            sql.Identifier(schema, table), sql.SQL(", ").join(map(sql.Identifier, _COLUMNS))
        )
        self._row_head, self._row_tail = struct.pack(">h", len(_COLUMNS)), fields.encoded()
        self._copy: psycopg.Copy | None = None
        self._open = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        if error is None:
            self._finish()
        else:
            self._open.__exit__(kind, error, where)  # tells the server to forget the COPY

    def write(self, rows: Sequence[Row]) -> None:
        """Send rows; they are in the table when the transaction commits."""
        head, tail = self._row_head, self._row_tail
        parts: list[bytes] = []
        for row in rows:
            parts.append(head)
            for field in row:
                if field is None:
                    parts.append(_NULL)
                else:
                    parts.append(_length(len(field)))
                    parts.append(field)
            parts.append(tail)
        if self._copy is None:
            self._copy = self._open.enter_context(self._connection.cursor().copy(self._statement))
            self._copy.write(_HEADER)
        self._copy.write(b"".join(parts))

    def server_accepts_json(self, texts: Sequence[str]) -> list[bool]:
        """Say for each text whether type `json` accepts it. Ends the COPY first; the next row opens another."""
        self._finish()
        try:
            return self._ask(texts)
        except errors.StatementTooComplex:  # nested deeper than the server's stack
            if len(texts) == 1:
                return [False]
            return [answer for text in texts for answer in self.server_accepts_json([text])]

    def _ask(self, texts: Sequence[str]) -> list[bool]:
        question = (
            "select pg_input_is_valid(text, 'json') from unnest(%s::text[]) with ordinality as t (text, n) order by n"
        )
        with self._connection.transaction():
            return [is_valid for (is_valid,) in self._connection.execute(question, [list(texts)])]

    def _finish(self) -> None:
        if self._copy is not None:
            self._copy.write(_TRAILER)
            self._copy = None
            self._open.close()
