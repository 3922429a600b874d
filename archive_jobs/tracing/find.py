"""Find rows and raw records of one business key, hot and cold, whether they won or lost.

A record names its key only once it is transformed; what cannot hold the key's text is left out before. Reads only.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
import pyarrow as pa

from archive_jobs.copying.canonical import duckdb_text, postgres_text
from archive_jobs.database import Connection, first_line
from archive_jobs.privacy.sealed_columns import SEALED
from archive_jobs.reading.read_back import Reader, unknown_name
from archive_jobs.times import Interval
from archive_jobs.tracing.comparison import rows_as_dicts
from archive_jobs.tracing.transform import SENT, Transformation
from definitions_to_dbt.definition import ObjectModel
from definitions_to_dbt.errors import ProblemError
from definitions_to_dbt.lake import LakeColumn, lake_columns
from definitions_to_dbt.names import source_table
from definitions_to_dbt.sql import quote_identifier, quote_literal

# More is no longer the story of one object.
MOST_ROWS = 1_000
_ROWS_AT_ONCE = 10_000
# DuckDB compares these by value and skips what cannot hold it; of others the text is compared.
_BY_VALUE = ("VARCHAR", "SMALLINT", "INTEGER", "BIGINT", "UUID")
# Types whose values a sender may write in several ways; a number may also come as 1e3.
_WRITTEN_ALIKE = ("text", "varchar", "smallint", "integer", "bigint", "numeric")
_PLAIN = re.compile(r"[\w .:/@#+-]+", re.ASCII)


@dataclass(frozen=True)
class Key:
    """Columns and their values as the lake's text of them: what a row is looked for by."""

    columns: tuple[LakeColumn, ...]
    values: tuple[str | None, ...]
    # As it was given, before it became a token or a mask.
    given: Mapping[str, str]

    def as_json(self) -> dict[str, str | None]:
        """The key as plain values."""
        return {column.name: value for column, value in zip(self.columns, self.values, strict=True)}

    @property
    def condition(self) -> str:
        """DuckDB SQL over rows of the lake."""
        return " and ".join(_equals(column, value) for column, value in zip(self.columns, self.values, strict=True))

    def fits(self, texts: Mapping[str, str | None]) -> bool:
        """Whether a transformed record has this key."""
        return all(texts[column.name] == value for column, value in zip(self.columns, self.values, strict=True))


def _equals(column: LakeColumn, value: str | None) -> str:
    name = quote_identifier(column.name)
    if value is None:
        return f"{name} is null"
    if column.lake_type in _BY_VALUE:
        return f"{name} = {quote_literal(value)}::{column.lake_type}"
    return f"{duckdb_text(column)} = {quote_literal(value)}"


def key_of(control: Connection, model: ObjectModel, schema: str, given: Mapping[str, str], *, platform: bool) -> Key:
    """The key a person wrote. Raises ProblemError for a column there is not, and a value that does not fit."""
    known = {column.name: column for column in lake_columns(model, "analytics", platform)}
    for name in given:
        if name not in known:
            raise unknown_name(name, known)
    values: list[str | None] = []
    for name, written in given.items():
        column, declared = known[name], next((c for c in model.columns if c.name == name), None)
        pg_type = declared.pg_type if declared else column.pg_type
        expression = column.expression.replace("{schema}", quote_identifier(schema))
        query = (
            f"select {postgres_text(column)} from (select {expression} as {quote_identifier(name)}"
            f" from (select %s::text::{pg_type.sql} as {quote_identifier(name)}) as given) as cast_value"
        )
        try:
            with control.transaction():
                values += control.execute(query.encode(), (written,)).fetchone() or (None,)
        except psycopg.DataError as error:
            problem = f"--key {name}: expected a {pg_type.sql}, found {written!r}: {first_line(error)}"
            raise ProblemError(problem, hint="Nothing was read.") from None
    return Key(tuple(known[name] for name in given), tuple(values), dict(given))


def rows_where(reader: Reader, model: ObjectModel, condition: str) -> list[dict[str, Any]]:
    """Business rows, hot and cold; `_hot` says where. Raises ProblemError where there are more than one object has."""
    columns = lake_columns(model, "analytics", reader.platform(model))
    casts = ", ".join(f"{quote_identifier(c.name)}::{c.lake_type} as {quote_identifier(c.name)}" for c in columns)
    texts = ", ".join(f"{duckdb_text(c)} as {quote_identifier(c.name)}" for c in columns)
    sides = ((reader.cold(model, "analytics"), "false"), (reader.hot(model, "analytics"), "true"))
    both = "\nunion all by name\n".join(
        f"select {texts}, {hot} as _hot from (select {casts} from ({rows})) where {condition}" for rows, hot in sides
    )
    found = rows_as_dicts(reader.engine.execute(f"from ({both}) limit {MOST_ROWS + 1}"))
    if len(found) > MOST_ROWS:
        raise ProblemError(
            f"more than {MOST_ROWS:,} rows of {model.table_name} fit: that is not one object",
            hint=f"Nothing was changed. Name the whole key: {', '.join(model.primary_key) or '--raw-seq'}.",
        )
    return found


