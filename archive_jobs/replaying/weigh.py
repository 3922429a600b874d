"""Compare what dbt has made beside with what stands, hot and archived: what a replay would change, and must not.

The newest archived row of every key comes into a temporary table of PostgreSQL under its own types, so that dbt's own
rules decide between it and a replayed record. Changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from archive_jobs.copying.engine import postgres_query
from archive_jobs.copying.prove import canonical_text
from archive_jobs.database import Connection, one_row
from archive_jobs.moving.worker import Worker
from archive_jobs.reading.read_back import Reader, open_reader
from archive_jobs.replaying.beside import Beside
from definitions_to_dbt.definition import Column, ObjectModel
from definitions_to_dbt.lake import NEWEST_FIRST, LakeColumn, lake_columns
from definitions_to_dbt.platform_columns import LAYER_2
from definitions_to_dbt.sql import quote_identifier, quote_literal

# The newest archived row of each key, as it was archived; and as a row of the write model, in JSON.
_COLD = "pg_temp.cold_newest"
NOTED = "pg_temp.noted_rows"
_BOOKKEEPING = ("_batch_id", "_loaded_at", "_definition_version", "_quality_issues", "_quality_score")


@dataclass(frozen=True)
class Weighed:
    """What a replay would do to the rows of current truth, by key (or by record, where there is no key)."""

    new: int = 0
    newer: int = 0
    changed: int = 0
    same: int = 0
    # Something newer stands, hot or archived: it stays.
    older: int = 0
    # Records that had a row under another key: both would count.
    moved: int = 0
    moved_example: int | None = None
    # Records with a row that stands, which would be rejected now.
    refused: int = 0
    archived: int = 0
    # Without a key: archived rows that would be made otherwise now. They stay; their first and last day.
    kept_cold: int = 0
    kept_cold_from: str | None = None
    kept_cold_until: str | None = None
    kept_cold_example: int | None = None

    def as_json(self) -> dict[str, Any]:
        """As plain values."""
        return asdict(self)


def weigh(worker: Worker, beside: Beside) -> Weighed:
    """Compare, and leave the archived rows in `NOTED` until the session ends."""
    connection, model = worker.connection, beside.model
    connection.execute(f"drop table if exists {_COLD}, {NOTED}".encode())
    connection.execute(b"create temp table noted_rows (known jsonb not null)")
    moved: set[int] = set()
    refused = 0
    if not beside.records:
        return Weighed()
    if model.ages:
        with open_reader(worker.settings, worker.store, model.table_name) as reader:
            _bring_cold(connection, reader, beside)
            moved |= set(_moved_cold(reader, beside)) if model.primary_key else set()
            refused += _refused_cold(reader, beside)
    _note(connection, beside)
    moved |= {number for (number,) in connection.execute(_moved_hot(beside).encode())} if model.primary_key else set()
    refused += one_row(connection, _refused_hot(beside))[0]
    new, newer, changed, same, older = one_row(connection, _compared(beside))
    archived = one_row(connection, f"select count(*) from {NOTED}")[0]
    kept = one_row(connection, _kept_cold(beside)) if model.ages and not model.primary_key else (0, None, None, None)
    return Weighed(
        new, newer, changed - kept[0], same, older, len(moved), min(moved, default=None), refused, archived, *kept
    )


def _expression(column: LakeColumn, beside: Beside) -> str:
    return column.expression.replace("{schema}", quote_identifier(beside.schema))


def _keys(model: ObjectModel) -> list[LakeColumn]:
    return [column for column in lake_columns(model, "analytics") if column.name in model.primary_key]


def _bring_cold(connection: Connection, reader: Reader, beside: Beside) -> None:
    """The archived rows that the replayed records compete with, as they were archived."""
    model = beside.model
    columns = lake_columns(model, "analytics")
    cold = reader.cold(model, "analytics")
    if model.primary_key:
        keys = _keys(model)
        selected = ", ".join(f"{_expression(key, beside)} as {quote_identifier(key.name)}" for key in keys)
        theirs = postgres_query(f"select distinct {selected} from {beside.rows}")
        typed_keys = [(quote_identifier(key.name), key.lake_type) for key in keys]
        cast = ", ".join(f"cast({name} as {lake_type}) as {name}" for name, lake_type in typed_keys)
        reader.engine.execute(f"create or replace temp table replayed_keys as select {cast} from {theirs}")
        same = " and ".join(f"cold.{quote_identifier(k.name)} = mine.{quote_identifier(k.name)}" for k in keys)
        key = ", ".join(quote_identifier(k.name) for k in keys)
        newest = (
            f"(select * from (select *, row_number() over (partition by {key} order by _source_order desc,"
            " _raw_seq desc, _loaded_at desc, _deleted) as _place"
            f" from (select cold.* from ({cold}) as cold semi join replayed_keys as mine on {same}) as among) as ranked"
            " where _place = 1)"
        )
    else:
        _bring_numbers(reader, beside)
        theirs = "replayed_numbers as mine on cold._raw_seq = mine.raw_seq"
        newest = f"(select cold.* from ({cold}) as cold semi join {theirs})"
    typed = ", ".join(f"null::{c.pg_type.sql} as {quote_identifier(c.name)}" for c in columns)
    connection.execute(f"create temp table cold_newest as select {typed} limit 0".encode())
    names = ", ".join(quote_identifier(c.name) for c in columns)
    with connection.cursor().copy(f"copy {_COLD} ({names}) from stdin (format csv)".encode()) as copy:
        for piece in canonical_text(reader.engine, columns, newest, for_restore=True):
            copy.write(piece)
    connection.execute(f"analyze {_COLD}".encode())


def _bring_numbers(reader: Reader, beside: Beside) -> None:
    numbers = postgres_query(f"select raw_seq from {beside.source}")
    reader.engine.execute(f"create or replace temp table replayed_numbers as select raw_seq from {numbers}")


def _note(connection: Connection, beside: Beside) -> None:
    """Each archived row as a row of the write model. What a token or a mask hides is taken from the replayed record,
    where it hides the same; so is what never travels."""
    model = beside.model
    if not model.ages:
        return
    lake = {column.name: column for column in lake_columns(model, "analytics")}
    parts = [f"{quote_literal(name)}, {_noted(model, lake, name, beside)}" for name in _row_names(model)]
    # A function takes at most a hundred arguments.
    objects = " || ".join(
        f"jsonb_build_object({', '.join(parts[start : start + 40])})" for start in range(0, len(parts), 40)
    )
    same = " and ".join(
        f"({_of(_expression(key, beside), 'mine', model)})::text = cold.{quote_identifier(key.name)}::text"
        for key in _keys(model)
    )
    joined = f"{_COLD} as cold inner join ({_newest(beside)}) as mine on {same}"
    if not model.primary_key:
        # Also the row of a record that would be rejected now.
        joined = f"{_COLD} as cold left join {beside.rows} as mine on mine._raw_seq = cold._raw_seq"
    connection.execute(f"insert into {NOTED} select {objects} from {joined}".encode())


def _row_names(model: ObjectModel) -> Iterator[str]:
    yield from (column.name for column in model.columns)
    yield from (column.name for column in LAYER_2)


def _noted(model: ObjectModel, lake: dict[str, LakeColumn], name: str, beside: Beside) -> str:
    cold, mine = f"to_jsonb(cold.{quote_identifier(name)})", f"to_jsonb(mine.{quote_identifier(name)})"
    if name not in lake:
        return mine
    column = lake[name]
    if name in model.primary_key:
        return mine
    if not column.is_protected:
        return cold
    hidden = f"{_of(column.expression.replace('{schema}', quote_identifier(beside.schema)), 'mine', model)}"
    is_text = _declared(model, name).pg_type.family == "text"
    same = f"{hidden} is not distinct from cold.{quote_identifier(name)}"
    return f"case when {same} then {mine} else {cold if is_text else 'null'} end"


def _declared(model: ObjectModel, name: str) -> Column:
    return model.column(name)


def _of(expression: str, relation: str, model: ObjectModel) -> str:
    """An expression over the columns of a row, of a row that has a name."""
    names = ", ".join(quote_identifier(column.name) for column in model.columns)
    listed = ", ".join(f"{relation}.{quote_identifier(column.name)}" for column in model.columns)
    return f"(select {expression} from (select {listed}) as one ({names}))"


def _newest(beside: Beside) -> str:
    """The replayed records' newest row of each key: of an event that moved, the one at its place."""
    key = ", ".join(quote_identifier(name) for name in beside.model.primary_key)
    return f"select distinct on ({key}) * from {beside.rows} order by {key}, {', '.join(NEWEST_FIRST)}"


