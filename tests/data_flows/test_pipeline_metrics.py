"""The library's own figures, asked of MetricFlow: the pipeline, the win rate, and usage of which most is archived."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flow import flow_of
from library_part import LIBRARY, library_of
from platform_under_test import SCHEMA

from definitions_to_dbt.embedded_postgres import EmbeddedPostgres

pytest.importorskip("dbt_metricflow", reason="MetricFlow (dbt-metricflow) is not installed")

from test_metrics import Metrics, engine_of, write_semantic_manifest  # needs MetricFlow

OURS, THEIRS = "3f2b9a52-6d0e-4c1b-8f57-0b6c1d9e2a10", "00000000-0000-4000-8000-000000000002"
KPIS = ("partner_central/total_pipeline_value", "partner_central/win_rate", "marketplace/metered_quantity")
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


@pytest.fixture(scope="module")
def metrics(server: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Metrics]:
    """Opportunities, and usage of which two of three rows have left for the archive."""
    folder = tmp_path_factory.mktemp("pipeline")
    definitions = library_of(folder / "definitions", ("partner_central_opportunity", "meter_usage"))
    (definitions / "kpis").mkdir()
    for kpi in KPIS:
        shutil.copy(LIBRARY / "kpis" / f"{kpi}.json", definitions / "kpis")
    records = {
        "PARTNER_CENTRAL_OPPORTUNITY": [_opportunity(number, row) for number, row in enumerate(SENT)],
        "METER_USAGE": [_usage(1, 400, 5), _usage(2, 200, 7), _usage(3, 1, 11)],
    }
    with flow_of(server, definitions, folder) as flow:
        for code, payloads in records.items():
            (folder / f"{code}.ndjson").write_text("".join(json.dumps(payload) + "\n" for payload in payloads))
            flow.land(code, folder / f"{code}.ndjson")
        assert flow.build().success
        flow.archive()
        assert flow.build("duckdb").success
        write_semantic_manifest(flow.project)
        yield Metrics(flow, {target: engine_of(target, flow.project) for target in ("postgres", "duckdb")})


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
