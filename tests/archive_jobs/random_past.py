"""A past made up by chance: records come, are corrected, moved, marked as deleted, archived and restored.

What is true of it is kept in plain Python, beside PostgreSQL and the lake: of each key the record that beats others.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import duckdb
import pyarrow as pa
from measured_shop import MEASURE
from small_shop import SALE, SCHEMA, Shop

TICKET = {
    **MEASURE,
    "code": "TICKET",
    "name": "Ticket",
    "time_column": "on_day",
    "table_schema": {
        "table_name": "tickets",
        "columns": [
            {"name": "number", "type": "integer", "primary_key": True},
            {"name": "on_day", "type": "date", "nullable": False},
            {"name": "value", "type": "numeric(18,6)"},
            {"name": "note", "type": "text"},
        ],
    },
}
WALL = {
    **MEASURE,
    "code": "WALL",
    "name": "Wall time",
    "table_schema": {
        "table_name": "walls",
        "columns": [
            {"name": "number", "type": "integer", "primary_key": True},
            {"name": "at_time", "type": "timestamp", "primary_key": True},
            {"name": "value", "type": "numeric(18,6)"},
            {"name": "note", "type": "text"},
        ],
    },
}
MODELS = (SALE, MEASURE, TICKET, WALL)
_FIRST = datetime(2024, 1, 1, tzinfo=UTC)
DAYS = 8


@dataclass(frozen=True)
class Shape:
    """What a table's records are made of."""

    table: str
    key: str
    time: str
    value: str
    time_type: str
    # The time is part of the key: a record with another time is another object's.
    is_timed: bool
    key_of: Callable[[int], Any] = lambda number: number

    def when(self, moment: datetime) -> Any:
        """The moment as the column holds it."""
        if self.time_type == "date":
            return moment.date()
        return moment if self.time_type == "timestamptz" else moment.replace(tzinfo=None)


SHAPES = (
    Shape("sales", "sale_id", "sold_at", "amount", "timestamptz", is_timed=False),
    Shape("measures", "metric", "at_time", "value", "timestamptz", is_timed=True, key_of=lambda number: f"m{number}"),
    Shape("tickets", "number", "on_day", "value", "date", is_timed=False),
    Shape("walls", "number", "at_time", "value", "timestamp", is_timed=True),
)


@dataclass(frozen=True)
class Record:
    """One record; of two with the same key the one of the higher number counts."""

    key: Any
    when: Any
    value: Decimal | None
    is_deleted: bool


@dataclass
class Past:
    """What has happened to the shop so far."""

    shop: Shop
    dice: random.Random
    records: dict[str, dict[Any, Record]] = field(default_factory=lambda: {shape.table: {} for shape in SHAPES})
    number: int = 0

    def goes_on(self) -> None:
        """Something happens."""
        happens = self.dice.choices((self.records_come, self.rows_leave, self.rows_return), (5, 3, 1))[0]
        happens()

    def records_come(self) -> None:
        """New ones, newer ones of the same objects at the same time or another, marks of deletion."""
        for shape in SHAPES:
            for _ in range(self.dice.randrange(8)):
                self._one_comes(shape)

    def _one_comes(self, shape: Shape) -> None:
        self.number += 1
        key, when = shape.key_of(self.dice.randrange(12)), shape.when(_moment(self.dice))
        value = self.dice.choice((None, Decimal(self.dice.randrange(100)) / 4))
        record = Record(key, when, value, is_deleted=self.dice.random() < 0.15)
        # As the close of a batch does it: what is hot gives way, what is archived stays.
        self.shop.execute(
            f"delete from {SCHEMA}.{shape.table} where {shape.key} = %s" + (f" and {shape.time} = %s" if shape.is_timed
            else ""), *((key, when) if shape.is_timed else (key,)),
        )  # fmt: skip
        self.shop.execute(
            f"insert into {SCHEMA}.{shape.table} ({shape.key}, {shape.time}, {shape.value}, _raw_seq, _source_order,"
            " _deleted) values (%s, %s, %s, %s, %s, %s)",
            key, when, value, self.number, self.number // 3, record.is_deleted,
        )  # fmt: skip
        self.records[shape.table][(key, when) if shape.is_timed else key] = record

    def rows_leave(self) -> None:
        """All that are old enough, of one table or of all."""
        self.shop.run("analytics", objects=self.dice.choice(((), ("SALE", "TICKET"), ("MEASURE",))))

    def rows_return(self) -> None:
        """Some days of one table are restored, if there are any in the archive."""
        shape, day = self.dice.choice(SHAPES), self.dice.randrange(1, DAYS)
        status, _, said = self.shop.invoke(
            "restore", shape.table, "--start", f"2024-01-{day:02}", "--end", f"2024-01-{day:02}", "--yes",
            "--definitions", str(self.shop.definitions),
        )  # fmt: skip
        if status != 0:
            raise AssertionError(said)

    def as_it_is(self) -> duckdb.DuckDBPyConnection:
        """A DuckDB that has each history as a table, and the archive's plainly read files as others."""
        told = duckdb.connect(config={"autoload_known_extensions": False})
        told.execute("set TimeZone = 'UTC'")
        for shape in SHAPES:
            true = [record for record in self.records[shape.table].values() if not record.is_deleted]
            columns = {
                shape.key: [record.key for record in true],
                shape.time: [record.when for record in true],
                shape.value: pa.array([record.value for record in true], pa.decimal128(18, 6)),
            }
            if shape.time_type == "timestamptz":
                columns[shape.time] = pa.array(columns[shape.time], pa.timestamp("us", "UTC"))
            given = pa.table(columns)
            told.register("given", given)
            told.execute(f"create table history_{shape.table} as select * from given")
            told.unregister("given")
        return told


