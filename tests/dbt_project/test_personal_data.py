"""Personal data is hunted through everything that dbt leaves behind, whatever becomes of the record that brought it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from platform_under_test import SCHEMA, Platform, fresh_database
from running import Project

from definitions_to_dbt.embedded_postgres import EmbeddedPostgres

# What only personal columns hold. Nobody may find it where readers look.
CANARY = "canary"
# Where a value stands as it came: what was received, and the tables that the platform itself works on.
IN_THE_CLEAR = {"source_customers", "customers", "customers_versions"}


def customer(number: int, **more: Any) -> dict[str, Any]:
    return {
        "customer_id": f"c{number}",
        "name": "Ada",
        "updated_at": f"2024-03-0{number}T00:00:00Z",
        "email": f"{CANARY}@example.org",
        "phone": f"555-{CANARY}",
        **more,
    }


@pytest.fixture(scope="module")
def built(
    server: EmbeddedPostgres, small_project: Project, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Platform]:
    """Records that are good, uneasy and wrong, built with every means of keeping what fails."""
    with fresh_database(server, tmp_path_factory.mktemp("personal")), psycopg.connect(autocommit=True) as connection:
        platform = Platform(small_project, connection).prepare()
        land(platform)
        ended = platform.project.dbt("run")
        assert ended.success, ended.failed
        platform.execute(
            f"insert into {SCHEMA}.customers (customer_id, email, phone, _raw_seq, _source_order) values"
            f" ('by hand', '{CANARY} at home', '117', 101, 1), ('few', '{CANARY}', '5550', 102, 1),"
            f" ('null', '{CANARY}', null, 103, 1)"
        )
        ended = platform.project.dbt("test", "--store-failures", "--select", "customers", "customers_versions")
        assert ended.of("keeps_its_rules_customers") == "fail"
        yield platform


def land(platform: Platform) -> None:
    platform.land(
        "customers",
        customer(1),
        customer(1, name="Ada L."),
        customer(2, phone=CANARY),
        customer(3, email=f"{CANARY} at home"),
        customer(4, born_on=CANARY),
        customer(5, updated_at=None),
        f'["{CANARY}"]',
    )


def relations(platform: Platform) -> list[tuple[str, str]]:
    """Every table and view of the database that is not PostgreSQL's own."""
    return platform.rows(
        "select relnamespace::regnamespace::text, relname from pg_class where relkind in ('r', 'p', 'v', 'm')"
        " and relnamespace::regnamespace::text not in ('pg_catalog', 'information_schema', 'pg_toast')"
    )


def test_only_what_was_received_and_what_is_worked_on_holds_personal_data_in_the_clear(built: Platform) -> None:
    found = {
        table
        for schema, table in relations(built)
        if built.value(f'select count(*) from "{schema}"."{table}" as t where t::text like %s', f"%{CANARY}%")
    }

    assert found == IN_THE_CLEAR | {"source_customers__lake"}


def test_readers_and_the_archive_see_a_token_a_mask_or_nothing(built: Platform) -> None:
    for view in ("customers_read", "customers__lake"):
        ((email, phone),) = built.rows(f"select email, phone from {SCHEMA}.{view} where customer_id = 'c1'")
        assert email.startswith("tok_") and phone == "5***"
        assert "born_on" not in str(built.rows(f"select to_jsonb(t) from {SCHEMA}.{view} as t"))


def test_reasons_and_issues_name_the_column_and_never_its_value(built: Platform) -> None:
    assert sorted(reason for reasons in built.reasons("customers").values() for reason in reasons) == [
        "born_on: not date",
        "email: does not fit [^ ]+",
        "payload: not a JSON object",
        "updated_at: missing",
    ]
    issues = built.rows(f"select _quality_issues from {SCHEMA}.customers_read where cardinality(_quality_issues) > 0")
    assert issues == [(["phone: expected at least 9 characters"],)]


def test_a_text_of_few_letters_is_masked_whole(built: Platform) -> None:
    masked = f"select phone from {SCHEMA}.customers_read where name is null order by customer_id"

    assert built.rows(masked) == [("***",), ("5***",), (None,)]
