"""Current truth of an interval: per business key the newest record of all time, shown where it lies in the interval.

What is compared with what depends on the key. Where it holds the time column, all records of a key have one time, and
two units whose ranges lie apart share no key: their rows need no comparing. Else a record of the interval may be beaten
by one that lies anywhere, and of the rest of the table key and order are read too, where they can be newer.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import TYPE_CHECKING

from archive_jobs.failpoints import guarded
from archive_jobs.reading.cold_files import ColdFile
from archive_jobs.reading.file_sql import plain_select
from archive_jobs.reading.once_per_model import once_per_model
from archive_jobs.reading.time_column import TimeColumn, require_time_column, time_column
from archive_jobs.times import EVERYTHING, Interval
from definitions_to_dbt.definition import ObjectModel
from definitions_to_dbt.lake import (
    archive_select,
    history_select,
    lake_columns,
    never_without_key,
    uncontested_select,
)
from definitions_to_dbt.sql import bare_or_quoted, quote_identifier

if TYPE_CHECKING:
    from archive_jobs.reading.reader import Reader

# A replayed row ties with its archived original in the first two. A mark of deletion ties with its row in all three.
_ORDER = ("_source_order", "_raw_seq", "_loaded_at")


def current_truth(
    reader: Reader, model: ObjectModel, interval: Interval, columns: Collection[str] | None = None
) -> str:
    """DuckDB SQL for the newest record of each key, of those that lie in the interval.

    Of hot rows `columns` travel, None for all, and what records are compared by where they are.
    """
    files = reader.chosen(model, "analytics", interval)
    time = time_column(model, "analytics")
    if not reader.platform(model) or not model.primary_key:
        return _ranked(reader, model, files, interval, columns)
    if time is not None and time.name in model.primary_key:
        return _unit_by_unit(reader, model, files, interval, time, columns)
    if interval == EVERYTHING or not guarded("rivals"):
        return _ranked(reader, model, files, interval, columns)
    return _against_the_rest(reader, model, files, interval, columns)


def _within(model: ObjectModel, interval: Interval) -> str:
    return "" if interval == EVERYTHING else require_time_column(model, "analytics").within(interval)


def _ranked(
    reader: Reader, model: ObjectModel, files: Sequence[ColdFile], interval: Interval, columns: Collection[str] | None,
    *, hot: bool = True,
) -> str:  # fmt: skip
    cold = reader.over(model, "analytics", files, _within(model, interval))
    platform = reader.platform(model)
    if columns is not None and guarded("compared"):
        # Null is no mark of deletion, and no order: a row without them would count as none.
        columns = {*columns, *model.primary_key, *_ORDER, "_deleted"}
    of_hot = (
        reader.hot(model, "analytics", interval, columns) if hot else archive_select(model, "analytics", (), platform)
    )
    return history_select(model, f"({cold})", f"({of_hot})", platform)


def _unit_by_unit(
    reader: Reader, model: ObjectModel, files: Sequence[ColdFile], interval: Interval, time: TimeColumn,
    columns: Collection[str] | None,
) -> str:  # fmt: skip
    """Only units whose ranges meet, or that hot rows lie in, are compared: in a unit no key stands twice."""
    within = _within(model, interval) or "true"
    hot = hot_among_them = False
    # A hot row of another time has another key than any row of the interval.
    if reader.told.hot.get((model.table_name, within)) is not False:
        hot, hot_among_them = _has_hot_rows(reader, model, within, _around(files, time))
    contested = meeting(files, time) | (_with_hot_rows(reader, model, files, time) if hot_among_them else set())
    if is_masked(model):
        contested = {file.unit_id for file in files}
    if not guarded("contested"):
        contested = set()
    rest = [file for file in files if file.unit_id in contested]
    parts = []
    for plain, alone in groupby(
        sorted((file for file in files if file.unit_id not in contested), key=_is_plain, reverse=True), _is_plain
    ):
        parts.append(_alone(reader, model, list(alone), interval, time, plain=plain))
    if hot and not rest and not is_masked(model):
        parts.append(_hot_alone(reader, model, interval, columns))
    elif rest or hot or not parts:
        parts.append(f"select * from ({_ranked(reader, model, rest, interval, columns, hot=hot)})")
    return "\nunion all by name\n".join(parts)


def _around(files: Sequence[ColdFile], time: TimeColumn) -> str:
    """The condition on hot rows that lie in the ranges of the files or between them."""
    if not files:
        return "false"
    low, high = min(file.lo for file in files), max(file.hi for file in files)
    return time.within(Interval(low - time.uncertain, high + time.uncertain))


def _is_plain(file: ColdFile) -> bool:
    return file.is_plain or not guarded("plain files")


def _alone(
    reader: Reader, model: ObjectModel, files: Sequence[ColdFile], interval: Interval, time: TimeColumn, *, plain: bool
) -> str:
    """Files in which no key stands that stands elsewhere. Of those that are plain every row is one to show."""
    inside = all(
        (interval.start is None or file.lo - time.uncertain >= interval.start)
        and (interval.end is None or file.hi + time.uncertain <= interval.end)
        for file in files
    )
    where = "" if inside else _within(model, interval)
    if plain:
        return plain_select(model, reader.local(files), where)
    cold = reader.over(model, "analytics", files, where)
    return f"select * from ({uncontested_select(model, f'({cold})', all(file.has_time for file in files))})"


def _hot_alone(reader: Reader, model: ObjectModel, interval: Interval, columns: Collection[str] | None) -> str:
    """Hot rows that nothing archived has a key of: PostgreSQL holds the key to one row."""
    if columns is not None:
        columns = {*columns, "_deleted"}
    casts = ", ".join(
        f"cast({bare_or_quoted(c.name)} as {c.lake_type}) as {bare_or_quoted(c.name)}"
        for c in lake_columns(model, "analytics")
    )
    return f"select {casts} from ({reader.hot(model, 'analytics', interval, columns)}) where not _deleted"


@once_per_model
def is_masked(model: ObjectModel) -> bool:
    """True where a column of the key is personal: values of different keys may read alike."""
    return any(c.is_protected for c in lake_columns(model, "analytics") if c.name in model.primary_key)


def meeting(files: Iterable[ColdFile], time: TimeColumn) -> set[uuid.UUID]:
    """Units in whose ranges rows of the same time may lie."""
    found: set[uuid.UUID] = set()
    spans = sorted(((*_span(file, time), file.unit_id) for file in files), key=lambda one: one[:2])
    widest: tuple[datetime, datetime, uuid.UUID] | None = None
    for low, high, unit in spans:
        if widest is not None and unit != widest[2] and low < widest[1]:
            found |= {unit, widest[2]}
        if widest is None or high > widest[1]:
            widest = (low, high, unit)
    return found


def _span(file: ColdFile, time: TimeColumn) -> tuple[datetime, datetime]:
    """From when to when a file's rows lie, as the column writes it: a unit's bounds are of the zone of that day."""
    if time.base == "timestamptz":
        return file.lo, file.hi
    try:
        first, last = (datetime.fromisoformat(said or "").replace(tzinfo=None) for said in (file.first, file.last))
    except ValueError:
        low, high = file.lo - time.uncertain, file.hi + time.uncertain
        return time.wall(low), time.wall(high)
    return first, last + timedelta(microseconds=1)


def _with_hot_rows(reader: Reader, model: ObjectModel, files: Sequence[ColdFile], time: TimeColumn) -> set[uuid.UUID]:
    """Units in whose ranges hot rows lie: late ones, restored ones."""
    units = list({file.unit_id: file for file in files}.values())
    around = time.uncertain
    ranges = ", ".join(
        f"({n}, {time.literal(u.lo - around)}, {time.literal(u.hi + around)})" for n, u in enumerate(units)
    )
    name, table = quote_identifier(time.name), _table(reader, model)
    query = (
        f"select n from (values {ranges}) as u (n, lo, hi)"
        f" where exists (select from {table} as t where t.{name} >= u.lo and t.{name} < u.hi)"
    )
    return {units[number].unit_id for (number,) in reader.control.execute(query.encode())}


def _has_hot_rows(reader: Reader, model: ObjectModel, *conditions: str) -> tuple[bool, ...]:
    """Whether there are hot rows under each of the conditions. One question to PostgreSQL, which is some way off."""
    if not reader.has_hot(model):
        return (False,) * len(conditions)
    table = _table(reader, model)
    asked = ", ".join(f"exists (select from {table} where {condition})" for condition in conditions)
    return tuple(reader.control.execute(f"select {asked}".encode()).fetchone() or ())


def _table(reader: Reader, model: ObjectModel) -> str:
    return reader.hot_relation(model.table_name)


def _against_the_rest(
    reader: Reader, model: ObjectModel, files: Sequence[ColdFile], interval: Interval, columns: Collection[str] | None
) -> str:
    """The interval's newest records without those that a record elsewhere beats."""
    within = _within(model, interval)
    mine = _ranked(reader, model, files, interval, columns)
    if not files and not any(_has_hot_rows(reader, model, within)):
        return mine
    floor = _oldest_order(reader, model, files, within)
    elsewhere = f"({within}) is not true" + ("" if floor is None else f" and _source_order >= {floor}")
    keys = [bare_or_quoted(name) for name in model.primary_key]
    rest = [
        f"select {', '.join((*(never_without_key(model, name) for name in model.primary_key), *_ORDER))}"
        f" from ({reader.over(model, 'analytics', others, elsewhere)})"
        for others in [_rest_of(reader, model, interval, floor)]
        if others
    ]
    if reader.has_hot(model):
        hot = reader.hot_where(model, "analytics", elsewhere, (*model.primary_key, *_ORDER))
        types = {c.name: c.lake_type for c in lake_columns(model, "analytics")}
        named = [f"cast({bare_or_quoted(name)} as {types[name]})" for name in model.primary_key]
        rest.append(f"select {', '.join((*named, *_ORDER))} from ({hot})")
    if not rest:
        return mine
    together, same = ", ".join(keys), " and ".join(f"r.{key} = m.{key}" for key in keys)
    names = ", ".join(bare_or_quoted(column.name) for column in lake_columns(model, "analytics"))
    return (
        f"with mine as materialized ({mine}),\n"
        f"elsewhere ({together}, {', '.join(_ORDER)}) as ({' union all '.join(rest)}),\n"
        f"rivals as materialized (select e.* from elsewhere as e semi join mine using ({together}))\n"
        f"select {names} from mine as m where not exists (select 1 from rivals as r where {same}"
        " and (r._source_order > m._source_order or (r._source_order = m._source_order and (r._raw_seq > m._raw_seq"
        " or (r._raw_seq = m._raw_seq and r._loaded_at > coalesce(m._loaded_at, '-infinity'))))))"
    )


def _oldest_order(reader: Reader, model: ObjectModel, files: Collection[ColdFile], within: str) -> int | None:
    """What is older than this beats no row of the interval. None where nobody knows."""
    orders = [file.oldest_order for file in files]
    if reader.has_hot(model):
        query = f"select min(_source_order) from {_table(reader, model)} where {within}"
        row = reader.control.execute(query.encode()).fetchone()
        orders += [row[0]] if row is not None and row[0] is not None else []
    known = [order for order in orders if order is not None]
    return min(known) if known and len(known) == len(orders) else None


def _rest_of(reader: Reader, model: ObjectModel, interval: Interval, floor: int | None) -> list[ColdFile]:
    """Files with rows outside the interval that may be newer. What has expired since cannot be asked any more."""
    around = require_time_column(model, "analytics").uncertain
    return [
        file
        for file in reader.chosen(model, "analytics", gone_from=interval)
        if floor is None or file.newest_order is None or file.newest_order >= floor
        if (interval.start is not None and file.lo - around < interval.start)
        or (interval.end is not None and file.hi + around > interval.end)
    ]
