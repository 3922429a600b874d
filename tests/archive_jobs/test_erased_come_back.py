"""Who was erased does not come back: not with what lands or is under way, nor by a restore or a lost catalogue."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import psycopg
import pytest
from erased_people import OLD, PLANTED, erase, everything_written, fill, left, restore
from people_shop import PERSON, PERSONAL_SALE, sell
from small_shop import SALE, SCHEMA, Shop, write_definitions

from archive_jobs.failpoints import disabled_guards, interruptions
from archive_jobs.privacy.keys import KeyRing
from archive_jobs.privacy.master_key import new_master_key


def test_rows_of_who_is_erased_meanwhile_are_not_handed_over(people: Shop) -> None:
    fill(people)
    interruptions["handover.seen.after"] = lambda: erase(people, "--yes")

    status, _, why = people.invoke("handover", "--definitions", str(people.definitions))

    assert (status, "somebody was erased while rows were handed over" in why) == (2, True)
    assert PLANTED.encode() not in everything_written(people)


@pytest.mark.parametrize("lost", ["everything", "the erasure"])
def test_a_catalogue_of_an_older_day_is_told_by_the_certificates_who_was_erased(people: Shop, lost: str) -> None:
    sell(people, PLANTED, "Bo", at=OLD)
    people.run("source")
    keys = people.execute("select key_id, wrapped_key from archive_catalog.subject_keys").fetchall()
    erase(people, "--yes")
    people.execute("delete from archive_catalog.erasures")
    if lost == "everything":
        people.execute("delete from archive_catalog.subject_keys")
    for key_id, wrapped in keys:
        statement = "update archive_catalog.subject_keys set wrapped_key = %s, destroyed_at = null where key_id = %s"
        people.execute(statement, wrapped, key_id)
    sell(people, PLANTED, first=7, at=OLD)

    assert people.invoke("keys", "check", "--mend")[0] == 0
    assert people.invoke("erase", "--again", "--yes", "--definitions", str(people.definitions))[0] == 0

    assert left(people) == {"analytics": ["Bo"], "source": ["Bo"]}
    assert PLANTED.encode() not in everything_written(people)
    assert people.invoke("keys", "check")[0] == 0


def test_old_files_that_bring_an_erased_person_back_are_erased_before_a_run_archives(people: Shop) -> None:
    fill(people)
    erase(people, "--yes")
    sell(people, PLANTED, "Bo", first=20, at=OLD)
    sell(people, PLANTED, first=22, at="2024-01-03 10:00+00", processed=False)

    status, _, said = people.invoke("run", "--yes", "--definitions", str(people.definitions))

    assert status == 0 and "1 erased subjects had landed again and were erased again" in said
    assert PLANTED.encode() not in everything_written(people)
    assert left(people) == {"analytics": ["Bo", "Bo", "Cy"], "source": ["Bo", "Bo", "Cy"]}
    assert people.value("select count(*) from archive_catalog.events where event = 'erased'") == 2
    assert people.invoke("verify", "--deep")[0] == 0


@pytest.mark.parametrize("is_down", [False, True])
def test_rows_of_an_erased_person_that_land_while_a_run_goes_on_get_into_no_file(people: Shop, is_down: bool) -> None:
    sell(people, PLANTED, "Bo", at=OLD)
    erase(people, "--yes")
    interruptions["plan.insert.before"] = lambda: sell(people, PLANTED, first=7, at=OLD)
    disabled_guards.update({"erased rows"} if is_down else ())

    analytics = people.run("analytics").tables[0]

    files = b"".join(path.read_bytes() for path in people.lake.rglob("*.parquet"))
    assert (PLANTED.encode() in files) == is_down
    assert is_down or "rows of 1 erased subjects have landed again; run `archive-jobs erase --again" in str(
        analytics.kept_hot
    )


@pytest.mark.parametrize("is_down", [False, True])
def test_where_nobody_can_tell_who_was_erased_the_tables_stay_hot(
    people: Shop, monkeypatch: pytest.MonkeyPatch, is_down: bool
) -> None:
    sell(people, PLANTED, "Bo", at=OLD)
    erase(people, "--yes")
    monkeypatch.delenv("ARCHIVE_MASTER_KEY")
    disabled_guards.update({"returned"} if is_down else ())

    table = people.run("analytics").tables[0]

    reasons = str(table.plan.blocked_by)
    assert ("ARCHIVE_MASTER_KEY" in reasons and "`archive-jobs erase --again --yes`" in reasons) != is_down
    assert table.units == 0  # each unit is asked too
    assert "it may hold rows of erased people" in str(table.kept_hot) or not is_down


@pytest.mark.parametrize("guards", [set(), {"erase guard"}])
def test_a_commit_under_way_does_not_take_erased_rows_into_a_file(
    people: Shop, tmp_path: Path, guards: set[str]
) -> None:
    """Rows that are copied and stay hot are not deleted by the commit: only its guard row tells it."""
    kept = PERSONAL_SALE | {"archive": {"analytics": {"retention": "90 days", "drop": "never"}}}
    people.definitions = write_definitions(tmp_path / "kept", kept, PERSON)
    sell(people, PLANTED, "Bo", at=OLD)
    erased: list[int] = []
    interruptions["commit.attempt.after"] = lambda: erased.append(erase(people, "--yes")[0])
    disabled_guards.update(guards)

    people.run("analytics")

    found = b"".join(Path(people.lake / path).read_bytes() for (path,) in people.execute(
        "select path from archive_catalog.readable_files"))  # fmt: skip
    assert erased == [0]
    assert (PLANTED.encode() in found) == bool(guards)


def test_a_restore_brings_back_everybody_but_the_erased(people: Shop) -> None:
    sell(people, PLANTED, "Bo", None, at=OLD)
    people.run()
    before = people.execute(f"select raw_seq, raw_id, raw_data::text, raw_bytes from {SCHEMA}.source_sales").fetchall()
    erase(people, "--yes")

    for type in ("source", "analytics"):
        assert restore(people, type)[0] == 0

    assert before == []
    back = people.execute(
        f"select raw_seq, raw_id, raw_bytes, raw_data ->> 'buyer' from {SCHEMA}.source_sales order by 1"
    )
    assert back.fetchall() == [(2, "Bo-2", None, "Bo"), (3, None, b"\xffsecret", None)]
    assert people.execute(f"select buyer from {SCHEMA}.sales").fetchall() == [("Bo",)]
    assert PLANTED.encode() not in everything_written(people)


@pytest.mark.parametrize("guards", [set(), {"erasing"}])
def test_nothing_is_restored_while_somebody_is_half_erased(people: Shop, guards: set[str]) -> None:
    sell(people, PLANTED, "Bo", at=OLD)
    people.run()
    interruptions["erase.hot.after"] = lambda: 1 / 0
    with pytest.raises(ZeroDivisionError):
        erase(people, "--yes")
    disabled_guards.update(guards)

    status, _, problem = restore(people, "analytics")

    came_back = people.value(f"select count(*) from {SCHEMA}.sales where buyer = %s", PLANTED)
    assert (status, came_back) == ((0, 1) if guards else (1, 0)), problem


@pytest.mark.parametrize("buyer", ["numeric(12,2)", "numeric"])
def test_an_erased_person_whose_name_is_a_number_is_told_in_files_however_it_is_written_there(
    connection: psycopg.Connection[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, buyer: str
) -> None:
    monkeypatch.setenv("ARCHIVE_MASTER_KEY", new_master_key())
    columns = [*SALE["table_schema"]["columns"], {"name": "buyer", "type": buyer}]  # type: ignore[index]  # a dict of many kinds of values
    sale = PERSONAL_SALE | {"table_schema": {"table_name": "sales", "columns": columns}}
    shop = Shop(connection, write_definitions(tmp_path / "numbers", sale), tmp_path / "lake")
    shop.make_tables()
    sell(shop, "7.00", "70.50", at=OLD)
    shop.run("analytics")
    shop.execute(f"truncate {SCHEMA}.source_sales")  # only the file is left to tell
    ring = KeyRing(shop.settings)
    shop.execute(
        "insert into archive_catalog.erasures (erasure_id, schema_name, subject_kind, subject_digest, token_digest,"
        " state, requested_at) values (gen_random_uuid(), %s, 'sales.buyer', %s, 'none', 'erased', now())",
        SCHEMA, ring.digest("sales.buyer", "7"),
    )  # fmt: skip

    status, said, problem = shop.invoke("erase", "--again", "--yes", "--definitions", str(shop.definitions))

    assert status == 0, said + problem
    query = "select buyer::text as b from archive_sales"
    left = shop.invoke("sql", query, "--format", "csv", "--definitions", str(shop.definitions))
    assert left[1] == "b\n70.50\n"
