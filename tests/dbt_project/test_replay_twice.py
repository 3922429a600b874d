"""A replay after a replay, by stricter and by other rules: what was made last is the truth, and no row goes."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy

import psycopg
import pytest
from platform_under_test import SCHEMA
from replayed_shop import PERSON, SALE, TICK, ReplayedShop, failpoints_as_they_were, mended, record, shop_of
from running import Project


@pytest.fixture(autouse=True)
def guards_stand_again() -> Iterator[None]:
    """What one test takes away or puts in the way is gone for the next."""
    yield from failpoints_as_they_were()


@pytest.fixture
def shop(replayed_project: Project, connection: psycopg.Connection[object]) -> ReplayedShop:
    return shop_of(replayed_project, connection)


@pytest.fixture(scope="module")
def halved_project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The same shop with other amounts and readings. Nobody may change its files."""
    sale, tick, person = (deepcopy(one) for one in mended(factor="net"))
    tick["table_schema"]["columns"][1]["source_name"] = "net"
    return Project.of(tmp_path_factory.mktemp("halved"), [sale, tick, person])


def test_back_to_the_first_rule_is_a_replay_too_and_hot_and_cold_add_up_between(
    shop: ReplayedShop, replayed_project: Project, halved_project: Project
) -> None:
    """The row of the first rule stands archived, that of the other hot: of one record, in one order."""
    shop.land_on("2024-01-06", "sales", *(record(n, 1, 8) for n in range(1, 9)))
    shop.build()
    shop.archive()
    amounts = "sum(amount)::double as amount"

    shop.replay("sales", project=halved_project, really=True)
    assert shop.history("sales", amounts) == [{"amount": 32.0}]
    # The planner knew how many archived rows were noted: taken for a few, a year of them is compared one by one.
    assert shop.value(f"select reltuples from pg_class where oid = '{SCHEMA}.cold_rows'::regclass") == 8
    # A replayed row is no double of the archived one.
    added_up = halved_project.dbt("build", "--select", "archive_sales", "history_sales", target="duckdb")
    assert added_up.of("hot_and_cold_add_up") == "pass", added_up.failed
    shop.replay("sales", project=replayed_project, really=True)

    assert shop.history("sales", amounts) == [{"amount": 64.0}]
    assert shop.value(f"select count(*) from {SCHEMA}.sales where amount = 8") == 8
    # And by the same rule once more nothing is made.
    made = f"select max(_loaded_at) from {SCHEMA}.sales"
    before = shop.value(made)
    assert shop.replay("sales", really=True).weighed.same == 8
    assert shop.value(made) == before


def test_rows_without_a_key_and_versions_stay_where_their_records_would_be_rejected_now(
    shop: ReplayedShop, tmp_path_factory: pytest.TempPathFactory
) -> None:
    shop.land("ticks", *({"at_time": "2099-01-05T10:00Z", "reading": reading} for reading in (1, 5)))
    people = [{"customer_id": "c1", "name": "Ann", "updated_at": f"2024-01-0{n}T00:00Z", "level": n} for n in (1, 2, 3)]
    shop.land("customers", *people)
    shop.build()
    versions = f"select level, is_current from {SCHEMA}.customers_versions order by level"
    stood = shop.rows(versions)
    tick, person = deepcopy(TICK), deepcopy(PERSON)
    tick["table_schema"]["columns"][1]["quality"] = [{"rule": "range", "min": 2}]
    person["table_schema"]["columns"][2]["quality"] = [{"rule": "range", "max": 2}]
    strict = Project.of(tmp_path_factory.mktemp("strict"), [SALE, tick, person])

    ticks = shop.replay("ticks", project=strict, really=True)
    customers = shop.replay("customers", really=True)

    assert (ticks.weighed.refused, ticks.outcomes["rejected"], customers.outcomes["rejected"]) == (1, 1, 1)
    assert shop.rows(f"select reading::int from {SCHEMA}.ticks order by 1") == [(1,), (5,)]
    assert shop.rows(versions) == stood


def test_archived_rows_without_a_key_that_would_be_made_otherwise_are_told_and_mended_once_they_are_hot(
    shop: ReplayedShop, halved_project: Project
) -> None:
    shop.land_on("2024-01-06", "ticks", {"at_time": "2024-01-05T10:00Z", "reading": 8, "net": 4},
                 {"at_time": "2024-01-05T11:00Z", "reading": 8, "net": 8})  # fmt: skip
    shop.build()
    shop.archive()
    readings = "reading::int as reading"

    done = shop.replay("ticks", project=halved_project, really=True).weighed

    assert (done.changed, done.same, done.kept_cold) == (0, 1, 1)
    assert (done.kept_cold_from, done.kept_cold_until) == ("2024-01-05", "2024-01-05")
    assert done.kept_cold_example == 1
    assert shop.history("ticks", readings) == [{"reading": 8}, {"reading": 8}]
    told = ("ticks", "--start", "2024-01-05", "--end", "2024-01-05", "--yes")
    assert shop.invoke("restore", *told, "--definitions", str(shop.project.definitions))[0] == 0
    done = shop.replay("ticks", really=True).weighed
    assert (done.changed, done.same, done.kept_cold) == (1, 1, 0)
    assert shop.history("ticks", readings) == [{"reading": 4}, {"reading": 8}]


def test_records_marked_with_a_unit_that_another_has_replaced_are_its_own(shop: ReplayedShop) -> None:
    """An erasure writes a unit anew; who is marked with the one before it is not marked anew."""
    shop.land_on("2024-01-06", "sales", record(1, 1, 8), record(2, 1, 8))
    shop.land_on("2024-01-06", "ticks", {"at_time": "2099-01-05T10:00Z", "reading": 1})
    shop.build()
    shop.archive()
    assert shop.invoke("restore", "sales", "--type", "source", "--yes", "--definitions",
                       str(shop.project.definitions))[0] == 0  # fmt: skip
    # One is gone, so that the file is read; one is marked with the unit that stood before.
    shop.execute(
        "with former as (insert into archive_catalog.units select (jsonb_populate_record(u, jsonb_build_object("
        "   'unit_id', gen_random_uuid(), 'state', 'superseded', 'generation', 0, 'active_attempt', null,"
        "   'superseded_by', u.unit_id))).* from archive_catalog.units as u"
        " where (table_name, kind) = ('sales', 'source') returning unit_id)"
        f" update {SCHEMA}.source_sales set archived_in = former.unit_id from former where raw_seq = 1"
    )
    shop.execute(f"delete from {SCHEMA}.source_sales where raw_seq = 2")

    found = shop.replay("sales")

    assert (found.records, found.from_files, found.weighed.same) == (2, 1, 2)
