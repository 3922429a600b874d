"""A hundred ways in which a day of real records goes wrong, as a tester thinks them up. Changes lists, reads nothing.

Each takes the records of one batch, as texts from the file, and gives back what arrives instead: records, or whole
texts where a record is no longer one. `rule` is what would catch the defect if nothing does.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

Record = dict[str, Any]
Batch = list[Any]
Change = Callable[[Batch, random.Random], Batch]


@dataclass(frozen=True)
class Defect:
    """One defect, the object it is planted in, and what would catch it."""

    table: str
    group: str
    name: str
    change: Change
    rule: str = ""


def every(column: str, value: Callable[[Any, Record], Any], share: float = 1.0, at_least: int = 1) -> Change:
    """Another value in one column, of all records or of a share of them."""

    def change(records: Batch, rng: random.Random) -> Batch:
        many = len(records) if share == 1 else max(at_least, round(share * len(records)))
        chosen = set(rng.sample(range(len(records)), min(many, len(records))))
        return [
            {**record, column: value(record[column], record)} if place in chosen else record
            for place, record in enumerate(records)
        ]

    return change


def few(column: str, value: Callable[[Any, Record], Any], many: int = 1) -> Change:
    """The same of so many records."""
    return every(column, value, share=0.0, at_least=many)


def to(value: Any) -> Callable[[Any, Record], Any]:
    """The same value for all."""
    return lambda _, __: value


def scaled(factor: float, digits: int = 0) -> Callable[[Any, Record], Any]:
    """A number in another unit; what is no number stays."""

    def value(text: Any, _: Record) -> Any:
        number = _number(text)
        return text if number is None else _text(number * factor, digits)

    return value


def plus(addend: float) -> Callable[[Any, Record], Any]:
    """A number that is off by so much."""
    return lambda text, _: text if _number(text) is None else _text(float(text) + addend, 0)


def swapped(one: str, other: str) -> Change:
    """Two columns, each with the other's values."""
    return lambda records, _: [{**record, one: record[other], other: record[one]} for record in records]


def shuffled(column: str) -> Change:
    """The right values, of the wrong records."""

    def change(records: Batch, rng: random.Random) -> Batch:
        values = [record[column] for record in records]
        rng.shuffle(values)
        return [{**record, column: value} for record, value in zip(records, values, strict=True)]

    return change


def renamed(one: str, other: str) -> Change:
    """A column under another name."""
    return lambda records, _: [{other if name == one else name: v for name, v in r.items()} for r in records]


def without(column: str) -> Change:
    """A column that no longer comes."""
    return lambda records, _: [{name: v for name, v in record.items() if name != column} for record in records]


def only(keep: Callable[[Record], bool]) -> Change:
    """Records that do not come."""
    return lambda records, _: [record for record in records if keep(record)]


def with_more(more: Callable[[Batch], Batch]) -> Change:
    """What comes besides."""
    return lambda records, _: [*records, *more(records)]


def one_as(text: Callable[[Record], Any], many: int = 1) -> Change:
    """Some records in another form."""
    return lambda records, _: [*(text(record) for record in records[:many]), *records[many:]]


def later(hours: float) -> Callable[[Any, Record], Any]:
    """A time moved by so many hours."""
    return lambda text, _: (datetime.fromisoformat(text) + timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%SZ")


def as_json(record: Record) -> str:
    """The record's own text."""
    return json.dumps(record)


def _number(text: Any) -> float | None:
    try:
        return float(text)
    except (TypeError, ValueError):
        return None


def _text(number: float, digits: int) -> str:
    return str(round(number)) if digits == 0 else str(round(number, digits))
