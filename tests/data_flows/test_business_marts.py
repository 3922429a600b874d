"""Marts of revenue, compliance and SCOR over two invented years, each number reckoned again here.

Each mart is built twice, before and after the archive took what had aged, as of a day that lies back a while.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import pytest
from business_years import (
    OF_THE_CATALOGUE,
    TABLES,
    Business,
    Rows,
    business_of,
    day_of,
    month_of,
    next_month,
    share,
    time_of,
)
from library_part import LIBRARY
from platform_under_test import SCHEMA
from running import REPOSITORY

from definitions_to_dbt.embedded_postgres import EmbeddedPostgres
from demo.business_dice import TENANTS, Record

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def business(server: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Business]:
    yield from business_of(server, tmp_path_factory.mktemp("business"))


def test_every_model_test_and_unit_test_of_the_marts_passes(business: Business) -> None:
    for ended in (business.layer_2, business.built_cold):
        assert ended.failed == {} and ended.success
    # Dice meet no benchmark, and nobody has placed the holds of the register in the archive by then.
    failed = {name: said for name, said in business.built_hot.failed.items() if not name.endswith("_is_met")}
    assert list(failed.values()) == ["warn: Got 2 results, configured to warn if != 0"], failed
    assert business.built_hot.success
    assert sum(name.startswith(("fct_", "mart_")) for name in business.built_hot.statuses) == 15
    for table in TABLES:
        assert set(business.flow.counts(table)) <= {"loaded", "superseded"}, table


def test_no_mart_notices_that_rows_were_archived(business: Business) -> None:
    moved = business.flow.value("select count(distinct table_name) from archive_catalog.units where kind = 'analytics'")

    assert moved == 5
    for mart in business.before:
        if mart not in OF_THE_CATALOGUE:
            assert business.after[mart] == business.before[mart], mart
            assert business.after[mart], mart


def test_recurring_revenue_is_what_was_known_at_each_months_end(business: Business) -> None:
    subscriptions = business.known("SUBSCRIPTION", "id", "updated_at")
    expected: Rows = {}
    paid: dict[tuple[str, str, str], float] = {}
    paid_ever: set[tuple[str, str, str]] = set()
    month = month_of(min(date.fromisoformat(one[0]["start_date"]) for one in subscriptions.values()))
    while month <= business.as_of:
        measured_on = min(next_month(month) - timedelta(days=1), business.as_of)
        now = _paid_on(subscriptions, measured_on)
        for key in paid.keys() | now.keys():
            movement = _movement(paid.get(key, 0), now.get(key, 0), key in paid_ever)
            expected[*key, month] = (paid.get(key, 0), now.get(key, 0), movement)
        paid, paid_ever, month = now, paid_ever | now.keys(), next_month(month)

    found = business.keyed(
        "fct_subscriber_months",
        "tenant_id, product_id, subscriber_account_id, revenue_month",
        "opening_mrr_usd, mrr_usd, movement",
    )

    assert found == expected
    assert {row[2] for row in found.values()} == {
        "new", "reactivation", "expansion", "contraction", "churn", "retained",
    }  # fmt: skip


def _paid_on(subscriptions: dict[str, list[Record]], day: date) -> dict[tuple[str, str, str], float]:
    paid: dict[tuple[str, str, str], float] = defaultdict(float)
    for versions in subscriptions.values():
        # The first version counts from the start, however late it came.
        record = ([versions[0]] + [one for one in versions[1:] if day_of(one["updated_at"]) <= day])[-1]
        runs = record["start_date"] <= day.isoformat() <= (record["end_date"] or "9999-12-31")
        if runs and record["status"] in ("active", "cancelled", "ended") and record["monthly_value_usd"]:
            key = (record["tenant_id"], record["product_id"], record["subscriber_account_id"])
            paid[key] = round(paid[key] + float(record["monthly_value_usd"]), 2)
    return dict(paid)


def _movement(before: float, after: float, has_paid: bool) -> str:
    if not before:
        return "reactivation" if has_paid else "new"
    if not after:
        return "churn"
    return "retained" if before == after else "expansion" if after > before else "contraction"


def test_the_months_of_a_product_are_the_sums_of_its_buyers_and_its_invoices(business: Business) -> None:
    expected: dict[tuple[Any, ...], Counter[str]] = defaultdict(Counter)
    months = business.keyed(
        "fct_subscriber_months",
        "tenant_id, product_id, revenue_month, subscriber_account_id",
        "opening_mrr_usd, mrr_usd, movement",
    )
    for (tenant, product, month, _), (opening, closing, movement) in months.items():
        sums = expected[tenant, product, month]
        sums += Counter({"opening": opening, "closing": closing, movement: abs(closing - opening)})
    for line in business.sent["MARKETPLACE_BILLING_EVENT"]:
        day = day_of(line["action_date"])
        if line["transaction_type"] == "SELLER_REV_SHARE" and line["currency"] == "USD" and day <= business.as_of:
            expected[line["tenant_id"], line["product_id"], month_of(day)]["invoiced"] += float(line["amount"])  # type: ignore[assignment]

    found = business.keyed(
        "mart_recurring_revenue",
        "tenant_id, product_id, revenue_month",
        "opening_mrr_usd, new_mrr_usd, reactivation_mrr_usd, expansion_mrr_usd, contraction_mrr_usd, churned_mrr_usd,"
        " mrr_usd, arr_usd, invoiced_usd, net_retention_rate",
    )

    names = ("opening", "new", "reactivation", "expansion", "contraction", "churn", "closing")
    assert found.keys() == expected.keys()
    for key, row in found.items():
        sums = expected[key]
        kept = sums["opening"] + sums["expansion"] - sums["contraction"] - sums["churn"]
        figures = [*(sums[name] for name in names), 12 * sums["closing"], sums["invoiced"]]
        assert row == pytest.approx((*figures, share(kept, sums["opening"]))), key


def test_policies_show_what_was_broken_mended_approved_and_assessed(business: Business) -> None:
    today = business.as_of
    policy_of = {one["violation_id"]: one["policy_id"] for one in business.sent["COMPLIANCE_VIOLATION"]}
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for violation in business.sent["COMPLIANCE_VIOLATION"]:
        deadline = time_of(violation["detected_at"]) + timedelta(hours=72)
        told = time_of(violation["reported_at"] or f"{today}T00:00:00Z")
        counts[violation["policy_id"]].update(
            ["violations"]
            + ["serious"] * (violation["severity"] in ("high", "critical"))
            + ["open"] * (violation["status"] in ("open", "contained"))
            + ["late"] * (violation["affects_personal_data"] and told > deadline)
        )
    for action in business.sent["COMPLIANCE_ACTION"]:
        is_open = action["status"] in ("open", "in_progress")
        counts[policy_of[action["violation_id"]]].update(
            ["actions"]
            + ["overdue"] * (is_open and action["due_on"] < today.isoformat())
            + ["done late"] * (action["status"] == "done" and action["completed_on"] > action["due_on"])
        )
    for approval in business.sent["APPROVAL_REQUEST"]:
        counts[approval["policy_id"]].update([approval["decision"]])
    for control in business.sent["COMPLIANCE_CONTROL"]:
        tests = [
            one for one in business.sent["CONTROL_ASSESSMENT"]
            if one["control_id"] == control["control_id"] and day_of(one["assessed_at"]) <= today
        ]  # fmt: skip
        last = max(tests, key=lambda one: str(one["assessed_at"]), default=None)
        runs = control["status"] == "operating"
        counts[control["policy_id"]].update(
            ["effective"] * bool(runs and last and last["result"] == "effective") + ["assessments"] * len(tests)
        )

    found = business.keyed(
        "mart_policy_compliance",
        "tenant_id, policy_id",
        "violation_count, serious_violation_count, open_violation_count, late_reported_violation_count, action_count,"
        " overdue_action_count, done_late_action_count, pending_approval_count, approved_count, rejected_count,"
        " lapsed_count, effective_control_count, assessment_count, policy_status",
    )

    names = (
        "violations", "serious", "open", "late", "actions", "overdue", "done late", "pending", "approved", "rejected",
        "lapsed", "effective", "assessments",
    )  # fmt: skip
    in_register = {one["policy_id"] for one in business.sent["COMPLIANCE_POLICY"]}
    assert found == {
        (TENANTS[0], policy): (
            *(of_policy[name] for name in names), "in_force" if policy in in_register else "not in the register",
        )
        for policy, of_policy in counts.items()
    }  # fmt: skip


def test_the_archive_covers_what_its_catalogue_says(business: Business) -> None:
    counting = "select table_name, kind, sum(rows), count(*), sum(bytes), min(lo), max(hi) from {} group by 1, 2"
    expected = business.flow.rows(counting.format("archive_catalog.readable_files"))

    found = business.rows(
        "select table_name, archive_kind, archived_row_count, file_count, byte_count, archived_from, archived_until"
        " from mart_archive_coverage where unit_count > 0 and has_policy"
    )

    assert sorted(found) == sorted(tuple(row) for row in expected)
    for table, _, archived, *_ in found:
        landed_and_gone = f"select count(*) - (select count(*) from {SCHEMA}.{table}) from {SCHEMA}.source_{table}"
        assert archived == business.flow.value(landed_and_gone), table


def test_a_hold_that_nobody_placed_in_the_archive_is_found(business: Business) -> None:
    units, rows = business.flow.rows(
        "select count(*), sum(row_count) from archive_catalog.units"
        " where table_name = 'marketing_touchpoint' and state = 'active'"
    )[0]

    found = business.keyed("mart_legal_holds", "hold_id", "finding, held_unit_count, held_row_count")

    assert found == {("HLD-0001",): ("kept", units, rows), ("HLD-0002",): ("not kept by the archive", 0, 0)}
    assert units > 1


def test_the_scorecard_places_each_mean_among_the_percentiles_of_each_industry(business: Business) -> None:
    listed = json.loads((REPOSITORY / "demo/scor_reference/scor_metric_catalog.json").read_text())
    catalog = {one["metric_id"]: one for one in listed}
    kpis = [json.loads(path.read_text()) for path in (LIBRARY / "kpis/ascm_scor").glob("scor_*.json")]
    benchmarks = [json.loads(path.read_text()) for path in (LIBRARY / "benchmarks/ascm_scor").glob("*.json")]
    metric_of = {kpi["code"]: kpi["formula"]["numerator"]["filter"].split("'")[1] for kpi in kpis}
    measured: dict[tuple[Any, ...], list[float]] = defaultdict(list)
    for one in business.sent["SCOR_METRIC"]:
        for process in (one["process_id"], "F1", "F"):
            measured[one["metric_id"], process, month_of(day_of(one["timestamp"]))].append(one["value"])
    expected: dict[tuple[Any, ...], tuple[float, float | None]] = {}
    for (metric, process, month), values in measured.items():
        mean, rising = sum(values) / len(values), catalog[metric]["direction"] == "higher_is_better"
        of_metric = [one for one in benchmarks if metric_of[one["kpi"]] == metric]
        for one in of_metric:
            expected[metric, process, month, one["industry"]] = (mean, _percentile(mean, one["percentiles"], rising))
        if not of_metric:
            expected[metric, process, month, None] = (mean, None)

    found = business.keyed(
        "mart_scor_scorecard", "metric_id, process_id, measured_month, industry_code", "metric_value, percentile"
    )

    assert found.keys() == expected.keys()
    for key, row in found.items():
        assert row == pytest.approx(expected[key], abs=1e-5), key
    levels = business.rows("select distinct metric_level from mart_scor_scorecard where percentile is not null")
    assert sorted(levels) == [(1,), (2,), (3,)]
    assert len({key[3] for key in found if key[3]}) == 3


def _percentile(value: float, percentiles: dict[str, float], rising: bool) -> float:
    """Where it lies on the line through the known points, seen from the bad end."""
    points = [(percentiles[f"p{known}"], known if rising else 100 - known) for known in (10, 25, 50, 75, 90)]
    points = points if rising else [(-at, known) for at, known in reversed(points)]
    value = value if rising else -value
    if value < points[0][0]:
        return 0
    for (low, below), (high, above) in pairwise(points):
        if low <= value < high:
            return below + (above - below) * (value - low) / (high - low)
    return 90
