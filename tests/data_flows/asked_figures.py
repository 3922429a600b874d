"""A platform over which every KPI of some modules is asked for, and whether all ways agree. Nothing here is a test."""

from __future__ import annotations

import math
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import psycopg
from figures import Figure, library_of_kpis, records
from flow import Flow, flow_of
from metricflow_engines import ENGINES, configurations_of
from platform_under_test import SCHEMA
from running import REPOSITORY

from definitions_to_dbt.embedded_postgres import EmbeddedPostgres
from definitions_to_dbt.library import load_library
from definitions_to_dbt.metadata import PERIODS

Numbers = dict[tuple[str | None, ...], float | None]
_MARTS = REPOSITORY / "dbt_project" / "models" / "marts"
_NO_TESTS = ("--exclude-resource-type", "test", "--exclude-resource-type", "unit_test")


@dataclass
class Asked:
    """What came of asking: how many numbers were compared, which were unlike, and what PostgreSQL would not tell."""

    compared: int = 0
    unlike: list[str] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)
    says_nothing: list[str] = field(default_factory=list)


@dataclass
class AskedFigures:
    """The figures, and what plain SQL said of them before anything was archived."""

    flow: Flow
    figures: list[Figure]
    plain: dict[tuple[str, bool], Numbers] = field(default_factory=dict)

    @cached_property
    def configurations(self) -> dict[str, Any]:
        """MetricFlow by engine, once the marts are built."""
        return configurations_of(self.flow.project)

    def ask(self) -> Asked:
        """MetricFlow on both engines and the mart against plain SQL: by period, and by dimensions too."""
        asked, mart = Asked(), self._mart()
        for figure in self.figures:
            for by_dimensions in (False, True):
                expected = self.plain[figure.metric, by_dimensions]
                if not any(expected.values()):
                    asked.says_nothing.append(figure.metric)
                found = {engine: self._metric(figure, engine, by_dimensions, asked) for engine in ENGINES}
                if not by_dimensions:
                    found["mart"] = mart.get(str(figure.stated["code"]), {})
                for way, numbers in found.items():
                    if numbers is not None:
                        asked.compared += len(expected)
                        if not _agree(numbers, expected):
                            asked.unlike.append(f"{figure.metric} by {way}: {numbers} instead of {expected}")
        return asked

    def _metric(self, figure: Figure, engine: str, by_dimensions: bool, asked: Asked) -> Numbers | None:
        """None where PostgreSQL refuses, because some rows are in the archive alone."""
        from metricflow.engine.metricflow_engine import MetricFlowQueryRequest

        by = [f"metric_time__{figure.stated['grain']}"]
        for name in figure.dimensions if by_dimensions else ():
            by.append(f"{figure.model.code.lower()}__{f'own_{name}' if name in PERIODS else name}")
        request = MetricFlowQueryRequest.create(metric_names=(figure.metric,), group_by_names=tuple(by))
        try:
            table = self.configurations[engine].mf.query(request).result_df
        except Exception as error:
            if engine == "postgres" and "are in the archive, which PostgreSQL cannot read" in str(error):
                asked.refused[figure.metric] = str(error)
                return None
            raise
        places = [table.column_names.index(name) for name in by]
        return {tuple(_text(row[place]) for place in places): _number(row[-1]) for row in table.rows}

    def _mart(self) -> dict[str, Numbers]:
        found: dict[str, Numbers] = {}
        for code, period, value in self.flow.history(
            "select kpi_code, period_start, kpi_value from {{ ref('fct_kpi_values') }}"
        ):
            found.setdefault(code, {})[(_text(period),)] = _number(value)
        return found

    def note_plain_sql(self) -> None:
        """What plain SQL says now."""
        for figure in self.figures:
            for by_dimensions in (False, True):
                rows = self.flow.rows(figure.plain_sql(by_dimensions))
                numbers = {tuple(_text(value) for value in row[:-1]): _number(row[-1]) for row in rows}
                self.plain[figure.metric, by_dimensions] = numbers

    def archive(self) -> None:
        """Let all go that has aged, and build the marts, again where they stand."""
        self.flow.archive("--type", "analytics")
        build_marts(self.flow)


@contextmanager
def asked_figures(
    server: EmbeddedPostgres,
    folder: Path,
    kpis: Sequence[Mapping[str, Any]],
    rows: int,
    sent: Mapping[str, Sequence[str]] | None = None,
    tables: Sequence[str] = (),
    marts: Sequence[str] = ("performance",),
) -> Iterator[AskedFigures]:
    """The KPIs over `rows` records of each of their objects, or those that were `sent`, built on PostgreSQL.

    `tables` and `marts` come along: the objects and the folders of marts that a test looks at besides.
    """
    definitions = library_of_kpis(folder / "definitions", kpis, tables)
    library = load_library(definitions)
    figures = [Figure(kpi, library.object(kpi["formula"]["object"])) for kpi in kpis]
    with flow_of(server, definitions, folder) as flow:
        for mart in marts:
            shutil.copytree(_MARTS / mart, flow.project.folder / "models" / "marts" / mart)
        flow.prepare()
        for model in library.objects:
            own = [figure for figure in figures if figure.model == model]
            texts = (sent or {}).get(model.code) or (records(own, rows) if own else ())
            _land(flow.connection, model.table_name, texts)
        built = flow.project.dbt("build", *_NO_TESTS)
        assert built.success, built.failed or built.warnings
        found = AskedFigures(flow, figures)
        found.note_plain_sql()
        yield found


def build_marts(flow: Flow) -> None:
    """What stands on history."""
    built = flow.project.dbt("build", *_NO_TESTS, target="duckdb")
    assert built.success, built.failed or built.warnings


def _land(connection: psycopg.Connection[Any], table: str, texts: Iterable[str]) -> None:
    with connection.transaction(), connection.cursor() as cursor:
        insert = f"insert into {SCHEMA}.source_{table} (raw_data) values (%s)".encode()
        cursor.executemany(insert, [(text,) for text in texts])


def _agree(found: Numbers, expected: Numbers) -> bool:
    return found.keys() == expected.keys() and all(_is_same(found[key], expected[key]) for key in expected)


def _is_same(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return one is other
    return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-9)


def _number(value: Any) -> float | None:
    return None if value is None else float(value)


def _text(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, bool):
        return str(value).lower()
    return str(value.isoformat()[:10]) if hasattr(value, "isoformat") else str(value)
