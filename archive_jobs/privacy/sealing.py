"""Payloads on their way into the lake and back: sealed per subject, batch by batch, opened where the key is there.

What is sealed stands in one column; everything else in the file stays readable by anybody.
"""

from __future__ import annotations

import os
import re
import threading
import zlib
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from struct import Struct
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
from cryptography.exceptions import InvalidTag
from duckdb import func

from archive_jobs.privacy.keys import DataKey, KeyRing, SealedError, Wanted
from archive_jobs.privacy.master_key import NONCE_BYTES
from archive_jobs.privacy.sealed_columns import SEALED, SEALED_COLUMNS, SUBJECT
from archive_jobs.settings import ArchiveSettings
from definitions_to_dbt.errors import ProblemError
from definitions_to_dbt.lake import LakeColumn
from definitions_to_dbt.sql import quote_identifier, quote_literal
from definitions_to_dbt.subject import BETWEEN

_OPENED = pa.struct([(name, pa.binary() if name == "raw_bytes" else pa.string()) for name in SEALED])
_FUNCTION = "unseal"
_PLAIN, _DEFLATED = 1, 2
_WORTH_DEFLATING = 200
_LENGTHS = Struct("<4i")
_SAID = re.compile(r"(?:SealedError|ErasedSubjectError|ProblemError): (.+)")


