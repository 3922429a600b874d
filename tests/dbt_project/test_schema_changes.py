"""A definition changes under populated tables with views on them: what may grow grows, the rest is refused."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from decimal import Decimal

import psycopg
import pytest
from platform_under_test import SCHEMA, Platform, fresh_database
from running import Project
from small_library import Definition

from definitions_to_dbt.embedded_postgres import EmbeddedPostgres

RUN = ("run", "--select", "+items_read")
ITEM: Definition = {
    "code": "ITEM",
    "name": "Item",
    "module": "SHOP",
    "kind": "entity",
    "table_schema": {
        "table_name": "items",
        "columns": [
            {"name": "id", "type": "integer", "primary_key": True},
            {"name": "amount", "type": "numeric(10,2)"},
            {"name": "label", "type": "varchar(10)"},
            {"name": "share", "type": "real"},
        ],
    },
}


def with_types(**types: str) -> Definition:
    """The item with other types, and with columns it did not have."""
    changed = copy.deepcopy(ITEM)
    columns = {column["name"]: column for column in changed["table_schema"]["columns"]}
    for name, type_name in types.items():
        columns.setdefault(name, {"name": name})["type"] = type_name
    changed["table_schema"]["columns"] = list(columns.values())
    return changed


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return Project.of(tmp_path_factory.mktemp("items"), [ITEM])


@pytest.fixture
def populated(
    server: EmbeddedPostgres, project: Project, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Platform]:
    """Items in Layer 2, with the read model and a view of somebody else over them."""
    project.redefine([ITEM])
    with fresh_database(server, tmp_path_factory.mktemp("lake")), psycopg.connect(autocommit=True) as connection:
        platform = Platform(project, connection).prepare()
        platform.land("items", {"id": 1, "amount": "10.25", "label": "old", "share": 0.5})
        assert project.dbt(*RUN).success
        for table in ("items", "items_read"):
            platform.execute(f"create view {SCHEMA}.{table}_of_a_colleague as select id, amount from {SCHEMA}.{table}")
            platform.execute(f"grant select on {SCHEMA}.{table}, {SCHEMA}.{table}_of_a_colleague to public")
        yield platform


def types(platform: Platform, table: str) -> dict[str, str]:
    query = "select attname, format_type(atttypid, atttypmod) from pg_attribute where attrelid = %s::regclass"
    found = platform.rows(f"{query} and attnum > 0 and not attisdropped", f"{SCHEMA}.{table}")
    return {name: type_name for name, type_name in found if not name.startswith("_")}


def test_columns_are_added_and_widened_and_the_next_batch_loads(populated: Platform) -> None:
    wider = with_types(id="bigint", amount="numeric(18,6)", label="text", share="double precision", note="text")
    populated.project.redefine([wider])
    populated.land("items", {"id": 2**40, "amount": "1.123456", "label": "x" * 50, "note": "new"})

    ended = populated.project.dbt(*RUN)

    assert ended.success, ended.failed
    expected = {"id": "bigint", "amount": "numeric(18,6)", "label": "text", "share": "double precision", "note": "text"}
    for table in ("items", "items_read"):
        assert types(populated, table) == expected
    assert types(populated, "items_versions").items() >= expected.items()
    assert populated.rows(f"select id, amount::text, label, note from {SCHEMA}.items_read order by id") == [
        (1, "10.250000", "old", None),
        (2**40, "1.123456", "x" * 50, "new"),
    ]


def test_after_a_change_nothing_is_altered_again(populated: Platform) -> None:
    populated.project.redefine([with_types(amount="numeric(12,4)")])
    assert populated.project.dbt(*RUN).success
    before = populated.contents()

    assert populated.project.dbt(*RUN).success

    assert populated.contents() == before


def test_what_would_lose_values_is_refused_in_one_message_before_anything_changes(populated: Platform) -> None:
    populated.land("items", {"id": 2})
    populated.project.redefine([with_types(id="smallint", amount="numeric(8,2)", label="integer", extra="text")])
    before, columns = populated.contents(), types(populated, "items")

    ended = populated.project.dbt(*RUN)

    assert not ended.success
    said = ended.warnings[-1]
    for problem in (
        "items cannot become what its definition says",
        "the column id of items and items_versions is integer, the definition says smallint",
        "the column amount of items and items_versions is numeric(10,2), the definition says numeric(8,2): "
        "not every value of the first is one of the second",
        "the column label of items and items_versions is character varying(10), the definition says integer: "
        "the two hold different things",
        "Nothing was changed: every row is as it was",
        "`dbt build`",
    ):
        assert problem in said
    assert "CONTEXT" not in said
    assert populated.contents() == before
    assert types(populated, "items") == columns


def test_a_renamed_column_keeps_its_values_and_its_readers(populated: Platform) -> None:
    renamed = with_types(amount="numeric(12,2)")
    (amount,) = (column for column in renamed["table_schema"]["columns"] if column["name"] == "amount")
    amount |= {"name": "total", "renamed_from": "amount"}
    populated.project.redefine([renamed])
    populated.land("items", {"id": 2, "total": "7"})

    ended = populated.project.dbt(*RUN)

    assert ended.success, ended.failed
    for relation in ("items", "items_versions", "items_read"):
        assert populated.value(f"select sum(total) from {SCHEMA}.{relation}") == Decimal("17.25")
        assert "amount" not in types(populated, relation)
    for view in ("items_of_a_colleague", "items_read_of_a_colleague"):
        assert populated.value(f"select sum(amount) from {SCHEMA}.{view}") == Decimal("17.25")


@pytest.mark.parametrize("change", [{}, {"amount": "numeric(18,6)"}, {"note": "text"}])
def test_views_and_rights_of_somebody_else_survive_a_run(populated: Platform, change: dict[str, str]) -> None:
    populated.project.redefine([with_types(**change)])

    ended = populated.project.dbt(*RUN)

    assert ended.success, ended.failed
    for view in ("items_of_a_colleague", "items_read_of_a_colleague", "items_read"):
        assert populated.value(f"select amount from {SCHEMA}.{view}") == Decimal("10.25")
        assert populated.value("select has_table_privilege('pg_monitor', %s, 'select')", f"{SCHEMA}.{view}")


def test_an_empty_run_leaves_views_as_they_are(populated: Platform) -> None:
    assert populated.project.dbt("run", "--empty").success

    assert populated.value(f"select count(*) from {SCHEMA}.items_read") == 1


def test_readers_are_granted_the_read_model_and_a_role_that_is_missing_is_one_message(populated: Platform) -> None:
    read_by = with_types() | {"readers": ["shop_reader", "shop_guest"]}
    populated.execute("create role shop_reader")
    populated.project.redefine([read_by])
    before = populated.contents()

    ended = populated.project.dbt(*RUN)

    assert not ended.success
    assert "the definitions name readers that this server does not have: shop_guest" in ended.warnings[-1]
    assert populated.contents() == before
    populated.execute("create role shop_guest")

    ended = populated.project.dbt(*RUN)
    assert ended.success, ended.failed

    with populated.connection.transaction(force_rollback=True):
        populated.execute("set local role shop_guest")
        assert populated.value(f"select count(*) from {SCHEMA}.items_read") == 1
        assert not populated.value(f"select has_table_privilege('{SCHEMA}.items_versions', 'select')")
    populated.execute("drop owned by shop_reader, shop_guest; drop role shop_reader; drop role shop_guest")
