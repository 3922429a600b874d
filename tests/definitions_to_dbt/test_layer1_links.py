"""Associations and exposures: both ends exist, and nothing in a link lets its reader in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from shop_of_things import FILES, loaded, problems_in, write_library

from definitions_to_dbt.render import render
from definitions_to_dbt.written_models import written_models

CHAIN = {"code": "SALES", "name": "Sales", "stages": [{"code": "SELL", "name": "Sell"}]}
LINK = {
    "code": "SELLING",
    "from": {"kind": "value_chain", "code": "SALES", "stage": "SELL"},
    "to": {"kind": "object_model", "code": "SHELF", "row": "1"},
    "type": "uses",
    "description": "Selling empties the lowest shelf.",
}
EXPOSURE = {
    "name": "till_report",
    "type": "report",
    "url": "https://bi.example.invalid/d/1?panel=2",
    "owner": {"name": "{{ Shop }}", "email": "shop@example.invalid"},
    "description": "What {{ x }} sees.",
    "depends_on": ["SHELF", "AMOUNT", "things"],
}


def _linked(**changes: Any) -> dict[str, Any]:
    return {"value_chains/sales.json": CHAIN, "associations/selling.json": {**LINK, **changes}}


def _exposed(**changes: Any) -> dict[str, Any]:
    return {"modules/SHOP.json": {**FILES["modules/SHOP.json"], "exposures": [{**EXPOSURE, **changes}]}}


def _found(root: Path, files: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [(p.code, p.pointer, p.message) for p in problems_in(write_library(root, files))]


def test_an_association_is_a_row_beside_those_that_definitions_imply(tmp_path: Path) -> None:
    seed = render(loaded(tmp_path, _linked()))["seeds/layer1/layer1_associations.csv"].text.splitlines()[1:]

    assert seed == [
        "SELLING,value_chain,SALES,SELL,uses,object_model,SHELF,1,Selling empties the lowest shelf.",
        "object_model.THING.shelf,object_model,THING,,many_to_one,object_model,SHELF,,",
    ]


@pytest.mark.parametrize(
    ("changes", "code", "at", "said"),
    [
        ({"from": {"kind": "kpi", "code": "AMONT"}}, "E_REF", "/from/code", "did you mean 'AMOUNT'"),
        ({"to": {"kind": "kpi", "code": "SHELF"}}, "E_REF", "/to/code", "it is of kind 'object_model'"),
        ({"from": {"kind": "value_chain", "code": "SALES", "stage": "SEL"}}, "E_REF", "/from/stage", "mean 'SELL'"),
        ({"from": {"kind": "module", "code": "SHOP", "stage": "SELL"}}, "E_UNKNOWN_KEY", "/from/stage", "value_chain"),
        ({"from": {"kind": "modul", "code": "SHOP"}}, "E_ENUM", "/from/kind", "did you mean 'module'"),
        ({"from": {"kind": "module", "cod": "SHOP"}}, "E_UNKNOWN_KEY", "/from/cod", "did you mean 'code'"),
        ({"form": {"kind": "module", "code": "SHOP"}}, "E_UNKNOWN_KEY", "/form", "did you mean 'from'"),
    ],
)
def test_an_end_that_is_not_there_is_refused_at_its_place(
    changes: dict[str, Any], code: str, at: str, said: str, tmp_path: Path
) -> None:
    found = {(found_code, pointer): message for found_code, pointer, message in _found(tmp_path, _linked(**changes))}

    assert said in found[code, at]


def test_a_row_needs_a_key_of_one_column(tmp_path: Path) -> None:
    shelf = FILES["object_models/shop/shelf.json"]
    columns = [{**column, "primary_key": True} for column in shelf["table_schema"]["columns"]]
    wide = {**shelf, "table_schema": {**shelf["table_schema"], "columns": columns}}

    found = _found(tmp_path, _linked() | {"object_models/shop/shelf.json": wide})

    assert ("E_KEY", "/to/row", "a row of shelves is told by 2 columns; expected a key of one") in found


def test_an_exposure_reads_what_stands_behind_its_codes_and_is_never_rendered(tmp_path: Path) -> None:
    text = render(loaded(tmp_path, _exposed()))["models/semantic/shop/_shop__exposures.yml"].text
    exposure = yaml.safe_load(text)["exposures"][0]

    assert exposure["depends_on"][0] == "ref('shelves_read')"
    assert exposure["depends_on"][2] == "ref('things')"
    assert (exposure["type"], exposure["config"]["meta"]["kind"]) == ("analysis", "report")
    assert exposure["owner"]["name"] == '{{ "{" }}{ Shop }}'


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("javascript:alert(1)", "E_URL"),
        ("https://a.invalid/<script>", "E_URL"),
        ("data:text/html,x", "E_URL"),
        ("https:///nowhere", "E_URL"),
        ("https://[x", "E_URL"),
        ("ftp://a.invalid/x", "E_URL"),
        ("https://me@a.invalid/", "E_SECRET"),
        ("https://me:pw@a.invalid/", "E_SECRET"),
        ("https://a.invalid/?access_token=1", "E_SECRET"),
        ("https://a.invalid/#api_key=1", "E_SECRET"),
        ("https://a.invalid/{{ env_var('X') }}", "E_SECRET"),
    ],
)
def test_a_link_that_runs_code_or_lets_in_is_refused(url: str, code: str, tmp_path: Path) -> None:
    assert [(c, at) for c, at, _ in _found(tmp_path, _exposed(url=url))] == [(code, "/exposures/0/url")]


@pytest.mark.parametrize(
    ("changes", "code", "at"),
    [
        ({"owner": {}}, "E_REQUIRED", "/owner"),
        ({"owner": {"email": "shop"}}, "E_IDENT", "/owner/email"),
        ({"depends_on": []}, "E_EMPTY", "/depends_on"),
        ({"depends_on": ["AMONT"]}, "E_REF", "/depends_on/0"),
        ({"type": "dashbord"}, "E_ENUM", "/type"),
    ],
)
def test_an_exposure_has_an_owner_a_kind_and_something_it_reads(
    changes: dict[str, Any], code: str, at: str, tmp_path: Path
) -> None:
    assert [(c, found) for c, found, _ in _found(tmp_path, _exposed(**changes))] == [(code, f"/exposures/0{at}")]


def test_an_exposure_may_stand_once_in_all_modules(tmp_path: Path) -> None:
    other = {"code": "OTHER", "name": "Other", "exposures": [EXPOSURE]}

    found = _found(tmp_path, _exposed() | {"modules/OTHER.json": other})

    assert [(code, at) for code, at, _ in found] == [("E_DUP", "/exposures/0/name")]


def test_a_model_written_by_hand_must_be_in_the_project(tmp_path: Path) -> None:
    project = tmp_path / "project"
    (project / "models" / "marts").mkdir(parents=True)
    (project / "models" / "marts" / "mart_sales.sql").write_text("select 1")
    write_library(tmp_path / "definitions", _exposed(depends_on=["mart_sale", "mart_sales"]))

    problems = problems_in(tmp_path / "definitions", lambda: written_models(project))

    assert [(p.pointer, p.message) for p in problems] == [
        ("/exposures/0/depends_on/0", "no model is called 'mart_sale'; did you mean 'mart_sales'?")
    ]
