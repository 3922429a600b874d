"""Marts of revenue, pipeline, marketing, compliance and SCOR over two invented years, each number reckoned again here.

Each mart is built twice, before and after the archive took what had aged, as of a day that lies back a while.
"""

from __future__ import annotations

import json
import shutil
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import duckdb
import pytest
from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from flow import Flow, flow_of
from library_part import LIBRARY, add_marts, library_of
from platform_under_test import SCHEMA
from running import REPOSITORY, Ended
from typer.testing import CliRunner

from archive_jobs.cli import app
from definitions_to_dbt.embedded_postgres import EmbeddedPostgres
from demo.business_data import make_business, write_business
from demo.business_dice import TENANTS, Record

pytestmark = pytest.mark.long

AREAS = ("calendar", "revenue", "partner_central", "marketing", "compliance", "ascm_scor")
TABLES = (
    "subscription", "marketplace_product", "marketplace_billing_event", "tenant", "partner_central_opportunity",
    "partner_central_solution", "marketing_campaign", "campaign_spend", "marketing_touchpoint", "marketing_lead",
    "compliance_policy", "compliance_control", "compliance_violation", "compliance_action", "approval_request",
    "control_assessment", "legal_hold", "scor_processes", "scor_metric_catalog", "scor_metrics", "scor_metric_targets",
)  # fmt: skip
LISTS = {"SCOR_PROCESS": "scor_processes", "SCOR_METRIC_DEFINITION": "scor_metric_catalog"}
# What is archived is what these are about.
OF_THE_CATALOGUE = ("mart_archive_coverage", "mart_legal_holds")
STAGES = ("prospect", "qualified", "technical_validation", "business_validation", "committed")
Rows = dict[tuple[Any, ...], tuple[Any, ...]]


class Business:
    """Two years of records, and every mart as it was before and after the archive took what had aged."""

    def __init__(self, flow: Flow, folder: Path) -> None:
        self.flow, self._lake = flow, folder / "lake.duckdb"
        last_day = datetime.now(UTC).date()
        self.as_of = last_day - timedelta(days=33)
        self.sent = make_business(last_day)
        files = write_business(folder / "files", self.sent)
        lists = {code: REPOSITORY / f"demo/scor_reference/{table}.json" for code, table in LISTS.items()}
        for code, path in [*lists.items(), *files.items()]:
            flow.land(code, path)
        no_tests = ("--exclude-resource-type", "test", "--exclude-resource-type", "unit_test")
        needed = ("--select", "config.meta.engine:postgres", "--exclude", "*_changes")
        self.layer_2 = self._dbt("build", "postgres", *no_tests, *needed)
        self.built_hot = self._dbt("build", "duckdb")
        self.before = self._marts()
        flow.archive("--type", "analytics")
        words = ["hold", "place", "--table", "marketing_touchpoint", "--reason", "HLD-0001: inquiry", "--definitions"]
        assert CliRunner().invoke(app, [*words, str(flow.project.definitions)]).exit_code == 0
        self.built_cold = self._dbt("run", "duckdb", "--select", "archive_*+", *OF_THE_CATALOGUE)
        self.after = self._marts()

    def _dbt(self, command: str, target: str, *words: str) -> Ended:
        day = f"{{reporting_day: {self.as_of}}}"
        return self.flow.project.dbt(command, "--vars", day, *words, target=target)

    def _marts(self) -> dict[str, list[tuple[Any, ...]]]:
        # dbt keeps its own connection to the file, which nobody else may open meanwhile.
        DuckDBConnectionManager.close_all_connections()
        with duckdb.connect(str(self._lake), read_only=True) as lake:
            named = lake.execute("select table_name from information_schema.tables where table_type = 'BASE TABLE'")
            return {
                name: lake.execute(f"select * from {SCHEMA}.{name} order by all").fetchall()
                for (name,) in named.fetchall()
            }

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """What a query over the marts gives."""
        with duckdb.connect(str(self._lake), read_only=True) as lake:
            lake.execute(f"set TimeZone = 'UTC'; use {SCHEMA}")
            return lake.execute(query).fetchall()

    def keyed(self, mart: str, key: str, columns: str) -> Rows:
        """Columns of a mart by its key."""
        width = len(key.split(","))
        found = [tuple(map(_plain, row)) for row in self.rows(f"select {key}, {columns} from {mart}")]
        return {row[:width]: row[width:] for row in found}

    def known(self, code: str, key: str, time: str) -> dict[str, list[Record]]:
        """Records of an object by their key, oldest first, as far as they were sent by the reporting day."""
        found: dict[str, list[Record]] = defaultdict(list)
        for record in sorted(self.sent[code], key=lambda record: str(record[time])):
            if _day(record[time]) <= self.as_of:
                found[record[key]].append(record)
        return dict(found)


