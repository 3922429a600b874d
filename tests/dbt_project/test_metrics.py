"""A KPI as a metric: MetricFlow gives the number that plain SQL gives, on both engines."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pytest
from metricflow_engines import configurations_of
from platform_under_test import Platform, fresh_database
from running import Project
from small_library import CUSTOMER, ORDER, Definition

from definitions_to_dbt.embedded_postgres import EmbeddedPostgres

metricflow = pytest.importorskip("dbt_metricflow", reason="MetricFlow (dbt-metricflow) is not installed")

OPPORTUNITY: Definition = {
    "code": "OPPORTUNITY",
    "name": "Opportunity",
    "module": "SHOP",
    "kind": "entity",
    "tenant_column": "tenant_id",
    "table_schema": {
        "table_name": "opportunities",
        "columns": [
            {"name": "opportunity_id", "type": "text", "primary_key": True},
            {"name": "tenant_id", "type": "text", "nullable": False},
            {"name": "partner_solution_id", "type": "text"},
            {"name": "lifecycle_stage", "type": "text", "nullable": False},
            {"name": "status", "type": "text"},
            {"name": "expected_revenue_usd", "type": "numeric(14,2)"},
            {"name": "close_date", "type": "date", "nullable": False},
            {"name": "visits", "type": "integer"},
            {"name": "effort", "type": "double precision"},
            {"name": "quarter", "type": "text"},
            {"name": "outcome", "type": "text", "expression":
                "case when lifecycle_stage = 'closed' and status in ('won', 'lost') then status end"},
        ],
    },
}  # fmt: skip


def _kpi(code: str, numerator: Any, denominator: Any = None, **more: Any) -> Definition:
    formula = {"object": "OPPORTUNITY", "numerator": numerator}
    formula |= {"denominator": denominator} if denominator else {}
    formula |= {"scale": more.pop("scale")} if "scale" in more else {}
    base = {"code": code, "name": code.title(), "module": "SHOP", "formula": formula, "unit": "x"}
    return base | {"direction": "higher_is_better", "grain": "quarter", "time_column": "close_date"} | more


def _of(aggregation: str, expression: str | None = None, condition: str | None = None) -> Definition:
    parts = {"aggregation": aggregation, "expression": expression, "filter": condition}
    return {key: value for key, value in parts.items() if value is not None}


WON, CLOSED = _of("count", condition="outcome = 'won'"), _of("count", condition="outcome in ('won', 'lost')")
KPIS = [
    _kpi(
        "TOTAL_PIPELINE_VALUE", _of("sum", "expected_revenue_usd", "lifecycle_stage <> 'closed'"),
        dimensions=["tenant_id", "partner_solution_id", "lifecycle_stage"], label="Pipeline {{ x }}",
    ),
    _kpi("WIN_RATE", WON, CLOSED, dimensions=["tenant_id", "quarter", "partner_solution_id"]),
    _kpi("WIN_PERCENT", WON, CLOSED, scale=100.0, description="{{ env_var('X') }} of 100"),
    _kpi("REVENUE_PER_VISIT", _of("sum", "expected_revenue_usd * 3"), _of("sum", "visits / 2"), scale=0.5),
    _kpi("SOLUTIONS_TOO", _of("count_distinct", "partner_solution_id"), name="Solutions"),
    _kpi("SOLUTIONS", _of("count_distinct", "partner_solution_id"), scale=10.0),
    _kpi("EFFORT", _of("avg", "round(effort * visits, 2)", "visits % 2 = 0")),
    _kpi("NEVER", _of("sum", "visits", "lifecycle_stage = 'x'"), _of("count", condition="lifecycle_stage = 'x'")),
    _kpi("LATEST", _of("max", "visits"), time_column=None),
    {**_kpi("TURNOVER", _of("sum", "amount", "status = 'paid'"), dimensions=["status"], time_column=None),
     "formula": {"object": "ORDER", "numerator": _of("sum", "amount", "status = 'paid'")}, "grain": "month"},
]  # fmt: skip


def _benchmark(code: str, kpi: str, percentile: str, value: float, severity: str | None = None) -> Definition:
    base = {"code": code, "kpi": kpi, "industry": "SHOPS", "period": {"start": "2024-01-01", "end": "2024-12-31"}}
    held = {"threshold": {"percentile": percentile, "severity": severity}} if severity else {}
    return base | {"percentiles": {percentile: value}} | held


# The newest quarter in which something closed saw one of two won, the newest month a turnover of 49.50.
BENCHMARKS = [
    _benchmark("WINS_JUST_ENOUGH", "WIN_PERCENT", "p25", 50.0),
    _benchmark("WINS_TOO_FEW", "WIN_PERCENT", "p25", 50.001),
    _benchmark("WINS_FAR_TOO_FEW", "WIN_PERCENT", "p90", 99.0, "error"),
    _benchmark("WINS_BEFORE_IT_WAS_KNOWN", "WIN_PERCENT", "p90", 99.0)
    | {"period": {"start": "2025-01-01", "end": "2025-12-31"}},
    _benchmark("TURNOVER_JUST_ENOUGH", "TURNOVER", "p50", 49.5),
    _benchmark("TURNOVER_TOO_LITTLE", "TURNOVER", "p50", 49.6, "error"),
]


@dataclass
class Metrics:
    """A platform with rows, and MetricFlow over it."""

    platform: Platform
    engines: dict[str, Any]

    def ask(self, metric: str, *by: str, target: str = "postgres") -> dict[tuple[Any, ...], Any]:
        """The metric by dimensions."""
        from metricflow.engine.metricflow_engine import MetricFlowQueryRequest

        request = MetricFlowQueryRequest.create(metric_names=(metric,), group_by_names=by or None)
        table = self.engines[target].query(request).result_df
        places = [table.column_names.index(name) for name in by]
        return {tuple(_plain(row[place]) for place in places): _plain(row[-1]) for row in table.rows}

    def sql(self, query: str) -> dict[tuple[Any, ...], Any]:
        """The same by hand."""
        rows = self.platform.rows(f"select {query.replace('from ', 'from analytics_service.', 1)}")
        return {tuple(_plain(value) for value in row[:-1]): _plain(row[-1]) for row in rows}


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal | float | int):
        return round(float(value), 9)
    return value.isoformat()[:10] if hasattr(value, "isoformat") else value


def _project(folder: Path) -> Project:
    """The small library with KPIs."""
    (folder / "definitions" / "kpis").mkdir(parents=True)
    for kind, stated in (("benchmarks", BENCHMARKS), ("industries", [{"code": "SHOPS", "name": "Shops"}])):
        (folder / "definitions" / kind).mkdir()
        for one in stated:
            (folder / "definitions" / kind / f"{one['code']}.json").write_text(json.dumps(one))
    for kpi in KPIS:
        (folder / "definitions" / "kpis" / f"{kpi['code']}.json").write_text(json.dumps(kpi))
    return Project.of(folder, [CUSTOMER, ORDER, OPPORTUNITY])


@pytest.fixture(scope="module")
def metrics(server: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Metrics]:
    """Rows in both engines. Built once: the tests only ask."""
    folder = tmp_path_factory.mktemp("metrics")
    with fresh_database(server, folder), psycopg.connect(autocommit=True) as connection:
        project = _project(folder)
        platform = Platform(project, connection).prepare()
        platform.land("opportunities", *OPPORTUNITIES)
        platform.land("orders", *ORDERS)
        for target in ("postgres", "duckdb"):
            # Some of the benchmarks are there to be missed.
            ended = project.dbt("build", "--exclude-resource-type", "test", target=target)
            assert ended.success, ended.failed or ended.warnings
        yield Metrics(platform, {target: found.mf for target, found in configurations_of(project).items()})


def _opportunity(number: int) -> dict[str, Any]:
    stage = ("prospect", "qualified", "closed")[number % 3]
    return {
        "opportunity_id": f"O{number}",
        "tenant_id": f"t{number % 2}",
        "partner_solution_id": f"s{number % 3}" if number % 7 else None,
        "lifecycle_stage": stage,
        "status": ("won", "lost", "stalled")[number // 3 % 3],
        "expected_revenue_usd": f"{number * 1000}.{number:02d}" if number % 5 else None,
        "close_date": f"2024-{number % 12 + 1:02d}-15",
        "visits": number,
        "effort": number / 7,
        "quarter": f"2024-Q{number % 12 // 3 + 1}",
    }


OPPORTUNITIES = [_opportunity(number) for number in range(40)]
ORDERS = [
    {"order_id": n, "ordered_at": f"2024-{n % 3 + 1:02d}-28T23:30:00Z", "version": 1, "amount": f"{n}.10",
     "status": "paid" if n % 4 else "open"}
    for n in range(20)
]  # fmt: skip
PERIOD = "date_trunc('quarter', close_date)::date"


def test_a_filtered_sum_by_dimensions_is_that_of_plain_sql_on_both_engines(metrics: Metrics) -> None:
    by = ("opportunity__tenant_id", "opportunity__partner_solution_id", "opportunity__lifecycle_stage")
    expected = metrics.sql(
        "tenant_id, partner_solution_id, lifecycle_stage, sum(expected_revenue_usd) from opportunities_read"
        " where lifecycle_stage <> 'closed' group by 1, 2, 3"
    )

    for target in ("postgres", "duckdb"):
        found = metrics.ask("total_pipeline_value", *by, target=target)
        assert {key: value for key, value in found.items() if key[2] != "closed"} == expected
        assert {value for key, value in found.items() if key[2] == "closed"} == {None}


def test_a_ratio_by_a_derived_column_is_that_of_plain_sql(metrics: Metrics) -> None:
    # MetricFlow keeps the word quarter for itself: the column's dimension says that it is the object's own.
    by = ("opportunity__tenant_id", "opportunity__own_quarter", "opportunity__partner_solution_id")
    rate = "(count(*) filter (where outcome = 'won'))::float8 / nullif(count(*) filter (where outcome is not null), 0)"
    expected = metrics.sql(f"tenant_id, quarter, partner_solution_id, {rate} from opportunities_read group by 1, 2, 3")

    assert any(value not in (None, 0, 1) for value in metrics.ask("win_rate", "opportunity__tenant_id").values())
    assert metrics.ask("win_rate", *by) == expected
    assert metrics.ask("win_rate", *by, target="duckdb") == expected


@pytest.mark.parametrize(
    ("metric", "reckoned"),
    [
        ("win_percent", "100 * (count(*) filter (where outcome = 'won'))::float8"
                        " / nullif(count(*) filter (where outcome is not null), 0)"),
        ("revenue_per_visit", "0.5 * sum(expected_revenue_usd * 3)::float8 / sum(visits / 2.0)"),
        ("solutions", "10 * count(distinct partner_solution_id)"),
        ("effort", "avg(round((effort * visits)::numeric, 2)) filter (where visits % 2 = 0)"),
        ("never", "null::float8"),
    ],
)  # fmt: skip
def test_every_form_of_a_formula_is_that_of_plain_sql_by_the_kpis_grain(
    metrics: Metrics, metric: str, reckoned: str
) -> None:
    expected = metrics.sql(f"{PERIOD}, {reckoned} from opportunities_read group by 1")

    for target in ("postgres", "duckdb"):
        assert metrics.ask(metric, "metric_time__quarter", target=target) == expected


def test_a_kpi_without_a_time_falls_into_the_period_in_which_its_rows_were_written(metrics: Metrics) -> None:
    assert metrics.ask("latest", "metric_time__year") == metrics.sql(
        "date_trunc('year', _loaded_at at time zone 'UTC')::date, max(visits) from opportunities_read group by 1"
    )


def test_a_metric_over_history_has_utc_periods_and_is_the_marts_number(metrics: Metrics) -> None:
    expected = metrics.sql(
        "date_trunc('month', ordered_at at time zone 'UTC')::date, sum(amount) filter (where status = 'paid')"
        " from orders group by 1"
    )

    assert metrics.ask("turnover", "metric_time__month", target="duckdb") == expected


@pytest.mark.parametrize(
    ("target", "model", "expected"),
    [
        ("postgres", "opportunities_read", {
            "wins_just_enough": "pass", "wins_too_few": "warn", "wins_far_too_few": "fail",
            "wins_before_it_was_known": "pass",
        }),
        ("duckdb", "history_orders", {"turnover_just_enough": "pass", "turnover_too_little": "fail"}),
    ],
)  # fmt: skip
def test_a_benchmark_is_a_test_of_the_newest_figure_as_severe_as_it_says(
    metrics: Metrics, target: str, model: str, expected: dict[str, str]
) -> None:
    ended = metrics.platform.project.dbt("test", "--select", f"test_name:meets_benchmark,{model}+", target=target)

    found = {name: status for name, status in ended.statuses.items() if name.endswith("_is_met")}
    assert found == {f"{name}_is_met": status for name, status in expected.items()}


def test_the_texts_of_a_kpi_are_in_the_manifest_as_they_were_written(metrics: Metrics) -> None:
    manifest = json.loads((metrics.platform.project.folder / "target" / "manifest.json").read_text())
    found = {metric["name"]: metric for metric in manifest["metrics"].values()}

    assert found["total_pipeline_value"]["label"] == "Pipeline {{ x }}"
    assert {found[name]["label"] for name in ("solutions", "solutions_too")} == {
        "Solutions (SOLUTIONS)", "Solutions (SOLUTIONS_TOO)"
    }  # fmt: skip
    assert found["win_percent"]["description"] == "{{ env_var('X') }} of 100"
    assert found["win_percent"]["config"]["meta"] == {
        "kpi_code": "WIN_PERCENT", "unit": "x", "direction": "higher_is_better"
    }  # fmt: skip
