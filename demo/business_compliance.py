"""Policies with what was broken, mended, approved and assessed, holds, and two stores measured by SCOR."""

from __future__ import annotations

from datetime import timedelta

from demo.business_dice import DAYS, TENANTS, Dice

POLICIES = ("POL-001", "POL-002", "POL-003", "POL-004")
_STORES = ("NORTH", "SOUTH")
# Of each level one or two, with the least and the most that is measured.
_METRICS = {"SCOR.RL.1.1": (80, 99), "SCOR.CO.1.1": (15, 45), "SCOR.RL.2.2": (82, 100), "SCOR.R1.RETURN_RATE": (0, 9)}


def send_policy(dice: Dice, policy: str) -> None:
    tenant, person = TENANTS[0], dice.id()
    # The last one was never entered: what happens to it must be seen all the same.
    if policy != POLICIES[-1]:
        dice.send(
            "COMPLIANCE_POLICY", policy_id=policy, tenant_id=tenant, title=f"Policy {policy}", area="access",
            framework_code=None, status="in_force", owner_user_id=person,
            effective_from=dice.first_day.isoformat(), review_due_on=dice.day().isoformat(),
            updated_at=f"{dice.first_day}T00:00:00Z",
        )  # fmt: skip
    for number in range(3):
        _control(dice, policy, f"CTL-{policy[-1]}{number:02}")
    for _ in range(12):
        _violation(dice, policy)
    for _ in range(8):
        _approval(dice, policy)


def _control(dice: Dice, policy: str, control: str) -> None:
    dice.send(
        "COMPLIANCE_CONTROL", control_id=control, tenant_id=TENANTS[0], policy_id=policy, title=f"Control {control}",
        control_kind="detective", is_automated=True, frequency="monthly",
        status=dice.rng.choice(("operating", "operating", "retired")), updated_at=f"{dice.first_day}T00:00:00Z",
    )  # fmt: skip
    for _ in range(dice.rng.randint(0, 8)):
        moment = dice.moment(dice.day(last=dice.day()))
        dice.send(
            "CONTROL_ASSESSMENT", assessment_id=dice.id(), assessed_at=f"{moment.isoformat()}Z",
            tenant_id=TENANTS[0], control_id=control, assessor_kind="owner",
            result=dice.rng.choice(("effective", "effective", "ineffective")), sample_size=25, exception_count=0,
            evidence_ref="s3://evidence/1",
        )  # fmt: skip


def _violation(dice: Dice, policy: str) -> None:
    found = dice.moment(dice.day())
    settled = found + timedelta(days=dice.rng.randint(1, 90))
    told = found + timedelta(hours=dice.rng.randint(10, 100))
    is_settled, personal = dice.has_come(settled), dice.rng.random() < 0.4
    violation = dice.id()
    dice.send(
        "COMPLIANCE_VIOLATION", violation_id=violation, tenant_id=TENANTS[0], policy_id=policy, control_id=None,
        severity=dice.rng.choice(("low", "medium", "high", "critical")),
        status=dice.rng.choice(("resolved", "accepted") if is_settled else ("open", "contained")),
        affects_personal_data=personal, detected_at=f"{found.isoformat()}Z",
        reported_at=f"{told.isoformat()}Z" if personal and dice.has_come(told) else None,
        resolved_at=f"{settled.isoformat()}Z" if is_settled else None, updated_at=f"{found.isoformat()}Z",
    )  # fmt: skip
    for _ in range(dice.rng.randint(0, 3)):
        due = found.date() + timedelta(days=30)
        done = found.date() + timedelta(days=dice.rng.randint(5, 60))
        is_done = done <= dice.last_day
        dice.send(
            "COMPLIANCE_ACTION", action_id=dice.id(), tenant_id=TENANTS[0], violation_id=violation,
            title="Mend what let it happen", assignee_id=None,
            status="done" if is_done else dice.rng.choice(("open", "in_progress", "dropped")),
            due_on=due.isoformat(), completed_on=done.isoformat() if is_done else None,
            updated_at=f"{found.isoformat()}Z",
        )  # fmt: skip


def _approval(dice: Dice, policy: str) -> None:
    asked = dice.moment(dice.day())
    decided = asked + timedelta(hours=dice.rng.randint(1, 200))
    decision = dice.rng.choice(("approved", "rejected", "lapsed")) if dice.has_come(decided) else "pending"
    dice.send(
        "APPROVAL_REQUEST", approval_id=dice.id(), tenant_id=TENANTS[0], policy_id=policy,
        subject_kind="data_export", subject_id="export-1", requested_by_id=dice.id(),
        decided_by_id=None if decision == "pending" else dice.id(), decision=decision,
        requested_at=f"{asked.isoformat()}Z",
        decided_at=None if decision == "pending" else f"{decided.isoformat()}Z", updated_at=f"{asked.isoformat()}Z",
    )  # fmt: skip


def send_holds(dice: Dice) -> None:
    """One that the archive is to keep, one that nobody places there."""
    for number, table in ((1, "marketing_touchpoint"), (2, "campaign_spend")):
        dice.send(
            "LEGAL_HOLD", hold_id=f"HLD-000{number}", tenant_id=TENANTS[0], matter=f"Inquiry {number}/24",
            scope_table=table, scope_from=dice.first_day.isoformat(), scope_to=None, status="active",
            placed_at=f"{dice.first_day}T09:00:00Z", placed_by_id=dice.id(), released_at=None,
            release_approval_id=None, updated_at=f"{dice.first_day}T09:00:00Z",
        )  # fmt: skip


def send_scor(dice: Dice) -> None:
    """Two stores measured every twelfth day by metrics of each level; the lists are those of `scor_reference/`."""
    for store in _STORES:
        dice.send(
            "SCOR_PROCESS", process_id=f"F1.{store}", process_name=f"Fulfill, {store}", process_level=4,
            process_type="fulfill", parent_process_id="F1", description=f"How the store {store} hands over.",
            updated_at=f"{dice.first_day}T00:00:00Z",
        )  # fmt: skip
        for year in range(dice.first_day.year, dice.last_day.year + 1):
            dice.send(
                "SCOR_METRIC_TARGET", metric_id="SCOR.RL.1.1", process_id=f"F1.{store}", target_year=year,
                target_value=93, alarm_value=85, ambition="parity", updated_at=f"{dice.first_day}T00:00:00Z",
            )  # fmt: skip
    for back in range(0, DAYS, 12):
        for store in _STORES:
            for metric, (least, most) in _METRICS.items():
                day = dice.last_day - timedelta(days=back)
                value = round(dice.rng.uniform(least, most), 3)
                dice.send(
                    "SCOR_METRIC", metric_id=metric, process_id=f"F1.{store}", value=value,
                    timestamp=f"{day}T00:00:00Z",
                )  # fmt: skip
