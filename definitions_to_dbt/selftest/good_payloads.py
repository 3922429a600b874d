"""Whole payloads that a definition accepts, each of another object, with the values changed that a case asks for."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any

import sqlglot
from sqlglot import exp

from definitions_to_dbt.column import Column
from definitions_to_dbt.definition import ObjectModel
from definitions_to_dbt.quality import ExpressionRule
from definitions_to_dbt.selftest.expression import columns_named, evaluate, literals_in
from definitions_to_dbt.selftest.generate_values import good_values
from definitions_to_dbt.selftest.interpret import Verdict, holds, interpret, key_of, record_rules
from definitions_to_dbt.selftest.messages import as_text, message
from definitions_to_dbt.selftest.payload import path_of, put
from definitions_to_dbt.selftest.values import read, text_of
from definitions_to_dbt.selftest.verdicts import DoesNotFitError, UnjudgedError

_MOST_TRIALS, _MOST_MENDS = 300, 4


class Maker:
    """Makes payloads. `number` grows with each, so that keys differ."""

    def __init__(self, model: ObjectModel) -> None:
        self.model = model
        self.number = 0
        self._fixed: dict[str, Any] = {}
        self._mends = 0

    def payload(self, changed: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """A payload of an object that has none yet, with some columns changed; `...` leaves one out."""
        self.number += 1
        values = self._values()
        # Another number may break a rule between columns again; what cannot be mended is not tried for ever.
        if self._mends < _MOST_MENDS and self._faults(values):
            self._mends += 1
            self._fixed |= self._mended(values)
            values = self._values()
        return self._as_payload({**values, **(changed or {})})

    def _values(self) -> dict[str, Any]:
        columns = [(n, column) for n, column in enumerate(self.model.columns) if column.expression is None]
        # No two columns alike: many rules say that they differ, or that the later one is the larger.
        values = {column.name: self.value(column, self.number + n) for n, column in columns}
        return values | {name: value for name, value in self._fixed.items() if name not in key_of(self.model)}

    def value(self, column: Column, n: int) -> Any:
        """A value for the n-th record that keeps the column's own rules, else a plain one of its type."""
        candidates = list(good_values(column, n))
        return next((value for value in candidates if _keeps_its_rules(column, value)), (candidates or [None])[0])

    def _as_payload(self, values: Mapping[str, Any]) -> dict[str, Any]:
        payload: dict[str, Any] = {}
        for column in self.model.columns:
            if column.expression is None and values.get(column.name, ...) is not ...:
                put(payload, path_of(column), deepcopy(values[column.name]))
        return payload

    def _mended(self, values: dict[str, Any]) -> dict[str, Any]:
        """Values in place of some, so that the rules between columns hold too."""
        best: dict[str, Any] = {}
        fewest = self._faults(values)
        rules = [rule.sql for _, rule in record_rules(self.model) if isinstance(rule, ExpressionRule)]
        rules += [column.expression for column in self.model.columns if column.expression is not None]
        for sql in rules:
            if fewest == 0:
                break
            for change in itertools.islice(self._changes(sql, {**values, **best}), _MOST_TRIALS):
                faults = self._faults({**values, **best, **change})
                if faults < fewest:
                    best, fewest = {**best, **change}, faults
        # What a rule between columns holds for, it holds for together.
        together = {name for sql in rules for name in columns_named(sql)} if best else set()
        return {**{name: value for name, value in values.items() if name in together}, **best}

    def _changes(self, sql: str, values: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        sent = {column.name for column in self.model.columns if column.expression is None}
        names = [name for name in columns_named(sql) if name in sent]
        tried = {name: list(self._tried(name, sql, values)) for name in names}
        for size in (1, 2):
            for chosen in itertools.combinations(names, size):
                for combination in itertools.product(*(tried[name] for name in chosen)):
                    yield dict(zip(chosen, combination, strict=True))

    def _tried(self, name: str, sql: str, values: Mapping[str, Any]) -> Iterator[Any]:
        yield from _other_side(name, sql, self._verdict(values))
        yield from tried_for(self.model, name, sql, self.number)

    def _verdict(self, values: Mapping[str, Any]) -> Verdict | None:
        try:
            return interpret(self.model, as_text(message(self.model, self._as_payload(values))))
        except UnjudgedError:
            return None

    def _faults(self, values: Mapping[str, Any]) -> int:
        verdict = self._verdict(values)
        return 1000 if verdict is None else 100 * len(verdict.reasons) + len(verdict.issues)


def tried_for(model: ObjectModel, name: str, sql: str, n: int) -> Iterator[Any]:
    """Values of a column that may make an expression true or false."""
    column = model.column(name)
    if column.expression is not None:
        return
    yield None
    for literal in literals_in(sql):
        yield str(literal)
        if not isinstance(literal, str):
            yield from (f"{literal + 1:f}", f"{literal - 1:f}")
    for m in (n, n + 1, 0, 500):
        yield from itertools.islice(good_values(column, m), 3)


def _other_side(name: str, sql: str, verdict: Verdict | None) -> Iterator[Any]:
    """What a column must be where it stands on one side of a comparison: the other side's value."""
    if verdict is None:
        return
    for node in sqlglot.parse_one(sql, dialect="postgres").find_all(exp.EQ, exp.GTE, exp.LTE, exp.GT, exp.LT):
        for side, other in ((node.this, node.expression), (node.expression, node.this)):
            if isinstance(side, exp.Column) and side.name == name:
                try:
                    value = evaluate(other.sql(dialect="postgres"), verdict.values)
                    if value is not None:
                        yield text_of(value)
                except UnjudgedError:
                    continue


def _keeps_its_rules(column: Column, value: Any) -> bool:
    try:
        read_value = read(value, column.pg_type, column.time_zone)
        rules = [rule for rule in column.quality if rule.is_active and not isinstance(rule, ExpressionRule)]
        return all(_holds(column, rule, read_value) for rule in rules)
    except (DoesNotFitError, UnjudgedError):
        return False


def _holds(column: Column, rule: Any, value: Any) -> bool:
    try:
        return holds(column, rule, {column.name: value}) is not False
    except UnjudgedError:
        # Rules between records are not asked of one.
        return True
