"""What one command leaves is what the next one reckons with: renamed, lost, rebuilt, restored, erased, in turn."""

from __future__ import annotations

import copy
import json
import os
from pathlib import Path
from typing import Any

import psycopg
import pytest
from people_shop import PERSONAL_SALE, sell
from small_shop import SALE, SCHEMA, Shop, write_definitions

from archive_jobs import failpoints

ANN, OLD = "Ann", "2024-01-01 10:00+00"


def ask(shop: Shop, *words: str) -> tuple[int, str, str]:
    return shop.invoke(*words, "--definitions", str(shop.definitions))


def rename(shop: Shop, definition: dict[str, Any]) -> None:
    renamed: dict[str, Any] = copy.deepcopy(definition) | {"renamed_from": "sales"}
    renamed["table_schema"]["table_name"] = "receipts"
    (shop.definitions / "object_models" / "SALE.json").write_text(json.dumps(renamed))


def lose(shop: Shop) -> str:
    """The database is lost, and the catalogue made again; returns what was said. The tables are dbt's to make."""
    shop.execute(f"drop schema {SCHEMA} cascade; drop schema archive_catalog cascade")
    status, _, said = shop.invoke("catalog", "rebuild", "--yes")
    assert status == 0, said
    return said


def test_what_was_copied_and_sealed_before_a_table_was_renamed_is_erased(people: Shop) -> None:
    sell(people, ANN, None, at=OLD)
    people.run()
    assert ask(people, "recall", "sales", "--yes")[0] == 0
    rename(people, PERSONAL_SALE)
    people.make_tables()

    nobodys = ask(people, "erase", "--unknown", "--object", "SALE")
    status, _, problem = ask(people, "erase", "--object", "SALE", "--subject", ANN, "--yes")

    assert status == 0, problem
    assert nobodys[1] == "1 units with records of nobody\n"
    assert people.value("select to_regnamespace('recall_sales')") is None


@pytest.mark.parametrize("guard_stands", [True, False])
def test_a_table_renamed_while_the_database_was_lost_finds_its_archive(shop: Shop, guard_stands: bool) -> None:
    shop.add_sales(days=1)
    shop.run("analytics", objects=("SALE",))
    rename(shop, SALE)
    count = ("sql", "select count(*) as n from history_receipts", "--json")
    lose(shop)
    if not guard_stands:
        failpoints.disabled_guards.add("renamed in archive")
        assert ask(shop, *count)[1] == '{"n":0}\n', "a short answer, without a word"
        return

    for words in (count, ("retrieve", "receipts"), ("files", "receipts"), ("plan",)):
        status, _, problem = ask(shop, *words)
        assert (status, "the archive still knows its rows by that name" in problem) == (2, True), problem
    shop.make_tables()

    assert ask(shop, *count)[1] == '{"n":40}\n'
    assert shop.invoke("verify")[0] == 0


def test_rows_lost_with_the_database_are_named_also_where_a_restore_has_left_some_cold(shop: Shop) -> None:
    shop.add_sales(days=1)
    shop.run("analytics", objects=("SALE",))
    shop.execute(f"insert into {SCHEMA}.sales (sale_id, sold_at, _raw_seq, _source_order)"
                 " values (1461000001, '2024-01-01 00:00:07+00', 900, 999)")  # fmt: skip
    assert "1 rows stay cold" in ask(shop, "restore", "sales", "--yes")[1]

    said = lose(shop)

    assert "39 rows of sales (analytics) in 1 units between 2024-01-01 and 2024-01-02 were restored into" in said


def test_restored_rows_that_were_archived_again_are_not_lost(shop: Shop) -> None:
    """Also where they came back into a partition, which leaves as one unit of a longer range."""
    shop.add_sales(days=2)
    shop.run("analytics", objects=("SALE",))
    assert ask(shop, "restore", "sales", "--yes")[0] == 0
    shop.execute("update archive_catalog.units set keep_until = now() where state = 'restored'")
    shop.run("analytics", objects=("SALE",))

    said = lose(shop)
    shop.make_tables()
    assert ask(shop, "restore", "sales", "--yes")[0] == 0

    assert "were restored into" not in said
    assert "80 rows of sales (analytics) in 1 units between 2024-01-01 and 2024-02-01 were restored" in lose(shop)


