"""Where columns come from: the file, the command, hand-written models; no way of personal data ends in the clear."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from shop_of_things import KPI, SHELF, THING, THING_FILE, changed, loaded
from typer.testing import CliRunner

from definitions_to_dbt.cli import app
from definitions_to_dbt.column_lineage import column_lineage
from definitions_to_dbt.kpis import kpi_list
from definitions_to_dbt.library import Library, load_library
from definitions_to_dbt.lineage_file import FORMAT, PATH
from definitions_to_dbt.lineage_graph import Graph, leaks, personal_in_the_clear
from definitions_to_dbt.mart_lineage import mart_lineage
from definitions_to_dbt.render import render

REPOSITORY = Path(__file__).parents[2]
COLUMNS = "/table_schema/columns"
SHOP: dict[str, Any] = {
    "object_models/shop/shelf.json": changed(SHELF, "/display_column", "height"),
    THING_FILE: changed(
        changed(THING, f"{COLUMNS}/4", {"name": "label", "type": "text", "source_path": "$.tags[0]", "pii": "mask"}),
        f"{COLUMNS}/-",
        {"name": "double", "type": "numeric(12,2)", "expression": "amount * 2"},
    ),
    "kpis/amount.json": changed(KPI, "/formula/numerator/filter", "double > 1"),
}


@pytest.fixture(scope="module")
def committed() -> Library:
    return load_library(REPOSITORY / "definitions")


def test_a_column_is_followed_from_the_payload_to_the_figure(tmp_path: Path) -> None:
    file = json.loads(render(loaded(tmp_path / "definitions", SHOP))[PATH].text)
    models = {name: model["columns"] for name, model in file["models"].items()}

    assert file["format"] == FORMAT
    assert models["stg_shop__things"]["amount"] == {"from": ["source_things.$.amount"], "how": "payload"}
    assert models["stg_shop__things"]["label"] == {"from": ["source_things.$.tags[0]"], "how": "payload"}
    assert models["stg_shop__things"]["double"] == {"from": ["stg_shop__things.amount"], "how": "expression"}
    assert models["things"]["amount"] == {"from": ["stg_shop__things.amount"]}
    assert models["shelves_versions"]["height"] == {"from": ["stg_shop__shelves.height"]}
    assert models["things_read"]["label"] == {"from": ["things.label"], "how": "mask"}
    assert models["things_read"]["shelf_height"] == {"from": ["shelves.height"], "how": "join"}
    assert models["archive_things"]["label"] == {"from": ["things.label"], "how": "mask"}
    assert models["history_things"]["amount"] == {"from": ["things.amount", "archive_things.amount"]}
    assert models["kpi:AMOUNT"] == {
        "numerator": {"from": ["history_things.amount"], "how": "aggregate"},
        "numerator filter": {"from": ["history_things.double"], "how": "filter"},
        "period": {"from": ["history_things.happened_at"]},
        "by shelf_id": {"from": ["history_things.shelf_id"]},
    }


def test_every_column_but_those_received_has_an_origin_that_exists(committed: Library) -> None:
    graph = Graph.of(column_lineage(committed))
    received = tuple(f"source_{model.table_name}.$" for model in committed.objects)

    dangling = {source for sources in graph.sources.values() for source in sources if source not in graph.sources}

    assert [source for source in sorted(dangling) if not source.startswith(received)] == []


def test_the_lineage_of_read_models_is_what_their_sql_says(committed: Library, tmp_path: Path) -> None:
    lineages = column_lineage(committed)
    for path, file in render(committed).items():
        if path.endswith("_read.sql"):
            (tmp_path / "models").mkdir(exist_ok=True)
            (tmp_path / "models" / Path(path).name).write_text(file.text)

    told = {mart.lineage.model: mart for mart in mart_lineage(committed, tmp_path, lineages)}

    assert [mart.untold for mart in told.values() if mart.untold] == []
    for lineage in lineages:
        if lineage.layer == "read":
            found = {name: origin.columns for name, origin in told[lineage.model].lineage.columns.items()}
            assert {name: found[name] for name in lineage.columns} == {
                name: origin.columns for name, origin in lineage.columns.items()
            }


def test_no_way_of_personal_data_ends_in_the_clear_where_somebody_reads(committed: Library) -> None:
    lineages = column_lineage(committed)
    graph = Graph.of(lineages)
    layers = {lineage.model: lineage.layer for lineage in lineages}
    waiting = [node for node in personal_in_the_clear(committed) if node in graph.targets]
    reached = set[str]()
    while waiting:
        for node in graph.targets.get(waiting.pop(), ()):
            if graph.how[node] not in ("token", "mask") and node not in reached:
                reached.add(node)
                waiting.append(node)

    assert reached, "the library has personal data"
    assert {layers[node.partition(".")[0]] for node in reached} == {"staging", "write", "versions"}


MARTS = {
    "SELECT label as name from {{ ref('things') }}": ["name"],
    "select upper(label) as loud, amount from {{ ref('things') }}": ["loud"],
    "with t as (select * from {{ ref('things') }}) select t.label from t": ["label"],
    "select raw_data ->> 'tags' as tags from {{ source('shop', 'source_things') }}": ["tags"],
    "select amount as a from {{ ref('things') }} union all select label from {{ ref('things') }}": ["a"],
    "select case when amount > 1 then label end as label from {{ ref('things') }}": ["label"],
    "select max(label) as label from {{ ref('stg_shop__things') }}": ["label"],
    "select label from {{ ref('things_read') }}": [],
    "select label from {{ ref('history_things') }}": [],
    "select count(distinct label) as labels, label is null as has_none from {{ ref('things') }}": [],
    "select case when label = 'x' then 1 else 0 end as is_x from {{ ref('things') }}": [],
    "select {{ target.schema }}.tokenize(label) as token from {{ ref('things') }}": [],
    "select amount from {{ ref('things') }} where label = 'x' order by label": [],
}


@pytest.mark.parametrize("sql", MARTS)
def test_a_hand_written_model_that_shows_personal_data_is_found(sql: str, tmp_path: Path) -> None:
    library = loaded(tmp_path / "definitions", SHOP)
    (tmp_path / "project" / "models").mkdir(parents=True)
    (tmp_path / "project" / "models" / "mart.sql").write_text(sql)

    marts = mart_lineage(library, tmp_path / "project", column_lineage(library))

    assert [mart.untold for mart in marts] == [""]
    assert [leak.split("the column ")[1].split()[0] for leak in leaks(library, marts)] == MARTS[sql]


def test_what_one_mart_shows_another_shows_on(tmp_path: Path) -> None:
    library = loaded(tmp_path / "definitions", SHOP)
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "a.sql").write_text("select called from {{ ref('b') }}")
    (tmp_path / "models" / "b.sql").write_text("select label as called from {{ ref('things') }}")

    found = leaks(library, mart_lineage(library, tmp_path, column_lineage(library)))

    assert [(Path(leak.split(":")[0]).name, "things.label (mask)" in leak) for leak in found] == [
        ("b.sql", True), ("a.sql", True),
    ]  # fmt: skip


def test_a_model_that_cannot_be_told_says_so(tmp_path: Path) -> None:
    library = loaded(tmp_path / "definitions")
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "odd.sql").write_text("{{ my_macro() }}")

    (mart,) = mart_lineage(library, tmp_path, column_lineage(library))

    assert "my_macro" in mart.untold


def test_the_committed_marts_show_no_personal_data_and_all_are_told() -> None:
    found = _lineage("--check", "--json")

    assert found == {"leaks": [], "untold": []}


def _lineage(*words: str) -> Any:
    folders = ["--definitions", str(REPOSITORY / "definitions"), "--project", str(REPOSITORY / "dbt_project")]
    return json.loads(CliRunner().invoke(app, ["lineage", *words, *folders], catch_exceptions=False).stdout)


def test_the_command_walks_up_and_down_through_marts() -> None:
    found = _lineage("history_orders.customer_id", "--json")

    assert "source_orders.$.customer" in found["up"]
    assert "mart_daily_sales.customer_count" in found["down"]


def test_the_command_draws_a_tree(tmp_path: Path) -> None:
    loaded(tmp_path / "definitions", SHOP)
    words = ["lineage", "things_read.shelf_height", "--definitions", str(tmp_path / "definitions")]

    shown = CliRunner().invoke(app, [*words, "--project", str(tmp_path)]).stdout

    assert shown.splitlines() == [
        "things_read.shelf_height",
        "comes from",
        "└── shelves.height  (join)",
        "    └── stg_shop__shelves.height",
        "        └── source_shelves.$.height  (payload)",
        "goes to",
    ]


def test_a_kpi_is_reckoned_from_the_relation_and_the_period_that_its_metric_has(committed: Library) -> None:
    lineages = {lineage.model: lineage for lineage in column_lineage(committed)}

    for formula in kpi_list(committed):
        columns = lineages[f"kpi:{formula['code']}"].columns
        named = {source.partition(".")[0] for origin in columns.values() for source in origin.columns}
        assert named == {formula["relation"]}
        declared = f"{formula['relation']}.{str(formula['time_column']).strip(chr(34))}"
        assert ("period" in columns) == (formula["time_column"] != "_loaded_at")
        assert "period" not in columns or columns["period"].columns == (declared,)