def _plain(value: Any) -> Any:
    """As the records have it: ids as text, amounts as floats."""
    if value is None or isinstance(value, str | bool | int | date):
        return value
    return round(float(value), 6) if not hasattr(value, "hex") or isinstance(value, float) else str(value)


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def _day(text: str) -> date:
    return _time(text).date()


def _month(day: date) -> date:
    return day.replace(day=1)


def _next_month(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=31)).replace(day=1)


def _share(part: float, whole: float) -> float | None:
    return round(100 * part / whole, 6) if whole else None


@pytest.fixture(scope="module")
def business(server: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Business]:
    folder = tmp_path_factory.mktemp("business")
    definitions = library_of(folder / "definitions", TABLES)
    shutil.copytree(LIBRARY / "industries", definitions / "industries")
    shutil.copytree(LIBRARY / "benchmarks/ascm_scor", definitions / "benchmarks")
    (definitions / "kpis").mkdir()
    for kpi in (LIBRARY / "kpis/ascm_scor").glob("scor_*.json"):
        shutil.copy(kpi, definitions / "kpis")
    add_marts(folder / "dbt_project", *AREAS)
    with flow_of(server, definitions, folder) as flow:
        yield Business(flow, folder)


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
    month = _month(min(date.fromisoformat(one[0]["start_date"]) for one in subscriptions.values()))
    while month <= business.as_of:
        measured_on = min(_next_month(month) - timedelta(days=1), business.as_of)
        now = _paid_on(subscriptions, measured_on)
        for key in paid.keys() | now.keys():
            movement = _movement(paid.get(key, 0), now.get(key, 0), key in paid_ever)
            expected[*key, month] = (paid.get(key, 0), now.get(key, 0), movement)
        paid, paid_ever, month = now, paid_ever | now.keys(), _next_month(month)

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
        record = ([versions[0]] + [one for one in versions[1:] if _day(one["updated_at"]) <= day])[-1]
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
        day = _day(line["action_date"])
        if line["transaction_type"] == "SELLER_REV_SHARE" and line["currency"] == "USD" and day <= business.as_of:
            expected[line["tenant_id"], line["product_id"], _month(day)]["invoiced"] += float(line["amount"])  # type: ignore[assignment]

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
        assert row == pytest.approx((*figures, _share(kept, sums["opening"]))), key


def _open_stage(record: Record) -> str:
    stage = record["LifeCycle"]["Stage"].lower().replace(" ", "_")
    return stage if stage in STAGES else ""


def _solution(record: Record) -> str | None:
    solutions = record["RelatedEntityIdentifiers"]["Solutions"]
    return solutions[0] if solutions else None


def _reach(record: Record) -> int:
    if record["LifeCycle"]["Stage"] == "Launched":
        return len(STAGES)
    return STAGES.index(_open_stage(record)) if _open_stage(record) else -1


