"""The project of one client: its modules, its overrides, and nothing that would leave a hole."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from shop_of_things import KPI, SHELF, THING, THING_FILE, changed, loaded, problems_in, write_library

from definitions_to_dbt.clients import for_client
from definitions_to_dbt.errors import ProblemError
from definitions_to_dbt.render import render

RULED = changed(THING, "/table_schema/columns/3/quality", [{"rule": "range", "min": 0, "severity": "warning"}])
LAWFUL = changed(RULED, "/archive/analytics/legal_minimum", "1 year")
OVERRIDES = {"THING": {
    "archive": {"analytics": {"retention": "30 days"}, "source": {"retention": "2 days"}},
    "quality": {"amount": {"range": {"severity": "error"}}},
}}  # fmt: skip
STOCK = {"code": "STOCK", "name": "Stock"}


def _client(overrides: Any = OVERRIDES, modules: Any = ("SHOP",)) -> dict[str, Any]:
    client = {"code": "ACME", "name": "Acme", "modules": list(modules), "overrides": overrides}
    return {THING_FILE: LAWFUL, "clients/acme.json": client}


def test_a_client_has_its_own_retention_and_severity(tmp_path: Path) -> None:
    library = loaded(tmp_path, _client())
    ours, theirs = library.object("THING"), for_client(library, "ACME").object("THING")

    assert theirs.archive.analytics is not None and theirs.archive.analytics.retention is not None
    assert theirs.archive.analytics.retention.text == "30 days"
    assert theirs.archive.source.retention is not None and theirs.archive.source.retention.text == "2 days"
    assert theirs.archive.source.archive_retention == ours.archive.source.archive_retention
    assert [rule.severity for rule in theirs.column("amount").quality] == ["error"]
    assert theirs.definition_hash != ours.definition_hash
    staging = "models/staging/shop/stg_shop__things.sql"
    assert render(library)[staging].text != render(for_client(library, "ACME"))[staging].text


@pytest.mark.parametrize(
    ("overrides", "code", "at", "said"),
    [
        ({"THNG": {}}, "E_REF", "/overrides/THNG", "'THING'"),
        ({"THING": {"quality": {"amont": {"range": {}}}}}, "E_REF", "/overrides/THING/quality/amont", "'amount'"),
        ({"THING": {"quality": {"amount": {"length": {}}}}}, "E_REF", "/overrides/THING/quality/amount/length", "rang"),
        ({"THING": {"quality": {"amount": {"rnge": {}}}}}, "E_ENUM", "/overrides/THING/quality/amount/rnge", "'range'"),
        ({"THING": {"archive": {"analytics": {"retention": "0 days"}}}}, "E_RANGE",
         "/overrides/THING/archive/analytics/retention", "above zero"),
        ({"THING": {"archive": {"analytics": {"archive_retention": "3 months"}}}}, "E_POLICY",
         "/overrides/THING/archive/analytics/archive_retention", "below the legal minimum"),
        ({"THING": {"archive": {"analytics": {"retntion": "1 day"}}}}, "E_UNKNOWN_KEY",
         "/overrides/THING/archive/analytics/retntion", ""),
        ({"THING": {"archve": {}}}, "E_UNKNOWN_KEY", "/overrides/THING/archve", "'archive'"),
    ],
)  # fmt: skip
def test_an_override_that_does_not_fit_its_object_is_refused_at_its_place(
    overrides: Any, code: str, at: str, said: str, tmp_path: Path
) -> None:
    problems = problems_in(write_library(tmp_path, _client(overrides)))

    found = {(problem.code, problem.pointer): problem.message for problem in problems}
    assert (code, at) in found, found
    assert said in found[code, at]


def test_a_client_has_its_modules_only(tmp_path: Path) -> None:
    crate = changed(changed(SHELF, "/module", "STOCK"), "/code", "CRATE")
    crate = changed(crate, "/table_schema/table_name", "crates")
    files = {"modules/STOCK.json": STOCK, "object_models/stock/crate.json": crate}
    library = for_client(loaded(tmp_path, files | _client()), "ACME")

    assert [model.code for model in library.objects] == ["SHELF", "THING"]
    assert [module.code for module in library.modules] == ["SHOP"]
    assert not any("crates" in path for path in render(library))


def test_a_module_that_refers_to_one_that_is_not_used_is_refused_by_name(tmp_path: Path) -> None:
    files = {"modules/STOCK.json": STOCK, "object_models/shop/shelf.json": changed(SHELF, "/module", "STOCK")}
    library = loaded(tmp_path, files | _client())

    with pytest.raises(ProblemError, match=r"STOCK, to which things\.shelf_id refers"):
        for_client(library, "ACME")


def test_a_kpi_of_an_object_that_is_not_used_is_refused_by_name(tmp_path: Path) -> None:
    files = {"modules/STOCK.json": STOCK, "kpis/amount.json": changed(KPI, "/module", "STOCK")}
    library = loaded(tmp_path, files | _client(modules=["STOCK"]))

    with pytest.raises(ProblemError, match="SHOP, to which the KPI AMOUNT refers"):
        for_client(library, "ACME")


def test_a_client_that_is_not_there_is_refused_with_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(ProblemError, match="did you mean 'ACME'"):
        for_client(loaded(tmp_path, _client()), "ACNE")
