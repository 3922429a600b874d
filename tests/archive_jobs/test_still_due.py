"""Between plan and commit lie hours and other people: what was due then and is not now stays where it is."""

from __future__ import annotations

import pytest
from small_shop import SCHEMA, Shop

from archive_jobs import failpoints


@pytest.mark.parametrize("is_guarded", [True, False])
def test_a_prepared_unit_is_not_removed_after_its_policy_says_never(shop: Shop, is_guarded: bool) -> None:
    shop.add_sales(days=2)
    before = shop.all_rows()
    shop.die_at("prepare.after", "analytics")
    never = '{"table_name": "sales", "retention_days": 90, "drop": "never"}'
    assert shop.invoke("policies", "set", never, "--yes", "--definitions", str(shop.definitions))[0] == 0
    if not is_guarded:
        failpoints.disabled_guards.add("policy")

    result = shop.run("analytics", objects=("SALE",))

    assert shop.value(f"select count(*) from {SCHEMA}.sales") == (80 if is_guarded else 0)
    assert (result.reconciled.resumed, result.tables[0].units) == ((0, 2) if is_guarded else (2, 0))
    assert shop.all_rows() == before


def test_a_policy_that_is_set_while_a_commit_is_at_it_holds_from_then_on(shop: Shop) -> None:
    """The commit's snapshot is older than the policy; the guard row makes it take another."""
    shop.add_sales(days=1)
    never = '{"table_name": "sales", "retention_days": 90, "drop": "never"}'
    failpoints.interruptions["commit.attempt.after"] = lambda: shop.invoke(
        "policies", "set", never, "--yes", "--definitions", str(shop.definitions)
    )

    kept = shop.run("analytics", objects=("SALE",)).tables[0].kept_hot

    assert shop.value(f"select count(*) from {SCHEMA}.sales") == 40
    assert len(kept) == 1
    assert "its policy was changed after the plan" in kept[0]


@pytest.mark.parametrize("is_guarded", [True, False])
def test_a_range_restored_while_a_run_is_at_it_stays(shop: Shop, is_guarded: bool) -> None:
    shop.add_sales(days=1)
    shop.run("analytics", objects=("SALE",))
    shop.execute(
        f"insert into {SCHEMA}.sales (sale_id, sold_at, _raw_seq, _source_order) values (1, '2024-01-01 12:00Z', 1, 1)"
    )
    before = shop.all_rows()
    failpoints.interruptions["plan.insert.before"] = lambda: shop.invoke(
        "restore", "sales", "--yes", "--definitions", str(shop.definitions)
    )
    if not is_guarded:
        failpoints.disabled_guards.add("kept")

    kept = shop.run("analytics", objects=("SALE",)).tables[0].kept_hot

    assert shop.value(f"select count(*) from {SCHEMA}.sales") == (41 if is_guarded else 0)
    assert ["to be kept until" in reason for reason in kept] == [True] * is_guarded
    assert shop.all_rows() == before


@pytest.mark.parametrize("is_guarded", [True, False])
def test_raw_records_are_not_dropped_after_their_policy_says_never(shop: Shop, is_guarded: bool) -> None:
    shop.add_raw(10)
    never = '{"table_name": "source_sales", "source_layer": "layer_3", "retention_days": 7, "drop": "never"}'
    failpoints.interruptions["drop.begin.after"] = lambda: shop.invoke(
        "policies", "set", never, "--yes", "--definitions", str(shop.definitions)
    )
    if not is_guarded:
        failpoints.disabled_guards.add("drop.policy")

    kept = shop.run("source", objects=("SALE",)).tables[0].kept_hot

    assert shop.value(f"select count(*) from {SCHEMA}.source_sales") == (10 if is_guarded else 0)
    assert ["its policy was changed meanwhile" in reason for reason in kept] == [True] * is_guarded
