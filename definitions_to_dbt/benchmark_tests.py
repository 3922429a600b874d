"""A benchmark as a threshold test: the newest figure of its KPI against one of its percentiles. Plain objects out."""

from __future__ import annotations

from typing import Any

from definitions_to_dbt.definition import ObjectModel
from definitions_to_dbt.library import Library
from definitions_to_dbt.metadata import Benchmark, Kpi

# Where a benchmark says nothing: the quartile on the worse side, or what it has instead.
_LEAST = ("p25", "p10", "p50", "p75", "p90")
_MOST = ("p75", "p90", "p50", "p25", "p10")
_OTHER_SIDE = {"p10": "p90", "p25": "p75", "p75": "p25", "p90": "p10"}


def benchmark_tests(library: Library, model: ObjectModel) -> list[dict[str, Any]]:
    """One test per benchmark of a KPI that is reckoned from the object, for the model that the KPI reads."""
    kpis = {kpi.code: kpi for kpi in library.kpis if kpi.formula.object == model.code}
    found = [(benchmark, kpis[benchmark.kpi]) for benchmark in library.benchmarks if benchmark.kpi in kpis]
    return [_test(benchmark, bounds) for benchmark, kpi in found if (bounds := bounds_of(benchmark, kpi))]


def threshold_of(benchmark: Benchmark, kpi: Kpi) -> str:
    """The percentile that the figure is held to; empty where a target has nothing on either side of the median."""
    if benchmark.threshold is not None:
        return benchmark.threshold.percentile
    order = _MOST if kpi.direction == "lower_is_better" else _LEAST
    two_sided = kpi.direction == "target"
    return next((name for name in order if name in benchmark.percentiles and not (two_sided and name == "p50")), "")


def bounds_of(benchmark: Benchmark, kpi: Kpi) -> dict[str, float]:
    """`at_least`, `at_most`, or for a target both: between a percentile and the one on the other side."""
    name = threshold_of(benchmark, kpi)
    stated: dict[str, float] = {str(at): value for at, value in benchmark.percentiles.items()}
    if kpi.direction == "target":
        low, high = sorted((name, _OTHER_SIDE.get(name, name)))
        sides = {"at_least": low, "at_most": high} if low != high else {}
    else:
        sides = {"at_most" if kpi.direction == "lower_is_better" else "at_least": name}
    return {side: stated[at] for side, at in sides.items() if at in stated}


def _test(benchmark: Benchmark, bounds: dict[str, float]) -> dict[str, Any]:
    severity = benchmark.threshold.severity if benchmark.threshold else "warning"
    return {
        "meets_benchmark": {
            "name": f"{benchmark.code.lower()}_is_met",
            "arguments": {"kpi": benchmark.kpi, "since": benchmark.period.start.isoformat(), **bounds},
            "config": {"severity": "error" if severity == "error" else "warn", "meta": {"benchmark": benchmark.code}},
        }
    }
