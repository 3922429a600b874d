"""Campaigns with what they cost, whom they touched, and leads, a step at a time."""

from __future__ import annotations

from datetime import datetime, timedelta

from demo.business_dice import DAYS, Dice, Record, tenant_of

ANSWERS = ("opened", "clicked", "visited", "registered", "attended", "replied")
_CHANNELS = ("email", "search", "webinar", "event")
_LEAD_STEPS = ("new", "marketing_qualified", "sales_accepted", "sales_qualified", "converted")


def send_campaign(dice: Dice, number: int) -> None:
    tenant, campaign, channel = tenant_of(number), f"cmp-{number}", _CHANNELS[number % 4]
    dice.send(
        "MARKETING_CAMPAIGN", campaign_id=campaign, tenant_id=tenant, campaign_name=f"Campaign {number}",
        objective="leads", main_channel=channel, status="running", start_date=dice.first_day.isoformat(),
        end_date=None, budget_usd="50000.00", uses_vendor_funds=number == 1,
        updated_at=f"{dice.first_day}T00:00:00Z",
    )  # fmt: skip
    for back in range(0, DAYS, 20):
        shown = dice.rng.randint(500, 20000)
        dice.send(
            "CAMPAIGN_SPEND", tenant_id=tenant, campaign_id=campaign, channel_code=_CHANNELS[(number + back) % 3],
            spend_date=(dice.last_day - timedelta(days=back)).isoformat(), impressions=shown,
            clicks=dice.rng.randint(0, shown // 20), cost_usd=f"{dice.rng.random() * 900:.4f}",
        )  # fmt: skip


def send_lead(dice: Dice, number: int) -> None:
    """Touched some times before and after, then a step at a time; some are dropped on the way."""
    campaign = None if number % 7 == 0 else number % 6
    tenant = tenant_of(number if campaign is None else campaign)
    contact, moment = dice.id(), dice.moment(dice.day())
    for _ in range(dice.rng.randint(0, 4)):
        _touch(dice, tenant, contact, campaign, moment + timedelta(days=dice.rng.randint(-40, 10)))
    record: Record = {
        "lead_id": dice.id(), "tenant_id": tenant, "contact_id": contact,
        "campaign_id": None if campaign is None else f"cmp-{campaign}", "status": "new", "score": 50,
        "disqualified_reason": None, "pc_lead_id": None, "pc_opportunity_id": None,
        "created_at": f"{moment.isoformat()}Z",
    }  # fmt: skip
    while dice.has_come(moment):
        dice.send("MARKETING_LEAD", **record, updated_at=f"{moment.isoformat()}Z")
        if record["status"] in ("converted", "disqualified"):
            break
        moment += timedelta(days=dice.rng.randint(0, 50), minutes=1)
        if dice.rng.random() < 0.2:
            record |= {"status": "disqualified", "disqualified_reason": "no budget"}
        else:
            record["status"] = _LEAD_STEPS[_LEAD_STEPS.index(record["status"]) + 1]
        if record["status"] == "converted":
            # Some opportunities are of the other tenant, or have never been sent: they do not count.
            record["pc_opportunity_id"] = f"O{7000000 + dice.rng.randint(0, 99)}"


def _touch(dice: Dice, tenant: str, contact: str, campaign: int | None, moment: datetime) -> None:
    if dice.has_come(moment):
        dice.send(
            "MARKETING_TOUCHPOINT", touchpoint_id=dice.id(), touched_at=f"{moment.isoformat()}Z", tenant_id=tenant,
            contact_id=contact if dice.rng.random() < 0.9 else None,
            campaign_id=None if campaign is None else f"cmp-{campaign}", channel_code=dice.rng.choice(_CHANNELS),
            interaction=dice.rng.choice((*ANSWERS, "sent", "delivered", "bounced")), asset=None,
        )  # fmt: skip