def test_stages_convert_as_the_opportunities_went_through_them(business: Business) -> None:
    expected: dict[tuple[Any, ...], Counter[str]] = defaultdict(Counter)
    for versions in business.known("PARTNER_CENTRAL_OPPORTUNITY", "Identifier", "LastModifiedDate").values():
        for place, stage in enumerate(STAGES):
            entered = [number for number, record in enumerate(versions) if _open_stage(record) == stage]
            if not entered:
                continue
            lost = versions[-1]["LifeCycle"]["Stage"] == "Closed Lost"
            came_on = any(_reach(record) > place for record in versions[entered[0] :])
            outcome = "advanced" if came_on else "lost" if lost else "open"
            expected[versions[-1]["tenant_id"], _solution(versions[-1]), stage][outcome] += 1

    found = business.keyed(
        "mart_partner_stage_conversion",
        "tenant_id, partner_solution_id, lifecycle_stage",
        "entered_count, advanced_count, lost_count, open_count, conversion_rate",
    )

    assert found == {
        key: (
            sum(counts.values()), counts["advanced"], counts["lost"], counts["open"],
            _share(counts["advanced"], counts["advanced"] + counts["lost"]),
        )
        for key, counts in expected.items()
    }  # fmt: skip


def test_velocity_is_what_was_won_in_the_time_it_took(business: Business) -> None:
    won: dict[tuple[Any, ...], list[tuple[float | None, float | None]]] = defaultdict(list)
    closed: Counter[tuple[Any, ...]] = Counter()
    for versions in business.known("PARTNER_CENTRAL_OPPORTUNITY", "Identifier", "LastModifiedDate").values():
        last = versions[-1]
        closing_day = date.fromisoformat(last["LifeCycle"]["TargetCloseDate"])
        key = (last["tenant_id"], f"{closing_day.year}-Q{(closing_day.month + 2) // 3}", _solution(last))
        closed[key] += not _open_stage(last)
        if last["LifeCycle"]["Stage"] == "Launched":
            took = _time(last["LastModifiedDate"]) - _time(versions[0]["LastModifiedDate"])
            spend = last["Project"]["ExpectedCustomerSpend"][0]
            amount = float(spend["Amount"]) if spend["CurrencyCode"] == "USD" else None
            won[key].append((amount, took / timedelta(days=1) if _open_stage(versions[0]) else None))

    found = business.keyed(
        "mart_partner_velocity",
        "tenant_id, quarter, partner_solution_id",
        "closed_count, won_count, win_rate, velocity_usd_per_day",
    )

    assert found.keys() == (+closed).keys()
    for key, (closed_count, won_count, win_rate, velocity) in found.items():
        amounts = [amount for amount, _ in won[key] if amount is not None]
        days = [day for _, day in won[key] if day is not None]
        assert (closed_count, won_count, win_rate) == (closed[key], len(won[key]), _share(won_count, closed_count))
        if amounts and days:
            expected = won_count * (sum(amounts) / len(amounts)) / (sum(days) / len(days))
            assert velocity == pytest.approx(expected)
        else:
            assert velocity is None
    assert any(row[3] for row in found.values())


def test_leads_become_opportunities_by_campaign_and_month(business: Business) -> None:
    outcomes = _outcomes(business)
    steps = ("new", "marketing_qualified", "sales_accepted", "sales_qualified", "converted")
    expected: dict[tuple[Any, ...], Counter[str]] = defaultdict(Counter)
    for versions in business.known("MARKETING_LEAD", "lead_id", "updated_at").values():
        last = versions[-1]
        reached = max(steps.index(one["status"]) for one in versions if one["status"] in steps)
        counts = expected[last["tenant_id"], last["campaign_id"], _month(_day(last["created_at"]))]
        counts.update(["lead", *steps[1 : reached + 1]])
        if opportunity := outcomes.get((last["tenant_id"], last["pc_opportunity_id"])):
            counts.update(["opportunity", opportunity[0]])
            if opportunity[0] == "won":
                counts["revenue"] += int(opportunity[1] or 0)

    found = business.keyed(
        "mart_lead_conversion",
        "tenant_id, campaign_id, lead_month",
        "lead_count, marketing_qualified_count, sales_accepted_count, sales_qualified_count, converted_count,"
        " opportunity_count, won_count, won_revenue_usd",
    )

    names = ("lead", *steps[1:], "opportunity", "won", "revenue")
    assert found == {key: tuple(counts[name] for name in names) for key, counts in expected.items()}
    assert sum(row[6] for row in found.values()) > 0


