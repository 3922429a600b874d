"""Payloads for one object, by case, in two batches: good ones, and every way of being bad or of coming late."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from definitions_to_dbt.column import Column
from definitions_to_dbt.definition import ObjectModel
from definitions_to_dbt.quality import ExpressionRule
from definitions_to_dbt.selftest.expression import columns_named
from definitions_to_dbt.selftest.generate_values import beyond_rule, edges_of, epoch_edges, good_values, not_of_type
from definitions_to_dbt.selftest.good_payloads import Maker, tried_for
from definitions_to_dbt.selftest.interpret import Verdict, holds, interpret, key_of, record_rules
from definitions_to_dbt.selftest.messages import as_text, message
from definitions_to_dbt.selftest.payload import path_of, put
from definitions_to_dbt.selftest.samples import NOT_READ_BY_THE_SERVER
from definitions_to_dbt.selftest.synthesise_changes import changes
from definitions_to_dbt.selftest.verdicts import UnjudgedError

CASES = ("valid", "null", "boundary", "bad type", "bad rule", "no object", "duplicate", "order", "change")
_NOT_OBJECTS: tuple[str | bytes, ...] = ("[1, 2]", '"text"', "17", "null", "[]", b"\xff\xfe", b"{", '{"a": "\\u0000"}')


@dataclass(frozen=True)
class Record:
    """One record as it is received, and what the interpreter says of it."""

    case: str
    what: str
    text: str | bytes
    verdict: Verdict
    raw_id: str | None = None


@dataclass
class Synthesis:
    """The records of one object, and what could not be asked."""

    model: ObjectModel
    batches: tuple[list[Record], list[Record]] = field(default_factory=lambda: ([], []))
    unjudged: Counter[str] = field(default_factory=Counter)
    never_broken: list[str] = field(default_factory=list)

    def add(self, batch: int, case: str, what: str, sent: Any, raw_id: str | None = None) -> None:
        """Keep the record, or count what this interpreter cannot tell of it."""
        text = sent if isinstance(sent, str | bytes) else as_text(sent)
        try:
            verdict = interpret(self.model, text, raw_id)
        except UnjudgedError as unknown:
            self.unjudged[str(unknown)] += 1
            return
        self.batches[batch].append(Record(case, what, text, verdict, raw_id))

    def add_row(self, batch: int, case: str, what: str, row: Any, place: int | None = None) -> None:
        """The same of a row, with the message around it where the format has one."""
        self.add(batch, case, what, message(self.model, row, place=place))


def synthesise(model: ObjectModel) -> Synthesis:
    """Every case of one object. Reads its definition and nothing else; the same records each time."""
    found = Synthesis(model)
    for column in _sent(model):
        if (column.pg_type.element or column.pg_type).base in NOT_READ_BY_THE_SERVER:
            found.unjudged[f"{column.name}: the server of the self-test reads no {column.pg_type.sql}"] += 1
    maker = Maker(model)
    _valid(found, maker)
    _nulls(found, maker)
    _values(found, maker)
    _rules(found, maker)
    for text in _NOT_OBJECTS:
        found.add(0, "no object", repr(text), text)
    _twice(found, maker)
    _out_of_order(found, maker)
    _moves(found, maker)
    changes(model, maker, lambda row: _changed(model, maker, row), found.add)
    found.never_broken = list(_never_broken(found))
    return found


def _sent(model: ObjectModel) -> Iterator[Column]:
    return (column for column in model.columns if column.expression is None)


def _valid(found: Synthesis, maker: Maker) -> None:
    for _ in range(3):
        found.add_row(0, "valid", "a whole record", maker.payload())
    for number, example in enumerate(found.model.examples):
        found.add(0, "valid", f"example {number}", example.payload, example.raw_id)
    found.add_row(0, "valid", "an unknown field", {**maker.payload(), "__unknown": {"a": [1]}})
    found.add_row(1, "valid", "a whole record", maker.payload())


def _nulls(found: Synthesis, maker: Maker) -> None:
    """Each column absent, null and empty, on its own."""
    found.add_row(0, "null", "nothing at all", {})
    for column in _sent(found.model):
        for what, value in (
            ("absent", ...),
            ("null", None),
            ("empty", ""),
            *(("nothing", w) for w in column.null_values),
        ):
            found.add_row(0, "null", f"{column.name} {what}", maker.payload({column.name: value}))


def _values(found: Synthesis, maker: Maker) -> None:
    """Each column at the edges of its type, and with what is no value of it."""
    for column in _sent(found.model):
        for value in edges_of(column.pg_type) if column.time_format == "iso" else epoch_edges():
            found.add_row(0, "boundary", f"{column.name} {value!r:.60}", maker.payload({column.name: value}))
        for value in not_of_type(column.pg_type):
            found.add_row(0, "bad type", f"{column.name} {value!r:.60}", maker.payload({column.name: value}))
        if column.pg_type.family != "text":
            found.add_row(0, "bad type", f"{column.name} an object", maker.payload({column.name: {"a": {"b": 1}}}))


def _rules(found: Synthesis, maker: Maker) -> None:
    """Each rule at its edge and beyond."""
    for column, rule in record_rules(found.model):
        if isinstance(rule, ExpressionRule):
            for name in columns_named(rule.sql):
                for value in tried_for(found.model, name, rule.sql, maker.number):
                    found.add_row(0, "bad rule", f"{rule.sql:.50} {name} {value!r:.40}", maker.payload({name: value}))
        elif column.expression is None:
            for value in beyond_rule(column, rule):
                found.add_row(
                    0, "bad rule", f"{column.name} {rule.rule} {value!r:.40}", maker.payload({column.name: value})
                )


def _twice(found: Synthesis, maker: Maker) -> None:
    """The same record again: beside itself, and in the batch after."""
    twin = maker.payload()
    for batch in (0, 0, 1):
        found.add_row(batch, "duplicate", "the same again", twin, place=50)
    if column := _changeable(found.model):
        other = deepcopy(twin)
        put(other, path_of(column), _another(column, maker))
        found.add_row(1, "duplicate", f"{column.name} says something else, at the same order", other, place=50)
        found.add_row(1, "duplicate", "the first again", twin, place=50)
    found.add_row(1, "duplicate", "an unknown field", {**twin, "__unknown": 1}, place=50)


def _out_of_order(found: Synthesis, maker: Maker) -> None:
    """Objects seen at several times that arrive in another order than they happened."""
    name = found.model.source.order
    order = found.model.column(name) if name else None
    if name in key_of(found.model) or (order and order.expression is not None):
        order = None
    column = _changeable(found.model)
    # The second object has nothing newer in the batch with its late record: what stands already must hold out alone.
    for times in (((0, 3), (0, 1), (0, 4), (1, 2), (1, 4), (1, 6), (1, 5)), ((0, 4), (1, 2))):
        base = maker.payload()
        for batch, time in times:
            payload = deepcopy(base)
            if order is not None:
                put(payload, path_of(order), _in_order(order, time))
            if column is not None:
                put(payload, path_of(column), _another(column, maker))
            found.add_row(batch, "order", f"number {time}", payload, place=time)


def _moves(found: Synthesis, maker: Maker) -> None:
    """An event whose time is put right, and put back."""
    model = found.model
    if model.kind != "event" or not model.time_column or model.column(model.time_column).expression is not None:
        return
    time = model.column(model.time_column)
    order = model.column(model.source.order) if model.source.order and model.source.order != time.name else None
    base = maker.payload()
    for batch, place, number in ((0, 1, 1), (1, 2, 3), (0, 3, 2), (1, 1, 4)):
        payload = deepcopy(base)
        put(payload, path_of(time), _in_order(time, place))
        if order is not None and order.expression is None:
            put(payload, path_of(order), _in_order(order, number))
        found.add_row(batch, "order", f"moved in time to {place}", payload, place=number)


def _in_order(column: Column, place: int) -> Any:
    """Values that rise with the place."""
    if column.pg_type.base == "pg_lsn":
        return f"0/{place:X}"
    return next(v for v in good_values(column.model_copy(update={"quality": ()}), 100 + 24 * place))


def _changeable(model: ObjectModel) -> Column | None:
    """A column whose value may change while the record stays of the same object, at the same time and order."""
    fixed = {*key_of(model), model.source.order, model.time_column}
    named = {
        name for _, rule in record_rules(model) if isinstance(rule, ExpressionRule) for name in columns_named(rule.sql)
    }
    free = [column for column in _sent(model) if column.name not in fixed]
    return next((c for c in free if c.name not in named), free[0] if free else None)


def _changed(model: ObjectModel, maker: Maker, row: dict[str, Any]) -> dict[str, Any]:
    """The same row with something else in it, and newer by its own order too."""
    changed = deepcopy(row)
    if column := _changeable(model):
        put(changed, path_of(column), _another(column, maker))
    return changed


def _another(column: Column, maker: Maker) -> Any:
    maker.number += 1
    return maker.value(column, maker.number)


def _never_broken(found: Synthesis) -> Iterator[str]:
    records = [record.verdict.values for batch in found.batches for record in batch]
    for column, rule in record_rules(found.model):
        if not any(_is_broken(column, rule, values) for values in records):
            yield f"{column.name}: {rule.rule}"


def _is_broken(column: Column, rule: Any, values: Any) -> bool:
    try:
        return holds(column, rule, values) is False
    except UnjudgedError:
        return False
