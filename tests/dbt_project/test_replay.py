"""Raw records transformed once more: nothing counts twice, nothing older beats what is newer, wherever it stands."""

from __future__ import annotations

import json
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import psycopg
import pytest
from platform_under_test import SCHEMA
from replayed_shop import (
    PERSON,
    SALE,
    TICK,
    ReplayedShop,
    failpoints_as_they_were,
    mended,
    record,
    shop_of,
    when_everything_is_asked_for,
)
from running import Project
from small_library import write_definitions

from archive_jobs import failpoints
from archive_jobs.privacy.master_key import new_master_key
from definitions_to_dbt.errors import ProblemError


@pytest.fixture(autouse=True)
def guards_stand_again() -> Iterator[None]:
    """What one test takes away or puts in the way is gone for the next."""
    yield from failpoints_as_they_were()


@pytest.fixture
def shop(replayed_project: Project, connection: psycopg.Connection[Any]) -> ReplayedShop:
    return shop_of(replayed_project, connection)


def test_rejected_records_come_back_from_the_lake_once_their_definition_is_mended(
    shop: ReplayedShop, mended_project: Project
) -> None:
    shop.land_on("2024-01-06", "sales", record(1, 1, -5), record(2, 1, 7), record(3, 5, 30), record(3, 4, -1))
    shop.build()
    shop.archive()
    assert shop.value(f"select count(*) from {SCHEMA}.source_sales") == 0
    assert shop.value(f"select count(*) from {SCHEMA}.sales") == 0
    units = "select count(*) from archive_catalog.units where kind = 'source'"
    units_before = shop.value(units)

    dry = shop.replay("sales", rejected=True, project=mended_project)
    assert (dry.records, dry.from_files, dry.weighed.new, dry.weighed.older) == (2, 2, 1, 1)
    assert shop.value(f"select count(*) from {SCHEMA}.source_sales") == 0
    done = shop.replay("sales", rejected=True, really=True)

    assert done.outcomes == {"loaded": 1, "rejected": 0, "superseded": 1, "duplicate": 0}
    # Key 3 stands in the archive with a newer version: the older one does not come beside it.
    assert shop.rows(f"select sale_id, amount::text from {SCHEMA}.sales") == [(1, "-5.00")]
    assert shop.outcomes("sales") == {1: ("loaded", None), 4: ("superseded", 3)}
    assert shop.value(f"select count(*) from {SCHEMA}.rejected_sales") == 0
    assert shop.value(f"select count(*) from {SCHEMA}.cold_rows") == 0
    rows = [{"sale_id": 1, "amount": -5.0}, {"sale_id": 2, "amount": 7.0}, {"sale_id": 3, "amount": 30.0}]
    assert shop.history("sales", "sale_id, amount::double as amount") == rows
    shop.archive()
    assert shop.history("sales", "sale_id, amount::double as amount") == rows
    assert set(shop.raw_counts("sales").values()) == {1} and len(shop.raw_counts("sales")) == 4
    assert shop.value(units) == units_before
    assert shop.rows("select nspname from pg_namespace where nspname like 'replay%%'") == []
    again = shop.replay("sales", really=True)
    assert (again.records, again.weighed.same, again.weighed.older, again.weighed.archived) == (4, 3, 0, 3)
    assert shop.value(f"select count(*) from {SCHEMA}.sales") == 0


@when_everything_is_asked_for
def test_a_range_is_replayed_as_it_stands_and_changes_nothing(shop: ReplayedShop) -> None:
    """Hot rows and archived ones, with a key and without, versions of an entity: all of it once more."""
    shop.land_on("2024-01-06", "sales", record(1, 1, 5), record(1, 3, 6), record(1, 2, 7), record(2, 1, 8))
    shop.land_on("2024-01-06", "ticks", *[{"at_time": "2024-01-05T10:00Z", "reading": 1.5}] * 2)
    shop.build()
    shop.archive()
    shop.land("sales", record(2, 2, 9), record(4, 1, 3, day="2099-01-01"))
    shop.land("ticks", {"at_time": "2099-01-05T10:00Z", "reading": 2.5})
    people = [{"customer_id": "c1", "name": n, "updated_at": f"2024-01-0{d}T00:00Z"} for d, n in enumerate("abc", 1)]
    shop.land("customers", *people)
    shop.build()
    everything = (
        "sale_id, version, amount::double as amount, _raw_seq, note",
        "at_time, reading::double as reading, _raw_seq",
    )
    before = [shop.history("sales", everything[0]), shop.history("ticks", everything[1])]
    hot = "select _raw_seq, _source_order, _deleted, {} from " + SCHEMA + ".{} order by 1"
    tables = {"sales": "amount", "ticks": "reading", "customers": "name", "customers_versions": "name, valid_to"}
    hot_before = {name: shop.rows(hot.format(columns, name)) for name, columns in tables.items()}

    for table in ("sales", "ticks", "customers"):
        shop.replay(table, really=True)

    assert {name: shop.rows(hot.format(columns, name)) for name, columns in tables.items()} == hot_before
    assert [shop.history("sales", everything[0]), shop.history("ticks", everything[1])] == before
    shop.archive()
    assert [shop.history("sales", everything[0]), shop.history("ticks", everything[1])] == before
    assert set(shop.raw_counts("sales").values()) == {1}
    # The next record gets a number that nobody had.
    known = max(shop.raw_counts("ticks"))
    assert shop.land("ticks", {"at_time": "2099-01-06T10:00Z", "reading": 1})[0] > known


