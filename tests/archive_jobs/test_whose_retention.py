"""The archiver ages by the overrides of the client whose project dbt has built, and by no other."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator

import pytest
from small_shop import SALE, SCHEMA, Shop

from definitions_to_dbt.ddl import client_ddl
from definitions_to_dbt.library import load_library
from definitions_to_dbt.render import JINJA_SCHEMA, render

ACME = {
    "code": "ACME",
    "name": "Acme",
    "modules": ["SHOP"],
    "overrides": {"SALE": {"archive": {"analytics": {"retention": "100 years"}}}},
}


@pytest.fixture
def shop_of_clients(shop: Shop) -> Iterator[Shop]:
    """Sales of two years ago: aged for everybody, and for Acme not."""
    (shop.definitions / "clients").mkdir()
    (shop.definitions / "clients" / "ACME.json").write_text(json.dumps(ACME))
    shop.add_sales(days=2)
    yield shop


def built_for(shop: Shop, client: str | None) -> None:
    """What dbt's first hook does, from the project of this client."""
    macro = render(load_library(shop.definitions, client=client))["macros/layer_tables/create_platform.sql"].text
    assert client_ddl(client, JINJA_SCHEMA) in macro
    shop.execute(client_ddl(client, SCHEMA))


def ages(shop: Shop, *words: str) -> tuple[int, str, int]:
    """Run; exit status, message, and how many sales are left hot."""
    command = ("run", "--yes", "--type", "analytics", "--object", "SALE", "--definitions", str(shop.definitions))
    status, _, problem = shop.invoke(*command, *words)
    return status, problem, shop.value(f"select count(*) from {SCHEMA}.sales")


def test_the_retention_of_the_client_holds_where_it_is_named(shop_of_clients: Shop) -> None:
    built_for(shop_of_clients, "ACME")
    assert ages(shop_of_clients, "--client", "ACME")[::2] == (0, 80)

    built_for(shop_of_clients, None)
    assert ages(shop_of_clients)[::2] == (0, 80)

    # The table is obeyed; what everybody's definitions propose is taken over by somebody who says so.
    shop_of_clients.invoke("policies", "apply", "--yes", "--definitions", str(shop_of_clients.definitions))
    assert ages(shop_of_clients)[::2] == (0, 0)


def test_the_client_may_stand_in_the_environment(shop_of_clients: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    built_for(shop_of_clients, "ACME")
    monkeypatch.setenv("DEFINITIONS_CLIENT", "ACME")

    assert ages(shop_of_clients)[::2] == (0, 80)


@pytest.mark.parametrize(
    ("built", "words", "said"),
    [
        ("ACME", [], "from the project of client ACME; archive-jobs was told the overrides of no client"),
        (None, ["--client", "ACME"], "from the project of no client, which is everybody's; archive-jobs was told"),
    ],
)
def test_another_client_than_dbts_is_refused_and_nothing_ages(
    shop_of_clients: Shop, built: str | None, words: list[str], said: str
) -> None:
    built_for(shop_of_clients, built)

    status, problem, left = ages(shop_of_clients, *words)

    assert (status, left) == (2, 80)
    assert said in problem
    for command in ("plan", "reconcile"):
        given = (command, "--definitions", str(shop_of_clients.definitions), *words)
        assert said in shop_of_clients.invoke(*given)[2]


def test_a_schema_that_dbt_has_never_built_ages_for_whoever_says_so(shop_of_clients: Shop) -> None:
    shop_of_clients.execute(f"drop table {SCHEMA}.platform")

    assert ages(shop_of_clients)[::2] == (0, 0)


def test_a_client_that_is_not_there_is_refused_with_the_nearest(shop_of_clients: Shop) -> None:
    status, problem, left = ages(shop_of_clients, "--client", "ACNE")

    assert (status, left) == (2, 80) and "did you mean 'ACME'" in problem


def test_a_reader_sees_the_tables_of_the_clients_modules_only(shop_of_clients: Shop) -> None:
    other = copy.deepcopy(SALE) | {"code": "RENT", "module": "OTHER"}
    other["table_schema"]["table_name"] = "rents"
    (shop_of_clients.definitions / "modules" / "OTHER.json").write_text(json.dumps({"code": "OTHER", "name": "Other"}))
    (shop_of_clients.definitions / "object_models" / "RENT.json").write_text(json.dumps(other))
    shop_of_clients.make_tables()

    words = ("files", "rents", "--definitions", str(shop_of_clients.definitions))
    assert shop_of_clients.invoke(*words)[0] == 0
    assert "no object or table is called 'rents'" in shop_of_clients.invoke(*words, "--client", "ACME")[2]