def test_rows_of_which_the_lake_has_copies_are_named_where_they_were_lost(shop: Shop) -> None:
    """They counted in PostgreSQL, and a copy counts nowhere."""
    never = copy.deepcopy(SALE) | {"archive": {"analytics": {"retention": "90 days", "drop": "never"}}}
    (shop.definitions / "object_models" / "SALE.json").write_text(json.dumps(never))
    shop.add_sales(days=2)
    shop.run("analytics", objects=("SALE",))

    said = lose(shop)

    assert "80 rows of analytics_service.sales were copied and stayed hot, of which 0 are there" in said
    assert ask(shop, "sql", "select count(*) as n from copies_sales", "--json")[1] == '{"n":80}\n'
    shop.execute("drop schema archive_catalog cascade")
    shop.make_tables()
    shop.add_sales(days=2)
    assert "were copied" not in shop.invoke("catalog", "rebuild", "--yes")[2]


def test_an_erasure_names_the_tables_of_which_no_definition_speaks(people: Shop) -> None:
    sell(people, ANN, at=OLD)
    people.run()
    (people.definitions / "object_models" / "SALE.json").unlink()

    status, printed, _ = ask(people, "erase", "--object", "PERSON", "--subject", ANN, "--yes", "--json")

    assert status == 1
    assert json.loads(printed)["remains"] == [
        "no definition says whose rows sales hold, in PostgreSQL or archived: they are not looked into"
    ]


@pytest.mark.parametrize("guard_stands", [True, False])
def test_nobody_is_erased_from_files_whose_table_is_not_there_yet(people: Shop, guard_stands: bool) -> None:
    sell(people, ANN, at=OLD)
    people.run("analytics")
    lose(people)
    words = ("erase", "--object", "SALE", "--subject", ANN, "--yes", "--json")
    if not guard_stands:
        failpoints.disabled_guards.add("erase.in sight")
        assert json.loads(ask(people, *words)[1])["units_rewritten"] == [], "certified, and not done"
        return

    refused = ask(people, *words)
    people.make_tables()
    status, printed, _ = ask(people, *words)

    assert (refused[0], "sales (analytics) are archived, but the table is not in" in refused[2]) == (2, True)
    assert status == 0
    assert [unit["rows_erased"] for unit in json.loads(printed)["units_rewritten"]] == [1]


def tokenized(column: str) -> dict[str, Any]:
    definition: dict[str, Any] = copy.deepcopy(SALE)
    for one in definition["table_schema"]["columns"]:
        if one["name"] == column:
            one |= {"type": "text", "pii": "tokenize"}
    return definition


def test_a_token_is_the_same_after_a_restore_and_in_the_next_archive(shop: Shop) -> None:
    (shop.definitions / "object_models" / "SALE.json").write_text(json.dumps(tokenized("note")))
    shop.add_sales(days=1)
    shop.run("analytics", objects=("SALE",))
    count = ("sql", "select sale_id, note from history_sales order by 1", "--json")
    before = ask(shop, *count)[1]

    assert ask(shop, "restore", "sales", "--yes")[0] == 0
    hot = ask(shop, *count)[1]
    shop.execute("update archive_catalog.units set keep_until = now() where state = 'restored'")
    shop.run("analytics", objects=("SALE",))

    assert "tok_" in before
    assert before == hot == ask(shop, *count)[1]


@pytest.mark.parametrize("guard_stands", [True, False])
def test_rows_whose_key_is_a_token_in_the_archive_are_not_restored_beside_their_own_corrections(
    connection: psycopg.Connection[Any], tmp_path: Path, guard_stands: bool
) -> None:
    shop = Shop(connection, write_definitions(tmp_path / "t", tokenized("sale_id")), Path(os.environ["ARCHIVE_URL"]))
    shop.make_tables()
    row = f"insert into {SCHEMA}.sales (sale_id, sold_at, _raw_seq, _source_order) values ('A1', %s, %s, %s)"
    shop.execute(row, OLD, 1, 1)
    shop.run()
    if not guard_stands:
        failpoints.disabled_guards.add("restore.tokens")

    status, _, problem = ask(shop, "restore", "sales", "--yes")
    shop.execute(row, OLD, 2, 2)

    tokens = f"select count(*), count(distinct {SCHEMA}.tokenize(sale_id)) from {SCHEMA}.sales"
    if not guard_stands:
        assert shop.execute(tokens).fetchone() == (2, 1), "one object, twice in the table"
        return
    assert (status, "sale_id is part of its key and archived as a token" in problem) == (2, True)
    assert shop.execute(tokens).fetchone() == (1, 1)
