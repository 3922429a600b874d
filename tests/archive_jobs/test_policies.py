"""Policies: what is in force, who said so, and that no row leaves by any other."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from small_shop import SALE, SCHEMA, Shop

OLD = {"retention_days": 90}


def policies(shop: Shop, *words: str) -> tuple[int, str, str]:
    return shop.invoke("policies", *words, "--definitions", str(shop.definitions))


def set_policy(shop: Shop, literal: dict[str, Any], *words: str) -> tuple[int, str, str]:
    return policies(shop, "set", json.dumps(literal), "--yes", *words)


def define(shop: Shop, **changed: Any) -> None:
    """Change the definition of sales."""
    model = copy.deepcopy(SALE) | changed
    (shop.definitions / "object_models" / "SALE.json").write_text(json.dumps(model))


def hot(shop: Shop) -> int:
    return int(shop.value(f"select count(*) from {SCHEMA}.sales"))


def test_the_first_run_writes_down_what_the_definitions_propose_and_plan_says_so(shop: Shop) -> None:
    shop.add_sales(days=1)
    planned = shop.invoke("plan", "--definitions", str(shop.definitions))[1]

    shop.run("analytics")

    assert ": the first run writes down the policy that the definitions propose" in planned
    assert "sales  analytics" in planned and "ticks" not in planned.partition("note:")[0]
    assert "Nothing is due of 3 other tables." in planned
    (version,) = json.loads(policies(shop, "history", "sales", "--json")[1])
    assert version["policy"]["retention"] == "90 days"
    assert (version["version"], version["proposed_by"], version["reason"]) == (1, "definitions", "the first run")
    assert version["created_by"] == shop.value("select current_user::text")


def test_a_run_obeys_the_table_until_the_definitions_are_applied(shop: Shop) -> None:
    fresh = policies(shop, "diff")
    assert fresh[0] == 0 and "2 policies no run has met yet" in fresh[2]
    shop.run("analytics")
    define(shop, archive={"analytics": {"retention": "100 years"}})
    shop.add_sales(days=1)
    planned = shop.invoke("plan", "--definitions", str(shop.definitions))[1]
    differ = policies(shop, "diff")[:2]

    applied = policies(shop, "apply", "--object", "SALE", "--reason", "the law changed", "--yes")

    assert "`archive-jobs policies apply --object SALE` takes the proposed one" in planned
    assert differ == (1, "sales (analytics):\n    retention: 90 days -> 100 years\n")
    assert applied[0] == 0
    assert policies(shop, "diff")[0] == 0
    shop.run("analytics")
    assert hot(shop) == 40


def test_an_applied_change_is_not_made_without_yes(shop: Shop) -> None:
    shop.run("analytics")
    define(shop, archive={"analytics": {"retention": "100 years"}})

    status, _, said = policies(shop, "apply")

    assert (status, said) == (0, "Nothing was changed; add --yes to write it.\n")
    assert shop.value("select max(version) from archive_catalog.policies") == 1


def test_a_policy_set_by_hand_overrides_the_definition_and_says_who_and_why(shop: Shop) -> None:
    shop.add_sales(days=1)

    done = set_policy(shop, {"table_name": "sales", "retention_in_layer_2": "100 years"}, "--reason", "a law suit")
    shop.run("analytics")

    assert (done[0], hot(shop)) == (0, 40)
    (shown,) = json.loads(policies(shop, "show", "sales", "--type", "analytics")[1])
    assert (shown["origin"], shown["reason"], shown["definitions_differ"]) == ("operator", "a law suit", True)
    assert shown["policy"]["retention"] == "100 years"


def test_a_policy_without_a_table_is_the_default_of_its_layer_and_a_tables_own_overrides_it(shop: Shop) -> None:
    define(shop, archive={})
    shop.add_sales(days=1)
    assert [table.plan.table.table_name for table in shop.run("analytics").tables] == ["ticks"]

    set_policy(shop, {"name": "analytics_data_archival", "archive_type": "analytics", "retention_days": 90})
    plan = shop.invoke("plan", "--object", "SALE", "--type", "analytics", "--definitions", str(shop.definitions))[1]
    set_policy(shop, {"table_name": "sales", "archive_type": "analytics", "retention_days": 40_000})
    shop.run("analytics")
    kept = hot(shop)
    listed = json.loads(policies(shop, "list", "--json")[1])

    assert "dbt has no history_sales" in plan
    assert kept == 40
    assert {(one["table"], one["origin"]) for one in listed if one["kind"] == "analytics"} == {
        (None, "layer default"), ("sales", "operator"), ("ticks", "definitions")
    }  # fmt: skip


def test_rows_leave_by_a_layers_default_and_a_note_of_it_is_kept(shop: Shop) -> None:
    define(shop, archive={})
    shop.add_sales(days=1)
    set_policy(shop, {"source_layer": "layer_2", "retention_days": 90})

    shop.run("analytics", objects=("SALE",))

    assert hot(shop) == 0
    assert [v["proposed_by"] for v in json.loads(policies(shop, "history", "sales", "--json")[1])] == ["layer default"]


def test_a_default_of_raw_records_takes_the_place_of_the_built_in_one(shop: Shop) -> None:
    shop.add_raw(10)
    set_policy(shop, {"layer": "source", "retention_in_timescaledb": "100 years", "archive_to_layer_2a": True})

    result = shop.run("source")

    assert [(table.rows, table.dropped) for table in result.tables if table.rows] == [(10, 0)]


def test_a_policy_that_archives_nothing_leaves_the_table_alone(shop: Shop) -> None:
    shop.add_raw(10)
    set_policy(shop, {"table_name": "source_sales", "archive_to_layer_2a": False, "retention_in_layer_3": "7 days"})

    result = shop.run("source")

    assert "sales" not in [table.plan.table.table_name for table in result.tables]
    assert shop.value(f"select count(*) from {SCHEMA}.source_sales") == 10


@pytest.mark.parametrize(
    ("literal", "said"),
    [
        ({"table_name": "sale", **OLD}, "no object or table is called 'sale'"),
        ({"table_name": "sales", "retention": None}, "the policy states no retention; nothing ages by guess"),
        ({"table_name": "things", **OLD}, "only an event with a time_column ages"),
        ({**OLD}, "names neither a table nor a layer"),
        ({"table_name": "sales", "retention": "1 day", "archive_after": "2 days"}, "is later than the retention"),
        ({"table_name": "sales", "retnetion": "1 day"}, "unknown key 'retnetion'; did you mean 'retention'?"),
        ({"table_name": "sales", "retenton_days": 1}, "unknown key 'retenton_days'; did you mean 'retention_days'?"),
        ({"table_name": "sales", "retention_days": 0}, "above zero"),
        ({"table_name": "source_sales", "archive_type": "analytics", **OLD}, "holds raw records"),
        ({"table_name": "sales", "archive_retention": "1 year", **OLD}, "below the legal minimum 7 years in force"),
        ({"table_name": "sales", "legal_minimum": "1 year", **OLD}, "legal_minimum 1 year is below"),
    ],
)
def test_a_policy_that_cannot_or_may_not_be_obeyed_is_refused(shop: Shop, literal: dict[str, Any], said: str) -> None:
    define(shop, archive={"analytics": {"retention": "90 days", "legal_minimum": "7 years"}})
    thing = {**copy.deepcopy(SALE), "code": "THING", "kind": "entity", "archive": {}}
    thing["table_schema"]["table_name"] = "things"
    (shop.definitions / "object_models" / "THING.json").write_text(json.dumps(thing))

    status, _, problem = set_policy(shop, literal)

    assert status == 2
    assert said in problem
    assert shop.value("select to_regclass('archive_catalog.policies')") is None


def test_a_legal_minimum_in_force_stays_with_a_policy_that_does_not_name_one(shop: Shop) -> None:
    define(shop, archive={"analytics": {"retention": "90 days", "legal_minimum": "7 years"}})

    set_policy(shop, {"table_name": "sales", "retention_days": 30, "archive_retention": "8 years"})

    assert shop.value("select policy ->> 'legal_minimum' from archive_catalog.policies") == "7 years"


def test_what_a_policy_does_not_name_stays_and_null_takes_it_away(shop: Shop) -> None:
    define(
        shop, archive={"analytics": {"retention": "90 days", "archive_retention": "8 years", "archive_after": "5 days"}}
    )

    def in_force(*literals: dict[str, Any]) -> list[tuple[str | None, ...]]:
        for literal in literals:
            set_policy(shop, {"table_name": "sales", **literal})
        words = ("retention", "archive_retention", "archive_after")
        policy = shop.value("select policy from archive_catalog.policies order by version desc limit 1")
        return [tuple(policy.get(word) for word in words)]

    assert in_force({"retention_days": 30}) == [("30 days", "8 years", "5 days")]
    status, _, said = set_policy(shop, {"table_name": "sales", "retention": "2 days"})
    assert (status, "archive_after 5 days is later than the retention 2 days" in said) == (2, True), said
    assert in_force({"archive_after": None}, {"retention": "2 days"}) == [("2 days", "8 years", None)]


def test_a_policy_changed_while_a_run_is_planned_stops_that_table(shop: Shop) -> None:
    shop.add_sales(days=1)
    tables = shop.tables("analytics", objects=("SALE",))
    set_policy(shop, {"table_name": "sales", "retention_days": 40_000})

    with pytest.raises(Exception, match="policy was changed while the run was being planned"):
        shop.run_tables(tables)

    assert hot(shop) == 40


def test_what_is_not_json_or_no_file_is_said(shop: Shop, tmp_path: Path) -> None:
    assert "expected a policy as JSON" in policies(shop, "set", "{")[2]
    assert "the file cannot be read" in policies(shop, "set", str(tmp_path / "none.json"))[2]


def test_a_change_of_policy_is_an_event(shop: Shop) -> None:
    set_policy(shop, {"table_name": "sales", "retention_days": 30})

    event = shop.value("select details from archive_catalog.events where event = 'policy_changed'")
    assert event["changes"] == [{"field": "retention", "old": "90 days", "new": "30 days"}]