def test_a_mended_definition_reaches_rows_that_are_archived_and_none_counts_twice(
    shop: ReplayedShop, tmp_path_factory: pytest.TempPathFactory
) -> None:
    shop.land_on("2024-01-06", "sales", record(1, 1, 8), record(2, 1, 10), record(2, 2, 4))
    shop.build()
    shop.archive()
    shop.land("sales", record(3, 1, 6, day="2099-01-01"))
    shop.build()
    halved = Project.of(tmp_path_factory.mktemp("halved"), mended(factor="net"))
    amounts = "sale_id, amount::double as amount"

    done = shop.replay("sales", project=halved, really=True)

    assert (done.weighed.changed, done.weighed.same, done.weighed.new) == (3, 0, 0)
    mended_rows = [{"sale_id": 1, "amount": 4.0}, {"sale_id": 2, "amount": 2.0}, {"sale_id": 3, "amount": 3.0}]
    assert shop.history("sales", amounts) == mended_rows
    shop.archive()
    assert shop.history("sales", amounts) == mended_rows
    assert shop.replay("sales", start="2024-01-06", end="2024-01-06", really=True).weighed.same == 2
    assert shop.history("sales", amounts) == mended_rows


@when_everything_is_asked_for
def test_two_versions_of_a_definition_are_compared_and_nothing_else_is_touched(
    shop: ReplayedShop, mended_project: Project
) -> None:
    shop.land_on("2024-01-06", "sales", record(1, 1, -5), record(2, 1, 10))
    shop.build()
    shop.archive()
    stood = shop.contents()

    by_both = shop.compare("sales", shop.project, mended_project)

    assert (by_both.records, by_both.outcomes, by_both.differs) == (2, {"rejected → loaded": 1}, True)
    assert by_both.rows is not None and by_both.rows.counts["extra"] == 1
    assert not shop.compare("sales", mended_project, mended_project).differs
    assert shop.contents() == stood
    kept = shop.replay("sales", project=mended_project, into="by_the_new_rule")
    assert (kept.schema, kept.outcomes) == ("by_the_new_rule", {"loaded": 2})
    assert shop.rows("select sale_id from by_the_new_rule.sales order by 1") == [(1,), (2,)]
    assert shop.contents() == stood


@when_everything_is_asked_for
def test_a_record_that_would_get_another_key_is_not_replayed(
    shop: ReplayedShop, tmp_path_factory: pytest.TempPathFactory
) -> None:
    shop.land_on("2024-01-06", "sales", record(1, 1, 8), record(2, 1, 10))
    shop.build()
    shop.archive()
    shop.land("sales", record(3, 4, 6, day="2099-01-01"))
    shop.build()
    library = mended()
    library[0]["table_schema"]["columns"][0]["source_name"] = "version"
    elsewhere = Project.of(tmp_path_factory.mktemp("elsewhere"), library)
    before = shop.contents()

    dry = shop.replay("sales", project=elsewhere)
    with pytest.raises(ProblemError, match="2 records of sales, as raw_seq 2, have a row under another key"):
        shop.replay("sales", really=True)

    assert (dry.weighed.moved, dry.weighed.moved_example) == (2, 2)
    assert shop.contents() == before
    failpoints.disabled_guards.add("replay.moved")
    shop.replay("sales", really=True)
    assert len(shop.history("sales", "_raw_seq")) == 4, "one counts twice, and one not at all"


