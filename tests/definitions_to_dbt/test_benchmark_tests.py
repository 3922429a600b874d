"""Which percentile a figure is held to, and on which side."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import ValidationError

from definitions_to_dbt.benchmark_tests import bounds_of
from definitions_to_dbt.metadata import Benchmark, Kpi

ALL = {"p10": 1, "p25": 2, "p50": 3, "p75": 4, "p90": 5}


def benchmark(percentiles: dict[str, float], **more: Any) -> Benchmark:
    period = {"start": "2024-01-01", "end": "2024-12-31"}
    stated = {"code": "B", "kpi": "K", "industry": "I", "period": period, "percentiles": percentiles}
    return Benchmark.model_validate_json(json.dumps(stated | more))


def kpi(direction: str) -> Kpi:
    formula = {"object": "O", "numerator": {"aggregation": "count"}}
    stated = {"code": "KP", "name": "K", "module": "M", "formula": formula, "unit": "x", "grain": "month"}
    return Kpi.model_validate(stated | {"direction": direction})


@pytest.mark.parametrize(
    ("direction", "percentiles", "bounds"),
    [
        ("higher_is_better", ALL, {"at_least": 2}),
        ("lower_is_better", ALL, {"at_most": 4}),
        ("target", ALL, {"at_least": 2, "at_most": 4}),
        ("higher_is_better", {"p50": 3, "p90": 5}, {"at_least": 3}),
        ("lower_is_better", {"p10": 1, "p50": 3}, {"at_most": 3}),
        ("target", {"p50": 3}, {}),
        ("target", {"p75": 4}, {"at_most": 4}),
    ],
)
def test_where_nothing_is_said_it_is_the_quartile_on_the_worse_side(
    direction: str, percentiles: dict[str, float], bounds: dict[str, float]
) -> None:
    assert bounds_of(benchmark(percentiles), kpi(direction)) == bounds


@pytest.mark.parametrize(
    ("direction", "bounds"),
    [
        ("higher_is_better", {"at_least": 5}),
        ("lower_is_better", {"at_most": 5}),
        ("target", {"at_least": 1, "at_most": 5}),
    ],
)
def test_a_threshold_that_is_stated_holds_by_the_kpis_direction(direction: str, bounds: dict[str, float]) -> None:
    assert bounds_of(benchmark(ALL, threshold={"percentile": "p90"}), kpi(direction)) == bounds


def test_a_figure_cannot_be_held_to_a_percentile_that_nobody_gave() -> None:
    with pytest.raises(ValidationError, match="the benchmark states no p90, only p50"):
        benchmark({"p50": 3}, threshold={"percentile": "p90", "severity": "error"})
