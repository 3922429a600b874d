"""Tables that stand are brought to the shape their definition states: all of it, or nothing and one message."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from shaped_tables import ENTITY, EVENT, SCHEMA, Tables

from definitions_to_dbt.ddl import platform_ddl


@pytest.fixture
def sales(connection: psycopg.Connection[Any]) -> Tables:
    tables = Tables(connection, EVENT)
    tables.add_sale()
    return tables


@pytest.fixture
def items(connection: psycopg.Connection[Any]) -> Tables:
    tables = Tables(connection, ENTITY)
    tables.add_item()
    return tables


def test_a_wall_time_becomes_an_instant_of_the_zone_that_is_stated_and_of_none_that_is_guessed(items: Tables) -> None:
    items.columns["made_on"]["type"] = "timestamptz"
    assert "it names no instant until the definition states its time_zone" in items.refused()

    items.columns["made_on"]["time_zone"] = "Europe/Vienna"
    items.make()

    items.execute("set time zone 'UTC'")
    assert items.value("select made_on::text from items") == "2024-01-04 23:00:00+00"


def test_a_rename_that_happened_in_one_table_only_is_finished_in_the_other(items: Tables) -> None:
    items.columns["amount"] |= {"name": "total", "renamed_from": "amount"}
    items.execute("alter table items_versions rename amount to total")

    items.make()

    assert items.value("select total from items") == items.value("select total from items_versions")
    assert "amount" not in items.types("items") | items.types("items__lake")


def test_a_rename_where_both_names_stand_is_refused(items: Tables) -> None:
    items.columns["amount"] |= {"name": "total", "renamed_from": "amount"}
    items.execute("alter table items add column total numeric(10,2)")

    assert (
        "the column total of items was renamed from amount, says the definition, but both stand there"
        in items.refused()
    )


def test_a_column_may_be_renamed_and_widened_at_once(sales: Tables) -> None:
    sales.columns["amount"] |= {"name": "total", "renamed_from": "amount", "type": "numeric(18,6)"}

    sales.make()

    assert sales.types("sales")["total"] == sales.types("sales__lake")["total"].replace("text", "numeric(18,6)")
    assert str(sales.value("select total from sales")) == "10.250000"


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"kind": "entity"}, "the kind of sales was event when its rows were written, the definition says entity"),
        ({"time_column": "paid_at"}, "the time_column of sales was sold_at when its rows were written"),
        ({"source": {"business_key": ["sale_id", "sold_at"]}}, "the business key of sales was sale_id when its rows"),
        ({"source": {"business_key": ["sale_id", "amount"]}}, "the key of sales is (sale_id, sold_at), the definition"),
    ],
)
def test_rows_keep_what_they_were_promised(sales: Tables, change: dict[str, Any], problem: str) -> None:
    sales.columns["sold_at"] |= {}
    sales.definition["table_schema"]["columns"].append({"name": "paid_at", "type": "timestamp"})
    sales.definition |= change

    assert problem in sales.refused()


def test_a_renamed_key_is_the_same_key(sales: Tables) -> None:
    sales.columns["sale_id"] |= {"name": "receipt_id", "renamed_from": "sale_id", "type": "bigint"}
    sales.columns["sold_at"] |= {"name": "paid_at", "renamed_from": "sold_at"}
    sales.definition["time_column"] = "paid_at"

    sales.make()

    assert sales.value("select receipt_id from sales") == 1
    assert sales.value("select time_column from object_tables") == "paid_at"


def test_an_empty_table_takes_another_key_and_kind(connection: psycopg.Connection[Any]) -> None:
    tables = Tables(connection, EVENT | {"storage": {"layout": "plain"}})
    tables.definition |= {
        "storage": None,
        "kind": "reference",
        "time_column": None,
        "source": {"business_key": ["amount"]},
    }

    tables.make()

    assert tables.value("select pg_get_constraintdef(oid) from pg_constraint where conrelid = 'sales'::regclass"
                        " and contype = 'p'") == "PRIMARY KEY (amount)"  # fmt: skip
    assert tables.value("select kind from object_tables") == "reference"
    tables.execute("insert into sales (amount, _raw_seq, _source_order) values (1, 1, 1)")


def test_an_empty_table_that_is_cut_by_time_is_to_be_dropped_for_another_key(
    connection: psycopg.Connection[Any],
) -> None:
    tables = Tables(connection, EVENT)
    tables.definition |= {"kind": "reference", "time_column": None}

    assert (
        "the key of sales is (sale_id, sold_at), the definition says (sale_id), and the table is cut by time: it is"
        in (tables.refused())
    )


def test_a_column_that_somebody_made_required_takes_nulls_again(sales: Tables) -> None:
    sales.execute("alter table sales alter column amount set not null")

    sales.make()

    sales.add_sale(2, "null")


def test_views_come_back_as_they_were(items: Tables) -> None:
    items.execute("create role colleague")
    try:
        items.execute(
            """
            create view totals with (security_barrier = true) as
            select label, sum(amount) as total from items group by 1;
            comment on view totals is 'what it is';
            comment on column totals.total is 'in euros';
            grant select on totals to colleague with grant option;
            grant select (label) on totals to public;
            create materialized view kept as select total from totals;
            create unique index kept_total on kept (total);
            create view paired as select i.id, v.amount from items i join items_versions v using (id);
            """
        )
        described = "select array_agg(d::text order by 1) from (select relname, relkind, relacl::text, reloptions,"
        described += (
            " obj_description(c.oid), col_description(c.oid, 2), pg_get_userbyid(relowner), pg_get_viewdef(c.oid)"
        )
        described += " from pg_class c where relname in ('totals', 'kept', 'paired', 'kept_total')) d"
        before = items.value(described)
        items.columns["amount"]["type"] = "numeric(18,6)"

        items.make()

        assert items.value(described) == before
        assert str(items.value("select total from kept")) == "10.250000"
    finally:
        items.execute("drop owned by colleague; drop role colleague")


def test_who_was_refused_a_view_does_not_get_it_by_default(items: Tables) -> None:
    items.execute("create role colleague")
    try:
        items.execute(f"alter default privileges in schema {SCHEMA} grant select on tables to colleague")
        items.execute("create view totals as select sum(amount) as total from items")
        items.execute("revoke select on totals from colleague")
        items.columns["amount"]["type"] = "numeric(18,6)"

        items.make()

        assert not items.value("select has_table_privilege('colleague', 'totals', 'select')")
    finally:
        items.execute("drop owned by colleague; drop role colleague")


def test_whoever_reads_goes_first_and_a_change_that_gets_no_turn_changes_nothing(items: Tables) -> None:
    items.columns["amount"]["type"] = "numeric(18,6)"
    items.execute("set platform.lock_patience = '1 second'")
    with psycopg.connect() as reader:
        reader.execute(f"select * from {SCHEMA}.items_versions".encode())

        assert "items is in use by other sessions" in items.refused().replace("rejected_", "")

    items.make()
    assert items.types("items")["amount"] == "numeric(18,6)"


def test_a_database_of_an_older_version_gets_the_columns_it_lacks(items: Tables) -> None:
    items.execute(
        """
        alter table transform_batches drop column taken_in_by;
        alter table ingestion_runs drop column file_bytes;
        alter table source_items drop column raw_bytes cascade, drop column outcome_raw_seq;
        alter table rejected_items drop column _definition_version;
        alter table items drop column _quality_score cascade;
        insert into transform_batches (table_name) values ('items');
        """
    )

    items.execute(platform_ddl(SCHEMA))
    items.make()

    assert items.value("select taken_in_by from transform_batches") == []
    items.execute("select file_bytes from ingestion_runs")
    items.execute("insert into source_items (raw_bytes) values ('x')")
    assert items.value("select raw_sha256 is not null from source_items")
    items.execute("select _quality_score from items__lake, rejected_items as r where r._definition_version > 0")


def test_a_second_comparison_finds_nothing_to_do(sales: Tables) -> None:
    sales.columns["amount"]["type"] = "numeric(18,6)"
    sales.make()
    before = sales.value("select max(xmin::text::bigint) from pg_attribute where attrelid = 'sales'::regclass")

    sales.make()

    assert sales.value("select max(xmin::text::bigint) from pg_attribute where attrelid = 'sales'::regclass") == before