def _compared(beside: Beside) -> str:
    """Counts of new, newer, changed, same and older rows."""
    model = beside.model
    live = f"{quote_identifier(beside.table.schema)}.{quote_identifier(model.table_name)}"
    of_cold = f"select cold.* from {NOTED} cross join lateral jsonb_populate_record(null::{live}, known) as cold"
    both = f"(select * from {live} union all {of_cold})"
    if model.primary_key:
        key = ", ".join(quote_identifier(name) for name in model.primary_key)
        mine = _newest(beside)
        standing = (
            f"select distinct on ({key}) * from {both} as both_rows where ({key}) in (select {key} from {beside.rows})"
            f" order by {key}, {', '.join(NEWEST_FIRST)}"
        )
        same_key = " and ".join(
            f"mine.{quote_identifier(n)} = standing.{quote_identifier(n)}" for n in model.primary_key
        )
    else:
        mine, standing = f"select * from {beside.rows}", f"select * from {both} as both_rows"
        same_key = "mine._raw_seq = standing._raw_seq"
    equal = _says_the_same("mine", "standing")
    later = "(mine._source_order, mine._raw_seq) {} (standing._source_order, standing._raw_seq)"
    stands = "standing._raw_seq is not null"
    return (
        "select count(*) filter (where standing._raw_seq is null),"
        f" count(*) filter (where {stands} and {later.format('>')}),"
        f" count(*) filter (where {stands} and {later.format('=')} and not {equal}),"
        f" count(*) filter (where {stands} and {later.format('=')} and {equal}),"
        f" count(*) filter (where {stands} and {later.format('<')})"
        f" from ({mine}) as mine left join ({standing}) as standing on {same_key}"
    )


