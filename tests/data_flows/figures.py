"""Every KPI of some objects: records over which it says something, and its figure by three ways that share no code.

MetricFlow asks by what the generator wrote; `fct_kpi_values` reckons by a macro; plain SQL here is put together from
the KPI's own JSON file, over PostgreSQL's tables and before anything is archived.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlglot
from library_part import LIBRARY, library_of
from platform_under_test import SCHEMA
from sqlglot import exp

from definitions_to_dbt.definition import ObjectModel
from definitions_to_dbt.selftest.expression import columns_named
from definitions_to_dbt.selftest.good_payloads import Maker
from definitions_to_dbt.selftest.interpret import interpret
from definitions_to_dbt.selftest.messages import as_text, message
from definitions_to_dbt.selftest.verdicts import UnjudgedError

_TRIALS = 12
# Few enough that what a ratio divides falls into one period.
_MONTHS = 8


@dataclass(frozen=True)
class Figure:
    """One KPI as its file states it."""

    stated: Mapping[str, Any]
    model: ObjectModel

    @property
    def metric(self) -> str:
        return str(self.stated["code"]).lower()

    @property
    def time(self) -> str:
        """The column by which its rows fall into periods."""
        return str(self.stated.get("time_column") or self.model.time_column or "_loaded_at")

    @property
    def measures(self) -> list[Mapping[str, Any]]:
        formula = self.stated["formula"]
        return [formula[side] for side in ("numerator", "denominator") if side in formula]

    @property
    def dimensions(self) -> list[str]:
        return list(self.stated.get("dimensions", ()))

    def plain_sql(self, by_dimensions: bool) -> str:
        """The figure by period, and by its dimensions where these are asked for, as a person would write it."""
        time = f'"{self.time}"'
        if self.time == "_loaded_at" or self.model.column(self.time).pg_type.base == "timestamptz":
            time += " at time zone 'UTC'"
        by = [f"date_trunc('{self.stated['grain']}', {time})::date"]
        by += [f'"{name}"::text' for name in self.dimensions] if by_dimensions else []
        parts = [_aggregate(measure) for measure in self.measures]
        value = f"{self.stated['formula'].get('scale', 1)} * ({parts[0]})::float8"
        value += f" / nullif(({parts[1]})::float8, 0)" if len(parts) > 1 else ""
        groups = ", ".join(str(place) for place in range(1, len(by) + 1))
        rows = f"{SCHEMA}.{self.model.table_name} where not _deleted"
        return f"select {', '.join(by)}, {value} from {rows} group by {groups}"


def _aggregate(measure: Mapping[str, Any]) -> str:
    function, of = measure["aggregation"], measure.get("expression") or "*"
    called = f"count(distinct {of})" if function == "count_distinct" else f"{function}({of})"
    return f"{called} filter (where {measure['filter']})" if "filter" in measure else called


def stated_kpis(modules: Sequence[str] = ()) -> list[Mapping[str, Any]]:
    """The library's KPIs, or those of some modules, by their files' names."""
    found = [json.loads(path.read_text()) for path in sorted((LIBRARY / "kpis").rglob("*.json"))]
    return [kpi for kpi in found if not modules or kpi["module"] in modules]


def library_of_kpis(folder: Path, kpis: Sequence[Mapping[str, Any]], more_tables: Sequence[str] = ()) -> Path:
    """The KPIs, and the objects they are reckoned from, as a library of their own."""
    codes = {kpi["formula"]["object"] for kpi in kpis}
    models = {path.stem: json.loads(path.read_text()) for path in (LIBRARY / "object_models").rglob("*.json")}
    definitions = library_of(
        folder, [name for name, model in models.items() if model["code"] in codes or name in more_tables]
    )
    (definitions / "kpis").mkdir()
    for kpi in kpis:
        (definitions / "kpis" / f"{kpi['code'].lower()}.json").write_text(json.dumps(kpi))
    return definitions


def records(figures: Sequence[Figure], count: int) -> Iterator[str]:
    """Records of one object, as JSON: over a year and more, and of the values that its KPIs ask for.

    Each is one that the definition accepts. What is asked for and would be refused is left as it was.
    """
    model = figures[0].model
    maker, chance = Maker(model), random.Random(model.code)
    asked = _asked_for(figures)
    for number in range(count):
        for trial in range(_TRIALS):
            changed = _changed(figures, asked, chance, number) if trial < _TRIALS - 1 else {}
            text = as_text(message(model, maker.payload(changed), place=number + 1))
            if _is_accepted(model, text):
                break
        yield text


def _asked_for(figures: Sequence[Figure]) -> dict[str, list[Any]]:
    """The sent columns that filters look at, themselves or through a computed column, and the values they look for."""
    found: dict[str, list[Any]] = {}
    model = figures[0].model
    texts = [str(measure["filter"]) for figure in figures for measure in figure.measures if "filter" in measure]
    for sql in texts:
        texts += [str(c.expression) for c in model.columns if c.name in columns_named(sql) and c.expression is not None]
        for column in (model.column(name) for name in columns_named(sql)):
            if column.expression is None:
                found.setdefault(column.name, []).extend(_looked_for(sql, column.name, column.pg_type.base))
    for name in (name for f in figures for m in f.measures for name in columns_named(str(m.get("expression") or "1"))):
        if model.column(name).expression is None and model.column(name).pg_type.family in ("integer", "numeric"):
            found.setdefault(name, []).extend((-40, 3, 250))
    return {name: values for name, values in found.items() if values}


def _looked_for(sql: str, name: str, base: str) -> Iterator[Any]:
    """What a condition compares a column with."""
    if base == "boolean":
        yield from (True, False)
    for node in sqlglot.parse_one(sql, read="postgres").find_all(exp.EQ, exp.NEQ, exp.In, exp.Is):
        if isinstance(node.this, exp.Column) and node.this.name == name:
            yield from (literal.this for literal in node.find_all(exp.Literal) if literal.is_string)
            yield from (None for _ in node.find_all(exp.Null))


def _changed(
    figures: Sequence[Figure], asked: Mapping[str, list[Any]], chance: random.Random, number: int
) -> dict[str, Any]:
    model = figures[0].model
    changed = _of_an_example(model, chance) if number % 2 else {}
    for name, values in asked.items():
        if chance.random() < (0.6 if any(value is not None for value in values) else 0.3):
            changed[name] = chance.choice(values)
    when = datetime.now(UTC) - timedelta(days=number % _MONTHS * 53, minutes=number)
    times = {figure.time for figure in figures}
    for column in model.columns:
        is_sent = column.expression is None and column.time_format == "iso" and changed.get(column.name, "") is not None
        if is_sent and column.pg_type.family in ("date", "instant") and (column.name in times or chance.random() < 0.7):
            # Whatever else happens to it happens soon after, in any order that the definition accepts.
            at = when if column.name in times else when + timedelta(hours=chance.choice((0, 1, 30, 60)))
            changed[column.name] = at.date().isoformat() if column.pg_type.base == "date" else at.isoformat()
    return changed


def _of_an_example(model: ObjectModel, chance: random.Random) -> dict[str, Any]:
    """Some values of a row that the definition shows, but for a key that is one column: that would be the same row."""
    shown = chance.choice(model.examples).row if model.examples else {}
    sent = {column.name for column in model.columns if column.expression is None}
    own = set(model.primary_key) if len(model.primary_key) == 1 else set()
    return {name: value for name, value in (shown or {}).items() if name in sent - own and chance.random() < 0.6}


def _is_accepted(model: ObjectModel, text: str) -> bool:
    try:
        return interpret(model, text).is_accepted
    except UnjudgedError:
        return False
