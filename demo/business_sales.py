"""Subscriptions, products and invoices, and opportunities on their way through the stages."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from demo.business_dice import Dice, Record, tenant_of

STAGES = ("Prospect", "Qualified", "Technical Validation", "Business Validation", "Committed")


def send_subscription(dice: Dice, number: int) -> None:
    """Bought, and then it grows, shrinks, is suspended, cancelled; some buyers come back with a new one."""
    tenant = tenant_of(number)
    product = f"prod-{tenant[:4]}sample{number % 3}"
    if number < 6:
        _product(dice, tenant, f"prod-{tenant[:4]}sample{number}")
    record: Record = {
        "id": f"sub-{number:04}", "tenant_id": tenant, "product_id": product,
        # Some accounts hold two subscriptions, one after the other or side by side.
        "subscriber_account_id": f"{111100000000 + number % 48:012}", "status": "active",
        "start_date": dice.day().isoformat(), "end_date": None,
        "monthly_value_usd": None if number % 11 == 0 else f"{dice.rng.randint(10, 400) * 25}.00",
    }  # fmt: skip
    moment = dice.moment(date.fromisoformat(record["start_date"]) + timedelta(days=dice.rng.choice((0, 0, 0, 40))))
    while dice.has_come(moment):
        dice.send("SUBSCRIPTION", **record, updated_at=f"{moment.isoformat()}Z")
        if record["status"] in ("cancelled", "ended"):
            break
        moment += timedelta(days=dice.rng.randint(20, 260))
        record = _changed(dice, record, moment)
    _invoices(dice, record)


def _changed(dice: Dice, record: Record, moment: datetime) -> Record:
    what = dice.rng.choice(("more", "more", "less", "suspended", "cancelled", "ended"))
    if record["status"] == "suspended":
        return {**record, "status": "active"}
    if what == "suspended":
        return {**record, "status": what}
    if what in ("cancelled", "ended"):
        later = 60 if what == "cancelled" else -1
        end = max(moment.date() + timedelta(days=later), date.fromisoformat(record["start_date"]))
        return {**record, "status": what, "end_date": end.isoformat()}
    if record["monthly_value_usd"] is None:
        return record
    factor = 1.5 if what == "more" else 0.6
    return {**record, "monthly_value_usd": f"{float(record['monthly_value_usd']) * factor:.2f}"}


def _product(dice: Dice, tenant: str, product: str) -> None:
    described = {"ProductTitle": f"Sample {product[-1]}", "ProductCode": f"code{product[5:]}", "ProductState": "Public"}
    dice.send(
        "MARKETPLACE_PRODUCT", tenant_id=tenant, EntityType="SaaSProduct@1.0", EntityIdentifier=product,
        LastModifiedDate=f"{dice.first_day}T00:00:00Z", PricingModel="contract", Details={"Description": described},
    )  # fmt: skip


def _invoices(dice: Dice, record: Record) -> None:
    day = date.fromisoformat(record["start_date"]) + timedelta(days=5)
    while day <= dice.last_day:
        share = dice.rng.randint(100, 9000)
        currency = "EUR" if dice.rng.random() < 0.1 else "USD"
        for kind, amount in (("SELLER_REV_SHARE", share), ("AWS_REV_SHARE", -0.03 * share)):
            dice.send(
                "MARKETPLACE_BILLING_EVENT", tenant_id=record["tenant_id"], billing_event_id=f"be-{dice.id()}",
                action="INVOICED", transaction_type=kind, product_id=record["product_id"], agreement_id=None,
                end_user_account_id=record["subscriber_account_id"], disbursement_billing_event_id="",
                amount=f"{amount:.2f}", currency=currency, invoice_date=f"{day}T00:00:00Z",
                action_date=f"{dice.moment(day).isoformat()}Z",
            )  # fmt: skip
        day += timedelta(days=91)


def send_opportunity(dice: Dice, number: int) -> None:
    """From stage to stage, sometimes back, sometimes skipping one, until it is won, lost, or time is up."""
    moment = dice.moment(dice.day(last=dice.last_day - timedelta(days=10)))
    stage: str = "Launched" if number % 30 == 7 else STAGES[0 if number % 6 else 1]
    amount = dice.rng.randint(1, 80) * 250
    while dice.has_come(moment):
        dice.send(
            "PARTNER_CENTRAL_OPPORTUNITY", tenant_id=tenant_of(number), Identifier=f"O{7000000 + number}",
            LastModifiedDate=f"{moment.isoformat()}Z",
            LifeCycle={
                "Stage": stage, "ReviewStatus": "Approved",
                "TargetCloseDate": (moment + timedelta(days=0 if stage not in STAGES else 45)).date().isoformat(),
            },
            Customer={"Account": {"CompanyName": f"Invented {number} AS"}},
            Project={
                "Title": f"Project {number}", "ExpectedCustomerSpend": [{
                    "Amount": str(amount), "CurrencyCode": "EUR" if number % 9 == 0 else "USD",
                }],
            },
            RelatedEntityIdentifiers={"Solutions": [] if number % 8 == 0 else [f"S-000000{number % 3}"]},
        )  # fmt: skip
        # A few of the lost ones are taken up again.
        if stage not in STAGES and not (stage == "Closed Lost" and dice.rng.random() < 0.15):
            break
        moment += timedelta(days=dice.rng.randint(2, 60), minutes=dice.rng.randint(1, 600))
        stage = _next_stage(dice, stage)


def _next_stage(dice: Dice, stage: str) -> str:
    if stage == "Closed Lost":
        return "Qualified"
    chance, place = dice.rng.random(), STAGES.index(stage)
    if chance < 0.15:
        return "Closed Lost"
    if chance < 0.22:
        return STAGES[max(place - 1, 0)]
    step = place + (2 if chance > 0.93 else 1)
    return STAGES[step] if step < len(STAGES) else "Launched"