def _moment(dice: random.Random) -> datetime:
    """Often where days meet, to the microsecond."""
    day = _FIRST + timedelta(days=dice.randrange(DAYS))
    return day + dice.choice(
        (timedelta(0), timedelta(days=1, microseconds=-1), timedelta(microseconds=1),
         timedelta(seconds=dice.randrange(86_400)), timedelta(hours=dice.randrange(24)))
    )  # fmt: skip


@dataclass(frozen=True)
class Range:
    """A range of one table, both ends included as `retrieve` takes them, and the columns that are asked for."""

    shape: Shape
    start: Any
    end: Any
    columns: tuple[str, ...]

    @property
    def query(self) -> str:
        """The same as SQL."""
        where = f"{self.shape.time} between '{self.start}' and '{self.end}'"
        return f"select {', '.join(self.columns)} from history_{self.shape.table} where {where}"


def ranges(dice: random.Random) -> Iterator[Range]:
    """Ranges without end."""
    while True:
        shape = dice.choice(SHAPES)
        start, end = sorted(shape.when(_moment(dice)) for _ in range(2))
        names = [shape.key, shape.time, shape.value]
        yield Range(shape, start, end, tuple(dice.sample(names, dice.randrange(1, 4))))


def questions(dice: random.Random) -> Iterator[str]:
    """SELECTs over one history, without end. Their rows are in no order."""
    while True:
        yield _question(dice, dice.choice(SHAPES))


def _question(dice: random.Random, shape: Shape) -> str:
    key, time, value, history = shape.key, shape.time, shape.value, f"history_{shape.table}"
    where = _where(dice, shape)
    return dice.choice(
        (
            f"select count(*) from {history}{where}",
            f"select sum({value}), count(*) from {history}{where}",
            f"select max({time}) from {history}{where}",
            f"select {key} from {history}{where}",
            f"select {time}, {value} from {history}{where}",
            f"select distinct {value} from {history}{where}",
            f"select {key}, {time}, {value} from {history}{where}",
            f"select {key}, count(*) from {history}{where} group by 1",
            f"select count({value}) from {history}{where}",
            f"select exists (select 1 from {history}{where})",
            f"select {key}, {time} from {history}{where} order by {time}, {key} limit 3",
            f"select a.{key}, b.{value} from {history} as a inner join {history} as b using ({key}, {time}){where}",
            f"with one as (select * from {history}{where}) select (select count(*) from one), max({value}) from one",
            f"select {key}, rank() over (partition by {key} order by {time}) from {history}{where}",
            f"select {value} from {history}{where} union all select {value} from {history}{where}",
            f"select count(*) from {history} where {time} >= (select max({time}) from {history}{where})",
            f"select (select max(i.{value}) from {history} as i where i.{key} = o.{key}) from {history} as o{where}",
            f"with recursive n as (select 1 as i union all select i + 1 from n where i < 3)"
            f" select i, (select count(*) from {history}{where}) from n",
            # The same name for something else, and in other ways to write it.
            f"with {history} as (select 7 as x) select x from {history}",
            f"with one as (from {history}{where}), {history} as (select {key} from one) select * from {history}",
            f"select count(*) from (select {history}.{key} from {history}{where}) as {history}",
            f'select count(*) from "{history}"{where}',
            f"/* of all */ SELECT Count(*) FROM {history.upper()}{where};",
            f"from {history} select {key}{where}",
            f"(select {key} from {history}{where})",
            f"select a, {key} from (values (1), (2)) as v (a), {history}{where}",
        )
    )


def _where(dice: random.Random, shape: Shape) -> str:
    key, time, value = shape.key, shape.time, shape.value
    a, b = sorted((_moment(dice), _moment(dice)))
    low, high = (f"'{shape.when(moment)}'" for moment in (a, b))
    of_key = repr(shape.key_of(dice.randrange(12)))
    conditions = (
        f"{time} >= {low}",
        f"{time} < {high}",
        f"{time} between {low} and {high}",
        f"{time} >= {low} and {time} < {high}",
        f"{time} > {low} and {time} <= {high}",
        f"{time} = {low}",
        f"{time}::date = '{a:%Y-%m-%d}'",
        f"date_trunc('day', {time}) = '{a:%Y-%m-%d}'",
        f"({time} < {low} or {time} >= {high})",
        f"{time} in ({low}, {high})",
        f"not ({time} < {low})",
        f"{key} = {of_key}",
        f"{value} > 10",
        f"{value} is null",
        "1 = 0",
    )
    chosen = dice.sample(conditions, dice.choice((0, 1, 1, 1, 2)))
    return f" where {' and '.join(chosen)}" if chosen else ""
