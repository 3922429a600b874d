"""Where each column comes from: payload path, staging, write model, versions, archive, history, read model, KPI.

Told by the definitions alone, so it is the same for everybody who has them; hand-written models are not in here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from definitions_to_dbt import names
from definitions_to_dbt.checked_sql import named_columns
from definitions_to_dbt.definition import Column, ObjectModel
from definitions_to_dbt.kpis import relation_of, time_of
from definitions_to_dbt.library import Library
from definitions_to_dbt.metadata import Kpi
from definitions_to_dbt.read_model import read_columns

Layer = Literal["payload", "staging", "write", "versions", "read", "archive", "history", "kpi", "mart"]
How = Literal["", "payload", "expression", "token", "mask", "join", "aggregate", "filter"]
_PROTECTED: dict[str, How] = {"tokenize": "token", "mask": "mask"}


class Origin(NamedTuple):
    """What a column is made of: other columns as model.column, and how. Nothing said: it is the same value."""

    columns: tuple[str, ...]
    how: How = ""


@dataclass(frozen=True)
class Lineage:
    """The columns of one model, or the parts of one KPI, each with its origin."""

    model: str
    layer: Layer
    object: str
    columns: Mapping[str, Origin] = field(default_factory=dict)


def column_lineage(library: Library) -> list[Lineage]:
    """Every model and KPI of the library in the order of their names."""
    found = [lineage for model in library.objects for lineage in _of_object(library, model)]
    found += [_of_kpi(kpi, library.object(kpi.formula.object)) for kpi in library.kpis]
    return sorted(found, key=lambda lineage: lineage.model)


def payload_node(model: ObjectModel, column: Column) -> str:
    """A place in the payload as a node of the lineage: `source_orders.$.customer`."""
    written = column.path.written
    return f"{names.source_table(model)}.{written if written.startswith('$') else f'$.{written}'}"


def kpi_node(code: str) -> str:
    """A KPI as a model of the lineage. A colon stands in no name of a model."""
    return f"kpi:{code}"


def _of_object(library: Library, model: ObjectModel) -> Iterator[Lineage]:
    staging, table = names.staging(model), model.table_name
    yield Lineage(staging, "staging", model.code, {c.name: _staged(model, c) for c in model.columns})
    yield Lineage(table, "write", model.code, _same(staging, model))
    if model.has_versions:
        yield Lineage(names.versions(model), "versions", model.code, _same(staging, model))
    yield Lineage(names.read_model(model), "read", model.code, dict(_read(library, model)))
    if model.ages:
        visible = [column for column in model.columns if column.pii != "drop"]
        archived = {c.name: _shown(f"{table}.{c.name}", c) for c in visible}
        yield Lineage(names.archive(model), "archive", model.code, archived)
        both = {c.name: _both(model, c) for c in visible}
        yield Lineage(names.history(model), "history", model.code, both)


def _read(library: Library, model: ObjectModel) -> Iterator[tuple[str, Origin]]:
    for shown in read_columns(model, library.tables):
        owner = shown.joined.parent if shown.joined else model
        yield shown.name, _shown(f"{owner.table_name}.{shown.column.name}", shown.column, shown.joined is not None)


def _staged(model: ObjectModel, column: Column) -> Origin:
    if column.expression is None:
        return Origin((payload_node(model, column),), "payload")
    staging = names.staging(model)
    return Origin(tuple(f"{staging}.{name}" for name in sorted(named_columns(column.expression))), "expression")


def _same(staging: str, model: ObjectModel) -> dict[str, Origin]:
    return {column.name: Origin((f"{staging}.{column.name}",)) for column in model.columns}


def _shown(source: str, column: Column, is_joined: bool = False) -> Origin:
    """Personal data as a token or mask; a name behind a key by a join."""
    return Origin((source,), _PROTECTED.get(column.pii, "join" if is_joined else ""))


def _both(model: ObjectModel, column: Column) -> Origin:
    """Current truth: hot rows of the table, cold ones of the archive."""
    columns = (f"{model.table_name}.{column.name}", f"{names.archive(model)}.{column.name}")
    return Origin(columns, _PROTECTED.get(column.pii, ""))


def _of_kpi(kpi: Kpi, model: ObjectModel) -> Lineage:
    relation = relation_of(model)

    def of(named: set[str], how: How) -> Origin:
        return Origin(tuple(f"{relation}.{name}" for name in sorted(named)), how)

    columns: dict[str, Origin] = {}
    for side, measure in (("numerator", kpi.formula.numerator), ("denominator", kpi.formula.denominator)):
        if measure is None:
            continue
        columns[side] = of(named_columns(measure.expression) if measure.expression else set(), "aggregate")
        if measure.filter:
            columns[f"{side} filter"] = of(named_columns(measure.filter), "filter")
    declared = {column.name for column in model.columns}
    if (period := time_of(kpi, model)) in declared:
        columns["period"] = of({period}, "")
    columns |= {f"by {name}": of({name}, "") for name in kpi.dimensions}
    return Lineage(kpi_node(kpi.code), "kpi", model.code, columns)