def _says_the_same(*rows: str) -> str:
    without = f"array[{', '.join(quote_literal(name) for name in _BOOKKEEPING)}]"
    return " = ".join(f"jsonb_strip_nulls(to_jsonb({row}) - {without})" for row in rows)


def _kept_cold(beside: Beside) -> str:
    """Archived rows whose records say otherwise now: what has no key is never made beside them."""
    live = f"{quote_identifier(beside.table.schema)}.{quote_identifier(beside.model.table_name)}"
    time = f"cold.{quote_identifier(str(beside.model.time_column))}"
    return (
        f"select count(*), min({time})::date::text, max({time})::date::text, min(mine._raw_seq)"
        f" from {NOTED} cross join lateral jsonb_populate_record(null::{live}, known) as cold"
        f" inner join {beside.rows} as mine on mine._raw_seq = cold._raw_seq"
        f" where not {_says_the_same('mine', 'cold')}"
    )


def _places(beside: Beside, expressions: str) -> str:
    """Each record that is not rejected, with the key it has now: its own, or that of the record that beat it."""
    return (
        f"select raw.raw_seq, {expressions} from {beside.source} as raw inner join {beside.rows} as placed"
        " on placed._raw_seq = coalesce(raw.outcome_raw_seq, raw.raw_seq) where raw.outcome <> 'rejected'"
    )


def _moved_hot(beside: Beside) -> str:
    live = f"{quote_identifier(beside.table.schema)}.{quote_identifier(beside.model.table_name)}"
    names = [quote_identifier(name) for name in beside.model.primary_key]
    keys = ", ".join(f"placed.{name}" for name in names)
    same = " and ".join(f"hot.{name} = mine.{name}" for name in names)
    return (
        f"select distinct hot._raw_seq from {live} as hot inner join ({_places(beside, keys)}) as mine"
        f" on hot._raw_seq = mine.raw_seq where not hot._deleted and ({same}) is not true"
    )


def _moved_cold(reader: Reader, beside: Beside) -> list[int]:
    model = beside.model
    keys = _keys(model)
    expressions = ", ".join(
        f"{_of(_expression(key, beside), 'placed', model)} as {quote_identifier(key.name)}" for key in keys
    )
    same = " and ".join(
        f"cold.{quote_identifier(k.name)} = cast(mine.{quote_identifier(k.name)} as {k.lake_type})" for k in keys
    )
    found = reader.engine.execute(
        f"select distinct cold._raw_seq from ({reader.cold(model, 'analytics')}) as cold"
        f" inner join (select * from {postgres_query(_places(beside, expressions))}) as mine"
        f" on cold._raw_seq = mine.raw_seq where not cold._deleted and ({same}) is not true"
    ).fetchall()
    return [number for (number,) in found]


def _refused_hot(beside: Beside) -> str:
    live = f"{quote_identifier(beside.table.schema)}.{quote_identifier(beside.model.table_name)}"
    return (
        f"select count(distinct hot._raw_seq) from {live} as hot inner join {beside.source} as raw"
        " on hot._raw_seq = raw.raw_seq where raw.outcome = 'rejected' and not hot._deleted"
    )


def _refused_cold(reader: Reader, beside: Beside) -> int:
    refused = postgres_query(f"select raw_seq from {beside.source} where outcome = 'rejected'")
    row = reader.engine.execute(
        f"select count(distinct cold._raw_seq) from ({reader.cold(beside.model, 'analytics')}) as cold"
        f" inner join (select * from {refused}) as raw on cold._raw_seq = raw.raw_seq where not cold._deleted"
    ).fetchone()
    return int(row[0]) if row else 0
