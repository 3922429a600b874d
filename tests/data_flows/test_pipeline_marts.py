"""Marts of pipeline and marketing over two invented years, each number reckoned again here.

Each mart is built twice, before and after the archive took what had aged, as of a day that lies back a while.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from business_years import (
    Business,
    business_of,
    day_of,
    month_of,
    share,
    time_of,
)

from definitions_to_dbt.embedded_postgres import EmbeddedPostgres
from demo.business_dice import Record

pytestmark = pytest.mark.long

STAGES = ("prospect", "qualified", "technical_validation", "business_validation", "committed")


@pytest.fixture(scope="module")
def business(server: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Business]:
    yield from business_of(server, tmp_path_factory.mktemp("business"))


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
            share(counts["advanced"], counts["advanced"] + counts["lost"]),
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
            took = time_of(last["LastModifiedDate"]) - time_of(versions[0]["LastModifiedDate"])
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
        assert (closed_count, won_count, win_rate) == (closed[key], len(won[key]), share(won_count, closed_count))
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
        counts = expected[last["tenant_id"], last["campaign_id"], month_of(day_of(last["created_at"]))]
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
        if day_of(line["spend_date"]) <= business.as_of:
            key = (line["tenant_id"], line["channel_code"], month_of(day_of(line["spend_date"])))
            spent[key] += round(10_000 * float(line["cost_usd"]))
    touches = [one for one in business.sent["MARKETING_TOUCHPOINT"] if day_of(one["touched_at"]) <= business.as_of]
    for touch in touches:
        touched[touch["tenant_id"], touch["channel_code"], month_of(day_of(touch["touched_at"]))] += 1
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
        leads[lead["tenant_id"], channel, month_of(day_of(lead["created_at"]))] += 1

    found = business.keyed(
        "mart_channel_performance",
        "tenant_id, channel_code, activity_month",
        "cost_usd, touchpoint_count, lead_count, cost_per_lead_usd",
    )

    assert found.keys() == {*spent, *touched, *leads}
    for key, row in found.items():
        cost = spent[key] / 10_000
        assert row == pytest.approx((cost, touched[key], leads[key], cost / leads[key] if leads[key] else None)), key