def records_by_number(
    reader: Reader, model: ObjectModel, schema: str, numbers: list[int], closed: str | None = None
) -> list[dict[str, Any]]:
    """Raw records as texts, hot or archived. `closed` says why sealed payloads cannot be opened; they are left out."""
    if not numbers:
        return []
    columns = lake_columns(model, "source")
    clear = [column for column in columns if column.name not in SEALED]
    found = _archived(reader, model, clear if closed else columns, numbers)
    if closed:
        found = [{**record, "sealed": closed} for record in found]
    return sorted([*found, *_hot(reader, model, schema, columns, numbers)], key=lambda record: int(record["raw_seq"]))


def _archived(
    reader: Reader, model: ObjectModel, columns: Sequence[LakeColumn], numbers: list[int]
) -> list[dict[str, Any]]:
    texts = ", ".join(f"{duckdb_text(column)} as {quote_identifier(column.name)}" for column in columns)
    listed = ", ".join(str(number) for number in numbers)
    return rows_as_dicts(
        reader.engine.execute(f"select {texts} from ({reader.cold(model, 'source')}) where raw_seq in ({listed})")
    )


def _hot(
    reader: Reader, model: ObjectModel, schema: str, columns: Sequence[LakeColumn], numbers: list[int]
) -> list[dict[str, Any]]:
    """Asked in PostgreSQL itself, which finds a few among millions by their number."""
    casts = ", ".join(f"{column.expression} as {quote_identifier(column.name)}" for column in columns)
    texts = ", ".join(f"{postgres_text(column)} as {quote_identifier(column.name)}" for column in columns)
    relation = f"{quote_identifier(schema)}.{quote_identifier(source_table(model))}"
    condition = "raw_seq = any(%s) and archived_in is null"
    query = f"select {texts} from (select {casts} from {relation} where {condition}) as hot"
    names = [column.name for column in columns]
    found = reader.control.execute(query.encode(), (numbers,)).fetchall()
    return [dict(zip(names, row, strict=True)) for row in found]


def search_records(
    reader: Reader, transformation: Transformation, key: Key, arrived: Interval, progress: Callable[[int, int], None]
) -> dict[int, dict[str, str | None]]:
    """Every raw record of the key that arrived in the interval, as it is transformed today; by its number."""
    names = ", ".join(quote_identifier(name) for name in SENT)
    rows = reader.rows(transformation.model, "source", arrived)
    query = f"select {names} from ({rows}) where {_may_hold(transformation.model, key)}"
    batches: Iterator[pa.RecordBatch] = iter(reader.engine.execute(query).to_arrow_reader(_ROWS_AT_ONCE))
    found: dict[int, dict[str, str | None]] = {}
    read = 0
    for table in transformation.rows(reader.control, batches):
        read += table.num_rows
        progress(read, read)
        for texts in table.to_pylist():
            if key.fits(texts):
                found[int(texts["_raw_seq"])] = texts
    return found


def _may_hold(model: ObjectModel, key: Key) -> str:
    """A condition that every record of the key fulfils: a payload that has no escapes holds the key as it was given."""
    conditions = []
    for column in model.columns:
        given = key.given.get(column.name)
        is_read_as_sent = column.expression is None and column.pg_type.base in _WRITTEN_ALIKE
        if given is None or not is_read_as_sent or not _PLAIN.fullmatch(given):
            continue
        number = column.pg_type.base not in ("text", "varchar")
        text = given.strip().lstrip("+-0").partition(".")[0] if number else given
        sent = "concat(raw_id, ' ', raw_data)"
        # CloudEvents may bring the payload in base64.
        otherwise = [f"contains({sent}, '\\')", f"contains({sent}, 'base64')"]
        otherwise += [f"regexp_matches({sent}, '[0-9][eE][+-]?[0-9]')"] if number else []
        conditions.append(f"(contains({sent}, {quote_literal(text)}) or {' or '.join(otherwise)})")
    return " and ".join(conditions) or "true"


def source_is_there(reader: Reader, model: ObjectModel) -> bool:
    """False for a table that was made without Layer 3."""
    return reader.has(source_table(model)) and reader.platform(model)