def _outcomes(business: Business) -> dict[tuple[str, str], tuple[str, float | None]]:
    """Tenant and id of each opportunity, and how it has ended."""
    words = {"Launched": "won", "Closed Lost": "lost"}
    found = {}
    for key, versions in business.known("PARTNER_CENTRAL_OPPORTUNITY", "Identifier", "LastModifiedDate").items():
        last = versions[-1]
        spend = last["Project"]["ExpectedCustomerSpend"][0]
        amount = float(spend["Amount"]) if spend["CurrencyCode"] == "USD" else None
        found[last["tenant_id"], key] = (words.get(last["LifeCycle"]["Stage"], "open"), amount)
    return found


def test_channels_cost_and_bring_what_was_sent(business: Business) -> None:
    spent, touched, leads = Counter[Any](), Counter[Any](), Counter[Any]()
    for line in business.sent["CAMPAIGN_SPEND"]:
        if _day(line["spend_date"]) <= business.as_of:
            key = (line["tenant_id"], line["channel_code"], _month(_day(line["spend_date"])))
            spent[key] += round(10_000 * float(line["cost_usd"]))
    touches = [one for one in business.sent["MARKETING_TOUCHPOINT"] if _day(one["touched_at"]) <= business.as_of]
    for touch in touches:
        touched[touch["tenant_id"], touch["channel_code"], _month(_day(touch["touched_at"]))] += 1
    main = {one["campaign_id"]: one["main_channel"] for one in business.sent["MARKETING_CAMPAIGN"]}
    for versions in business.known("MARKETING_LEAD", "lead_id", "updated_at").values():
        lead = versions[-1]
        answers = [
            touch for touch in business.sent["MARKETING_TOUCHPOINT"]
            if touch["contact_id"] == lead["contact_id"] and touch["campaign_id"] == lead["campaign_id"] is not None
            and touch["touched_at"] <= lead["created_at"]
            and touch["interaction"] not in ("sent", "delivered", "bounced")
        ]  # fmt: skip
        channel = main.get(lead["campaign_id"], "none")
        if answers:
            channel = max(answers, key=lambda touch: touch["touched_at"])["channel_code"]
        leads[lead["tenant_id"], channel, _month(_day(lead["created_at"]))] += 1

    found = business.keyed(
        "mart_channel_performance",
        "tenant_id, channel_code, activity_month",
        "cost_usd, touchpoint_count, lead_count, cost_per_lead_usd",
    )

    assert found.keys() == {*spent, *touched, *leads}
    for key, row in found.items():
        cost = spent[key] / 10_000
        assert row == pytest.approx((cost, touched[key], leads[key], cost / leads[key] if leads[key] else None)), key


def test_policies_show_what_was_broken_mended_approved_and_assessed(business: Business) -> None:
    today = business.as_of
    policy_of = {one["violation_id"]: one["policy_id"] for one in business.sent["COMPLIANCE_VIOLATION"]}
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for violation in business.sent["COMPLIANCE_VIOLATION"]:
        deadline = _time(violation["detected_at"]) + timedelta(hours=72)
        told = _time(violation["reported_at"] or f"{today}T00:00:00Z")
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
            if one["control_id"] == control["control_id"] and _day(one["assessed_at"]) <= today
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
            measured[one["metric_id"], process, _month(_day(one["timestamp"]))].append(one["value"])
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
