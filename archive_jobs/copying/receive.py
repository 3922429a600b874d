"""The one query that brings a unit's rows: typed for the lake, each with its tuple and the hashes of what came."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from archive_jobs.copying.engine import postgres_query
from archive_jobs.copying.tuples import TUPLE
from archive_jobs.copying.witness import HASHES, hashes_of_received, received, sends_numbers, sent
from archive_jobs.moving.attempt import Attempt
from archive_jobs.planning.tables import ArchivedTable
from archive_jobs.privacy.sealed_columns import SUBJECT
from archive_jobs.privacy.sealing import place_of_unit, sealed_rows
from definitions_to_dbt.sql import quote_identifier
from definitions_to_dbt.subject import subject_expression

Part = Literal["day", "month", "year"]
# No column of a table can have these names: they are longer than PostgreSQL permits.
PART, TENANT, OF_TUPLE = (f"__archive {what} {'of the row ' * 6}" for what in ("part", "tenant", "tuple"))
_TICK = timedelta(microseconds=1)
_WALLS = {
    "TIMESTAMPTZ": "make_timestamp(epoch_us({c}))",
    "TIMESTAMP": "{c}",
    "DATE": "{c}",
}


@dataclass(frozen=True)
class Cut:
    """How the stream is cut into files, if it is."""

    part: Part | None
    tenant: str | None
    parts: int = 1

    @property
    def is_needed(self) -> bool:
        """False where everything goes into one file."""
        return self.part is not None or self.tenant is not None


def cut_of(attempt: Attempt) -> Cut:
    """By tenant where the table has tenants, and by part where the unit is longer than one."""
    table = attempt.table
    tenant = table.model.tenant_column if table.kind == "analytics" else None
    if tenant not in {column.name for column in attempt.columns}:
        tenant = None
    part: Part = "day" if table.policy.partition_by == "ingestion_date" else table.policy.partition_by
    zone = ZoneInfo(table.time_zone)
    first, last = (_begin_of(part, when.astimezone(zone).date()) for when in (attempt.lo, attempt.hi - _TICK))
    if first == last or _time_type(attempt) not in _WALLS:
        return Cut(None, tenant)
    days = {"day": 1, "month": 28, "year": 365}[part]
    return Cut(part, tenant, (last - first).days // days + 1)


def _begin_of(part: Part, day: date) -> date:
    return day if part == "day" else day.replace(day=1, month=1 if part == "year" else day.month)


def _time_type(attempt: Attempt) -> str:
    return next((c.lake_type for c in attempt.columns if c.name == attempt.table.time_column), "")


def receiving_query(attempt: Attempt, cut: Cut, share: str = "true", *, strict: bool, is_sorted: bool) -> str:
    """DuckDB SQL for the stored columns, then part and tenant where it is cut, the tuple, and two hashes.

    Of the rows that lie in the share, which is a condition in PostgreSQL's words.
    """
    table, columns = attempt.table, attempt.columns
    came = [f'"came {place}"' for place in range(len(columns))]
    rows = hashes_of_received(columns, came, postgres_query(_sent_rows(attempt, came, share)))
    names = [_name(column.name) for column in columns]
    extras = [_name(OF_TUPLE), *map(_name, HASHES)]
    numbers = sends_numbers(attempt.server_version)
    typed = [
        f"{received(column, one, strict=strict, numbers=numbers)} as {name}"
        for column, one, name in zip(columns, came, names, strict=True)
    ]
    typed += [f'"came tuple" as {_name(OF_TUPLE)}', *map(_name, HASHES)]
    subject = [_name(SUBJECT)] if table.is_sealed else []
    rows = f"(select {', '.join([*typed, *subject])} from {rows})"
    if cut.is_needed:
        rows = f"(select *, {', '.join(_keys(attempt, cut))} from {rows})"
        extras = [_name(PART), *([_name(TENANT)] if cut.tenant else []), *extras]
    if table.is_sealed:
        place = place_of_unit(table.schema, table.table_name, str(attempt.unit_id))
        rows = sealed_rows(rows, attempt.stored_columns, table.subject_kind, place, extras)
    selected = ", ".join([*(_name(column.name) for column in attempt.stored_columns), *extras])
    order = f" order by {', '.join(_order(table, cut))}" if is_sorted else ""
    return f"select {selected} from {rows}{order}"


def _sent_rows(attempt: Attempt, came: Sequence[str], share: str) -> str:
    table = attempt.table
    numbers = sends_numbers(attempt.server_version)
    selected = [
        f"{sent(column, table.expression(column), numbers=numbers)} as {one}"
        for column, one in zip(attempt.columns, came, strict=True)
    ]
    if table.is_sealed:
        selected.append(f"{subject_expression(table.model, quote_identifier(table.schema))} as {_name(SUBJECT)}")
    tuple_of = "0::bigint" if attempt.compressed else TUPLE
    where = f"{attempt.condition} and {share}"
    return f'select {", ".join(selected)}, {tuple_of} as "came tuple" from {attempt.relation} where {where}'


def _keys(attempt: Attempt, cut: Cut) -> list[str]:
    wall = _WALLS[_time_type(attempt)].format(c=_name(attempt.table.time_column)) if cut.part else "date '1970-01-01'"
    keys = [f"date_trunc('{cut.part or 'day'}', {wall})::date as {_name(PART)}"]
    return [*keys, f"{_name(cut.tenant)}::varchar as {_name(TENANT)}"] if cut.tenant else keys


def _order(table: ArchivedTable, cut: Cut) -> list[str]:
    keys = [_name(TENANT)] if cut.tenant else []
    return [*keys, *([_name(PART)] if cut.part else []), *(_name(name) for name in table.order)]


def _name(name: str) -> str:
    return quote_identifier(name)