@when_everything_is_asked_for
def test_a_row_whose_record_would_be_rejected_now_stays_and_is_named(
    shop: ReplayedShop, tmp_path_factory: pytest.TempPathFactory
) -> None:
    shop.land("sales", record(1, 1, 8, day="2099-01-01"), record(2, 1, 30, day="2099-01-01"))
    shop.build()
    strict = Project.of(tmp_path_factory.mktemp("strict"), mended(least=20))

    done = shop.replay("sales", project=strict, really=True)

    assert (done.weighed.refused, done.outcomes["rejected"], done.outcomes["loaded"]) == (1, 1, 1)
    assert shop.value(f"select count(*) from {SCHEMA}.sales") == 2
    assert list(shop.reasons("sales")) == [1]


@when_everything_is_asked_for
def test_nobody_who_was_erased_comes_back_also_not_from_files_that_were_never_sealed(
    shop: ReplayedShop, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARCHIVE_MASTER_KEY", new_master_key())
    monkeypatch.setenv("ARCHIVE_KEYS_URL", str(tmp_path_factory.mktemp("keys")))
    library = [deepcopy(SALE)]
    library[0]["table_schema"]["columns"].append({"name": "buyer", "type": "text"})
    shop.project = Project.of(tmp_path_factory.mktemp("people"), library)
    shop.land_on("2024-01-06", "sales", record(1, 1, 5) | {"buyer": "Ann"}, record(2, 1, 6) | {"buyer": "Bob"})
    shop.build()
    shop.archive()
    # From now on they are somebody's: what comes is sealed, what is there is not.
    write_definitions(shop.project.definitions, [library[0] | {"subject_column": "buyer"}])
    shop.land_on("2024-01-07", "sales", record(3, 1, 7) | {"buyer": "Ann"}, record(4, 1, 8) | {"buyer": "Bob"})
    shop.build()
    shop.archive()
    told = ("--subject", "Ann", "--object", "SALE", "--yes", "--definitions", str(shop.project.definitions))
    assert shop.invoke("erase", *told)[0] in (0, 1)
    names = [{"sale_id": 2, "buyer": "Bob"}, {"sale_id": 4, "buyer": "Bob"}]
    assert shop.history("sales", "sale_id, buyer") == names

    done = shop.replay("sales", really=True)

    assert (done.records, done.erased) == (2, 1)
    failpoints.disabled_guards.add("replay.erased")
    assert shop.replay("sales").weighed.new == 1, "Ann would be back"
    failpoints.disabled_guards.clear()
    assert shop.history("sales", "sale_id, buyer") == names
    assert shop.value(f"select count(*) from {SCHEMA}.source_sales where raw_data::text like '%%Ann%%'") == 0
    failpoints.interruptions["replay.weighed.after"] = lambda: shop.invoke("erase", *[*told[:1], "Bob", *told[2:]])
    with pytest.raises(ProblemError, match=r"was dropped meanwhile|somebody was erased while sales was replayed"):
        shop.replay("sales", really=True)
    assert shop.history("sales", "sale_id, buyer") == []
    assert shop.rows("select nspname from pg_namespace where nspname like 'replay%%'") == []


def test_a_table_whose_definition_does_not_say_that_it_ages_is_not_replayed_over_archived_rows(
    shop: ReplayedShop,
) -> None:
    shop.land_on("2024-01-06", "ticks", {"at_time": "2024-01-05T10:00Z", "reading": 1.5})
    shop.build()
    shop.archive()
    without = [{**TICK, "archive": {"source": TICK["archive"]["source"]}}, SALE, PERSON]
    kept = shop.project.definitions
    write_definitions(kept, without)
    try:
        with pytest.raises(ProblemError, match="rows of ticks are archived, but its definition states no"):
            shop.replay("ticks", really=True)
    finally:
        write_definitions(kept, [SALE, TICK, PERSON])

    assert shop.value(f"select count(*) from {SCHEMA}.source_ticks") == 0


@when_everything_is_asked_for
def test_a_number_that_stands_for_two_records_is_not_replayed(shop: ReplayedShop) -> None:
    """As where records landed in a new database before anybody knew the numbers of the archive."""
    shop.land_on("2024-01-06", "sales", record(1, 1, 5), record(2, 1, 6))
    shop.build()
    shop.archive()
    shop.execute(
        f"insert into {SCHEMA}.source_sales (raw_seq, raw_data, ingested_at) overriding system value"
        " values (2, %s, '2024-01-06')",
        json.dumps(record(7, 1, 7)),
    )

    with pytest.raises(ProblemError, match=r"1 raw_seq of sales \(source\) 2024-01-06, generation 1, as 2, stand in"):
        shop.replay("sales", really=True)

    assert shop.outcomes("sales") == {2: (None, None)}
