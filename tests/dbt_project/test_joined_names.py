"""The names behind foreign keys in read models: whose they are, when there is none, and that no row is ever doubled.

The read models are made as views straight from their generated text: what dbt adds is tested elsewhere.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import psycopg
import pytest
from small_library import CUSTOMER, ORDER, Definition, write_definitions

from definitions_to_dbt.ddl import layer2_ddl, layer3_ddl, platform_ddl
from definitions_to_dbt.library import load_library
from definitions_to_dbt.render import render

SCHEMA = "analytics_service"
Row = dict[str, Any]


def thing(table: str, *columns: Definition, **more: Any) -> Definition:
    """An object model of this table in a few words."""
    code = table.upper()
    schema = {"table_name": table, "columns": list(columns)}
    return {"code": code, "name": code, "module": "SHOP", "kind": "reference", "table_schema": schema, **more}


def key(name: str, to: str = "", **more: Any) -> Definition:
    return {"name": name, "type": "text", **({"foreign_key": to} if to else {"primary_key": True}), **more}


def text(name: str, **more: Any) -> Definition:
    return {"name": name, "type": "text", **more}


class Shop:
    """Layer 2 of some objects with their read models."""

    def __init__(self, folder: Path, connection: psycopg.Connection[Any], *objects: Definition) -> None:
        self.connection = connection
        self.library = load_library(write_definitions(folder / "definitions", objects))
        self.files = render(self.library)
        connection.execute(platform_ddl(SCHEMA).encode())
        for model in self.library.objects:
            connection.execute((layer3_ddl(model, SCHEMA) + layer2_ddl(model, SCHEMA)).encode())
        for model in self.library.objects:
            connection.execute(f"create view {SCHEMA}.{model.table_name}_read as {self.sql(model.table_name)}".encode())

    def sql(self, table: str) -> str:
        """The read model as dbt would compile it."""
        text = self.files[f"models/layer2_analytics/shop/{table}_read.sql"].text
        text = re.sub(r"\{\{ ref\('(\w+)'\) \}\}", rf"{SCHEMA}.\1", text.replace("{{ target.schema }}", SCHEMA))
        return re.sub(r"\{\{ config\(.*\) \}\}", "", text)

    def put(self, table: str, *rows: Row) -> Shop:
        """Write rows as the write model would; `_raw_seq` counts up."""
        for row in rows:
            row = {"_raw_seq": self.next_record(table), **row}
            row = {"_source_order": row["_raw_seq"], **row}
            places = ", ".join(f"%({name})s" for name in row)
            self.connection.execute(f"insert into {SCHEMA}.{table} ({', '.join(row)}) values ({places})".encode(), row)
        return self

    def next_record(self, table: str) -> int:
        row = self.connection.execute(f"select count(*) + 1 from {SCHEMA}.{table}".encode()).fetchone()
        return int(row[0]) if row else 1

    def read(self, table: str, columns: str) -> list[tuple[Any, ...]]:
        return self.connection.execute(f"select {columns} from {SCHEMA}.{table}_read order by 1".encode()).fetchall()


def test_a_key_shows_the_name_of_the_row_it_points_at(tmp_path: Path, connection: psycopg.Connection[Any]) -> None:
    shop = Shop(tmp_path, connection, CUSTOMER, ORDER)
    shop.put("customers", {"customer_id": "c1", "name": "Ada"})
    shop.put("orders", {"order_id": 1, "ordered_at": "2024-01-01", "version": 1, "customer_id": "c1"})

    assert shop.read("orders", "order_id, customer_id, customer_name") == [(1, "c1", "Ada")]


def test_a_row_stays_where_its_parent_is_missing_deleted_or_not_said(
    tmp_path: Path, connection: psycopg.Connection[Any]
) -> None:
    shop = Shop(tmp_path, connection, CUSTOMER, ORDER)
    shop.put("customers", {"customer_id": "gone", "name": "Ada", "_deleted": True})
    for number, customer in enumerate(("gone", "nobody", None)):
        shop.put("orders", {"order_id": number, "ordered_at": "2024-01-01", "version": 1, "customer_id": customer})

    assert shop.read("orders", "order_id, customer_name") == [(0, None), (1, None), (2, None)]


@pytest.mark.parametrize(("pii", "shown"), [("tokenize", "tok_"), ("mask", "A***")])
def test_a_name_that_is_personal_is_shown_as_its_owner_shows_it(
    tmp_path: Path, connection: psycopg.Connection[Any], pii: str, shown: str
) -> None:
    people = thing("people", key("person_id"), text("name", pii=pii), display_column="name")
    calls = thing("calls", key("call_id"), key("person_id", "people.person_id"))
    shop = Shop(tmp_path, connection, people, calls)
    shop.put("people", {"person_id": "p", "name": "Adam"}).put("calls", {"call_id": "c", "person_id": "p"})

    ((name,),) = shop.read("calls", "person_name")

    assert name.startswith(shown)
    assert shop.read("people", "name") == [(name,)]


def test_no_name_gives_away_a_key_that_is_personal(tmp_path: Path) -> None:
    illnesses = thing("illnesses", key("illness_id"), text("name"), display_column="name")
    visits = thing("visits", key("visit_id"), key("illness_id", "illnesses.illness_id", pii="tokenize"))

    files = render(load_library(write_definitions(tmp_path, (illnesses, visits))))

    assert "left join" not in files["models/layer2_analytics/shop/visits_read.sql"].text


def test_keys_to_oneself_and_two_to_one_parent_have_names_of_their_own(
    tmp_path: Path, connection: psycopg.Connection[Any]
) -> None:
    columns = (key("employee_id"), text("name"), key("manager_id", "employees.employee_id"))
    employees = thing("employees", *columns, key("deputy", "employees.employee_id"), display_column="name")
    shop = Shop(tmp_path, connection, employees)
    shop.put("employees", {"employee_id": "1", "name": "Ada", "manager_id": "2", "deputy": "3"})
    shop.put("employees", {"employee_id": "2", "name": "Bea", "manager_id": "2"}, {"employee_id": "3", "name": "Cia"})

    assert shop.read("employees", "name, manager_name, deputy_name") == [
        ("Ada", "Bea", "Cia"), ("Bea", "Bea", None), ("Cia", None, None),
    ]  # fmt: skip


def test_tables_that_refer_to_each_other_show_each_others_names(
    tmp_path: Path, connection: psycopg.Connection[Any]
) -> None:
    teams = thing("teams", key("team_id"), text("title"), key("lead_id", "members.member_id"), display_column="title")
    members = thing("members", key("member_id"), text("name"), key("team_id", "teams.team_id"), display_column="name")
    shop = Shop(tmp_path, connection, teams, members)
    shop.put("teams", {"team_id": "t", "title": "Till", "lead_id": "m"})
    shop.put("members", {"member_id": "m", "name": "Ada", "team_id": "t"})

    assert shop.read("teams", "title, lead_name") == [("Till", "Ada")]
    assert shop.read("members", "name, team_title") == [("Ada", "Till")]


def test_a_key_of_several_columns_is_joined_by_all_of_them(
    tmp_path: Path, connection: psycopg.Connection[Any]
) -> None:
    rooms = thing("rooms", key("house"), key("room_no"), text("label"), display_column="label")
    desks = thing("desks", key("desk"), key("house", "rooms.house"), key("room_no", "rooms.room_no"))
    shop = Shop(tmp_path, connection, rooms, desks)
    shop.put("rooms", {"house": "A", "room_no": "1", "label": "A one"}, {"house": "B", "room_no": "1", "label": "B one"})
    shop.put("desks", {"desk": "d1", "house": "A", "room_no": "1"}, {"desk": "d2", "house": "B", "room_no": "1"})

    assert shop.read("desks", "desk, room_no_label") == [("d1", "A one"), ("d2", "B one")]


def test_the_tenant_completes_a_key(tmp_path: Path, connection: psycopg.Connection[Any]) -> None:
    parts = (key("tenant_id"), key("plan_id"), text("title"))
    plans = thing("plans", *parts, display_column="title", tenant_column="tenant_id")
    seats = (key("seat_id"), text("tenant_id"), key("plan_id", "plans.plan_id"))
    shop = Shop(tmp_path, connection, plans, thing("seats", *seats, tenant_column="tenant_id"))
    shop.put("plans", {"tenant_id": "a", "plan_id": "1", "title": "Of a"})
    shop.put("plans", {"tenant_id": "b", "plan_id": "1", "title": "Of b"})
    shop.put("seats", {"seat_id": "s", "tenant_id": "b", "plan_id": "1"})

    assert shop.read("seats", "seat_id, plan_title") == [("s", "Of b")]


def test_a_column_that_is_only_said_to_be_unique_never_doubles_a_row(
    tmp_path: Path, connection: psycopg.Connection[Any]
) -> None:
    goods = thing("goods", key("good_id"), text("sku", unique=True), text("title"), display_column="title")
    lines = thing("lines", key("line_id"), key("sku", "goods.sku"))
    shop = Shop(tmp_path, connection, goods, lines)
    shop.put("goods", {"good_id": "1", "sku": "x", "title": "Old"}, {"good_id": "2", "sku": "x", "title": "New"})
    shop.put("lines", {"line_id": "l", "sku": "x"})

    assert shop.read("lines", "line_id, sku_title") == [("l", "New")]


def test_an_event_that_moved_in_time_shows_its_name_once(tmp_path: Path, connection: psycopg.Connection[Any]) -> None:
    at = {"name": "at_time", "type": "timestamptz", "nullable": False}
    visit = {"kind": "event", "time_column": "at_time", "display_column": "title"}
    notes = thing("notes", key("note_id"), key("visit_id", "visits.visit_id"))
    shop = Shop(tmp_path, connection, thing("visits", key("visit_id"), text("title"), at, **visit), notes)
    moved = {"visit_id": "v", "title": "Talk", "_raw_seq": 2, "_source_order": 2}
    shop.put("visits", {**moved, "at_time": "2024-01-01", "_deleted": True}, {**moved, "at_time": "2024-02-01"})
    shop.put("notes", {"note_id": "n", "visit_id": "v"})

    assert shop.read("notes", "note_id, visit_title") == [("n", "Talk")]


def test_no_name_is_joined_by_a_column_that_several_rows_may_share(tmp_path: Path) -> None:
    shelves = thing("shelves", key("shelf_id"), text("colour"), text("title"), display_column="title")
    boxes = thing("boxes", key("box_id"), key("colour", "shelves.colour"))

    files = render(load_library(write_definitions(tmp_path, (shelves, boxes))))

    assert "left join" not in files["models/layer2_analytics/shop/boxes_read.sql"].text


def test_a_name_that_nobody_asks_for_costs_nothing(tmp_path: Path, connection: psycopg.Connection[Any]) -> None:
    goods = thing("goods", key("good_id"), text("sku", unique=True), text("title"), display_column="title")
    lines = thing("lines", key("line_id"), key("good_id", "goods.good_id"), key("sku", "goods.sku"))
    shop = Shop(tmp_path, connection, goods, lines)

    plan = connection.execute(f"explain select line_id, sku from {SCHEMA}.lines_read".encode()).fetchall()

    assert "goods" not in str(plan)
    assert "goods" in str(connection.execute(f"explain select * from {SCHEMA}.lines_read".encode()).fetchall())
    assert shop.read("lines", "good_title, sku_title") == []


@pytest.mark.parametrize(
    ("column", "display", "expected"),
    [
        ("customer_id", "name", "customer_name"),
        ("customer_id", "customer_name", "customer_name"),
        ("parent_store_id", "store_name", "parent_store_name"),
        ("sku", "product_name", "sku_product_name"),
        ("id", "title", "id_title"),
        ("region", "region", "region_region"),
    ],
)
def test_a_name_repeats_no_word_of_its_key(tmp_path: Path, column: str, display: str, expected: str) -> None:
    parent = thing("parents", key("parent_key"), text(display), display_column=display)
    child = thing("children", key("child_key"), key(column, "parents.parent_key"))

    files = render(load_library(write_definitions(tmp_path, (parent, child))))

    assert re.search(rf"\b{expected},$", files["models/layer2_analytics/shop/children_read.sql"].text, re.MULTILINE)


def test_a_row_shows_no_name_of_another_tenants_row(tmp_path: Path, connection: psycopg.Connection[Any]) -> None:
    plans = thing("plans", key("plan_id"), text("tenant_id"), text("title"), display_column="title", tenant_column="tenant_id")
    seats = (key("seat_id"), text("tenant_id"), key("plan_id", "plans.plan_id"))
    shop = Shop(tmp_path, connection, plans, thing("seats", *seats, tenant_column="tenant_id"))
    shop.put("plans", {"plan_id": "1", "tenant_id": "a", "title": "Of a"})
    shop.put("seats", {"seat_id": "s", "tenant_id": "a", "plan_id": "1"})
    shop.put("seats", {"seat_id": "t", "tenant_id": "b", "plan_id": "1"})

    assert shop.read("seats", "seat_id, plan_title") == [("s", "Of a"), ("t", None)]