class Sealer:
    """Seals the batches of one unit, which `place` names. Takes the columns and the subject; gives stored columns."""

    def __init__(self, ring: KeyRing, kind: str, place: str) -> None:
        self._ring, self._kind, self._place = ring, kind, place
        self._nobody = Wanted(ring.digest("unknown", place), "unknown", scope=place)

    def __call__(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Raises ErasedSubjectError where a record belongs to somebody who was erased."""
        subjects = batch.column(SUBJECT)
        columns = [batch.column(name) for name in ("raw_seq", *SEALED)]
        sealed, keys = self.seal(columns, subjects)
        kept = [name for name in batch.schema.names if name not in (*SEALED, SUBJECT)]
        names = [*kept, *(column.name for column in SEALED_COLUMNS)]
        return pa.RecordBatch.from_arrays([*(batch.column(name) for name in kept), sealed, keys], names=names)

    def seal(self, columns: Sequence[Any], of_subjects: Any) -> tuple[Any, Any]:
        """What is sealed and the ids of the keys, of raw_seq, the columns to seal and the subjects."""
        numbers, *payload = (column.to_pylist() for column in columns)
        payloads: Iterator[Any] = zip(*payload, strict=True)
        subjects = of_subjects.to_pylist()
        keys = self._keys(subjects)
        nonces = os.urandom(NONCE_BYTES * len(numbers))
        sealed = []
        for place, (number, subject, payload) in enumerate(zip(numbers, subjects, payloads, strict=True)):
            nonce = nonces[place * NONCE_BYTES : (place + 1) * NONCE_BYTES]
            sealed.append(nonce + keys[subject].cipher.encrypt(nonce, _packed(payload), _bound(self._place, number)))
        names = [keys[subject].key_id for subject in subjects]
        return pa.array(sealed, pa.binary()), pa.array(names, pa.string())

    def _keys(self, subjects: Sequence[str | None]) -> dict[str | None, DataKey]:
        distinct = list(dict.fromkeys(subjects))
        return dict(zip(distinct, self._ring.keys([self._wanted(subject) for subject in distinct]), strict=True))

    def _wanted(self, subject: str | None) -> Wanted:
        if subject is None:
            return self._nobody
        people = sorted(self._ring.digest(self._kind, one) for one in subject.split(BETWEEN))
        if len(people) == 1:
            return Wanted(people[0])
        return Wanted(self._ring.digest("shared", "/".join(people)), "shared", tuple(people))


class Sealing:
    """The function `seal` of a DuckDB session: the same for rows of many units, batch by batch."""

    def __init__(self, settings: ArchiveSettings) -> None:
        self._settings, self._lock = settings, threading.Lock()
        self._ring: KeyRing | None = None

    def __call__(
        self, raw_seq: Any, raw_id: Any, raw_data: Any, raw_bytes: Any, raw_sha256: Any, subjects: Any,
        kind: Any, place: Any,
    ) -> Any:  # fmt: skip
        """DuckDB counts the parameters. `kind` says whose values the subjects are, `place` names the unit."""
        with self._lock:
            if self._ring is None:
                self._ring = KeyRing(self._settings)
        sealer = Sealer(self._ring, kind[0].as_py(), place[0].as_py())
        return pa.StructArray.from_arrays(
            sealer.seal([raw_seq, raw_id, raw_data, raw_bytes, raw_sha256], subjects), names=["sealed", "sealed_key"]
        )


class Unsealer:
    """The function `unseal` of a DuckDB session. Asks for the master key only when a payload is really read."""

    def __init__(self, settings: ArchiveSettings) -> None:
        self._settings, self._lock = settings, threading.Lock()
        self._ring: KeyRing | None = None

    def __call__(self, sealed: Any, key_ids: Any, numbers: Any, files: Any) -> Any:
        """Payloads of many records; null for what was never sealed and for what was erased."""
        ids, paths = key_ids.to_pylist(), files.to_pylist()
        keys = self._keys({one for one in ids if one is not None})
        opened = [
            None if key_id is None else _opened(keys[key_id], content, _place_of(path), number)
            for content, key_id, number, path in zip(sealed.to_pylist(), ids, numbers.to_pylist(), paths, strict=True)
        ]
        columns = [[None if row is None else row[place] for row in opened] for place in range(len(SEALED))]
        fields = list(_OPENED)
        arrays = [pa.array(values, field.type) for values, field in zip(columns, fields, strict=True)]
        return pa.StructArray.from_arrays(arrays, fields=fields)

    def _keys(self, key_ids: set[str]) -> Mapping[str, DataKey | None]:
        if not key_ids:
            return {}
        try:
            with self._lock:
                if self._ring is None:
                    self._ring = KeyRing(self._settings, "reading sealed payloads")
                return self._ring.by_id(key_ids)
        except ProblemError as problem:
            raise SealedError(f"{problem}. {problem.hint}") from None


def let_seal(engine: duckdb.DuckDBPyConnection, settings: ArchiveSettings) -> None:
    """Give the DuckDB session that copies the function that seals payloads."""
    given: list[Any] = ["BIGINT", "VARCHAR", "VARCHAR", "BLOB", "VARCHAR", "VARCHAR", "VARCHAR", "VARCHAR"]
    sealed = duckdb.struct_type({column.name: column.lake_type for column in SEALED_COLUMNS})
    # Each call draws new nonces.
    engine.create_function(
        "seal", Sealing(settings), given, sealed, type=func.ARROW, null_handling=func.SPECIAL, side_effects=True
    )


def sealed_rows(rows: str, stored: Sequence[LakeColumn], kind: str, place: str, beside: Sequence[str] = ()) -> str:
    """DuckDB SQL for the stored columns over a relation of rows with their subject, and for the columns `beside`."""
    given = ", ".join(quote_identifier(name) for name in ("raw_seq", *SEALED, SUBJECT))
    names = {column.name for column in SEALED_COLUMNS}
    selected = ", ".join([*(f"s.{c.name}" if c.name in names else quote_identifier(c.name) for c in stored), *beside])
    call = f"seal({given}, {quote_literal(kind)}, {quote_literal(place)})"
    return f"(select {selected} from (select *, {call} as s from {rows}) as sealing)"


def let_unseal(engine: duckdb.DuckDBPyConnection, settings: ArchiveSettings) -> None:
    """Give a DuckDB session the function that opens sealed payloads."""
    opened = duckdb.struct_type(
        {"raw_id": "VARCHAR", "raw_data": "VARCHAR", "raw_bytes": "BLOB", "raw_sha256": "VARCHAR"}
    )
    engine.create_function(
        _FUNCTION,
        Unsealer(settings),
        ["BLOB", "VARCHAR", "BIGINT", "VARCHAR"],
        opened,
        type=func.ARROW,
        null_handling=func.SPECIAL,
    )


def plain(files: Sequence[str], columns: Sequence[LakeColumn], erased: Sequence[str] = ()) -> str:
    """DuckDB SQL for the table's columns over files of raw records, sealed or not. Erased records are left out.

    A payload is opened only where its column is asked for: counts and times need no key.
    """
    if not files:
        return f"select {_typed(columns)} where false"
    selected = ", ".join(_plain_column(column.name) for column in columns)
    gone = ", ".join(quote_literal(key_id) for key_id in erased)
    kept = f" where (sealed_key in ({gone})) is not true" if gone else ""
    listed = ", ".join(quote_literal(file) for file in files)
    # Files of a time when nothing was sealed have the payload's columns, the others have those of what is sealed.
    return (
        f"select {selected} from (\n"
        f"    select *, {_FUNCTION}(sealed, sealed_key, raw_seq, filename) as opened from (\n"
        f"        select {_typed((*columns, *SEALED_COLUMNS))} where false union all by name\n"
        f"        select * from read_parquet([{listed}], union_by_name = true, hive_partitioning = false,"
        f" filename = true)\n    ) as stored{kept}\n) as opened_rows"
    )


def _typed(columns: Sequence[LakeColumn]) -> str:
    return ", ".join(f"null::{column.lake_type} as {quote_identifier(column.name)}" for column in columns)


def _plain_column(name: str) -> str:
    quoted = quote_identifier(name)
    return (
        f"case when sealed_key is null then {quoted} else opened.{quoted} end as {quoted}" if name in SEALED else quoted
    )


def sealing_problem(error: Exception) -> str | None:
    """What kept payloads from being sealed or opened, in our words; None where the error is another."""
    found = _SAID.search(str(error))
    return found[1] if found else None


@cache
def is_sealed(file: str) -> bool:
    """True for a file whose payloads are sealed. A file never changes."""
    return SEALED_COLUMNS[0].name in pq.read_schema(file).names


@cache
def _place_of(path: str) -> str:
    """What the file says its rows are bound to. Its bytes were checked before it was opened."""
    said = pq.read_metadata(Path(path)).metadata or {}
    return place_of_unit(*(said.get(name, b"").decode() for name in (b"schema", b"table", b"unit")))


def place_of_unit(schema: str, table: str, unit: str) -> str:
    return f"{schema}.{table}/{unit}"


def _bound(place: str, number: int | None) -> bytes:
    return f"{place}/{number}".encode()


def _packed(payload: tuple[str | None, str | None, bytes | None, str | None]) -> bytes:
    """The four values as one text: their lengths, then their bytes."""
    pieces = [piece.encode() if isinstance(piece, str) else piece for piece in payload]
    lengths = _LENGTHS.pack(*(-1 if piece is None else len(piece) for piece in pieces))
    body = lengths + b"".join(piece for piece in pieces if piece is not None)
    if len(body) > _WORTH_DEFLATING and len(smaller := zlib.compress(body, 1)) < len(body):
        return bytes((_DEFLATED,)) + smaller
    return bytes((_PLAIN,)) + body


def _opened(key: DataKey | None, sealed: bytes, place: str, number: int) -> tuple[Any, ...] | None:
    if key is None:
        return None
    try:
        packed = key.cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], _bound(place, number))
    except InvalidTag:
        raise SealedError(f"the payload of raw_seq {number} in {place} does not open under its key") from None
    body = zlib.decompress(packed[1:]) if packed[0] == _DEFLATED else packed[1:]
    values, start = [], _LENGTHS.size
    for name, length in zip(SEALED, _LENGTHS.unpack_from(body), strict=True):
        piece = None if length < 0 else body[start : start + length]
        start += max(length, 0)
        values.append(piece if piece is None or name == "raw_bytes" else piece.decode())
    return tuple(values)
