"""The library's own figures, asked of MetricFlow: the pipeline, the win rate, and usage of which most is archived.

Every KPI of the library is asked for in the same way by `make check-metrics`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from figures import stated_kpis
from platform_under_test import SCHEMA

from definitions_to_dbt.embedded_postgres import EmbeddedPostgres

pytest.importorskip("dbt_metricflow", reason="MetricFlow (dbt-metricflow) is not installed")

from asked_figures import Asked, AskedFigures, asked_figures, build_marts  # these need MetricFlow
from metricflow_engines import problems_of
from test_metrics import Metrics

OURS, THEIRS = "3f2b9a52-6d0e-4c1b-8f57-0b6c1d9e2a10", "00000000-0000-4000-8000-000000000002"
# Tenant, solution, stage, day on which it should close, expected amount, its currency.
SENT = [
    (OURS, "S-1", "Qualified", "2024-02-01", "1000.50", "USD"),
    (OURS, "S-1", "Qualified", "2024-05-01", "2000.25", "USD"),
    (OURS, "S-1", "Committed", "2024-05-02", "400", "USD"),
    (OURS, "S-1", "Committed", "2024-05-02", "999999", "EUR"),
    (OURS, "S-2", "Launched", "2024-02-03", "5000", "USD"),
    (OURS, "S-2", "Launched", "2024-03-31", "5000", "USD"),
    (OURS, "S-2", "Closed Lost", "2024-03-31", "7000", "USD"),
    (OURS, "S-2", "Closed Lost", "2024-04-01", "7000", "USD"),
    (THEIRS, None, "Prospect", "2024-02-01", "77", "USD"),
    (THEIRS, None, "Launched", "2024-02-01", "88", "USD"),
]
BY_STAGE = {
    (OURS, "S-1", "qualified"): 3000.75,
    (OURS, "S-1", "committed"): 400.0,
    (THEIRS, None, "prospect"): 77.0,
}
BY_QUARTER = {
    (OURS, "2024-Q1", "S-2"): 66.666666667,
    (OURS, "2024-Q2", "S-2"): 0.0,
    (THEIRS, "2024-Q1", None): 100.0,
}


def _opportunity(number: int, row: tuple[Any, ...]) -> dict[str, Any]:
    tenant, solution, stage, closes, amount, currency = row
    return {
        "tenant_id": tenant,
        "Identifier": f"O{number}",
        "LastModifiedDate": "2024-01-01T00:00:00Z",
        "LifeCycle": {"Stage": stage, "TargetCloseDate": closes, "ReviewStatus": "Approved"},
        "Customer": {"Account": {"CompanyName": "Made up"}},
        "Project": {
            "Title": f"Project {number}", "ExpectedCustomerSpend": [{"Amount": amount, "CurrencyCode": currency}],
        },
        "RelatedEntityIdentifiers": {"Solutions": [solution] if solution else []},
    }  # fmt: skip


def _usage(number: int, age_in_days: int, quantity: int) -> dict[str, Any]:
    time = (datetime.now(UTC) - timedelta(days=age_in_days)).strftime("%Y-%m-%dT%H:00:00Z")
    return {
        "usage_key": f"p/c/d/{number}", "tenant_id": OURS, "product_code": "p", "customer_identifier": "c",
        "dimension": "d", "quantity": quantity, "usage_time": time, "correlation_id": f"mu-{number}",
        "status": "Success", "sent_at": time,
    }  # fmt: skip


@dataclass
class Pipeline:
    """The figures, and what came of asking for all of them before and after most rows have left."""

    figures: AskedFigures
    hot: Asked
    cold: Asked

    def mart(self, query: str) -> dict[tuple[Any, ...], Any]:
        """What a mart says, by its first columns."""
        return {tuple(row[:-1]): round(float(row[-1]), 9) for row in self.figures.flow.history(query)}


@pytest.fixture(scope="module")
def figures(server: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[AskedFigures]:
    """Opportunities, what else their module counts, and usage of which two of three rows may leave for the archive."""
    sent = {
        "PARTNER_CENTRAL_OPPORTUNITY": [json.dumps(_opportunity(number, row)) for number, row in enumerate(SENT)],
        "METER_USAGE": [json.dumps(_usage(*row)) for row in ((1, 400, 5), (2, 200, 7), (3, 1, 11))],
    }
    kpis = [kpi for kpi in stated_kpis() if kpi["module"] == "PARTNER_CENTRAL" or kpi["code"] == "METERED_QUANTITY"]
    tables, marts = ("tenant", "partner_central_solution"), ("performance", "calendar", "partner_central")
    folder = tmp_path_factory.mktemp("pipeline")
    with asked_figures(server, folder, kpis, rows=12, sent=sent, tables=tables, marts=marts) as made:
        yield made


@pytest.fixture(scope="module")
def pipeline(figures: AskedFigures) -> Pipeline:
    """All of them asked for while every row is hot, and once more. Its tests stand first: the others archive too."""
    build_marts(figures.flow)
    hot = figures.ask()
    figures.archive()
    return Pipeline(figures, hot, figures.ask())


@pytest.fixture(scope="module")
def metrics(figures: AskedFigures) -> Metrics:
    """Some of them, once what may leave has left."""
    figures.archive()
    return Metrics(figures.flow, {target: found.mf for target, found in figures.configurations.items()})


@pytest.mark.long
def test_every_kpi_is_one_number_to_metricflow_on_both_engines_to_the_mart_and_to_plain_sql(pipeline: Pipeline) -> None:
    assert pipeline.hot.unlike == []
    assert (pipeline.hot.refused, pipeline.hot.says_nothing) == ({}, [])
    assert len(pipeline.figures.figures) == 8


@pytest.mark.long
def test_what_has_left_changes_no_number_and_postgresql_says_that_it_cannot_tell(pipeline: Pipeline) -> None:
    ageing = {figure.metric for figure in pipeline.figures.figures if figure.model.ages}

    assert pipeline.cold.unlike == []
    assert pipeline.cold.refused.keys() == ageing == {"metered_quantity", "crm_record_acceptance_rate"}
    assert (
        "2 rows of meter_usage are in the archive, which PostgreSQL cannot read"
        in (pipeline.cold.refused["metered_quantity"])
    )


@pytest.mark.long
@pytest.mark.parametrize("target", ["postgres", "duckdb"])
def test_metricflow_finds_nothing_to_say_against_the_configuration(pipeline: Pipeline, target: str) -> None:
    assert problems_of(pipeline.figures.configurations[target]) == []


@pytest.mark.long
def test_the_marts_of_the_pipeline_are_the_metrics_numbers(pipeline: Pipeline) -> None:
    by_stage = "select tenant_id::text, partner_solution_id, lifecycle_stage, total_pipeline_value"
    by_quarter = "select tenant_id::text, quarter, partner_solution_id, win_rate"

    assert pipeline.mart(f"{by_stage} from {{{{ ref('mart_partner_pipeline') }}}}") == BY_STAGE
    assert pipeline.mart(f"{by_quarter} from {{{{ ref('mart_partner_win_rate') }}}}") == BY_QUARTER


@pytest.mark.parametrize("target", ["postgres", "duckdb"])
def test_the_pipeline_by_tenant_solution_and_stage_is_the_checked_number(metrics: Metrics, target: str) -> None:
    names = ("tenant_id", "partner_solution_id", "lifecycle_stage")
    plain = metrics.sql(
        "tenant_id::text, partner_solution_id, lifecycle_stage, sum(expected_revenue_usd)"
        " from partner_central_opportunity_read where lifecycle_stage <> 'closed' group by 1, 2, 3"
    )

    found = metrics.ask(
        "total_pipeline_value", *(f"partner_central_opportunity__{name}" for name in names), target=target
    )

    assert {(str(key[0]), *key[1:]): value for key, value in found.items() if key[2] != "closed"} == plain == BY_STAGE


@pytest.mark.parametrize("target", ["postgres", "duckdb"])
def test_the_win_rate_by_tenant_quarter_and_solution_is_the_checked_number(metrics: Metrics, target: str) -> None:
    entity = "partner_central_opportunity"
    names = ("tenant_id", "own_quarter", "partner_solution_id")
    plain = metrics.sql(
        "tenant_id::text, quarter, partner_solution_id,"
        " 100.0 * count(*) filter (where outcome = 'won') / count(*)"
        f" from {entity}_read where outcome in ('won', 'lost') group by 1, 2, 3"
    )

    found = metrics.ask("win_rate", *(f"{entity}__{name}" for name in names), target=target)

    assert {(str(key[0]), *key[1:]): value for key, value in found.items() if value is not None} == plain == BY_QUARTER


def test_what_is_archived_is_in_the_figure(metrics: Metrics) -> None:
    assert metrics.platform.value(f"select sum(quantity) from {SCHEMA}.meter_usage") == 11

    found = metrics.ask("metered_quantity", "metric_time__year", target="duckdb")

    assert sum(found.values()) == 23 and len(found) > 1
